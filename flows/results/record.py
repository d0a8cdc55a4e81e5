"""The record of a year's publications: a line each, chained by hash, and what the data home remembers of its last line.

    publications/2007/record.jsonl    one line a publication, or an act of somebody upon the year
    .pingyi.heads                     of every year, how many lines there were and the hash of the last one

A line carries `chain`, the SHA-256 of the line before (its `chain`) and of its own content. So a line that is edited, moved or taken
out of the middle shows. Lines of older versions have no `chain`; the first line that has one continues from the hash
of all bytes before it. Lines cut off at the end leave a chain that is whole, and show by what the data home remembers.

What nobody may do in silence is on the same record: an `act` of a line is not to publish, but to acknowledge that an old publication
is lost, or to purge what identified the year's persons.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.host.disk import sync
from flows.host.regular import read_regular
from flows.host.zones import home_zone, moment
from flows.reading.spelling import fold

RECORD = "record.jsonl"
# What stands in the place of the line before the first one.
_START = "0" * 64
_HASH = re.compile(r"[0-9a-f]{64}")
# What of an act is a list of texts; `number` is a number, and all else a text.
_LISTS = ("files", "keys", "datasets")


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
class Acknowledgement:
    """Somebody said that of the publication `number` these files are lost for good; all of it where none is named."""

    act: ClassVar[str] = "acknowledged"

    number: int
    files: tuple[str, ...]
    at: str
    by: str
    reason: str


@dataclass(frozen=True)
class Purge:
    """Somebody purged what identified the persons of a year whose last publication was `number`.

    `keys` are the ids of the keys that went; `datasets` are those whose raw files hold persons.
    """

    act: ClassVar[str] = "purged"

    number: int
    keys: tuple[str, ...]
    datasets: tuple[str, ...]
    at: str
    by: str
    reason: str


Act = Acknowledgement | Purge
_ACTS: dict[str, type[Act]] = {kind.act: kind for kind in (Acknowledgement, Purge)}


@dataclass(frozen=True)
class Record:
    """The publications of a year, oldest first, what else was done to it, and of every line the hash of the record up to it.

    The first `unchained` lines are of versions that had no chain. `broken` says, a sentence each, where lines do not follow
    from one another.
    """

    publications: tuple[Publication, ...] = ()
    heads: tuple[str, ...] = ()
    unchained: int = 0
    broken: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()

    @property
    def last(self) -> Publication | None:
        return self.publications[-1] if self.publications else None

    @property
    def purge(self) -> Purge | None:
        """The last one."""
        return next((act for act in reversed(self.acts) if isinstance(act, Purge)), None)

    def acknowledgement(self, number: int) -> Acknowledgement | None:
        """The last one of a publication."""
        told = (act for act in reversed(self.acts) if isinstance(act, Acknowledgement) and act.number == number)
        return next(told, None)

    def with_hash(self, sha256: str) -> Publication | None:
        """The last publication of these very results."""
        return next((entry for entry in reversed(self.publications) if entry.sha256 == sha256), None)


@dataclass(frozen=True)
class Head:
    """What is remembered of a record: its number of lines, the number of the last publication, and the hash up to it."""

    lines: int
    number: int
    sha256: str


def says_something(reason: str) -> bool:
    """Whether a reason has a letter or a digit in it."""
    return any(character.isalnum() for character in fold(reason))


def stamp(home: Home, now: Callable[[], datetime]) -> str:
    """The time of a line of the record: to the second, in the zone of the home."""
    return f"{now().astimezone(home_zone(home)):%Y-%m-%dT%H:%M:%S%z}"


def record_path(home: Home, year: int) -> Path:
    return home.publications(year) / RECORD


def read_record(home: Home, year: int) -> Record:
    """The year's record; an empty one where there is none. Raises `OperatorError` where it cannot be read."""
    path = record_path(home, year)
    try:
        return _parsed(read_regular(path, home.path))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, TypeError, RecursionError) as fault:
        raise unreadable(fault)(
            f"公布记录 {path} 读不出来（{_reason(fault)}）。它被改动过或没有写完：请从备份恢复，此前不能公布。"
        ) from None


def check_chain(home: Home, year: int, record: Record) -> None:
    """Raises `OperatorError` where the lines of a record do not follow from one another."""
    if record.broken:
        raise OperatorError(
            f"公布记录 {record_path(home, year)} 被改动过，没有公布任何结果，已公布的结果没有改动。请从备份恢复它：",
            record.broken,
        )


def add_to_record(home: Home, year: int, record: Record, entry: Publication | Act) -> None:
    """Adds a line to the record as it was read, by one rename, and remembers it."""
    path = record_path(home, year)
    before = read_regular(path, home.path) if record.heads else b""
    content = {} if isinstance(entry, Publication) else {"act": entry.act}
    content |= {name: _plain(value) for name, value in asdict(entry).items()}
    line = json.dumps(content | {"chain": _chained(content, _head(record))}, ensure_ascii=False)
    fresh = path.with_name(f".{RECORD}")
    fresh.unlink(missing_ok=True)
    with fresh.open("xb") as file:
        file.write(before + line.encode() + b"\n")
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)
    remember(home, year, read_record(home, year))


