"""Publishing: a draft replaces the published results. The old results are kept, and a record says who published, when and why.

    publications/2007/record.jsonl    one line a publication
    publications/2007/1/              the results of the first publication, once a second one has replaced them

First the old results are kept, then the line is written, then the new results replace the old ones. So a run that is
killed leaves at most a line for results that were never published. Lines are never removed; the publication that stands
is the last line with the hash of the results.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import GateError, unreadable
from flows.home import Home
from flows.host.disk import sync
from flows.host.zones import home_zone
from flows.results.drafts import ResultFolder, check_undamaged, check_whole, damaged_files, results_in
from flows.results.folder import clean, replacing

RECORD = "record.jsonl"


@dataclass(frozen=True)
class Publication:
    """One publication of a year. `sha256` is the hash of the draft; `reviewed` says whether a person gave that hash.

    `at` is the time to the second in the time zone of the home's scheme; `by` is the account of the operating system, with
    the run in the UI if there is one.
    """

    number: int
    sha256: str
    at: str
    by: str
    reviewed: bool
    reason: str


@dataclass(frozen=True)
class Outcome:
    """The outcome of publishing: the published results, whether they were published `already`, and whether they were `repaired`
    because somebody had changed their files.
    """

    results: ResultFolder
    publication: Publication | None
    already: bool = False
    repaired: bool = False
    superseded: Path | None = None


def read_publications(home: Home, year: int) -> list[Publication]:
    """The year's record, oldest first; a line may belong to a publication that was killed before it replaced the results.

    Raises `OperatorError` where it cannot be read.
    """
    record = home.publications(year) / RECORD
    if not record.is_file():
        return []
    # Not `splitlines`: a pasted reason may hold other line ends, which JSON leaves as they are.
    try:
        with record.open(encoding="utf-8") as file:
            return [Publication(**json.loads(line)) for line in file]
    except (OSError, ValueError, TypeError) as fault:
        raise unreadable(fault)(f"公布记录 {record} 读不出来（{fault}）。它被改动过或没有写完：请从备份恢复。") from None


def standing_publication(home: Home, year: int) -> Publication | None:
    """The publication of the results that stand; None if there are no results, or no record of them."""
    standing = results_in(home.results(year))
    listed = read_publications(home, year)
    return next((publication for publication in reversed(listed) if standing and publication.sha256 == standing.sha256), None)


def check_reason(home: Home, year: int, draft: ResultFolder, reason: str) -> None:
    """Raises `GateError` if `draft` would replace a published year without a reason."""
    results = home.results(year)
    standing = results_in(results)
    if results.exists() and not reason.strip() and (standing is None or standing.sha256 != draft.sha256):
        raise GateError(
            f"{year} 年的结果已经公布{f'（编号 {standing.short}）' if standing else ''}，公布过的年度是冻结的，没有改动。"
            f"要用草稿 {draft.short} 替换它，请写明修订理由；原来的结果会保留在 publications/{year} 里。"
        )


def reason_or(usual: str, home: Home, year: int, reason: str) -> str:
    """The given reason; without one, the `usual` reason if no publication of the year was reviewed."""
    if reason.strip() or not home.results(year).exists():
        return reason
    return "" if any(publication.reviewed for publication in read_publications(home, year)) else usual


def publish_draft(
    home: Home,
    year: int,
    draft: ResultFolder,
    *,
    reason: str,
    reviewed: bool,
    by: str,
    now: Callable[[], datetime] = datetime.now,
) -> Outcome:
    """Replaces the published results by the draft, without its mark, and keeps the old results.

    Raises `GateError` if a reason is needed and missing, and `OperatorError` if files of the draft have been changed.

    If the same results are published already, nothing changes, unless somebody changed their files: then they are repaired.
    Other published results with changed files are never kept as a publication; `OperatorError` says what to do.
    """
    clean(home.results(year))
    results, folder = home.results(year), home.publications(year)
    standing, known = results_in(results), standing_publication(home, year)
    check_whole(draft)
    if standing and standing.sha256 == draft.sha256:
        damaged = any(damaged_files(standing))
        if damaged:
            with replacing(results) as fresh:
                draft.write_published(fresh)
        return Outcome(ResultFolder(results), known, already=not damaged, repaired=damaged)
    if standing:
        check_undamaged(standing, year)
    check_reason(home, year, draft, reason)
    listed = read_publications(home, year)
    free = _free_number(folder, listed)
    superseded = None
    if results.exists():
        # Results without a record get a number, too, so that they do not replace another publication.
        superseded = folder / str(known.number if known else free)
        free += known is None
        with replacing(superseded) as kept:
            shutil.copytree(results, kept, dirs_exist_ok=True)
    publication = Publication(
        free, draft.sha256, f"{now().astimezone(home_zone(home)):%Y-%m-%dT%H:%M:%S%z}", by, reviewed, reason.strip()
    )
    with replacing(results) as fresh:
        draft.write_published(fresh)
        _write_record(folder, [*listed, publication])
    return Outcome(ResultFolder(results), publication, superseded=superseded)


def _free_number(folder: Path, listed: list[Publication]) -> int:
    kept = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return max([*kept, *(publication.number for publication in listed)], default=0) + 1


def _write_record(folder: Path, publications: list[Publication]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{RECORD}"
    lines = [json.dumps(asdict(publication), ensure_ascii=False) for publication in publications]
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sync(fresh)
    fresh.replace(folder / RECORD)
    sync(folder)
