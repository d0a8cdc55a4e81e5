"""Derives expectations on the received rows and on the tables to be published from their contracts.

A suite is plain data here; `flows.validation.run` passes it to Great Expectations. Great Expectations takes milliseconds of
pure Python for each expectation, so one of them is about all cells of a suite's rows: its query lists the wrong cells of a
row. A table that is empty has no wrong cell, so each suite begins with the number of rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.datasets import Check, Column, Dataset, IndicatorPoints, Number, OneOf, Rating, Site
from flows.datasets.crawl import SCANS
from flows.published import contract
from flows.scheme import Scheme
from flows.scheme.values import count, values
from flows.warehouse.engine import literal, quoted
from flows.warehouse.models import Model

_SENSIBLE = 10**14


@dataclass(frozen=True)
class Expectation:
    """What is expected, in Chinese, and the SQL query that lists what is wrong, a text `wrong` a row.

    Where `total` is true, the query is about all rows together and lists what it found instead.
    """

    says: str
    wrong: str
    total: bool = False


@dataclass(frozen=True)
class Suite:
    """Expectations on a table, or on a part of one."""

    name: str
    title: str
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


def _cells_right(table: str, cells: Sequence[_Cell]) -> Expectation:
    shown = ", ".join(f"case when {cell.wrong} then {cell.shown} end" for cell in cells)
    wrong = " or ".join(f"({cell.wrong})" for cell in cells)
    return Expectation(
        "；".join(cell.says for cell in cells), f"select concat_ws('、', {shown}) as wrong from ({table}) where {wrong}"
    )


def _rows(table: str, least: int, most: int | None) -> Expectation:
    says = f"恰有 {least} 行" if most == least else f"至少有 {least} 行"
    return _total(table, says, "count(*)", least, most)


def _distinct(table: str, column: str, least: int, most: int) -> Expectation:
    return _total(table, f"{column} 有 {least} 到 {most} 个不同的值", f"count(distinct {quoted(column)})", least, most)


def _total(table: str, says: str, number: str, least: int, most: int | None) -> Expectation:
    wrong = f"{number} < {least}" if most is None else f"{number} not between {least} and {most}"
    return Expectation(says, f"select cast({number} as varchar) as wrong from ({table}) having {wrong}", total=True)


def _unique(table: str, columns: Sequence[str]) -> Expectation:
    says = f"{columns[0]} 不重复" if len(columns) == 1 else f"{'、'.join(columns)} 的组合不重复"
    key = ", ".join(quoted(column) for column in columns)
    shown = ", ".join(f"coalesce(cast({quoted(column)} as varchar), '空')" for column in columns)
    wrong = f"select concat_ws('、', {shown}) as wrong from ({table}) group by {key} having count(*) > 1"
    return Expectation(says, wrong)


def door_suites(datasets: Sequence[Dataset], loaded: dict[tuple[str, str], int], sites: int) -> Iterator[Suite]:
    """A suite for every raw table that a dataset brought rows to.

    `loaded` are the rows by dataset and table that the files' own accounts say are there.
    """
    for dataset in datasets:
        rows = loaded.get((dataset.name, dataset.table), 0)
        if rows:
            yield _door_suite(dataset, rows, sites)


def _door_suite(dataset: Dataset, rows: int, sites: int) -> Suite:
    table = f"select * from raw.{dataset.table}" + (f" where source = {literal(dataset.source)}" if dataset.source else "")
    cells = [_between("line", Decimal(1), Decimal(_SENSIBLE))]
    expectations = [_rows(table, rows, rows)]
    for column in dataset.columns:
        if column.filled:
            cells.append(_filled(column.name, column.unless) if column.unless else _filled(column.stored))
        if isinstance(column.meaning, Site):
            expectations.append(_distinct(table, "site_id", 1 if column.filled else 0, sites))
        cells += _domain(column, dataset)
    return Suite(
        f"raw_{SCANS.table if dataset == SCANS else dataset.name}",
        f"收到的数据：{dataset.name}" + ("（扫描器自己的表）" if dataset == SCANS else ""),
        (*expectations, _cells_right(table, cells)),
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
        if model.contract and (due := _rows_due(model.contract.rows, tables[model.table], scheme, sites)):
            table = f"select * from {model.name}"
            cells = [cell for column in model.contract.columns for cell in _cells(column, scheme, sites)]
            key = [column for column in model.grain if column != "year"]
            yield Suite(
                f"result_{model.table}",
                f"将公布的表：{model.contract.title}",
                (_rows(table, *due), _unique(table, key), _cells_right(table, cells)),
            )


def _rows_due(due: contract.RowCount | None, rows: int, scheme: Scheme, sites: int) -> tuple[int, int | None] | None:
    """The least and the largest number of rows; `rows` is the actual one. None where the table is empty and may be."""
    if due is None:
        return (1, None) if rows else None
    if not due.of:
        return 1, None
    least = due.times * count(due.of, scheme, sites)
    return (least, least) if rows or least else None


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
