"""The outcomes of suites and their expectations, and their rows in `run.expectations`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flows.validation.suites import Expectation, Suite
from flows.warehouse.engine import Connection
from flows.warehouse.run_tables import add_rows


@dataclass(frozen=True)
class Outcome:
    """The outcome of an expectation: whether it holds, and the numbers from Great Expectations."""

    expectation: Expectation
    holds: bool
    result: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The expected and the observed values, in Chinese."""
        return f"应当“{self.expectation.says}”，实际{self._seen()}"

    def _seen(self) -> str:
        shown = "、".join(self.result["partial_unexpected_list"])
        return f"为 {shown}" if self.expectation.total else f"有 {self.result['unexpected_count']} 行不符，如 {shown}"


@dataclass(frozen=True)
class SuiteOutcome:
    """A suite's outcomes, and the report of Great Expectations without the parts that differ from run to run."""

    suite: Suite
    outcomes: tuple[Outcome, ...]
    report: dict[str, Any]

    @property
    def holds(self) -> bool:
        return all(outcome.holds for outcome in self.outcomes)

    @property
    def failures(self) -> list[str]:
        """A sentence for each expectation that does not hold."""
        return [f"{self.suite.title}：{outcome.sentence}" for outcome in self.outcomes if not outcome.holds]


def add_outcomes(connection: Connection, outcomes: Iterable[SuiteOutcome]) -> None:
    """Adds a row to `run.expectations` for every expectation."""
    rows = []
    for suite in outcomes:
        reports = {result["expectation"]["description"]: result for result in suite.report["results"]}
        rows += [
            {
                "suite": suite.suite.name,
                "title": suite.suite.title,
                "says": outcome.expectation.says,
                "holds": outcome.holds,
                "report": json.dumps(reports[outcome.expectation.says], ensure_ascii=False, default=str),
            }
            for outcome in suite.outcomes
        ]
    add_rows(connection, "expectations", rows)