def remember(home: Home, year: int, record: Record) -> None:
    """Writes down in the data home, beside the record, how far the record goes. Raises as `remembered` does."""
    if not record.last:
        return
    head = Head(len(record.heads), record.last.number, _head(record))
    heads = remembered(home)
    if heads.get(year) == head:
        return
    heads[year] = head
    fresh = home.heads.with_name(f"{home.heads.name}.building")
    fresh.unlink(missing_ok=True)
    content = {str(key): asdict(value) for key, value in sorted(heads.items())}
    with fresh.open("x", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=1) + "\n")
    sync(fresh)
    fresh.replace(home.heads)
    sync(home.path)


def remembered(home: Home) -> dict[int, Head]:
    """What the data home remembers of each year's record. Raises `OperatorError` where that cannot be read."""
    try:
        content = json.loads(read_regular(home.heads, home.path))
        return {int(year): typed_head(head) for year, head in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise unreadable(fault)(
            f"{home.heads} 读不出来（{_reason(fault)}），公布记录有没有被截短就看不出来。请从备份恢复它；没有备份，核对过公布记录以后删去它。"
        ) from None


def remembered_or_none(home: Home) -> dict[int, Head] | None:
    """The same; None where it cannot be read."""
    try:
        return remembered(home)
    except OperatorError:
        return None


def shortened(record: Record, head: Head | None) -> bool:
    """Whether a record lacks, or tells otherwise, what is remembered of it."""
    return head is not None and (len(record.heads) < head.lines or record.heads[head.lines - 1] != head.sha256)


def grown(record: Record, head: Head | None) -> bool:
    """Whether a record goes on beyond what is remembered of it. A run that was killed leaves that, with a publication that can be
    completed; otherwise somebody has added lines by hand, which anybody can chain."""
    return head is not None and len(record.heads) > head.lines and not shortened(record, head)


def unremembered(record: Record, head: Head | None) -> bool:
    """Whether nothing is remembered of a record that this version has written: somebody has taken the memory away."""
    return head is None and len(record.heads) > record.unchained


def years_on_record(home: Home) -> Iterator[int]:
    """The years of which there is, or is remembered to have been, a publication: in order."""
    named = {
        int(path.name)
        for folder in (home.all_results, home.all_publications)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.name.isdecimal() and path.name.isascii()
    }
    yield from sorted(named | (remembered_or_none(home) or {}).keys())


def _parsed(content: bytes) -> Record:
    if not content.endswith(b"\n"):
        raise ValueError("最后一行没有写完" if content else "是空的")
    publications: list[Publication] = []
    acts: list[Act] = []
    heads: list[str] = []
    broken: list[str] = []
    unchained = at = 0
    # Not `splitlines`: a pasted reason may hold other line ends, which JSON leaves as they are.
    for number, line in enumerate(content[:-1].split(b"\n"), start=1):
        at += len(line) + 1
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise ValueError(f"第 {number} 行不是一次公布")
        chain = entry.pop("chain", None)
        told = _typed_act(entry, number) if "act" in entry else _typed(entry, number)
        head = heads[-1] if heads else _START
        if chain is None and unchained == number - 1 and isinstance(told, Publication):
            unchained, expected = number, hashlib.sha256(content[:at]).hexdigest()
        else:
            expected = _chained(entry, head)
            if chain != expected or json.dumps(entry | {"chain": chain}, ensure_ascii=False).encode() != line:
                broken.append(f"第 {number} 行（第 {told.number} 次公布）与它的校验值或前一行对不上")
        if not isinstance(told, Publication):
            acts.append(told)
        else:
            if publications and told.number <= publications[-1].number:
                broken.append(f"第 {number} 行是第 {told.number} 次公布，前一行已是第 {publications[-1].number} 次")
            publications.append(told)
        heads.append(chain if isinstance(chain, str) else expected)
    return Record(tuple(publications), tuple(heads), unchained, tuple(broken), tuple(acts))


def _typed(entry: dict[str, Any], number: int) -> Publication:
    publication = Publication(**entry)
    types = {"number": int, "sha256": str, "at": str, "by": str, "reviewed": bool, "reason": str}
    if any(type(getattr(publication, name)) is not kind for name, kind in types.items()):
        raise ValueError(f"第 {number} 行的内容不对")
    if publication.number < 1 or not _HASH.fullmatch(publication.sha256):
        raise ValueError(f"第 {number} 行的内容不对")
    moment(publication.at)
    return publication


def _typed_act(entry: dict[str, Any], number: int) -> Act:
    content: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items() if name != "act"
    }
    kind = _ACTS.get(str(entry["act"]))
    if kind is None:
        raise ValueError(f"第 {number} 行不是本版本认得的：{entry['act']}")
    act = kind(**content)
    for name, value in vars(act).items():
        sound = type(value) is int if name == "number" else isinstance(value, tuple if name in _LISTS else str)
        if not sound or (isinstance(value, tuple) and not all(isinstance(part, str) for part in value)):
            raise ValueError(f"第 {number} 行的内容不对")
    moment(act.at)
    return act


def typed_head(content: dict[str, Any]) -> Head:
    """What is remembered of a record, from its JSON. Raises `ValueError` or `TypeError` where that is something else."""
    head = Head(**content)
    if type(head.lines) is not int or type(head.number) is not int or head.lines < 1 or not _HASH.fullmatch(head.sha256):
        raise ValueError("内容不对")
    return head


def _head(record: Record) -> str:
    return record.heads[-1] if record.heads else _START


def _chained(content: dict[str, Any], before: str) -> str:
    text = json.dumps(content, ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    # What a shell hands over may hold bytes that are no UTF-8.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _reason(fault: Exception) -> str:
    return fault.strerror or str(fault) if isinstance(fault, OSError) else str(fault)
