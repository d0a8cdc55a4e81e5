"""Publishing: a reviewed draft becomes the next numbered publication of its year, and a line of the record says who published
it, when and why.

    publications/2007/record.jsonl    one line a publication, chained by hash
    publications/2007/1/, 2/ …        every publication, from the first on, read-only
    results/2007                      a link to the one that stands

Whether a year is frozen is told by the record, and by whatever else of a publication is there: a year whose results, or
whose record, somebody has taken away is frozen too, and not even the usual reason of a run without a review thaws it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import GateError, OperatorError
from flows.home import Home
from flows.results.drafts import ResultFolder, check_undamaged, check_whole, damaged_files, results_in
from flows.results.folder import exchange, remove
from flows.results.numbered import (
    exchange_link,
    folder_of,
    linked_number,
    make_next_link,
    name_folder,
    next_link,
    numbered_folders,
    unfinished_folder,
    write_publication,
)
from flows.results.record import (
    Publication,
    Record,
    add_to_record,
    check_chain,
    grown,
    read_record,
    remember,
    remembered,
    says_something,
    shortened,
    stamp,
    unremembered,
)
from flows.results.settling import put_away, settle_year


@dataclass(frozen=True)
class Outcome:
    """The outcome of publishing: the published results, whether they were published `already`, and whether they were `repaired`
    because somebody had changed their files, or the link to them.

    `superseded` is the folder that keeps what stood before.
    """

    results: ResultFolder
    publication: Publication | None
    already: bool = False
    repaired: bool = False
    superseded: Path | None = None


def standing_results(home: Home, year: int) -> ResultFolder | None:
    """The results that the year's link names at this moment; None where there are none."""
    return results_in(home.published(year))


def check_reason(home: Home, year: int, draft: ResultFolder, reason: str) -> None:
    """Raises `GateError` if `draft` would replace a published year without a reason, or a year of which something was published
    and is gone. A reason has a letter or a digit in it."""
    record = read_record(home, year)
    if says_something(reason) or (record.last and record.last.sha256 == draft.sha256) or not _was_published(home, year):
        return
    standing = _readable(home, year)
    raise GateError(
        f"{year} 年的结果已经公布{f'（编号 {standing.short}）' if standing else ''}，公布过的年度是冻结的，没有改动。{_amiss(home, year, record)}"
        f"要用草稿 {draft.short} 替换它，请写明修订理由（要有文字）；原来的结果会保留在 publications/{year} 里。"
    )


def reason_or(usual: str, home: Home, year: int, reason: str) -> str:
    """The given reason; without one, the `usual` reason if no publication of the year was reviewed and nothing of them is gone."""
    if says_something(reason):
        return reason
    record = read_record(home, year)
    unreviewed = record.last is not None and not any(publication.reviewed for publication in record.publications)
    return usual if unreviewed and not _amiss(home, year, record) else ""


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
    """Publishes the draft, without its mark, as the next publication of its year.

    Raises `GateError` if a reason is needed and missing, and `OperatorError` if files of the draft, the record, or files of
    the results that stand have been changed.

    If the same results are the last publication already, nothing changes, unless somebody changed their files or the link:
    then they are put right.
    """
    kept = settle_year(home, year)
    check_whole(draft)
    record = read_record(home, year)
    check_chain(home, year, record)
    if record.last and record.last.sha256 == draft.sha256:
        return _restored(home, year, record, record.last, draft)
    standing = _readable(home, year)
    known = record.with_hash(standing.sha256) if standing else None
    if standing and known:
        check_undamaged(standing, year)
    check_reason(home, year, draft, reason)
    heads = remembered(home)
    number = max(
        [0, *numbered_folders(home, year), *(entry.number for entry in record.publications)]
        + ([heads[year].number] if year in heads else [])
    )
    publication = Publication(number + 1, draft.sha256, stamp(home, now), by, reviewed, reason.strip())
    kept = put_away(home, year, record) or kept
    write_publication(home, year, publication.number, draft)
    try:
        make_next_link(home, year, publication.number)
        add_to_record(home, year, record, publication)
    except BaseException:
        _withdraw(home, year, publication)
        raise
    name_folder(home, year, publication.number)
    exchange_link(home, year)
    kept = put_away(home, year, record) or kept
    superseded = folder_of(home, year, known.number) if known else kept
    return Outcome(ResultFolder(home.results(year)), publication, superseded=superseded)


