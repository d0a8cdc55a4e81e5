"""Reads one site's rows for an explanation and writes numbers and places as a person reads them."""

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
    """What a line of a source's explanation is, from which follows what is left out first where there is little room."""

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
class Place:
    """A raw row: where it came from and what an explanation says of it."""

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

    def places(self, places: list[Place], remark: str = "") -> Iterator[Line]:
        """The lines that list raw rows, by file and line, under their number with a remark on all of them."""
        places = sorted(places, key=lambda place: (place.file, place.line, place.text))
        shown = places if self.most is None else places[: self.most]
        yield Line(Kind.COUNT, f"  原始数据 {len(places)} 行{f'（{remark}）' if remark else ''}：")
        for place in shown:
            yield Line(Kind.ROW, f"    raw/{self.scheme.year}/{place.file} 第 {place.line} 行：{place.text}")
        if len(shown) < len(places):
            yield Line(Kind.ROW, f"    ……另有 {len(places) - len(shown)} 行，用 --all 看全部")
