"""Tells rows of data among those that a mapping skips as rows of headings: somebody has taken a row of headings out of the file.

A time, a site of the register or a level stands in no heading of its column. Numbers do (the number of a question, the points at
most), so they count only in a row that has all that a row of data needs.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from flows.datasets import Day, IndicatorPoints, Meaning, Month, Number, Rating, Site, Time
from flows.receive.meanings import Context, read

_LONGEST = 30


@dataclass(frozen=True)
class Cells:
    """The cells of a column: its heading, its meaning, the texts as they were delivered, and as the mapping has them read."""

    name: str
    meaning: Meaning
    delivered: pl.Series
    texts: pl.Series


def signs(
    cells: Sequence[Cells], needed: Collection[pl.Series], lines: pl.Series, context: Context
) -> Iterator[tuple[int, str]]:
    """The lines of the rows that look like data, each with the cell that says so, in words. `needed` are the columns in which every
    row of data has a text."""
    looked_at = [_Column(one, context) for one in cells]
    for row, line in enumerate(lines):
        told = [column.sign(row) for column in looked_at if column.says[row]]
        filled = all((texts[row] or "").strip() for texts in needed)
        strange = any(column.is_strange[row] for column in looked_at)
        if not told and filled and not strange:
            told = [column.sign(row) for column in looked_at if column.is_number[row]]
        if told:
            yield line, told[0]


class _Column:
    """What the cells of a column say of their rows: a row of data beyond doubt (`says`), a number, or something that is not what
    the column is for (`is_strange`)."""

    def __init__(self, cells: Cells, context: Context) -> None:
        self._cells, self._noun = cells, _noun(cells.meaning)
        nothing = pl.repeat(False, len(cells.texts), dtype=pl.Boolean, eager=True)
        self.says = self.is_number = self.is_strange = nothing
        if not self._noun:
            return
        # The maximum of an indicator depends on another cell, and what is out of bounds is data still.
        meaning = Number() if isinstance(cells.meaning, IndicatorPoints) else cells.meaning
        understood = read(cells.texts, meaning, context, {}).values.is_not_null()
        plain = cells.texts.str.strip_chars().str.contains(r"^[0-9]+(?:\.0+)?$").fill_null(False)
        numeric = (
            nothing if isinstance(meaning, Site | Time | Day | Month) else understood & (plain | isinstance(meaning, Number))
        )
        self.says, self.is_number = understood & ~numeric, numeric
        self.is_strange = (cells.texts.str.strip_chars() != "").fill_null(False) & ~understood

    def sign(self, row: int) -> str:
        text = self._cells.delivered[row].strip()
        return f"“{self._cells.name}”一列是{self._noun}“{text if len(text) <= _LONGEST else f'{text[:_LONGEST]}……'}”"


def _noun(meaning: Meaning) -> str:
    """What the cells of a meaning are called; empty where they say nothing of their row."""
    match meaning:
        case Time() | Day() | Month():
            return "时间"
        case Site():
            return "登记册里的网站"
        case Rating():
            return "档次"
        case Number() | IndicatorPoints():
            return "数字"
    return ""
