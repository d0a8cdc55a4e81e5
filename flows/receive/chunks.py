"""The result of every reader of a file format: chunks of rows as columns, with their line numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from flows.receive.cells import Texts
from flows.receive.handouts import Mark

# What is read and typed at a time: large enough for columns to pay, small enough to keep memory flat, however wide the rows
# and however long the cells are.
ROWS = 100_000
CELLS = 4_000_000
CHARACTERS = 32 << 20


class RefusedFile(Exception):
    """This file cannot be a delivery of its dataset; the text says why and what to do."""


@dataclass(frozen=True)
class Fault:
    """Why one row was set aside. `value` never holds personal data; `column` is empty where the row as a whole is at fault.

    `site_id` and `item` are what the row is about, as far as its cells say it.
    """

    line: int
    column: str
    value: str
    reason: str
    site_id: str | None = None
    item: str | None = None

    @property
    def sentence(self) -> str:
        """Where it is, what stands there and what is wrong with it."""
        return f"第 {self.line} 行{f' {self.column} 列' if self.column else ''}“{self.value}”：{self.reason}"


@dataclass(frozen=True)
class Chunk:
    """Rows of a file: `cells` by delivered heading, `lines` of the same length, and the faults of broken rows.

    A file whose columns have types has cells of other types than text; each stands for its text in `columns`. `mark` is that of a handout, if the file is one. `where` are words for each row that say where in its line it stands, if the
    line has several.
    """

    cells: Mapping[str, pl.Series]
    lines: pl.Series
    broken: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    mark: Mark | None = None
    where: pl.Series | None = None

    @cached_property
    def columns(self) -> Mapping[str, pl.Series]:
        """The cells as text."""
        return Texts(self.cells)


def most_rows(columns: int) -> int:
    """How many rows of so many columns are read at a time."""
    return max(1, min(ROWS, CELLS // max(1, columns)))


def of_rows(names: Sequence[str], rows: Sequence[Sequence[str | None]], lines: Sequence[int], broken=()) -> Chunk:
    """A chunk from rows of cells, each as long as `names`."""
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns = {name: pl.Series(name, list(column), dtype=pl.String) for name, column in zip(names, cells, strict=True)}
    return Chunk(columns, pl.Series("line", list(lines), dtype=pl.Int64), tuple(broken))
