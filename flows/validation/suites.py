"""Derives expectations on the received rows and on the tables to be published from their contracts.

A suite is plain data here; `flows.validation.run` passes it to Great Expectations. Great Expectations takes milliseconds of
pure Python for each expectation, so one of them is about all cells of a suite's rows: its query lists the wrong cells of a
row, and none may be listed. A table that is empty has no wrong cell, so each suite begins with the number of rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows.datasets import Check, Column, Dataset, IndicatorPoints, Number, OneOf, Rating, Site
from flows.datasets.crawl import SCANS
from flows.published import contract
from flows.scheme import Scheme
from flows.scheme.values import count, values
from flows.warehouse.engine import literal, quoted
from flows.warehouse.models import Model

_SENSIBLE = 10**14
_WRONG = "不符的格"


@dataclass(frozen=True)
class Expectation:
    """An expectation type of Great Expectations with its arguments, and its text in Chinese."""

    type: str
    says: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """Expectations on the rows of one query of the run's database."""

    name: str
    title: str
    query: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class _Cell:
    """What is expected of a column's cells: the SQL condition that a wrong cell meets, the SQL text that shows such a cell, and
    the expectation in Chinese."""

    wrong: str
    shown: str
    says: str


def _filled(*columns: str) -> _Cell:
    """One of these columns must have a value."""
    names = " 或 ".join(columns)
    return _Cell(
        " and ".join(f"{quoted(column)} is null" for column in columns), literal(f"{names} 是空的"), f"{names} 没有空值"
    )


def _between(column: str, least: Decimal, most: Decimal) -> _Cell:
    # NaN is greater than every number.
    wrong = f"{quoted(column)} < {least:f} or {quoted(column)} > {most:f}"
    return _Cell(wrong, _value(column), f"{column} 在 {least} 到 {most} 之间")


def _one_of(column: str, allowed: Iterable[str | int]) -> _Cell:
    listed = ", ".join(literal(str(value)) for value in allowed)
    return _Cell(f"{quoted(column)} not in ({listed})", _value(column), f"{column} 都在方案所列之中")


def _value(column: str) -> str:
    return f"{literal(f'{column} 是 ')} || cast({quoted(column)} as varchar)"


def _suite(name: str, title: str, rows: str, cells: Sequence[_Cell], *expectations: Expectation) -> Suite:
    """A suite on the table, or the part of one, that `rows` names: the given expectations, and one on the cells."""
    shown = ", ".join(f"case when {cell.wrong} then {cell.shown} end" for cell in cells)
    # No text is put together for a row without a wrong cell.
    wrong = f"case when {' or '.join(cell.wrong for cell in cells)} then concat_ws('、', {shown}) end"
    none = Expectation("ExpectColumnValuesToBeNull", "；".join(cell.says for cell in cells), {"column": _WRONG})
    return Suite(name, title, f"select *, {wrong} as {quoted(_WRONG)} from {rows}", (*expectations, none))


def _rows(least: int, most: int | None) -> Expectation:
    says = f"恰有 {least} 行" if most == least else f"至少有 {least} 行"
    return Expectation("ExpectTableRowCountToBeBetween", says, {"min_value": least, "max_value": most})


def _distinct(column: str, least: int, most: int) -> Expectation:
    return Expectation(
        "ExpectColumnUniqueValueCountToBeBetween",
        f"{column} 有 {least} 到 {most} 个不同的值",
        {"column": column, "min_value": least, "max_value": most},
    )


def _unique(columns: Sequence[str]) -> Expectation:
    if len(columns) == 1:
        return Expectation("ExpectColumnValuesToBeUnique", f"{columns[0]} 不重复", {"column": columns[0]})
    return Expectation("ExpectCompoundColumnsToBeUnique", f"{'、'.join(columns)} 的组合不重复", {"column_list": list(columns)})


