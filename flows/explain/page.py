"""A whole explanation, and the part of it that fits on one page."""

from collections.abc import Iterator
from dataclasses import dataclass

from flows.explain.rows import Kind, Line

PAGE = 40


@dataclass(frozen=True)
class Explanation:
    """How a composite comes about: the lines of the composite itself, and those of each source that it weighs."""

    head: tuple[str, ...]
    sources: tuple[tuple[Line, ...], ...]

    def lines(self) -> Iterator[str]:
        """All of it."""
        yield from self.head
        for lines in self.sources:
            yield ""
            yield from (line.text for line in lines)

    def page(self, more: str) -> Iterator[str]:
        """About `PAGE` lines of it: the composite, and of each source its score, the total that gives it and as many
        steps as there is room for, at least one. The number of omitted lines stands at the end of each source and of the
        page, beside `more`, the command that shows them.
        """
        yield from self.head
        yield ""
        # A source's score, its total and the number of omitted lines, and two lines at the end.
        room = PAGE - len(self.head) - 3 - 3 * len(self.sources)
        steps, rows = 0, 0
        for lines in self.sources:
            shown, left, omitted_rows = _folded(lines, max(1, room // len(self.sources)))
            yield from shown
            steps, rows = steps + left, rows + omitted_rows
        if steps or rows:
            yield ""
            yield f"这里省去了 {steps} 行计算和 {rows} 行原始数据。全部列出：{more} --all；每个来源看 N 行原始数据：{more} --rows N"


def _folded(lines: tuple[Line, ...], most_steps: int) -> tuple[list[str], int, int]:
    """The lines of a source to show, and how many lines of arithmetic and of raw data are omitted."""
    score, total, steps = ([line.text for line in lines if line.kind is kind] for kind in (Kind.SCORE, Kind.TOTAL, Kind.STEP))
    details = sum(line.kind is Kind.DETAIL for line in lines)
    rows = sum(line.kind is Kind.ROW for line in lines)
    left = len(steps) - most_steps if len(steps) > most_steps else 0
    omitted = [f"{number} 行{what}" for number, what in ((left + details, "计算"), (rows, "原始数据")) if number]
    more = [f"  ……另有 {'、'.join(omitted)}"] if omitted else []
    return [*score, *total, *steps[:most_steps], *more], left + details, rows