def restore(home: Home, year: int, last: Publication, draft: ResultFolder | None) -> Outcome:
    """The last publication as it was: its folder written again from the draft where that is not whole, and linked again where the
    link is another. Raises `OperatorError` where it is not whole and no draft is left."""
    record = read_record(home, year)
    check_chain(home, year, record)
    return _restored(home, year, record, last, draft)


def _withdraw(home: Home, year: int, publication: Publication) -> None:
    """Takes away what was prepared for a publication that did not come on record."""
    try:
        last = read_record(home, year).last
    except OperatorError:
        # Then nothing of it may go: whoever restores the record decides.
        return
    if last is None or last.number != publication.number:
        remove(unfinished_folder(home, year, publication.number))
        remove(next_link(home, year))


def _restored(home: Home, year: int, record: Record, last: Publication, draft: ResultFolder | None) -> Outcome:
    folder = folder_of(home, year, last.number)
    published = None if folder.is_symlink() else results_in(folder)
    whole = published is not None and published.sha256 == last.sha256 and not any(damaged_files(published))
    if not whole and draft is not None:
        write_publication(home, year, last.number, draft)
        _put_in_place(home, year, last.number)
    elif not whole:
        if published is not None and published.sha256 == last.sha256:
            check_undamaged(published, year)
        raise OperatorError(
            f"{year} 年第 {last.number} 次公布（编号 {last.sha256[:12]}）的文件夹 {folder} 不见了，或它的清单被换过，草稿也不在了。"
            f"请从备份恢复它；没有备份，就把它移走，再写明理由公布新的结果。"
        )
    linked = _is_linked(home, year, last)
    if not linked:
        make_next_link(home, year, last.number)
        exchange_link(home, year)
        put_away(home, year, record)
    untouched = whole and linked
    head = remembered(home).get(year)
    if unremembered(record, head) or grown(record, head):
        remember(home, year, record)
    return Outcome(ResultFolder(home.results(year)), last, already=untouched, repaired=not untouched)


def _put_in_place(home: Home, year: int, number: int) -> None:
    """Gives the unfinished folder its name, also where there is another of that name."""
    folder, fresh = folder_of(home, year, number), unfinished_folder(home, year, number)
    if os.path.lexists(folder) and exchange(fresh, folder):
        remove(fresh)
        return
    remove(folder)
    name_folder(home, year, number)


def _is_linked(home: Home, year: int, last: Publication) -> bool:
    """Whether the year's place holds the last publication: as a link to it, or as a folder where no link could be made."""
    results = home.results(year)
    if results.is_symlink() or not results.is_dir():
        return linked_number(home, year, results) == last.number
    standing = results_in(results)
    return standing is not None and standing.sha256 == last.sha256 and not any(damaged_files(standing))


def _readable(home: Home, year: int) -> ResultFolder | None:
    """The results that stand; none where the link leads out of the home, which nobody may read."""
    try:
        return standing_results(home, year)
    except OperatorError:
        return None


def _was_published(home: Home, year: int) -> bool:
    """Whether there is, or was, anything of a publication of the year."""
    return bool(
        os.path.lexists(home.results(year))
        or numbered_folders(home, year)
        or read_record(home, year).publications
        or year in remembered(home)
    )


def _amiss(home: Home, year: int, record: Record) -> str:
    """What is not as publications leave it, in a sentence; empty where all is."""
    results, last = home.results(year), record.last
    head = remembered(home).get(year)
    if unremembered(record, head):
        return f"{home.heads} 没有了，或少了这个年度，公布记录有没有被截短就看不出来。"
    if shortened(record, head):
        return "公布记录比记下的短，或与记下的不同：有人删改过它。请先从备份恢复它。"
    if grown(record, head):
        return f"公布记录比 {home.heads} 记下的长：后面的行不是本系统公布时写的。请先运行 pingyi status，它会说怎么办。"
    if last is None:
        return "没有这个年度的公布记录：有人删去了它，或结果是手工放进去的。" if _was_published(home, year) else ""
    if not os.path.lexists(results):
        return f"公布记录里最后是第 {last.number} 次，可是 {results} 不见了：先运行 pingyi publish {year} {last.sha256[:12]} 恢复它。"
    standing = _readable(home, year)
    if standing is None or standing.sha256 != last.sha256:
        return f"{results} 现在不是最后一次（第 {last.number} 次，编号 {last.sha256[:12]}）公布的结果：有人换过它。"
    return ""
