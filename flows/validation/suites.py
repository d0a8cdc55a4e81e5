"""Derives expectations on the received rows and on the tables to be published from their contracts.

A suite is plain data here; `flows.validation.run` passes it to Great Expectations. A table that is empty or only has nulls
satisfies every range and set expectation, so each suite begins with the exact number of rows and with the columns that must
never be null, and every number has bounds (NaN is greater than every bound).
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
# Of a row of a result table: the cells that are not as the table's contract says.
_BROKEN = "不符的格"


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


def _rows(least: int, most: int | None) -> Expectation:
    says = f"恰有 {least} 行" if most == least else f"至少有 {least} 行"
    return Expectation("ExpectTableRowCountToBeBetween", says, {"min_value": least, "max_value": most})


def _never_null(column: str) -> Expectation:
    return Expectation("ExpectColumnValuesToNotBeNull", f"{column} 没有空值", {"column": column})


def _between(column: str, least, most) -> Expectation:
    return Expectation(
        "ExpectColumnValuesToBeBetween",
        f"{column} 在 {least} 到 {most} 之间",
        {"column": column, "min_value": float(least), "max_value": float(most)},
    )


def _in_set(column: str, values: Sequence) -> Expectation:
    return Expectation(
        "ExpectColumnValuesToBeInSet", f"{column} 都在方案所列之中", {"column": column, "value_set": sorted(set(values))}
    )


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
    expectations = [_rows(rows, rows)]
    expectations += [_never_null(_filled(column)) for column in dataset.columns if column.filled]
    if any(isinstance(column.meaning, Site) for column in dataset.columns):
        expectations.append(_distinct("site_id", 1, sites))
    expectations.append(_between("line", 1, _SENSIBLE))
    for column in dataset.columns:
        expectations += _domain(column, dataset)
    either = "".join(
        f", coalesce(cast({quoted(c.name)} as varchar), {quoted(c.unless)}) as {quoted(_filled(c))}"
        for c in dataset.columns
        if c.unless
    )
    where = f" where source = {literal(dataset.source)}" if dataset.source else ""
    return Suite(
        name=f"raw_{SCANS.table if dataset == SCANS else dataset.name}",
        title=f"收到的数据：{dataset.name}" + ("（扫描器自己的表）" if dataset == SCANS else ""),
        query=f"select *{either} from raw.{dataset.table}{where}",
        expectations=tuple(expectations),
    )


def _filled(column: Column) -> str:
    """The column of a suite's query that must never be null where this one must be filled."""
    return f"{column.name} 或 {column.unless}" if column.unless else column.stored


def _domain(column: Column, dataset: Dataset) -> Iterator[Expectation]:
    match column.meaning:
        case Number(at_least=least, at_most=most):
            yield _between(column.name, -_SENSIBLE if least is None else least, _SENSIBLE if most is None else most)
        case IndicatorPoints(maxima=maxima):
            yield _between(column.name, 0, max(maxima.values()))
        case OneOf(names=names):
            yield _in_set(column.name, list(names.values()))
        case Rating(codes=codes) if column.name not in dataset.rated:
            yield _between(column.name, 1, max(codes.values()))
        case Check():
            yield _never_null(column.name)
            yield _in_set(column.name, ["pass", "fail", "na"])


def result_suites(scheme: Scheme, models: Iterable[Model], sites: int, tables: Mapping[str, int]) -> Iterator[Suite]:
    """A suite for every table about to be published that has rows or should have some; `tables` are the rows of each.

    The numbers of rows come from the register and the scheme, not from the tables themselves.
    """
    for model in models:
        if model.contract and (rows := _expected_rows(model.contract.rows, tables[model.table], scheme, sites)):
            cells = [cell for column in model.contract.columns for cell in _cells(column, scheme, sites)]
            yield Suite(
                name=f"result_{model.table}",
                title=f"将公布的表：{model.contract.title}",
                query=f"select *, {_broken(cells)} from {model.name}",
                expectations=(rows, _none_broken(cells), _unique([column for column in model.grain if column != "year"])),
            )


def _expected_rows(due: contract.RowCount | None, rows: int, scheme: Scheme, sites: int) -> Expectation | None:
    """The expectation on the number of rows; `rows` is the actual number. None where the table is empty and may be."""
    if due is None:
        return _rows(1, None) if rows else None
    if not due.of:
        return _rows(1, None)
    least = due.times * count(due.of, scheme, sites)
    return _rows(least, least) if rows or least else None


def _cells(column: contract.PublishedColumn, scheme: Scheme, sites: int) -> Iterator[tuple[str, str, str]]:
    """What a contract says of the cells of a column: its name, the SQL condition that a wrong cell meets, and what is expected in
    words."""
    name = quoted(column.name)
    # NaN is greater than every number.
    if not column.optional:
        yield column.name, f"{name} is null", f"{column.name} 没有空值"
    match column.bounds:
        case contract.Range(least, most):
            low, high = _number(least, scheme, sites), _number(most, scheme, sites)
            yield column.name, f"{name} < {low:f} or {name} > {high:f}", f"{column.name} 在 {low} 到 {high} 之间"
        case contract.OneOf(names):
            allowed = ", ".join(literal(str(value)) for value in values(names, scheme))
            yield column.name, f"{name} not in ({allowed})", f"{column.name} 都在方案所列之中"


def _broken(cells: Sequence[tuple[str, str, str]]) -> str:
    """The column of a suite's query that lists the wrong cells of a row in words."""
    cases = ", ".join(
        f"case when {condition} then {literal(f'{column} 是 ')} || coalesce(cast({quoted(column)} as varchar), '空的') end"
        for column, condition, _ in cells
    )
    return f"concat_ws('、', {cases}) as {quoted(_BROKEN)}"


def _none_broken(cells: Sequence[tuple[str, str, str]]) -> Expectation:
    # One expectation a table: Great Expectations takes six milliseconds for each, however few rows there are.
    says = "；".join(words for *_, words in cells)
    return Expectation("ExpectColumnValuesToBeInSet", says, {"column": _BROKEN, "value_set": [""]})


def _number(bound: str, scheme: Scheme, sites: int) -> Decimal:
    """A bound as a contract writes it: a number, a power of ten like `-10^14`, or a word for a number, like `sites`."""
    if bound[-1].isalpha():
        return Decimal(count(bound, scheme, sites))
    base, _, power = bound.partition("^")
    return Decimal(base) * 10 ** (int(power) - 1) if power else Decimal(base)
