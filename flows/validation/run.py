"""Runs suites with Great Expectations as SQL on the run's own connection. The only module that imports it.

The import takes seconds, so this module is imported where validation happens and not before.
"""

import importlib
import logging
import re
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any, ClassVar

from flows.host.progress import Tell
from flows.validation.duckdb_dialect import connection_url
from flows.validation.outcomes import Outcome, SuiteOutcome
from flows.validation.suites import Suite
from flows.warehouse.engine import Connection


class _WhenUsed(ModuleType):
    """Stands for a module until somebody wants something of it."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


# Two large packages that only expectations about distributions, of which there are none here, and their charts need: a third
# of the time that the import takes.
for _name in ("scipy.stats", "altair"):
    sys.modules.setdefault(_name, _WhenUsed(_name))

import great_expectations as gx  # noqa: E402
import great_expectations.expectations as gxe  # noqa: E402
from great_expectations.compatibility import pydantic  # noqa: E402
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults  # noqa: E402

_SHOWN = 3


class ExpectQueryToListNothing(gxe.UnexpectedRowsExpectation):
    """No row of a query that lists, as a text and the number of all of them, what should not be there."""

    # Its own second one would run the query again to count the rows.
    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    @pydantic.validator("unexpected_rows_query", allow_reuse=True)  # ty: ignore[deprecated]
    def _validate_query(cls, query: str) -> str:
        # In place of the check of the same name, which prints that a query should ask `{batch}`: these name their tables.
        return query

    def _validate(self, metrics, runtime_configuration=None, execution_engine=None) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        number = rows[0]["number"] if rows else 0
        listed = [row["wrong"] for row in rows[:_SHOWN]]
        return {"success": number == 0, "result": {"unexpected_count": number, "partial_unexpected_list": listed}}


class ExpectationError(Exception):
    """An expectation could not be run. That is an error of pingyi, never bad data."""


def validate(connection: Connection, suites: Iterable[Suite], tell: Tell, what: str = "校验") -> list[SuiteOutcome]:
    """Runs every suite; `what` names this validation in progress reports. Raises `ExpectationError` where an expectation could not be run."""
    suites = list(suites)
    # It reports what it does at level INFO, through whatever logging has been set up meanwhile.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # Without a place for pages of its own, which it would make among the temporary files, and a killed run leave there.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    # It says that it wants an object of its own here, and reads a dictionary.
    variables: Any = context.variables
    variables.progress_bars = {"globally": False, "metric_calculations": False}
    outcomes = []
    with connection_url(connection) as url:
        source = context.data_sources.add_sql("run", connection_string=url, create_temp_table=False)
        # One batch for all: each that is made takes longer than all that is expected of a table.
        asset = source.add_query_asset("run", query="select 1")
        batch = asset.get_batch(asset.build_batch_request())
        for finished, suite in enumerate(suites):
            tell(what, finished, len(suites))
            outcomes.append(_run(batch, suite))
    tell(what, len(suites), len(suites))
    return outcomes


def _run(batch, suite: Suite) -> SuiteOutcome:
    expectations = [
        ExpectQueryToListNothing(description=item.says, unexpected_rows_query=_verbatim(_counted(item.wrong)))
        for item in suite.expectations
    ]
    made = gx.ExpectationSuite(name=suite.name, expectations=expectations)
    # Validated on the batch directly: a context would write out suites and definitions that nobody reads.
    report = batch.validate(made).to_json_dict()
    if len(report["results"]) != len(suite.expectations):
        raise ExpectationError(f"{suite.name}: {len(suite.expectations)} expectations, {len(report['results'])} results")
    by_description = {result["expectation_config"]["description"]: result for result in report["results"]}
    outcomes = []
    for expectation in suite.expectations:
        result = by_description[expectation.says]
        _must_have_run(suite, result)
        outcomes.append(Outcome(expectation, bool(result["success"]), result["result"]))
    return SuiteOutcome(suite, tuple(outcomes), _timeless(suite, report))


def _counted(query: str) -> str:
    """The rows of a query, each with the number of all: only the first of them are fetched."""
    return f"select wrong, count(*) over () as number from ({query}) order by wrong"


def _verbatim(query: str) -> str:
    """The query so that neither Great Expectations nor SQLAlchemy takes a brace or a colon in it for a parameter."""
    return re.sub(r"([{}])", r"\1\1", query).replace(":", r"\:")


def _must_have_run(suite: Suite, result: dict[str, Any]) -> None:
    # The exception is in the dictionary itself or one level down, by metric.
    exceptions = result.get("exception_info") or {}
    for info in (exceptions, *exceptions.values()):
        if isinstance(info, dict) and info.get("raised_exception"):
            raise ExpectationError(
                f"{suite.name}: {result['expectation_config']['type']} could not run: {info.get('exception_message')}"
            )


def _timeless(suite: Suite, report: dict[str, Any]) -> dict[str, Any]:
    """The report without the parts that differ from run to run (ids, times), so that equal data give equal bytes."""
    results = [
        {
            "expectation": {key: result["expectation_config"][key] for key in ("type", "kwargs", "description")},
            "success": result["success"],
            "result": result["result"],
        }
        for result in report["results"]
    ]
    for result in results:
        result["expectation"]["kwargs"].pop("batch_id", None)
    results.sort(key=lambda result: result["expectation"]["description"])
    return {"suite": suite.name, "title": suite.title, "success": report["success"], "results": results}
