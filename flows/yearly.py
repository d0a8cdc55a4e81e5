"""The yearly evaluation: from a year's raw files to a draft of its results, for a person to review, or to publish at once."""

import logging
from dataclasses import dataclass
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from flows.evaluate.evaluation import Evaluation, keep_database, opened
from flows.evaluate.steps import evaluate
from flows.forms import DataDir, Year
from flows.orchestrator.outcome import named, result_of, run_of, told
from flows.orchestrator.review import show_review
from flows.publish import Published, publish_at_once
from flows.results.changes import Changes, changes, earlier
from flows.results.drafts import ResultFolder, short
from flows.results.folder import clean, replacing
from flows.results.write import mark_as_draft, unequal_figures, write_results

logger = logging.getLogger("pingyi")


@dataclass(frozen=True)
class Drafted:
    """A draft: where it is, the hash by which it is published, the rows of each table and what a reviewer should look at.

    `changes` is None where there was nothing to compare it with.
    """

    year: int
    title: str
    folder: Path
    sha256: str
    tables: dict[str, int]
    warnings: tuple[str, ...]
    unequal_figures: tuple[str, ...]
    changes: Changes | None

    @property
    def sentence(self) -> str:
        return f"{self.title}：草稿 {short(self.sha256)} 已做好，尚未公布。"


# One model at a time: DuckDB itself uses all cores, and two at once would only share the memory.
@flow(
    name="yearly draft",
    flow_run_name=named("年度草稿"),
    task_runner=ThreadPoolTaskRunner(max_workers=1),
    validate_parameters=True,
)
@run_of("draft")
def draft(year: Year = None, data_dir: DataDir = None) -> Drafted:
    """接收、校验、评分、排名，做成一份草稿供审阅；不公布任何结果。审阅后按草稿编号用 publish 公布。"""
    with opened("draft", year, data_dir, provisional=False) as evaluation:
        return _drafted(evaluation)


@flow(
    name="yearly",
    flow_run_name=named("评议并公布"),
    task_runner=ThreadPoolTaskRunner(max_workers=1),
    validate_parameters=True,
)
@run_of("yearly")
def yearly(year: Year = None, data_dir: DataDir = None, reason: str = "") -> Published:
    """Evaluates a year from its raw files and publishes it in one go.

    Without a `reason` it takes the place of what was published in one go before; a year that was published after a review
    is left as it is, and the draft waits.
    """
    with opened("yearly", year, data_dir, provisional=False) as evaluation:
        drafted = _drafted(evaluation)
        return publish_at_once(evaluation.home, drafted, reason)


def _drafted(evaluation: Evaluation) -> Drafted:
    home, year = evaluation.home, evaluation.scheme.year
    for place in (home.draft(year), home.results(year)):
        clean(place)
    evaluate(evaluation)
    done = result_of(write_draft, evaluation)
    evaluation.store.prune([receipt for one in evaluation.received for receipt in one.receipts])
    return done


@task(name="write draft", task_run_name="write draft", cache_policy=NO_CACHE)
@told
def write_draft(evaluation: Evaluation) -> Drafted:
    """Writes the draft in the place of the one before, shows it for review, and puts the database in its place."""
    scheme, home = evaluation.scheme, evaluation.home
    before = earlier(home, scheme.year)
    place = home.draft(scheme.year)
    with replacing(place) as folder:
        rows = write_results(evaluation, folder)
        mark_as_draft(evaluation, folder)
    written = ResultFolder(place)
    done = Drafted(
        scheme.year,
        scheme.title,
        place,
        written.sha256,
        rows,
        tuple(evaluation.warnings()),
        tuple(unequal_figures(evaluation)),
        changes(before, written, scheme) if before else None,
    )
    logger.info("%s结果在 %s。", done.sentence, place)
    show_review(evaluation, done)
    keep_database(evaluation)
    return done
