"""Rows of one query from two engines, cell by cell."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

SHOWN = 3


def differences(name: str, expected: Iterable[tuple], got: Iterable[tuple]) -> list[str]:
    """Lines that say which rows of the query `name` only one of the engines has; none where all cells are equal.

    Engines name types in their own way, and rows have no order; a value has to be the same to its last decimal, but for the
    doubles of `recount`, which are sums in any order: no cell that is published is made of them.
    """
    rounded = name.startswith("recount.")
    ours, theirs = Counter(_cell(row, rounded) for row in expected), Counter(_cell(row, rounded) for row in got)
    only_ours, only_theirs = ours - theirs, theirs - ours
    if not only_ours and not only_theirs:
        return []
    counts = f"{name}: {only_ours.total()} of {ours.total()} rows only in DuckDB, {only_theirs.total()} only in the other"
    shown = [("DuckDB", row) for row in sorted(only_ours, key=repr)[:SHOWN]]
    shown += [("other ", row) for row in sorted(only_theirs, key=repr)[:SHOWN]]
    return [counts, *(f"    {engine} {row}" for engine, row in shown)]


def _cell(value: object, rounded: bool = False) -> object:
    """A value as text that is the same in every engine and tells decimals, doubles, texts and nulls apart."""
    match value:
        case None | str() | bool():
            return value
        case int() | Decimal():
            return ("number", f"{Decimal(value).normalize():f}")
        case float():
            return ("double", f"{value:.12e}" if rounded else value.hex())
        case datetime():
            return ("moment", value.replace(tzinfo=None).isoformat())
        case date():
            return ("day", value.isoformat())
        case dict():
            return tuple(sorted((_cell(key), _cell(cell, rounded)) for key, cell in value.items()))
        case list() | tuple():
            return tuple(_cell(cell, rounded) for cell in value)
    raise TypeError(f"no engine gave a {type(value).__name__} before: say in tests/engines/comparison.py how it is compared")
