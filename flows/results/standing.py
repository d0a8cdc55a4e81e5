"""Whether what is published of a year is what its record says: each state that is not so, in words and with what to do.

Nothing is changed here and nobody waits: a file is opened only where it is a regular one of the data home, and whatever
cannot be read is itself such a state.
"""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.errors import OperatorError
from flows.home import Home
from flows.host.regular import read_regular
from flows.results.drafts import ResultFolder
from flows.results.numbered import folder_of, foreign, linked_number, numbered_folders, unfinished_folder
from flows.results.record import Head, Publication, Record, grown, read_record, record_path, shortened, unremembered
from flows.results.settling import is_unfinished

# Gives the hash of a file. Raises `OSError` where it cannot be read, and `NotRead` where it was left.
Hashed = Callable[[Path], str]


# The end of the key of what is told where the memory knows nothing of a year's record.
UNREMEMBERED = "/unremembered"
_MANIFEST = "manifest.json"


class NotRead(OSError):
    """A file that was not read, since there was more to read than somebody who waits for an answer would wait."""


@dataclass(frozen=True)
class Discrepancy:
    """Something that is not as it is on record. `key` names it from one look to the next, `listed` are the files concerned.

    `since` is when the file system says that it came about; None where it does not say.
    """

    key: str
    sentence: str
    listed: tuple[str, ...] = ()
    since: datetime | None = None


def discrepancies(home: Home, year: int, hashed: Hashed, head: Head | None) -> list[Discrepancy]:
    """What is not as it should be of a year's publications; `head` is what is remembered of its record."""
    found: list[Discrepancy] = []
    for _ in range(3):
        before = _snapshot(home, year)
        try:
            record = read_record(home, year)
            found = [
                *_of_record(home, year, record, head),
                *_of_link(home, year, record, hashed),
                *_of_folders(home, year, record, hashed),
            ]
        except OperatorError as fault:
            found = [Discrepancy(f"{year}/record", str(fault), since=changed_at(record_path(home, year)))]
        except OSError as fault:
            sentence = f"{year} 年公布的结果看不了：{fault.filename} {_unreadable(fault)}。请检查文件夹的权限和磁盘。"
            found = [Discrepancy(f"{year}/unreadable", sentence)]
        # Somebody may have published just now, and then the record is of one publication and the link of the next.
        if before == _snapshot(home, year):
            break
    return found


def changed_at(path: Path) -> datetime | None:
    """When a path was last changed, or where it is gone, the nearest folder above it from which something was taken."""
    for candidate in (path, *path.parents):
        try:
            return datetime.fromtimestamp(os.lstat(candidate).st_ctime, UTC)
        except OSError:
            continue
    return None


def standing_number(home: Home, year: int, record: Record) -> int | None:
    """The number of the publication that the year's place holds, by its link or else by the hash of its manifest."""
    results = home.results(year)
    number = linked_number(home, year, results)
    if number is not None or results.is_symlink():
        return number
    try:
        known = record.with_hash(ResultFolder(results).sha256) if (results / _MANIFEST).is_file() else None
    except OSError:
        return None
    return known.number if known else None


def _snapshot(home: Home, year: int) -> tuple[object, ...]:
    stats: list[object] = []
    for path in (home.results(year), record_path(home, year), home.publications(year)):
        try:
            stat = os.lstat(path)
            stats.append((stat.st_ino, stat.st_ctime_ns))
        except OSError:
            stats.append(None)
    return tuple(stats)


def _of_record(home: Home, year: int, record: Record, head: Head | None) -> Iterator[Discrepancy]:
    path = record_path(home, year)
    if record.broken:
        yield Discrepancy(
            f"{year}/chain",
            f"公布记录 {path} 被改动过，在恢复以前不能公布。请从备份恢复它，并查清是谁改的：",
            record.broken,
            changed_at(path),
        )
    numbers = numbered_folders(home, year)
    if not record.publications and (numbers or head or home.results(year).is_symlink()):
        what = f"第 {'、'.join(map(str, numbers))} 次公布的结果还在" if numbers else "它的结果也不在了"
        yield Discrepancy(
            f"{year}/record",
            f"{year} 年公布过，公布记录 {path} 却不见了（{what}）。请从备份恢复它，并查清是谁删去的。",
            since=changed_at(path),
        )
    elif record.last and unremembered(record, head):
        yield Discrepancy(
            f"{year}{UNREMEMBERED}",
            f"{home.heads} 没有了，或少了 {year} 年：公布记录有没有被截短就看不出来。请核对 {path} 是不是到第 {record.last.number} 次为止，"
            f"从备份恢复 {home.heads.name}，或运行 pingyi publish {year} {record.last.sha256[:12]}，会重新记下。",
            since=changed_at(home.heads),
        )
    elif record.publications and not record.broken and shortened(record, head):
        lines = head.lines if head else 0
        yield Discrepancy(
            f"{year}/shortened",
            f"公布记录 {path} 有 {len(record.heads)} 行，与记下的（{lines} 行）对不上：它被截短、改写或换成了旧的。请从备份恢复它。",
            since=changed_at(path),
        )
    elif record.last and not record.broken and grown(record, head) and not is_unfinished(home, year, record.last):
        lines = head.lines if head else 0
        yield Discrepancy(
            f"{year}/grown",
            f"公布记录 {path} 有 {len(record.publications)} 行，记下的只有 {lines} 行：后面的不是本系统公布时写的，可能是手工加的。请查清是谁加的，"
            f"从备份恢复 publications 和 results；确是真的，就运行 pingyi publish {year} {record.last.sha256[:12]}，会重新记下。",
            since=changed_at(path),
        )


