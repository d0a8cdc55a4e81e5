"""The figures of a template: each is a query on the result tables, and a missing figure is a fault with its line.

A template may call 值, 和, 个数, 名单 and 有; nothing else of Python is within its reach.
"""

import re
import sys
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, wraps
from types import CodeType
from typing import Any

import polars as pl
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flows.documents.budget import JOINED, MOST_DIGITS, ROUNDS, Budget
from flows.documents.numbers import EXACT, FILTERS
from flows.documents.tables import Tables

_SHOWN_NAMES = 12
_LONGEST_KEY = 500


class Missing:
    """Stands for a figure that is not there, so that the rest of the text is looked at too."""

    def __str__(self) -> str:
        return "【缺】"

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def _same(self, *_: object) -> "Missing":
        return self

    def _never(self, _: object) -> bool:
        return False

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __abs__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _never


MISSING = Missing()


@dataclass(frozen=True)
class Fault:
    """A fault of a template, with its line."""

    line: int
    reason: str


class _Unanswered(Exception):
    """Why a query has no answer, as a sentence without its full stop."""


def _query(answer):
    """A query that keeps a fault with the template's line where there is no answer, and says that the figure is missing."""

    @wraps(answer)
    def asked(self: "Figures", /, *arguments, **keys):
        try:
            return answer(self, *arguments, **keys)
        except _Unanswered as fault:
            self.faults.append(Fault(_line(self._template), str(fault)))
            return MISSING

    return asked


