"""Reads one site's rows for an explanation, and writes numbers, locations and what several kinds of sources compute as a person
reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from flows.scheme import Scheme
from flows.sources import Source
from flows.warehouse.engine import Connection

_EIGHT = Decimal("0.00000001")


def number(value: Decimal | float | int) -> str:
    """A number without needless zeros, to eight decimals at most."""
    text = f"{Decimal(value).quantize(_EIGHT, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# The kinds of lines of a source's explanation, with their indents: its score, a step to it, a detail of that step, the total of the
# steps, how many raw rows there are, or one of those. Where there is little room they decide which lines are omitted first.
_INDENTS = {"score": "", "step": "  ", "detail": "    ", "total": "  ", "count": "  ", "row": "    "}


class Line(NamedTuple):
    """A line of a source's explanation."""

    kind: Literal["score", "step", "detail", "total", "count", "row"]
    words: str

    @property
    def text(self) -> str:
        return _INDENTS[self.kind] + self.words


class Location(NamedTuple):
    """A raw row: its file, its line in the file, and its text in an explanation."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Rows:
    """One site in the run's database, and how many raw rows to list a source (None: all)."""

    connection: Connection
    scheme: Scheme
    site_id: str
    most: int | None

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        """All rows of a query."""
        return self.connection.execute(sql, parameters).fetchall()

    def of(self, source: Source, sql: str) -> list[tuple]:
        """All rows of a query whose parameters are a source's id and the site's."""
        return self.query(sql, source.id, self.site_id)

    def raw(self, source: Source, table: str, columns: str) -> list[tuple]:
        """The rows of a raw table, called `entries`, that the source has on the site: file, line, and these columns."""
        return self.of(
            source,
            f"""
            select files.dataset || '/' || files.file, entries.line, {columns}
            from raw.{table} as entries inner join raw.files on files.file_id = entries.file_id
            where entries.source = ? and entries.site_id = ?
            """,
        )

    def locations(self, locations: Iterable[Location], remark: str = "") -> Iterator[Line]:
        """The lines that list raw rows, by file and line, under their number with a remark on all of them."""
        locations = sorted(locations)
        shown = locations if self.most is None else locations[: self.most]
        yield Line("count", f"原始数据 {len(locations)} 行{f'（{remark}）' if remark else ''}：")
        for location in shown:
            yield Line("row", f"raw/{self.scheme.year}/{location.file} 第 {location.line} 行：{location.text}")
        if len(shown) < len(locations):
            yield Line("row", f"……另有 {len(locations) - len(shown)} 行，用 --all 看全部")


def weighted_mean(scheme: Scheme, means: dict[str, Decimal]) -> Iterator[Line]:
    """The line that turns the means of the rated aspects into the score; none where nothing was rated."""
    rated = [aspect for aspect in scheme.aspects if aspect.id in means]
    weights = sum(aspect.weight for aspect in rated)
    if weights:
        terms = " + ".join(f"{number(aspect.weight)} × {number(means[aspect.id])}" for aspect in rated)
        score = sum(aspect.weight * means[aspect.id] for aspect in rated) / weights
        yield Line("total", f"得分 = ({terms}) ÷ {number(weights)} = {number(score)}，四舍五入到两位小数")


def in_hundred(points: Decimal | int, most: Decimal | int) -> Iterator[Line]:
    """The line that turns points out of `most` into the score; none where nothing could be had."""
    if most:
        score = number(100 * points / most)
        yield Line("total", f"得分 = 100 × {number(points)} ÷ {number(most)} = {score}，四舍五入到两位小数")
