"""Publishes a draft that a person has reviewed; also the publishing without a review, which the command line does."""

import getpass
import logging

from flows.forms import DataDir, DraftHash, Reason, Year
from flows.home import Home
from flows.host.lock import only_writer
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.run import run_of
from flows.orchestrator.surroundings import run_label
from flows.orchestrator.taking import step_result
from flows.persons.keys import id_of, key_in_force
from flows.results.drafts import (
    LEAST_HASH,
    check_unmoved,
    damaged_files,
    draft_by_hash,
    made_by_other_documents_code,
    results_in,
)
from flows.results.outcomes import Drafted, Published, outcome_of
from flows.results.publications import check_reason, publish_draft, reason_or, restore
from flows.results.record import read_record
from flows.results.settling import settle
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import Settings, read_settings

logger = logging.getLogger("pingyi")

_OTHER_KEY = "草稿做成以后，隐去投票人的密钥换过。结果与密钥无关，照常公布；清单里写的是草稿所用的那一个。"
_WITHOUT_REVIEW = "重新评议（pingyi yearly）"
_OTHER_DOCUMENTS_CODE = (
    "生成通报的程序在草稿做成以后更新过；公布的通报、页面和评议单是审阅过的那一份。要换成新的，请运行 pingyi report。"
)


@run_of("publish")
def publish(draft: DraftHash, year: Year = None, reason: Reason = "", data_dir: DataDir = None) -> Published:
    """Publishes the draft with this hash, if nothing that makes its tables has changed since."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with only_writer(settings.home, f"publish {scheme.year}", settings.wait, logger.warning):
        published = step_result("publish draft", publish_reviewed, settings, scheme, draft.strip().lower(), reason)
        show_text("summary", summary(scheme.title, published.facts, published.warnings), f"公布 {scheme.year}")
        return published


def publish_reviewed(settings: Settings, scheme: Scheme, sha256: str, reason: str) -> Published:
    """Publishes the draft with the hash `sha256`, if nothing has changed since the draft was made.

    The hash of the last publication puts that right, where somebody has changed its files or the link to it.
    """
    home = settings.home
    settle(home)
    last = read_record(home, scheme.year).last
    if last and len(sha256) >= LEAST_HASH and last.sha256.startswith(sha256):
        same = results_in(home.draft(scheme.year))
        whole = same is not None and same.sha256 == last.sha256 and not any(damaged_files(same))
        return outcome_of(scheme.year, scheme.title, restore(home, scheme.year, last, same if whole else None))
    draft = draft_by_hash(home, scheme.year, sha256)
    check_reason(home, scheme.year, draft, reason)
    check_unmoved(home, scheme, draft)
    warnings = (_OTHER_DOCUMENTS_CODE,) if made_by_other_documents_code(draft) else ()
    if (key := key_in_force(settings, scheme.year)) and draft.manifest.get("key") not in (None, id_of(key)):
        warnings += (_OTHER_KEY,)
    outcome = publish_draft(home, scheme.year, draft, reason=reason, reviewed=True, by=publisher())
    return outcome_of(scheme.year, scheme.title, outcome, warnings)


def publish_at_once(home: Home, drafted: Drafted, reason: str) -> Published:
    """Publishes a draft that was made a moment ago, under the same lock and without a review."""
    reason = reason_or(_WITHOUT_REVIEW, home, drafted.year, reason)
    draft = draft_by_hash(home, drafted.year, drafted.sha256)
    outcome = publish_draft(home, drafted.year, draft, reason=reason, reviewed=False, by=publisher())
    return outcome_of(drafted.year, drafted.title, outcome, unequal_figures=drafted.unequal_figures)


def publisher() -> str:
    """Who published: the system account, with the name of the run in the UI. Prefect itself does not know persons."""
    label = run_label()
    return f"{getpass.getuser()}（{label}）" if label else getpass.getuser()
