"""Tries one fault: does it change a published cell, and what of a run notices it? No printed figure and no test has a say."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.comparison import compare_scores
from flows.errors import GateError, OperatorError
from flows.evaluate.evaluation import Evaluation
from flows.evaluate.pipeline import pipeline, published_suites
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.results.tables import result_tables
from flows.settings import SQL
from flows.warehouse.draws import READS, draw_rankings
from flows.warehouse.engine import Connection, EngineError, create_table_as
from flows.warehouse.exclusions import check_missing, exclusion_hints
from flows.warehouse.gates import failed_gates, recount
from flows.warehouse.models import RECOUNT, Model, build
from flows.warehouse.run_tables import add_rows, read_warnings

from .model_faults import ModelFault, right_models
from .year import YEAR, Files, evaluated, write_files

# Who noticed, in the order of a run; `told` is a warning that the year without the fault has not.
NOTICED = ("refused", "register", "grain or check", "missing score", "gate", "expectation", "told")


@dataclass(frozen=True)
class Outcome:
    """What came of a fault: whether a published cell is another, who noticed (empty: nobody), and what was said."""

    name: str
    changes: bool
    noticed: str
    said: str = ""


Tables = dict[str, Counter[tuple]]


def tables(evaluation: Evaluation) -> Tables:
    """Every result table as its rows in text."""
    return {
        table.name: Counter(
            evaluation.connection.execute(f"select cast(result as varchar) from ({table.query}) as result").fetchall()
        )
        for table in result_tables(evaluation.scheme, right_models())
    }


class ModelTrial:
    """The year evaluated once; each fault builds again what reads its model, and then the right models do."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, self.connection = evaluation, evaluation.connection
        run_here(step for step in pipeline(evaluation) if step.name not in ("gates", "validate raw"))
        recount(self.connection, SQL / RECOUNT)
        self._right, self._usual = tables(self.evaluation), self._told()

    def try_fault(self, fault: ModelFault) -> Outcome | None:
        """The outcome, or None where the fault's query cannot be run at all."""
        models = [fault.model if model.name == fault.model.name else model for model in self._behind(fault.model.name)]
        try:
            noticed, said = self._notice(models)
            changes = tables(self.evaluation) != self._right
            if changes and not noticed:
                noticed, said = self._expected()
        except (EngineError, ArithmeticError, ValueError):
            return None
        finally:
            for _ in self._build([model for model in right_models() if model.name in {each.name for each in models}]):
                raise AssertionError("the right models do not hold")
        return Outcome(fault.name, changes, noticed, said)

    def _behind(self, name: str) -> list[Model]:
        """The model and all that read it, directly, through others or through the drawn rankings; in the order of building."""
        touched = {name}
        for model in right_models():
            draws = touched & set(READS) and any(read.startswith("draws.") for read in model.reads)
            if touched & model.reads or draws:
                touched.add(model.name)
        return [model for model in right_models() if model.name in touched]

    def _build(self, models: Sequence[Model]) -> Iterator[str]:
        """Builds them whatever their grain and checks say, which is yielded."""
        names, drawn = {model.name for model in models}, False
        for model in models:
            if not drawn and names & set(READS) and any(read.startswith("draws.") for read in model.reads):
                self._draw()
                drawn = True
            try:
                rows = build(self.connection, model)
            except GateError as fault:
                yield str(fault)
                create_table_as(self.connection, model.name, model.sql)
                (rows,) = self.connection.execute(f"select count(*) from {model.name}").fetchall()[0]
            self.connection.execute("delete from run.models where model = ?", [model.name])
            add_rows(self.connection, "models", [{"model": model.name, "sha256": "", "rows": rows}])

    def _draw(self) -> None:
        self.connection.execute("delete from draws.annex_odds")
        self.connection.execute("delete from draws.weight_ranks")
        draw_rankings(self.connection, self.evaluation.scheme, silent)

    def _notice(self, models: Sequence[Model]) -> tuple[str, str]:
        """Who noticed first, were only the models at fault, and what he said."""
        found = list(self._build(models))
        if found:
            return "grain or check", found[0]
        try:
            check_missing(self.connection, self.evaluation.scheme)
        except OperatorError as fault:
            return "missing score", str(fault)
        failures = failed_gates(self.connection, SQL / "gates")
        if failures:
            return "gate", failures[0]
        told = self._told() - self._usual
        return ("told", next(iter(told))) if told else ("", "")

    def _expected(self) -> tuple[str, str]:
        # Great Expectations takes seconds, so it is asked last.
        from flows.validation.run import validate

        outcomes = validate(self.connection, published_suites(self.evaluation), silent)
        failures = [failure for outcome in outcomes for failure in outcome.failures]
        return ("expectation", failures[0]) if failures else ("", "")

    def _told(self) -> set[str]:
        self.connection.execute("delete from run.findings where kind = 'sites' and name not like 'sites:crawl%'")
        return {
            *exclusion_hints(self.connection),
            *compare_scores(self.connection, self.evaluation.home, self.evaluation.scheme),
        }


class DeliveryTrial:
    """The year's files in copies of a data home, each with one fault.

    Expectations and gates are left out: files that keep their contract satisfy the former, and the latter count the same rows.
    """

    def __init__(self, home: Path, files: Files) -> None:
        self._home, self.files = home, files
        with self._evaluated(files, registered=True) as (evaluation, noticed, said):
            if noticed:
                raise AssertionError(f"the right files are {noticed}: {said}")
            self._right, self._usual = tables(evaluation), self._told(evaluation.connection)

    def try_fault(self, name: str, files: Files, *, registered: bool = True) -> Outcome:
        """With `registered` the home has a register of deliveries, of the files as they were sent."""
        with self._evaluated(files, registered=registered) as (evaluation, noticed, said):
            if noticed:
                return Outcome(name, True, noticed, said)
            told = self._told(evaluation.connection) - self._usual
            changes = tables(evaluation) != self._right
            return Outcome(name, changes, "told" if told else "", "".join(sorted(told)))

    @contextmanager
    def _evaluated(self, files: Files, *, registered: bool) -> Iterator[tuple[Evaluation, str, str]]:
        with TemporaryDirectory(prefix="pingyi-seeded-") as folder:
            home = Path(folder) / "home"
            shutil.copytree(self._home, home, ignore=shutil.ignore_patterns("raw"))
            write_files(Home(home), YEAR, files, registered=self.files if registered else None)
            with evaluated(home, YEAR) as evaluation:
                noticed, said = "", ""
                try:
                    run_here(step for step in pipeline(evaluation) if step.name not in ("validate raw", "gates"))
                    compare_told = compare_scores(evaluation.connection, evaluation.home, evaluation.scheme)
                    add_rows(evaluation.connection, "warnings", ({"sentence": sentence} for sentence in compare_told))
                except GateError as fault:
                    noticed, said = "grain or check", str(fault)
                except OperatorError as fault:
                    noticed, said = "register" if "送件登记" in str(fault) else "refused", str(fault)
                yield evaluation, noticed, said

    def _told(self, connection: Connection) -> set[str]:
        """The warnings, whatever the numbers in those that are always there."""
        return {re.sub(r"\d+", "#", warning) for warning in read_warnings(connection)}


def shares(outcomes: Iterable[Outcome]) -> tuple[Counter[str], list[Outcome]]:
    """Of the faults that change a published cell: how many each noticed, and those that nobody did."""
    changing = [outcome for outcome in outcomes if outcome.changes]
    return Counter(outcome.noticed for outcome in changing), [outcome for outcome in changing if not outcome.noticed]