def _of_link(home: Home, year: int, record: Record, hashed: Hashed) -> Iterator[Discrepancy]:
    results, last = home.results(year), record.last
    if last is None:
        if not results.is_symlink() and (results / _MANIFEST).exists():
            yield Discrepancy(
                f"{year}/unrecorded",
                f"{results} 里有结果，却没有公布记录：它不是本系统在这里公布的，或记录被删去了。请从备份恢复 publications，或把它移走。",
                since=changed_at(results),
            )
        return
    again = f"请运行 pingyi publish {year} {last.sha256[:12]}，它会恢复；并查清是谁动的。"
    if is_unfinished(home, year, last):
        yield Discrepancy(
            f"{year}/unfinished",
            f"{year} 年第 {last.number} 次公布已经记录在案，但那次运行没有做完（断电或被杀），{results} 还没有换成它。"
            "下一次运行会自动完成；现在就要完成，请运行 pingyi nightly 或再公布一次同一个编号。",
            since=changed_at(record_path(home, year)),
        )
        return
    key, since = f"{year}/link", changed_at(results)
    if not os.path.lexists(results):
        yield Discrepancy(
            key, f"{year} 年公布的结果不见了：{results} 没有了（最后是第 {last.number} 次公布）。{again}", since=since
        )
    elif results.is_symlink():
        number = linked_number(home, year, results)
        if number is None:
            yield Discrepancy(
                key,
                f"{results} 被改成指向别处（{results.readlink()}），不是第 {last.number} 次公布的结果。{again}",
                since=since,
            )
        elif number != last.number:
            yield Discrepancy(
                key,
                f"{results} 指向第 {number} 次公布，最后公布的却是第 {last.number} 次：它被退回或换过。{again}",
                since=since,
            )
    elif results.is_dir():
        changed = _changed_files(results, last, hashed)
        if changed:
            yield Discrepancy(
                key,
                f"{results} 里的结果不是第 {last.number} 次（编号 {last.sha256[:12]}）公布的那一份。{again[:-1]}：",
                tuple(changed.values()),
                _first_change(results, changed),
            )
    else:
        yield Discrepancy(key, f"{results} 不是公布的结果，也不是指向它的链接。{again}", since=since)


def _of_folders(home: Home, year: int, record: Record, hashed: Hashed) -> Iterator[Discrepancy]:
    publications = record.publications
    known = {publication.number for publication in publications}
    older = publications[record.unchained - 1].number if record.unchained else 0
    for number in numbered_folders(home, year):
        # What older versions found without a record they kept under a number in between.
        if known and number not in known and number > older:
            folder = folder_of(home, year, number)
            yield Discrepancy(
                f"{year}/{number}",
                f"{folder} 不在公布记录里：它是后来放进去的，或记录被改过。请查清是谁放的，把它移走或恢复记录。",
                since=changed_at(folder),
            )
    if others := foreign(home, year):
        yield Discrepancy(
            f"{year}/foreign",
            f"{home.publications(year)} 里有不是公布产生的东西，看的人会当作公布的结果。请查清是谁放的，把它们移走：",
            tuple(f"{path} 是后来放进去的" for path in others),
            min((moment for moment in map(changed_at, others) if moment), default=None),
        )
    for index, publication in enumerate(publications):
        folder = folder_of(home, year, publication.number)
        # What somebody has acknowledged is told as that, and no more as a fault.
        acknowledged = record.acknowledgement(publication.number)
        if not os.path.lexists(folder):
            if not _may_be_absent(home, year, record, index) and (acknowledged is None or acknowledged.files):
                yield Discrepancy(
                    f"{year}/{publication.number}",
                    f"{year} 年第 {publication.number} 次公布的结果 {folder} 不见了。{_restoring(year, publication, publications)}",
                    since=changed_at(folder),
                )
            continue
        changed = _changed_files(folder, publication, hashed, acknowledged.files if acknowledged else ())
        if changed:
            yield Discrepancy(
                f"{year}/{publication.number}",
                f"{year} 年第 {publication.number} 次公布的结果被改动过。{_restoring(year, publication, publications)[:-1]}：",
                tuple(changed.values()),
                _first_change(folder, changed),
            )


