"""Settling: what the next run that writes does first about publications, under the lock of the data home.

It completes the publication of a run that was killed after it was on record, clears away what one left that was killed
before, and brings what an older version published, or a copy that followed links, to numbered folders and links. It changes
nothing that does not agree with the record; that is for `pingyi status` to say and for a person to decide.
"""

import logging
import os
from pathlib import Path

from flows.errors import OperatorError
from flows.home import Home
from flows.results.drafts import ResultFolder, damaged_files, results_in
from flows.results.folder import exchange, freeze, is_frozen, remove
from flows.results.numbered import (
    displaced,
    exchange_link,
    folder_of,
    keep_unrecorded,
    linked_number,
    make_next_link,
    name_folder,
    next_link,
    numbered_folders,
    put_back,
    unfinished_folder,
    unfinished_folders,
    write_publication,
)
from flows.results.record import (
    Publication,
    Record,
    grown,
    read_record,
    remember,
    remembered_or_none,
    shortened,
    unremembered,
    years_on_record,
)

logger = logging.getLogger("pingyi")


def settle(home: Home) -> None:
    """Settles every year that was ever published."""
    for year in years_on_record(home):
        settle_year(home, year)


def settle_year(home: Home, year: int) -> Path | None:
    """Settles a year; returns the folder of results without a record that it has put away, where there was one."""
    try:
        record = read_record(home, year)
    except OperatorError as fault:
        logger.warning("%s", fault)
        return None
    heads = remembered_or_none(home)
    trusted = not record.broken and heads is not None and not shortened(record, heads.get(year))
    if not trusted:
        return None
    head = (heads or {}).get(year)
    if grown(record, head) and not (record.last and is_unfinished(home, year, record.last)):
        return None
    # What somebody has taken away from the memory a person must look at: it may be the record that was cut. What a killed run
    # had put on record is remembered while it can still be told from lines that somebody has added.
    if not unremembered(record, head):
        remember(home, year, record)
    kept = _complete(home, year, record)
    _adopt(home, year, record)
    for number in numbered_folders(home, year):
        folder = folder_of(home, year, number)
        if folder.is_dir() and not folder.is_symlink() and not is_frozen(folder):
            freeze(folder)
    return kept


def is_unfinished(home: Home, year: int, last: Publication) -> bool:
    """Whether the last publication on record was not brought to its end by the run that made it, and can be."""
    unfinished, folder = unfinished_folder(home, year, last.number), folder_of(home, year, last.number)
    if unfinished.is_dir() and not os.path.lexists(folder):
        return _is_whole(unfinished, last)
    return linked_number(home, year, next_link(home, year)) == last.number and _is_whole(folder, last)


def put_away(home: Home, year: int, record: Record) -> Path | None:
    """Puts away what was taken from the year's place: what the publications hold too is removed, and all else kept."""
    kept = None
    for path in displaced(home, year):
        results = results_in(path) if path.is_dir() else None
        known = record.with_hash(results.sha256) if results else None
        if known and _is_whole(path, known) and _is_whole(folder_of(home, year, known.number), known):
            remove(path)
        else:
            kept = keep_unrecorded(home, year, path)
    return kept


def _complete(home: Home, year: int, record: Record) -> Path | None:
    last = record.last
    if last and is_unfinished(home, year, last):
        if unfinished_folder(home, year, last.number).is_dir():
            name_folder(home, year, last.number)
        if linked_number(home, year, home.results(year)) != last.number:
            make_next_link(home, year, last.number)
            exchange_link(home, year)
        logger.warning("%d 年第 %d 次公布的运行没有做完（断电或被杀），现在已经完成。", year, last.number)
    for number in unfinished_folders(home, year):
        remove(unfinished_folder(home, year, number))
    if next_link(home, year).is_symlink():
        remove(next_link(home, year))
    remove(home.all_results / f".{year}.building")
    put_back(home, year)
    return put_away(home, year, record)


def _adopt(home: Home, year: int, record: Record) -> None:
    """Makes a link of a folder that holds exactly the last publication on record."""
    results, last = home.results(year), record.last
    if last is None or results.is_symlink() or not results.is_dir() or not _is_whole(results, last):
        return
    folder = folder_of(home, year, last.number)
    if not os.path.lexists(folder):
        write_publication(home, year, last.number, ResultFolder(results))
        name_folder(home, year, last.number)
    if not _is_whole(folder, last):
        return
    make_next_link(home, year, last.number)
    # Without an exchange there would be a moment without results, and it works as it is.
    if exchange(next_link(home, year), results):
        logger.warning("%d 年公布的结果原来是文件夹，现在是指向 %s 的链接，内容没有改动。", year, folder)
        put_away(home, year, record)
    else:
        remove(next_link(home, year))


def _is_whole(folder: Path, publication: Publication) -> bool:
    """Whether a folder holds exactly the results of a publication."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    results = results_in(folder)
    try:
        return results is not None and results.sha256 == publication.sha256 and not any(damaged_files(results))
    except (OSError, OperatorError):
        return False