def door_suites(datasets: Sequence[Dataset], loaded: dict[tuple[str, str], int], sites: int) -> Iterator[Suite]:
    """A suite for every raw table that a dataset brought rows to.

    `loaded` are the rows by dataset and table that the files' own accounts say are there.
    """
    for dataset in datasets:
        rows = loaded.get((dataset.name, dataset.table), 0)
        if rows:
            yield _door_suite(dataset, rows, sites)


def _door_suite(dataset: Dataset, rows: int, sites: int) -> Suite:
    cells = [_between("line", Decimal(1), Decimal(_SENSIBLE))]
    expectations = [_rows(rows, rows)]
    for column in dataset.columns:
        if column.filled:
            cells.append(_filled(column.name, column.unless) if column.unless else _filled(column.stored))
        if isinstance(column.meaning, Site):
            expectations.append(_distinct("site_id", 1, sites))
        cells += _domain(column, dataset)
    return _suite(
        f"raw_{SCANS.table if dataset == SCANS else dataset.name}",
        f"收到的数据：{dataset.name}" + ("（扫描器自己的表）" if dataset == SCANS else ""),
        f"raw.{dataset.table}" + (f" where source = {literal(dataset.source)}" if dataset.source else ""),
        cells,
        *expectations,
    )


def _domain(column: Column, dataset: Dataset) -> Iterator[_Cell]:
    match column.meaning:
        case Number(at_least=least, at_most=most):
            low, high = (-_SENSIBLE if least is None else least), (_SENSIBLE if most is None else most)
            yield _between(column.name, Decimal(low), Decimal(high))
        case IndicatorPoints(maxima=maxima):
            yield _between(column.name, Decimal(0), Decimal(max(maxima.values())))
        case OneOf(names=names):
            yield _one_of(column.name, names.values())
        case Rating(codes=codes) if column.name not in dataset.rated:
            yield _between(column.name, Decimal(1), Decimal(max(codes.values())))
        case Check():
            yield _filled(column.name)
            yield _one_of(column.name, ("pass", "fail", "na"))


def result_suites(scheme: Scheme, models: Iterable[Model], sites: int, tables: Mapping[str, int]) -> Iterator[Suite]:
    """A suite for every table about to be published that has rows or should have some; `tables` are the rows of each.

    The numbers of rows come from the register and the scheme, not from the tables themselves.
    """
    for model in models:
        if model.contract and (rows := _expected_rows(model.contract.rows, tables[model.table], scheme, sites)):
            cells = [cell for column in model.contract.columns for cell in _cells(column, scheme, sites)]
            key = [column for column in model.grain if column != "year"]
            yield _suite(f"result_{model.table}", f"将公布的表：{model.contract.title}", model.name, cells, rows, _unique(key))


def _expected_rows(due: contract.RowCount | None, rows: int, scheme: Scheme, sites: int) -> Expectation | None:
    """The expectation on the number of rows; `rows` is the actual number. None where the table is empty and may be."""
    if due is None:
        return _rows(1, None) if rows else None
    if not due.of:
        return _rows(1, None)
    least = due.times * count(due.of, scheme, sites)
    return _rows(least, least) if rows or least else None


def _cells(column: contract.PublishedColumn, scheme: Scheme, sites: int) -> Iterator[_Cell]:
    if not column.optional:
        yield _filled(column.name)
    match column.bounds:
        case contract.Range(least, most):
            yield _between(column.name, _number(least, scheme, sites), _number(most, scheme, sites))
        case contract.OneOf(names):
            yield _one_of(column.name, values(names, scheme))


def _number(bound: str, scheme: Scheme, sites: int) -> Decimal:
    """A bound as a contract writes it: a number, a power of ten like `-10^14`, or a word for a number, like `sites`."""
    if bound[-1].isalpha():
        return Decimal(count(bound, scheme, sites))
    base, _, power = bound.partition("^")
    return Decimal(base) * 10 ** (int(power) - 1) if power else Decimal(base)
