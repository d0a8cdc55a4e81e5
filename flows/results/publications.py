"""Publishing: a draft takes the place of what was published, which is kept, and the record says who did it, when and why.

    publications/2007/record.jsonl    one line a publication
    publications/2007/1/              the first one, after a second took its place

The old results are kept first, then the line is written, then the new results take their place. So a run that is killed
leaves at most a line for something that never stood; lines are never taken out, and what stands is the last one whose
hash is that of the results.
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
from flows.results.drafts import ResultFolder, check_undamaged, check_whole, damaged_files, results_in
from flows.results.folder import clean, replacing
from flows.scheme.zones import home_zone

RECORD = "record.jsonl"


@dataclass(frozen=True)
class Publication:
    """One publication of a year. `reviewed` says whether a person named the draft's hash; `sha256` is that hash.

    `at` is the time to the second in the time zone of the home's scheme, `by` who the operating system says it was, with the run in the UI if any.
    """

    number: int
    sha256: str
    at: str
    by: str
    reviewed: bool
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What publishing came to: the results in their place, whether they were `already` there, or `repaired` where somebody
    had touched them.
    """

    results: ResultFolder
    publication: Publication | None
    already: bool = False
    repaired: bool = False
    superseded: Path | None = None


def read_publications(home: Home, year: int) -> list[Publication]:
    """The year's record, oldest first; a line may be that of a publication which was killed before it stood.

    Raises `OperatorError` where it cannot be read.
    """
    record = home.publications(year) / RECORD
    if not record.is_file():
        return []
    # Not `splitlines`: a reason that was pasted may hold other ends of lines, which JSON leaves as they are.
    try:
        with record.open(encoding="utf-8") as file:
            return [Publication(**json.loads(line)) for line in file]
    except (OSError, ValueError, TypeError) as fault:
        raise unreadable(fault)(f"公布记录 {record} 读不出来（{fault}）。它被改动过或没有写完：请从备份恢复。") from None


def standing_publication(home: Home, year: int) -> Publication | None:
    """How the results that stand came to be published; None where none stand, or where nothing is known of it."""
    standing = results_in(home.results(year))
    listed = read_publications(home, year)
    return next((one for one in reversed(listed) if standing and one.sha256 == standing.sha256), None)


def check_reason(home: Home, year: int, draft: ResultFolder, reason: str) -> None:
    """Raises `GateError` where `draft` would take the place of a published year without a reason."""
    place = home.results(year)
    standing = results_in(place)
    if place.exists() and not reason.strip() and (standing is None or standing.sha256 != draft.sha256):
        raise GateError(
            f"{year} 年的结果已经公布{f'（编号 {standing.short}）' if standing else ''}，公布过的年度是冻结的，没有改动。"
            f"要用草稿 {draft.short} 替换它，请写明修订理由；原来的结果会保留在 publications/{year} 里。"
        )


def reason_or(usual: str, home: Home, year: int, reason: str) -> str:
    """The reason that was given, or where a year was never published after a review the `usual` one for replacing it."""
    if reason.strip() or not home.results(year).exists():
        return reason
    return "" if any(one.reviewed for one in read_publications(home, year)) else usual


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
    """Puts what the draft stands for, without its mark, in the place of the published results, and keeps those.

    Raises `GateError` without a reason, and `OperatorError` where the draft's files are not as they were made.

    Where the very same is published already, nothing changes, unless its files were touched: then they are put right.
    Touched results are never kept as what was published; `OperatorError` says what is to be done about them.
    """
    clean(home.results(year))
    place, folder = home.results(year), home.publications(year)
    standing, known = results_in(place), standing_publication(home, year)
    check_whole(draft)
    if standing and standing.sha256 == draft.sha256:
        damaged = any(damaged_files(standing))
        if damaged:
            with replacing(place) as fresh:
                draft.write_published(fresh)
        return Outcome(ResultFolder(place), known, already=not damaged, repaired=damaged)
    if standing:
        check_undamaged(standing, year)
    check_reason(home, year, draft, reason)
    listed = read_publications(home, year)
    free = _free_number(folder, listed)
    superseded = None
    if place.exists():
        # What was put there without a record gets a number too, so that it cannot take the place of another.
        superseded = folder / str(known.number if known else free)
        free += known is None
        with replacing(superseded) as kept:
            shutil.copytree(place, kept, dirs_exist_ok=True)
    publication = Publication(
        free, draft.sha256, f"{now().astimezone(home_zone(home)):%Y-%m-%dT%H:%M:%S%z}", by, reviewed, reason.strip()
    )
    with replacing(place) as fresh:
        draft.write_published(fresh)
        _write_record(folder, [*listed, publication])
    return Outcome(ResultFolder(place), publication, superseded=superseded)


def _free_number(folder: Path, listed: list[Publication]) -> int:
    kept = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return max([*kept, *(one.number for one in listed)], default=0) + 1


def _write_record(folder: Path, publications: list[Publication]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{RECORD}"
    lines = [json.dumps(asdict(one), ensure_ascii=False) for one in publications]
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sync(fresh)
    fresh.replace(folder / RECORD)
    sync(folder)
