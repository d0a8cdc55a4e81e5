"""Publishing a draft that a person has reviewed, and the publishing that the command line does in one go."""

import getpass
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.forms import DataDir, DraftHash, Reason, Year
from flows.home import Home
from flows.host.lock import only_writer
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.outcome import named, result_of, run_of, told
from flows.results.drafts import (
    ResultFolder,
    check_undamaged,
    check_unmoved,
    damaged_files,
    named_draft,
    results_in,
    short,
)
from flows.results.folder import clean
from flows.results.publications import Outcome, Publication, check_reason, publish_draft, reason_or, standing_publication
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import read_settings

if TYPE_CHECKING:
    from flows.yearly import Drafted

logger = logging.getLogger("pingyi")

_IN_ONE_GO = "重新评议（pingyi yearly）"


@dataclass(frozen=True)
class Published:
    """What was published: the result folder, the rows of each table and what an operator should look at.

    `already` says that the very same stood there before, `repaired` that it did and somebody had touched it; `superseded`
    is the folder that keeps what it replaced.
    """

    year: int
    title: str
    folder: Path
    sha256: str
    publication: Publication | None
    already: bool
    repaired: bool
    superseded: Path | None
    tables: dict[str, int]
    warnings: tuple[str, ...]
    unequal_figures: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if self.already:
            return f"{self.title}：结果没有变化，公布的仍是 {short(self.sha256)}。"
        if self.repaired:
            return f"{self.title}：公布的结果（{short(self.sha256)}）被改动过，已恢复原样。"
        kept = f"；原来的结果保留在 {self.superseded}" if self.superseded else ""
        return f"{self.title}：{short(self.sha256)} 已公布到 {self.folder}{kept}。"


@flow(name="publish", flow_run_name=named("公布"), validate_parameters=True)
@run_of("publish")
def publish(draft: DraftHash, year: Year = None, reason: Reason = "", data_dir: DataDir = None) -> Published:
    """公布一份审阅过的草稿。草稿、原始数据、方案或程序在草稿做成以后有任何变动，都会拒绝。"""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with only_writer(settings.home, f"publish {scheme.year}", settings.wait, logger.warning):
        published = result_of(publish_named, settings.home, scheme, draft.strip().lower(), reason)
        show_text("summary", summary(scheme.title, _facts(published), published.warnings), f"公布 {scheme.year}")
        return published


@task(name="publish draft", task_run_name="publish draft", cache_policy=NO_CACHE)
@told
def publish_named(home: Home, scheme: Scheme, sha256: str, reason: str) -> Published:
    """Publishes the draft that `sha256` names, if nothing has moved since it was made."""
    clean(home.results(scheme.year))
    standing = results_in(home.results(scheme.year))
    if standing and len(sha256) >= len(standing.short) and standing.sha256.startswith(sha256):
        same = results_in(home.draft(scheme.year))
        if same and same.sha256 == standing.sha256 and not any(damaged_files(same)):
            outcome = publish_draft(home, scheme.year, same, reason=reason, reviewed=True, by=publisher())
            return _published(scheme.year, scheme.title, outcome)
        check_undamaged(standing, scheme.year)
        return _published(scheme.year, scheme.title, Outcome(standing, standing_publication(home, scheme.year), already=True))
    draft = named_draft(home, scheme.year, sha256)
    check_reason(home, scheme.year, draft, reason)
    check_unmoved(home, scheme, draft)
    outcome = publish_draft(home, scheme.year, draft, reason=reason, reviewed=True, by=publisher())
    return _published(scheme.year, scheme.title, outcome)


def publish_at_once(home: Home, drafted: "Drafted", reason: str) -> Published:
    """Publishes a draft that was made a moment ago, under the same lock."""
    reason = reason_or(_IN_ONE_GO, home, drafted.year, reason)
    outcome = publish_draft(home, drafted.year, ResultFolder(drafted.folder), reason=reason, reviewed=False, by=publisher())
    return _published(drafted.year, drafted.title, outcome, drafted.unequal_figures)


def _published(year: int, title: str, outcome: Outcome, unequal_figures: tuple[str, ...] = ()) -> Published:
    made = outcome.results.manifest
    return Published(
        year,
        title,
        outcome.results.folder,
        outcome.results.sha256,
        outcome.publication,
        outcome.already,
        outcome.repaired,
        outcome.superseded,
        {table["table"]: table["rows"] for table in made["tables"]},
        tuple(made["warnings"]),
        unequal_figures,
    )


def _facts(published: Published) -> list[str]:
    facts = [published.sentence]
    if published.publication:
        facts.append(
            f"第 {published.publication.number} 次公布，{published.publication.at[:19].replace('T', ' ')}，{published.publication.by}"
        )
        if published.publication.reason:
            facts.append(f"理由：{published.publication.reason}")
    return facts


def publisher() -> str:
    """Who published: the account of the system, with the run in the UI. Prefect itself knows no persons."""
    return f"{getpass.getuser()}（{flow_run.name}）" if flow_run.name else getpass.getuser()