class Figures:
    """Answers a template's queries from the tables, and keeps a fault for each query without an answer."""

    def __init__(self, tables: Tables, template: str, budget: Budget) -> None:
        self._tables = tables
        self._budget = budget
        self._template = template
        self.faults: list[Fault] = []
        self._frame = lru_cache(maxsize=8)(tables.frame)

    @_query
    def value(self, table: str, column: str, /, **keys: str) -> Decimal | str:
        """值: the one cell of that column in the one row that the keys name."""
        asked, cells = self._cells("值", table, column, keys)
        if not cells:
            raise _Unanswered(f"{asked} 没有这一行{self._offer(table, keys)}")
        if len(cells) > 1:
            raise _Unanswered(f"{asked} 有 {len(cells)} 行符合，要正好一行；要求和请用 和(…)，列名单请用 名单(…)")
        if cells[0] is None:
            raise _Unanswered(f"{asked} 那一格是空的")
        return cells[0]

    @_query
    def total(self, table: str, column: str, /, **keys: str) -> Decimal:
        """和: the sum of that column's cells over the rows that the keys name."""
        asked, cells = self._filled("和", table, column, keys)
        total = Decimal(0)
        for cell in cells:
            if not isinstance(cell, Decimal):
                raise _Unanswered(f"{asked} 不是数字，不能求和")
            total = EXACT.add(total, cell)
        return total

    @_query
    def count(self, table: str, /, **keys: str) -> Decimal:
        """个数: how many rows the keys name."""
        return Decimal(len(self._cells("个数", table, None, keys)[1]))

    @_query
    def listed(self, table: str, column: str, /, 前: int | None = None, **keys: str) -> list[Decimal | str]:
        """名单: that column's cells of the rows that the keys name, in the table's order, the first so many of them."""
        return self._filled("名单", table, column, keys)[1][:前]

    @_query
    def there(self, table: str, column: str, /, **keys: str) -> bool:
        """有: whether any row that the keys name has something in that column. A table that is not there has nothing."""
        return table in self._tables.names and any(cell is not None for cell in self._cells("有", table, column, keys)[1])

    def _cells(
        self, function: str, table: str, column: str | None, keys: dict[str, str]
    ) -> tuple[str, list[Decimal | str | None]]:
        """The query as it was written, and the cells of the rows in question; without a column those of the first."""
        self._budget.take()
        asked = _asked(function, table, column, keys)
        if table not in self._tables.names:
            raise _Unanswered(f"{asked}：没有“{table}”这个表，有的是 {'、'.join(sorted(self._tables.names))}")
        columns = self._tables.columns(table)
        shown = columns[0] if column is None else column
        unknown = [name for name in (shown, *keys) if name not in columns]
        if unknown:
            raise _Unanswered(f"{asked}：表 {table} 没有“{'”“'.join(unknown)}”这一列，它的列有 {'、'.join(columns)}")
        frame = self._frame(table)
        for key, wanted in keys.items():
            if len(str(wanted)) > _LONGEST_KEY:
                raise _Unanswered(f"{asked[:_LONGEST_KEY]}…：{key} 写得太长")
            frame = frame.filter(_like(key, str(wanted)))
        return asked, [_cell(cell) for cell in frame[shown]]

    def _filled(self, function: str, table: str, column: str, keys: dict[str, str]) -> tuple[str, list[Decimal | str]]:
        """The same without empty cells, of which some must be left."""
        asked, cells = self._cells(function, table, column, keys)
        filled = [cell for cell in cells if cell is not None]
        if not filled:
            raise _Unanswered(f"{asked} 没有符合的行{self._offer(table, keys)}")
        return asked, filled

    def _offer(self, table: str, keys: dict[str, str]) -> str:
        """The existing values of the key columns, for an author who misspelt one."""
        offers = []
        for key in keys:
            there = self._frame(table)[key].cast(pl.String).unique().sort().drop_nulls().to_list()
            if str(keys[key]) not in there and there:
                more = f" 等 {len(there)} 个" if len(there) > _SHOWN_NAMES else ""
                offers.append(f"{key} 有 {'、'.join(there[:_SHOWN_NAMES])}{more}")
        return f"（{'；'.join(offers)}）" if offers else ""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with less in it: a template formats figures and repeats paragraphs, and nothing else.

    Attributes are those of a loop and of the names of groups and sources. Texts and lists are not multiplied or padded,
    which could fill the memory.
    """

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, entry_type: type) -> None:
        super().__init__(autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
        self._entry_type = entry_type
        self.budget = Budget()
        # By this all parts of a text become one.
        self.concat: Any = self.budget.joined
        self.globals.clear()
        self.tests = {name: self.tests[name] for name in ("defined", "none", "divisibleby", "even", "odd")}
        self.filters = {name: _of_figure(filter_) for name, filter_ in FILTERS.items()} | {
            "顿号": self._joined,
            "长度": _length,
        }

    def allow_counting(self) -> None:
        """Lets templates name what counts their loops and texts (`Counted`); to be called once their own names were looked at."""
        self.filters |= {ROUNDS: self.budget.rounds, JOINED: self.budget.joined}

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        if isinstance(obj, self._entry_type):
            return attr in ("id", "label")
        return type(obj).__module__ == "jinja2.runtime" and attr in ("index", "first", "last", "length")

    def call_binop(self, context, operator: str, left: object, right: object) -> object:
        if not all(isinstance(operand, (Decimal, int, Missing)) for operand in (left, right)) or operator in ("**", "%"):
            raise ValueError(f"“{operator}”只能用在数字上，小数请写成除法")
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and result.bit_length() > 4 * MOST_DIGITS:
            raise ValueError(f"算出的数超过 {MOST_DIGITS} 位")
        return result

    def _joined(self, values: object, mark: str = "、") -> str | Missing:
        if isinstance(values, Missing):
            return values
        return self.budget.joined(values, str(mark)[:3]) if isinstance(values, (list, tuple)) else str(values)


def _of_figure(filter_):
    def shown(value: object, *arguments: int, **keywords: int) -> str | Missing:
        if isinstance(value, Missing):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal):
            raise ValueError(f"“{value}”不是数字，不能这样写")
        return filter_(value, *arguments, **keywords)

    return shown


def _length(values: Sized | Missing) -> Decimal | Missing:
    return values if isinstance(values, Missing) else Decimal(len(values))


def _asked(function: str, table: str, column: str | None, keys: dict[str, str]) -> str:
    parts = [f'"{table}"', *([f'"{column}"'] if column else []), *(f'{key}="{wanted}"' for key, wanted in keys.items())]
    return f"{function}({', '.join(parts)})"


def _like(column: str, wanted: str) -> pl.Expr:
    """Selects rows by a key: it must equal the wanted text, in which * stands for any characters; ! before the text negates it."""
    if wanted.startswith("!"):
        return ~_like(column, wanted[1:])
    text = pl.col(column).cast(pl.String)
    if "*" not in wanted:
        return text == wanted
    return text.str.contains("(?s)^" + ".*".join(re.escape(part) for part in wanted.split("*")) + "$")


def _cell(cell: object) -> Decimal | str | None:
    if cell is None or isinstance(cell, Decimal):
        return cell
    if isinstance(cell, int):
        return Decimal(cell)
    # A name with a line end in it must not begin a paragraph of its own.
    return " ".join(str(cell).split())


def _line(template: str) -> int:
    """The line of the template that is being written, from the frames of its compiled code."""
    frame = sys._getframe()
    while frame is not None:
        code: CodeType = frame.f_code
        compiled = frame.f_globals.get("__jinja_template__")
        if code.co_filename == template and compiled is not None:
            return compiled.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back
    return 0
