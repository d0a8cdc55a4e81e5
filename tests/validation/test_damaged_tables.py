"""No suite holds for a table that is empty, null or NaN throughout, and no expectation is one that cannot fail."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from flows.evaluate.evaluation import Evaluation
from flows.settings import SQL
from flows.validation.outcomes import SuiteOutcome
from flows.validation.run import validate
from flows.warehouse.engine import quoted
from flows.warehouse.models import read_models
from tests.validation.year import DATASETS, RAW, drawing, evaluated, suites

pytestmark = pytest.mark.slow


def silent(what: str, finished: int, of: int) -> None:
    pass


@pytest.fixture(scope="module")
def good() -> Iterator[Evaluation]:
    with evaluated() as evaluation:
        yield evaluation


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    ).fetchall()


def is_number(type_: str) -> bool:
    return type_.startswith("DECIMAL") or type_.endswith(("INT", "INTEGER", "DOUBLE"))


def wrong(column: str, type_: str) -> str:
    """A value that is there and right by its type, and wrong by any contract."""
    if is_number(type_):
        return "-1e25"
    return "'no such thing'" if type_ == "VARCHAR" else quoted(column)


# What a column becomes. The suites of raw tables pick their rows by source, so that column stays as it is.
DAMAGES = {
    "empty": lambda column, type_: quoted(column),
    "null": lambda column, type_: f"cast(null as {type_})",
    "nan": lambda column, type_: "cast('nan' as double)" if is_number(type_) else quoted(column),
    "wrong": wrong,
    "twice": lambda column, type_: quoted(column),
}


def damaged(damage: str) -> list[SuiteOutcome]:
    """The outcomes of every suite where every table that a suite looks at is damaged."""
    with evaluated() as evaluation:
        made, connection = suites(evaluation), evaluation.connection
        asked = re.compile(r"select \* from (\w+)\.(\w+)")
        tables = {table for suite in made for item in suite.expectations for table in asked.findall(item.wrong)}
        for schema, table in tables:
            # By it a suite knows its rows; only a waiver brings its own.
            kept = {"source"} if schema == "raw" and table != "waivers" else set()
            listed = ", ".join(
                f"{quoted(column) if column in kept else DAMAGES[damage](column, type_)} as {quoted(column)}"
                for column, type_ in columns_of(connection, schema, table)
            )
            rest = {"empty": " where false", "twice": f" union all select * from {schema}.{table}"}.get(damage, "")
            connection.execute(f"create or replace table {schema}.{table} as select {listed} from {schema}.{table}{rest}")
        return validate(connection, made, silent)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[SuiteOutcome]]:
    return {damage: damaged(damage) for damage in DAMAGES}


def test_there_is_a_suite_for_every_dataset_and_for_the_tables_about_to_be_published(good):
    names = [suite.name for suite in suites(good)]
    assert names[: len(RAW)] == [f"raw_{drawing(dataset)}" for dataset in DATASETS] == [f"raw_{name}" for name in RAW]
    filled = {"composite_scores", "group_summary", "source_details", "check_counts", "source_weights", "rank_confidence"}
    filled |= {"weight_sensitivity", "ballot_audit", "satisfaction", "service_inventory", "portal_columns", "portal_figures"}
    filled |= {"annexes", "sites", "source_items", "participation", "claimed_points", "lost_months", "failed_items"}
    filled |= {"failed_checks", "composite_steps", "coverage_summary", "coverage", "coverage_effects"}
    assert names[len(RAW) :] == [
        f"result_{model.table}" for model in read_models(SQL) if model.table in filled and model.contract
    ]
    assert len(names) == len(RAW) + len(filled)


def test_no_two_expectations_of_a_suite_say_the_same(good):
    # The texts of expectations identify their outcomes.
    for suite in suites(good):
        sentences = [expectation.says for expectation in suite.expectations]
        assert len(set(sentences)) == len(sentences), suite.name


def test_a_good_year_holds_in_every_suite(good):
    assert [failure for outcome in validate(good.connection, suites(good), silent) for failure in outcome.failures] == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_suite_holds_for_a_damaged_table(damage, outcomes):
    assert [outcome.suite.name for outcome in outcomes[damage] if outcome.holds] == []


def test_every_expectation_fails_for_some_damage(outcomes):
    never = {}
    for suite_outcomes in zip(*outcomes.values(), strict=True):
        for variants in zip(*(suite.outcomes for suite in suite_outcomes), strict=True):
            if all(outcome.holds for outcome in variants):
                never[suite_outcomes[0].suite.name, variants[0].expectation.says] = variants[0].expectation.wrong
    assert never == {}


@pytest.mark.parametrize(
    "damage, says", [("null", "没有空值"), ("wrong", "都在方案所列之中"), ("wrong", "之间"), ("nan", "之间")]
)
def test_what_is_expected_of_a_cell_fails_for_every_column(damage, says, outcomes):
    # The last expectation of a suite is about all its cells.
    for outcome in outcomes[damage]:
        cells = outcome.outcomes[-1]
        listed = {wrong.split(" ")[0] for row in cells.result["partial_unexpected_list"] for wrong in row.split("、")}
        expected = {words.split(" ")[0] for words in cells.expectation.says.split("；") if words.endswith(says)}
        assert expected <= listed, outcome.suite.name
