"""The yearly flow: evaluate a year from its raw files and publish it, whole or not at all."""

import json
from dataclasses import dataclass
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from flows.evaluation import Evaluation, evaluate, opened
from flows.publish.folder import clean, replacing
from flows.publish.manifest import manifest, write_manifest
from flows.publish.tables import write_tables
from flows.reporting import summarise
from flows.validation.page import page
from flows.warehouse.connection import first_row, install


@dataclass(frozen=True)
class Published:
    """What a yearly run published: the result folder, the rows of each table and what an operator should look at."""

    year: int
    title: str
    folder: Path
    tables: dict[str, int]
    warnings: tuple[str, ...]
    unequal_figures: tuple[str, ...]


# One model at a time: DuckDB itself uses all cores, and two at once would only share the memory.
@flow(name="yearly", task_runner=ThreadPoolTaskRunner(max_workers=1), validate_parameters=True)
def yearly(year: int | None = None, data_dir: str | None = None) -> Published:
    """Evaluates a year from its raw files and publishes its results.

    Args:
        year: 评议年度，须有方案 schemes/<年度>.toml；不填则取最近的年度。
        data_dir: 数据目录；不填则用本系统的默认目录。
    """
    with opened("yearly", year, data_dir, provisional=False) as evaluation:
        clean(evaluation.results)
        evaluate(evaluation)
        published = publish(evaluation)
        evaluation.store.prune([receipt for one in evaluation.received for receipt in one.receipts])
        summarise(published.title, [f"已公布到 {published.folder}", *published.unequal_figures], published.warnings)
        return published


@task(task_run_name="publish", cache_policy=NO_CACHE)
def publish(evaluation: Evaluation) -> Published:
    """Writes the result folder beside the old one, exchanges them, and puts the database in its place."""
    year, warnings = evaluation.scheme.year, evaluation.warnings()
    with replacing(evaluation.results) as folder:
        evaluation.tell("写出结果", 0, 3)
        rows = write_tables(evaluation.connection, evaluation.scheme, folder)
        evaluation.tell("写出结果", 1, 3)
        _write_validation(evaluation, folder / "validation")
        content = manifest(
            year, evaluation.scheme.sha256, evaluation.inputs(), evaluation.steps, rows, warnings, folder
        )
        write_manifest(content, folder / "manifest.json")
        evaluation.tell("写出结果", 2, 3)
        unequal = _unequal_figures(evaluation)
    keep_database(evaluation)
    evaluation.tell("写出结果", 3, 3)
    return Published(year, evaluation.scheme.title, evaluation.results, rows, tuple(warnings), tuple(unequal))


def keep_database(evaluation: Evaluation) -> None:
    """Closes the run's database and puts it in the warehouse's place."""
    (built,) = first_row(evaluation.connection, "select path from duckdb_databases() where not internal")
    evaluation.connection.execute("checkpoint")
    evaluation.connection.close()
    install(Path(built), evaluation.database)


def _write_validation(evaluation: Evaluation, folder: Path) -> None:
    folder.mkdir()
    for outcome in evaluation.validation:
        text = json.dumps(outcome.report, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        (folder / f"{outcome.suite.name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "index.html").write_text(page(evaluation.scheme.title, evaluation.validation), encoding="utf-8")


def _unequal_figures(evaluation: Evaluation) -> list[str]:
    """The printed figures that the results do not equal, as sentences."""
    rows = evaluation.connection.execute(
        """
        select subject, printed, computed, verdict from published.reference_check
        where verdict in ('differs', 'equal_when_cut') order by position
        """
    ).fetchall()
    words = {"differs": "与算出的不符", "equal_when_cut": "是截尾而非四舍五入"}
    return [f"{subject}：印为 {printed}，算出 {computed.normalize():f}，{words[verdict]}" for subject, printed, computed, verdict in rows]
