"""Reads one site's rows for an explanation and writes numbers and locations as a person reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto

from flows.scheme import Scheme
from flows.warehouse.engine import Connection

_EIGHT = Decimal("0.00000001")


def number(value: Decimal | float | int) -> str:
    """A number without needless zeros, to eight decimals at most."""
    text = f"{Decimal(value).quantize(_EIGHT, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Kind(Enum):
    """The kind of a line of a source's explanation; where there is little room it decides which lines are omitted first."""

    SCORE = auto()
    STEP = auto()
    DETAIL = auto()
    TOTAL = auto()
    COUNT = auto()
    ROW = auto()


@dataclass(frozen=True)
class Line:
    """A line of a source's explanation: its score, a step to it, a detail of that step, the total of the steps, how many
    raw rows there are, or one of those."""

    kind: Kind
    text: str

    @classmethod
    def step(cls, text: str) -> "Line":
        return cls(Kind.STEP, f"  {text}")

    @classmethod
    def detail(cls, text: str) -> "Line":
        return cls(Kind.DETAIL, f"    {text}")

    @classmethod
    def total(cls, text: str) -> "Line":
        return cls(Kind.TOTAL, f"  {text}")


@dataclass(frozen=True)
class Location:
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

    def locations(self, locations: list[Location], remark: str = "") -> Iterator[Line]:
        """The lines that list raw rows, by file and line, under their number with a remark on all of them."""
        locations = sorted(locations, key=lambda location: (location.file, location.line, location.text))
        shown = locations if self.most is None else locations[: self.most]
        yield Line(Kind.COUNT, f"  原始数据 {len(locations)} 行{f'（{remark}）' if remark else ''}：")
        for location in shown:
            yield Line(Kind.ROW, f"    raw/{self.scheme.year}/{location.file} 第 {location.line} 行：{location.text}")
        if len(shown) < len(locations):
            yield Line(Kind.ROW, f"    ……另有 {len(locations) - len(shown)} 行，用 --all 看全部")
