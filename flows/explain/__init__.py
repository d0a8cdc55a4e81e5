"""Explains a site's composite step by step down to the rows of the raw files, with the arithmetic of every step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flows.errors import UsageError
from flows.explain.composite import explain_composite
from flows.explain.evidence import from_evidence
from flows.explain.rows import Line, Rows
from flows.explain.search import resembling
from flows.reading.spelling import fold
from flows.receive.register import read_register
from flows.scheme.file import read_scheme
from flows.settings import Settings
from flows.sources import Source, behaviour
from flows.warehouse.engine import Connection

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
    score, total, steps = ([line.text for line in lines if line.kind == kind] for kind in ("score", "total", "step"))
    details = sum(line.kind == "detail" for line in lines)
    rows = sum(line.kind == "row" for line in lines)
    left = len(steps) - most_steps if len(steps) > most_steps else 0
    omitted = [f"{number} 行{what}" for number, what in ((left + details, "计算"), (rows, "原始数据")) if number]
    more = [f"  ……另有 {'、'.join(omitted)}"] if omitted else []
    return [*score, *total, *steps[:most_steps], *more], left + details, rows


def explanation(
    settings: Settings, year: int, site: str, most_rows: int | None = None, say: Callable[[str], None] = lambda _: None
) -> Explanation:
    """The explanation of a site (its id, name or alias). `most_rows` limits the raw rows listed a source; messages to
    the reader, such as that the warehouse cannot be read, go to `say`.

    Raises `UsageError` for an unknown site and `OperatorError` where the year cannot be evaluated.
    """
    settings.home.check()
    scheme = read_scheme(settings.home, year)
    register = read_register(settings.home, scheme)
    site_id = register.names.get(fold(site))
    if site_id is None:
        near = resembling(register.sites, site)
        raise UsageError(
            f"{year} 年的登记册中没有“{site}”。{'是不是下面的？' if near else ''}"
            f"请写 site_id、名称或别名；名单见 raw/{year}/sites.csv。",
            near,
        )

    def read(connection: Connection) -> Explanation:
        group = connection.execute("select group_id from ref.sites where site_id = ?", [site_id]).fetchall()[0][0]
        weighed = next(candidate for candidate in scheme.groups if candidate.id == group).weights
        rows = Rows(connection, scheme, site_id, most_rows)
        return Explanation(
            tuple(explain_composite(connection, settings.home, scheme, site_id)),
            tuple(tuple(_source(rows, source)) for source in scheme.sources if source.id in weighed),
        )

    return from_evidence(settings, scheme, read, say)


def _source(rows: Rows, source: Source) -> Iterator[Line]:
    score = rows.of(source, "select score from scored.source_scores where source = ? and site_id = ?")
    yield Line("score", f"【{source.label}（{source.id}）】得分 {score[0][0] if score else '没有'}")
    explains = behaviour("explain", source.kind)
    if explains is None:
        yield Line(
            "step", f"怎样得出的这里说不出来：{source.kind} 类来源还没有写解释的办法（缺 flows/explain/{source.kind}.py）"
        )
    else:
        yield from explains.explain(rows, source)
