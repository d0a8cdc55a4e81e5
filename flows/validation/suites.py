"""What must hold for what was received and for what is about to be published, derived from the contracts.

A suite is plain data here; `flows.validation.run` hands it to Great Expectations. Range and set expectations are all
satisfied by a table that is empty or null throughout, so every suite begins with the exact number of rows and with the
columns that must never be null, and every number is bounded (NaN sorts above every bound).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.datasets import Check, Column, Dataset, IndicatorPoints, Number, OneOf, Rating, Site
from flows.scheme import Scheme
from flows.warehouse.engine import literal, quoted

_SENSIBLE = 10**14


@dataclass(frozen=True)
class Expectation:
    """An expectation type of Great Expectations with its arguments, and what it says in Chinese."""

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
        name=f"raw_{dataset.name}" if dataset.table != "crawl_scans" else "raw_crawl_scans",
        title=f"收到的数据：{dataset.name}" + ("（扫描器自己的表）" if dataset.table == "crawl_scans" else ""),
        query=f"select *{either} from raw.{dataset.table}{where}",
        expectations=tuple(expectations),
    )


def _filled(column: Column) -> str:
    """The column of a suite's query that must never be null where this one must be filled."""
    if isinstance(column.meaning, Site):
        return "site_id"
    return f"{column.name} 或 {column.unless}" if column.unless else column.name


def _domain(column: Column, dataset: Dataset) -> Iterator[Expectation]:
    match column.meaning:
        case Number(at_least=least, at_most=most):
            yield _between(column.name, -_SENSIBLE if least is None else least, _SENSIBLE if most is None else most)
        case IndicatorPoints(maxima=maxima):
            yield _between(column.name, 0, max(maxima.values()))
        case OneOf(names=names):
            yield _in_set(column.name, list(names.values()))
        case Rating(codes=codes) if column.name not in dataset.aspects:
            yield _between(column.name, 1, max(codes.values()))
        case Check():
            yield _never_null(column.name)
            yield _in_set(column.name, ["pass", "fail", "na"])


def result_suites(scheme: Scheme, sites: int, tables: dict[str, int]) -> Iterator[Suite]:
    """A suite for every table about to be published that has something to say; `tables` are the rows of each.

    The numbers of rows come from the register and the scheme, not from the tables themselves.
    """
    groups = [group.id for group in scheme.groups]
    sources = [source.id for source in scheme.sources]
    ballots = [source.id for source in scheme.of_kind("ballots")]
    weights = sum(len(group.weights) for group in scheme.groups)
    yield _result(
        "composite_scores",
        "综合得分和名次",
        _rows(sites, sites),
        *(_never_null(column) for column in ("group", "site_id", "name", "rank", "composite", "flags")),
        _unique(["site_id"]),
        _in_set("group", groups), _between("rank", 1, sites), _between("composite", 0, 100),
        _between("previous_composite", 0, 100),
    )  # fmt: skip
    yield _result(
        "group_summary",
        "各组别的概况",
        _rows(len(groups), len(groups)),
        *(_never_null(c) for c in ("group", "sites", "mean", "above_mean", "lowest", "highest", "median", "sd")),
        _unique(["group"]), _in_set("group", groups),
        _between("sites", 1, sites), _between("above_mean", 0, sites),
        *(_between(column, 0, 100) for column in ("mean", "lowest", "highest", "median", "sd")),
    )  # fmt: skip
    yield _result(
        "composite_steps",
        "综合得分的步骤",
        _rows(sites, None),
        *(_never_null(c) for c in ("site_id", "position", "step", "label", "amount", "total")),
        _unique(["site_id", "position"]), _in_set("source", sources),
        _between("weight", 0, 1), _between("counted_weight", 0, 1), _between("score", 0, 100),
        _between("amount", -100, 100), _between("total", 0, 100),
    )  # fmt: skip
    yield _result(
        "source_details",
        "来源得分的构成",
        _rows(1, None),
        _never_null("site_id"), _never_null("source"), _never_null("item"), _never_null("value"), _never_null("base"),
        _unique(["site_id", "source", "item"]), _in_set("source", sources),
        _between("value", 0, 10**6), _between("base", 0, _SENSIBLE),
    )  # fmt: skip
    if tables["check_counts"]:
        yield _result(
            "check_counts",
            "网站检测的次数",
            _rows(1, None),
            *(_never_null(c) for c in ("site_id", "check", "made", "passed", "failed", "confirmed", "not_made", "stale", "outside_period")),
            _unique(["site_id", "check"]),
            *(_between(c, 0, _SENSIBLE) for c in ("made", "passed", "failed", "confirmed", "not_made", "stale", "outside_period")),
        )  # fmt: skip
    yield _result(
        "source_weights",
        "来源的权重",
        _rows(weights, weights),
        _never_null("group"), _never_null("source"), _never_null("weight"),
        _unique(["group", "source"]), _between("weight", 0, 1),
    )  # fmt: skip
    for name, title, known in (
        ("rank_confidence", "名次的可靠程度", ()),
        ("weight_sensitivity", "权重变动时的名次", ("p_annex",)),
    ):
        yield _result(
            name,
            title,
            _rows(sites, sites),
            *(_never_null(column) for column in ("group", "site_id", "rank_low", "rank_high", *known)),
            _unique(["site_id"]), _in_set("group", groups),
            _between("rank_low", 1, sites), _between("rank_high", 1, sites), _between("p_annex", 0, 1),
        )  # fmt: skip
    if ballots:
        yield _result(
            "ballot_audit",
            "选票的去向",
            _rows(6 * len(ballots), 6 * len(ballots)),
            _never_null("source"), _never_null("reason"), _never_null("ballots"),
            _unique(["source", "reason"]), _in_set("source", ballots), _between("ballots", 0, _SENSIBLE),
        )  # fmt: skip
    if tables["satisfaction"]:
        yield _result(
            "satisfaction",
            "满意率",
            _rows(1, None),
            _never_null("source"), _never_null("group"), _never_null("aspect"),
            _never_null("ratings"), _never_null("satisfied"), _never_null("rate"), _never_null("score"),
            _unique(["source", "group", "aspect"]),
            _between("ratings", 1, _SENSIBLE), _between("rate", 0, 1), _between("score", 0, 100),
        )  # fmt: skip
    for name, title, key, numbers in (
        ("service_inventory", "办事事项清单", ["source", "group", "item_type"], ("items", "forms", "sheets")),
        ("portal_columns", "门户网站各栏目的浏览量", ["column"], ("views", "rank")),
        ("portal_figures", "门户网站和各单位的统计", ["metric"], ("value",)),
    ):
        if tables[name]:
            yield _result(
                name,
                title,
                _rows(1, None),
                *(_never_null(column) for column in (*key, *numbers)),
                _unique(key),
                *(_between(column, -_SENSIBLE, _SENSIBLE) for column in numbers),
            )


def _result(table: str, title: str, *expectations: Expectation) -> Suite:
    return Suite(f"result_{table}", f"将公布的表：{title}", f"select * from published.{table}", expectations)