def lost_files(home: Home, year: int, record: Record, publication: Publication, hashed: Hashed) -> tuple[str, ...] | None:
    """The names of the files that a publication on record does not have any more as they were; none where its whole folder is
    gone. None where nothing is lost."""
    folder = folder_of(home, year, publication.number)
    if not os.path.lexists(folder):
        return None if _may_be_absent(home, year, record, record.publications.index(publication)) else ()
    return tuple(_changed_files(folder, publication, hashed)) or None


def _may_be_absent(home: Home, year: int, record: Record, index: int) -> bool:
    """Whether a publication on record has no folder of its number for a good reason."""
    publication, last = record.publications[index], record.publications[-1]
    results = home.results(year)
    if publication is last:
        # Unfinished, or of an older version, which is told as the state of the year's place.
        return unfinished_folder(home, year, last.number).is_dir() or (results.is_dir() and not results.is_symlink())
    # Older versions put a line on record before they published; a run that was killed then published the same once more.
    return index < record.unchained and record.publications[index + 1].sha256 == publication.sha256


def _restoring(year: int, publication: Publication, publications: tuple[Publication, ...]) -> str:
    if publication is publications[-1]:
        return f"草稿还在时，运行 pingyi publish {year} {publication.sha256[:12]} 会恢复它；否则请从备份恢复，并查清是谁动的。"
    return (
        f"请从备份恢复它，并查清是谁动的；再也找不回来了，就运行 pingyi acknowledge {year} {publication.number} --reason 理由，"
        "确认它已经丢失。"
    )


def _changed_files(folder: Path, publication: Publication, hashed: Hashed, excused: Collection[str] = ()) -> dict[str, str]:
    """A phrase for each file of a publication that is not as it was published, by its name there; `.` is the folder itself. Files
    that are `excused` are left out."""
    if folder.is_symlink() or not folder.is_dir():
        return {".": f"{folder} 不是文件夹"}
    manifest, hashes = folder / _MANIFEST, {}
    amiss = ""
    try:
        if manifest.is_symlink():
            amiss = f"{manifest} 被换成了链接"
        elif hashed(manifest) != publication.sha256:
            amiss = f"{manifest} 被换过：它的哈希不是公布记录里的 {publication.sha256[:12]}"
        else:
            hashes = _hashes(json.loads(read_regular(manifest)))
    except NotRead:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        amiss = f"{manifest} {_unreadable(fault)}"
    if amiss:
        # What the others should be is not known then.
        return {} if _MANIFEST in excused else {_MANIFEST: amiss}
    there, changed = _files(folder), {}
    for name in sorted((hashes.keys() | there.keys()) - set(excused)):
        path = folder / name
        if name not in there:
            changed[name] = f"{path} 不见了"
        elif name not in hashes:
            # A folder of ours whose files are all gone is told by their names.
            if path.is_symlink() or not any(recorded.startswith(f"{name}/") for recorded in hashes):
                changed[name] = f"{path} 是后来放进去的"
        elif there[name]:
            changed[name] = f"{path} 被换成了链接"
        else:
            try:
                if hashed(path) != hashes[name]:
                    changed[name] = f"{path} 被改动过"
            except NotRead:
                continue
            except OSError as fault:
                changed[name] = f"{path} {_unreadable(fault)}"
    return changed


def _first_change(folder: Path, names: Iterable[str]) -> datetime | None:
    return min((at for at in (changed_at(folder / name) for name in names) if at), default=None)


def _files(folder: Path) -> dict[str, bool]:
    """Everything in a folder but folders that hold something, by its name there, and whether it is a link."""
    found: dict[str, bool] = {}
    for above, folders, files in os.walk(folder):
        if not folders and not files:
            found[str(Path(above).relative_to(folder))] = False
        paths = [Path(above, name) for name in (*folders, *files)]
        found |= {str(path.relative_to(folder)): path.is_symlink() for path in paths if path.is_symlink() or path.name in files}
    found.pop(_MANIFEST, None)
    return found


def _hashes(manifest: dict[str, Any]) -> dict[str, str]:
    tables = {
        f"tables/{table['table']}.{kind}": table[f"{kind}_sha256"]
        for table in manifest["tables"]
        for kind in ("csv", "parquet")
    }
    return dict(manifest["files"]) | tables


def _unreadable(fault: Exception) -> str:
    return f"读不出来（{fault.strerror if isinstance(fault, OSError) else fault}）"
