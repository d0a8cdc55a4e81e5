"""The printed figures of a bulletin, from `reference/<year>/`, looked up by the result cells that they point at."""

import re
from dataclasses import astuple, dataclass
from decimal import Decimal
from fractions import Fraction

from flows.home import Home
from flows.warehouse.reference_figures import ReferenceFigure, read_reference_figures

# A pattern of SQL LIKE with the escape \ is one key, not several, when no wildcard is left after taking the escapes out.
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Range:
    """The numbers that print as one figure: from `low` (itself in, unless `above`) up to but not including `high`."""

    middle: Fraction
    low: Fraction
    high: Fraction
    above: bool = False

    def holds(self, number: Fraction | Decimal | int) -> bool:
        number = Fraction(number)
        return self.low <= number < self.high and not (self.above and number == self.low)

    def whole(self) -> tuple[int, int]:
        """The least and the greatest whole number in it."""
        least = -(-self.low.numerator // self.low.denominator)
        if self.above and least == self.low:
            least += 1
        return least, -(-self.high.numerator // self.high.denominator) - 1


class Figure(ReferenceFigure):
    """A printed figure with a number that points at cells: the records of a reconstruction must give this number."""

    value: Decimal
    units: int
    table_name: str
    column_name: str

    @property
    def range(self) -> Range:
        """The numbers that print as this figure when they are rounded. “16.4万余” means that the number is greater than the printed one."""
        unit = Fraction(self.scale) / self.units
        middle = Fraction(self.value) * Fraction(self.scale)
        if "余" in self.printed:
            return Range(middle + unit / 4, middle, middle + unit / 2, above=True)
        return Range(middle, middle - unit / 2, middle + unit / 2)

    @property
    def key(self) -> str | None:
        """The one row it points at, or None for a pattern."""
        if self.row_pattern is None or re.search(r"[%_]", _ESCAPED.sub("", self.row_pattern)):
            return None
        return _ESCAPED.sub(r"\1", self.row_pattern)

    @property
    def per_key(self) -> str | None:
        return None if self.per_rows is None else _ESCAPED.sub(r"\1", self.per_rows)


@dataclass(frozen=True)
class Printed:
    """All figures of a year that point at result cells; none where nothing was printed."""

    figures: tuple[Figure, ...]

    def __bool__(self) -> bool:
        return bool(self.figures)

    def of(self, table: str, column: str, *, share: bool = False) -> tuple[Figure, ...]:
        """The figures that point at a column; `share`: those with a denominator instead of those without."""
        return tuple(
            figure
            for figure in self.figures
            if (figure.table_name, figure.column_name) == (table, column)
            and share == (figure.per_table is not None)
            and figure.per_value is None
        )

    def sum_at(self, table: str, column: str, key: str) -> Figure | None:
        """The figure that prints one cell."""
        return next((f for f in self.of(table, column) if f.measure == "sum" and f.key == key), None)

    def at(self, table: str, column: str, rows: str, measure: str) -> Figure | None:
        """The figure with exactly this pointer, pattern and all."""
        return next((f for f in self.of(table, column) if (f.row_pattern, f.measure) == (rows, measure)), None)


def read_printed(home: Home, year: int) -> Printed:
    figures = [Figure(*astuple(figure)) for figure in read_reference_figures(home, year)]
    return Printed(tuple(figure for figure in figures if figure.table_name and figure.value is not None))
