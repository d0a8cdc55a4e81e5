"""The report flow: makes the bulletin, the page and the sites' sheets of a published year again from its tables.

It evaluates nothing: a corrected template or a new font needs no new evaluation. It replaces the published results as a
whole, keeps the old ones, and writes into the record of publications, like every publication.
"""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.documents import DOCUMENTS, SHEETS, WARNING, write_documents
from flows.errors import OperatorError, UsageError
from flows.forms import DataDir, Reason, Year
from flows.home import Home
from flows.host.lock import only_writer
from flows.host.progress import Tell
from flows.host.regular import noted
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.taking import step_result
from flows.publish import publisher
from flows.results.drafts import ResultFolder, check_undamaged, short
from flows.results.folder import remove
from flows.results.manifest import check_as_read, consulted, documents_code, file_hashes, write_manifest
from flows.results.publications import publish_draft, reason_or, standing_results
from flows.results.settling import settle
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import read_settings

logger = logging.getLogger("pingyi")

_AGAIN = "重新生成通报、页面和网站评议单（pingyi report）"


@dataclass(frozen=True)
class Reported:
    """The documents of a year: their folder, the number of sheets, and whether the same ones were `already` published.

    `superseded` is the folder that keeps the replaced results.
    """

    year: int
    title: str
    folder: Path
    sha256: str
    sheets: int
    already: bool
    superseded: Path | None
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if self.already:
            return f"{self.title}：通报、页面和 {self.sheets} 份网站评议单没有变化，公布的仍是 {short(self.sha256)}。"
        kept = f"；原来的保留在 {self.superseded}" if self.superseded else ""
        return f"{self.title}：通报、页面和 {self.sheets} 份网站评议单已重新生成，公布的是 {short(self.sha256)}{kept}。"


@run_of("report")
def report(year: Year = None, data_dir: DataDir = None, reason: Reason = "") -> Reported:
    """Makes the documents of a published year again from its tables."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with (
        progress() as tell,
        only_writer(settings.home, f"report {scheme.year}", settings.wait, logger.warning),
    ):
        reported = step_result("write report", write_report, settings.home, scheme, reason, tell)
        show_text("summary", summary(scheme.title, [reported.sentence], reported.warnings), reported.sentence)
        return reported


def write_report(home: Home, scheme: Scheme, reason: str, tell: Tell) -> Reported:
    """Makes the documents aside, and replaces the published ones if they differ."""
    settle(home)
    for left in home.path.glob(".report-*"):
        # Of a run that was killed.
        remove(left)
    standing = _standing(home, scheme)
    with noted(), TemporaryDirectory(prefix=".report-", dir=home.path) as aside:
        fresh = Path(aside) / str(scheme.year)
        standing.write_published(fresh)
        _remove_documents(fresh)
        warnings = write_documents(scheme, home, fresh, tell)
        _renew_manifest(home, scheme, fresh, warnings)
        made = ResultFolder(fresh)
        if made.sha256 == standing.sha256:
            return _reported(scheme, standing, warnings, already=True, superseded=None)
        reason = reason_or(_AGAIN, home, scheme.year, reason)
        outcome = publish_draft(home, scheme.year, made, reason=reason, reviewed=False, by=publisher())
    return _reported(scheme, outcome.results, warnings, already=outcome.already, superseded=outcome.superseded)


def _standing(home: Home, scheme: Scheme) -> ResultFolder:
    """The published results, if they are whole and of the scheme as it is now."""
    standing = standing_results(home, scheme.year)
    if standing is None:
        raise UsageError(
            f"{scheme.year} 年还没有公布过结果（{home.results(scheme.year)}），没有可以重做的。请先运行年度评议：pingyi yearly {scheme.year}。"
        )
    if standing.manifest["scheme"].get("sha256") != scheme.sha256:
        raise OperatorError(
            f"方案 schemes/{scheme.year}.toml 在公布以后改过，公布的得分不是按它算的，没有重做通报。"
            f"请恢复公布时的方案，或重新评议：pingyi yearly {scheme.year}。"
        )
    check_undamaged(standing, scheme.year)
    return standing


def _remove_documents(folder: Path) -> None:
    for name in DOCUMENTS:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / SHEETS, ignore_errors=True)


def _renew_manifest(home: Home, scheme: Scheme, folder: Path, warnings: list[str]) -> None:
    """Writes the old manifest with the parts that documents change: files, templates, warnings, and the code that made them."""
    path = folder / "manifest.json"
    content = dict(ResultFolder(folder).manifest)
    path.unlink()
    content["files"] = file_hashes(folder)
    beside = {name: sha256 for name, sha256 in content["consulted"].items() if not name.startswith("bulletin/")}
    now = {name: sha256 for name, sha256 in consulted(home, scheme.year).items() if name.startswith("bulletin/")}
    check_as_read(home, scheme.year, now)
    content["consulted"] = dict(sorted((beside | now).items()))
    content["warnings"] = [warning for warning in content["warnings"] if not warning.startswith(WARNING)] + warnings
    content["code"] = content["code"] | {"documents_sha256": documents_code()}
    write_manifest(content, path)


def _reported(
    scheme: Scheme, results: ResultFolder, warnings: list[str], *, already: bool, superseded: Path | None
) -> Reported:
    sheets = sum(1 for _ in (results.folder / SHEETS).glob("*.html"))
    return Reported(scheme.year, scheme.title, results.folder, results.sha256, sheets, already, superseded, tuple(warnings))
