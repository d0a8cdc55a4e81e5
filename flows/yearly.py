"""The yearly evaluation: from a year's raw files to a draft of its results, which a person reviews, or which is published at once."""

import logging

from flows.evaluate.evaluation import Evaluation, at_home
from flows.evaluate.pipeline import pipeline
from flows.evaluate.write import mark_as_draft, unequal_figures, write_results
from flows.forms import DataDir, Year
from flows.orchestrator.progress import progress
from flows.orchestrator.review import show_review
from flows.orchestrator.run import run_of
from flows.orchestrator.steps import Step
from flows.orchestrator.surroundings import on_prefect
from flows.orchestrator.taking import take
from flows.publish import publish_at_once
from flows.results.changes import changes, earlier
from flows.results.drafts import ResultFolder
from flows.results.folder import clean, replacing
from flows.results.outcomes import Drafted, Published
from flows.results.settling import settle
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.run_tables import read_warnings

logger = logging.getLogger("pingyi")


@run_of("draft")
def draft(year: Year = None, data_dir: DataDir = None) -> Drafted:
    """Evaluates a year from its raw files and leaves a draft for review."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with at_home("draft", settings, scheme, progress(), provisional=False) as evaluation:
        return _drafted(evaluation)


@run_of("yearly")
def yearly(year: Year = None, data_dir: DataDir = None, reason: str = "") -> Published:
    """Evaluates a year from its raw files and publishes it without a review.

    Without a `reason` it replaces only results that were published without a review, too; a year that was published after
    a review stays as it is, and the draft waits.
    """
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with at_home("yearly", settings, scheme, progress(), provisional=False) as evaluation:
        return publish_at_once(evaluation.home, _drafted(evaluation), reason)


def _drafted(evaluation: Evaluation) -> Drafted:
    home, year = evaluation.home, evaluation.scheme.year
    clean(home.draft(year))
    settle(home)
    drafts: list[Drafted] = []
    write = Step("write draft", ("gates",), lambda: drafts.append(write_draft(evaluation)), "Writes the draft and shows it.")
    take([*pipeline(evaluation), write])
    return drafts[0]


def write_draft(evaluation: Evaluation) -> Drafted:
    """Writes the draft over the previous draft, shows it for review, and makes the database the warehouse."""
    scheme, home, connection = evaluation.scheme, evaluation.home, evaluation.connection
    before = earlier(home, scheme.year)
    folder = home.draft(scheme.year)
    with replacing(folder) as fresh:
        write_results(connection, scheme, evaluation.models, home, evaluation.key_id, fresh, evaluation.tell)
        mark_as_draft(scheme, home, fresh)
    written = ResultFolder(folder)
    drafted = Drafted(
        scheme.year,
        scheme.title,
        folder,
        written.sha256,
        tuple(read_warnings(connection)),
        tuple(unequal_figures(connection)),
        changes(before, written, scheme) if before else None,
    )
    logger.info("%s结果在 %s。", drafted.sentence, folder)
    if on_prefect():
        show_review(connection, scheme, drafted)
    entries = connection.execute("select entry from run.files where entry is not null").fetchall()
    evaluation.store.prune({entry for (entry,) in entries})
    evaluation.keep_database()
    return drafted
