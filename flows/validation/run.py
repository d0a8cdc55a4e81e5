"""Runs suites with Great Expectations as SQL on the run's own connection. The only module that imports it.

The import takes seconds, so this module is imported where validation happens and not before.
"""

import importlib
import logging
import re
import sys
from collections.abc import Iterable, Mapping
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

# Great Expectations imports a Spark that it finds, and ends the process where that lacks a part which only a Spark elsewhere needs.
_SPARK = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "pyspark"}
sys.modules["pyspark"] = None  # ty: ignore[invalid-assignment]

import great_expectations as gx  # noqa: E402
import great_expectations.expectations as gxe  # noqa: E402
from great_expectations.compatibility import pydantic  # noqa: E402
from great_expectations.core.expectation_validation_result import ExpectationValidationResult  # noqa: E402
from great_expectations.data_context.types.base import (  # noqa: E402
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: E402

del sys.modules["pyspark"]
sys.modules |= _SPARK

_SHOWN = 3


class ExpectQueryToListNothing(gxe.UnexpectedRowsExpectation):
    """No row of a query that lists, as a text and the number of all of them, what should not be there."""

    # Its own second one would run the query again to count the rows.
    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)
    _configuration: ExpectationConfiguration | None = pydantic.PrivateAttr(None)

    @pydantic.validator("unexpected_rows_query", allow_reuse=True)  # ty: ignore[deprecated]
    def _validate_query(cls, query: str) -> str:
        # In place of the check of the same name, which prints that a query should ask `{batch}`: these name their tables.
        return query

    @property
    def configuration(self) -> ExpectationConfiguration:
        # It is asked for some thirty times an expectation, and would be made anew each time, in as long as the query takes.
        if self._configuration is None:
            self._configuration = super().configuration
        return self._configuration

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
    quiet = ProgressBarsConfig(globally=False, metric_calculations=False)
    config = DataContextConfig(store_backend_defaults=stores, progress_bars=quiet)
    context = gx.get_context(mode="ephemeral", project_config=config)
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
    results = [_plain(suite, result) for result in batch.validate(made).results]
    if len(results) != len(suite.expectations):
        raise ExpectationError(f"{suite.name}: {len(suite.expectations)} expectations, {len(results)} results")
    by_description = {result["expectation"]["description"]: result for result in results}
    outcomes = []
    for expectation in suite.expectations:
        result = by_description[expectation.says]
        outcomes.append(Outcome(expectation, result["success"], result["result"]))
    return SuiteOutcome(suite, tuple(outcomes), _report(suite, results))


def _plain(suite: Suite, result: ExpectationValidationResult) -> dict[str, Any]:
    """A result without the parts that differ from run to run (ids, times), so that equal data give equal bytes. Its own form as
    JSON would have them, and takes as long to make as the query behind it."""
    config = result.expectation_config
    if config is None:
        raise ExpectationError(f"{suite.name}: a result of no expectation: {result}")
    _must_have_run(f"{suite.name}: {config.type}", result.exception_info)
    kwargs = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    return {
        "expectation": {"type": config.type, "kwargs": kwargs, "description": config.description},
        "success": bool(result.success),
        "result": dict(result.result),
    }


def _counted(query: str) -> str:
    """The rows of a query, each with the number of all: only the first of them are fetched."""
    return f"select wrong, count(*) over () as number from ({query}) order by wrong"


def _verbatim(query: str) -> str:
    """The query so that neither Great Expectations nor SQLAlchemy takes a brace or a colon in it for a parameter."""
    return re.sub(r"([{}])", r"\1\1", query).replace(":", r"\:")


def _must_have_run(what: str, exceptions: Mapping[Any, Any] | None) -> None:
    # The exception is in the dictionary itself or one level down, by metric.
    for info in (exceptions, *(exceptions or {}).values()):
        if isinstance(info, dict) and info.get("raised_exception"):
            raise ExpectationError(f"{what} could not run: {info.get('exception_message')}")


def _report(suite: Suite, results: list[dict[str, Any]]) -> dict[str, Any]:
    results = sorted(results, key=lambda result: result["expectation"]["description"])
    success = all(result["success"] for result in results)
    return {"suite": suite.name, "title": suite.title, "success": success, "results": results}
