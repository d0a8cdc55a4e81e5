"""What a scrub remembers from one night to the next: which files it has read, what they held, and since when something is amiss.

    .pingyi.scrub    one JSON object; derived, and made anew where it is lost

A file whose size, times and inode are what they were need not be read again. The time of the last change (ctime) is the
kernel's: nobody who edits a file can put it back.
"""

import json
import os
import stat
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from flows.errors import unreadable
from flows.home import Home
from flows.host.disk import sync
from flows.host.process import left_behind
from flows.host.regular import read_regular
from flows.host.zones import moment
from flows.results.record import Head, typed_head

# A home of a million files has a memory of some 200 MB.
_MOST = 1 << 30


@dataclass(frozen=True)
class Seen:
    """A file as it was read: size in bytes, times in nanoseconds, inode, and the hash of what it held."""

    size: int
    modified: int
    changed: int
    inode: int
    sha256: str

    def is_same(self, now: os.stat_result) -> bool:
        """Whether nothing of a file has moved since."""
        return (self.size, self.modified, self.changed, self.inode) == (
            now.st_size,
            now.st_mtime_ns,
            now.st_ctime_ns,
            now.st_ino,
        )


@dataclass
class Memory:
    """The files that were read, by their paths in the home, and each discrepancy's key with the time at which it was first seen.

    `rotten` has the hash that a file held before it changed although nothing of it had moved. `heads` are how far the records of
    publications went: a second memory, beside the data home's own, of which a rollback of both tells nothing. `at` is when the
    last scrub ended, empty where there was none; times are ISO 8601.
    """

    files: dict[str, Seen] = field(default_factory=dict)
    rotten: dict[str, str] = field(default_factory=dict)
    first_seen: dict[str, str] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    at: str = ""

    def since(self, key: str) -> datetime | None:
        return datetime.fromisoformat(self.first_seen[key]) if key in self.first_seen else None


def read_memory(home: Home) -> Memory:
    """What the last scrub left; nothing where there was none. Raises `OperatorError` where it cannot be read."""
    try:
        content = json.loads(read_regular(home.scrubbed, home.path, _MOST))
        files = {str(name): Seen(*entry) for name, entry in content["files"].items()}
        first_seen = {str(key): moment(at).isoformat() for key, at in content["first_seen"].items()}
        rotten = {str(name): str(sha256) for name, sha256 in content["rotten"].items()}
        if any(type(seen.size) is not int or not isinstance(seen.sha256, str) for seen in files.values()):
            raise ValueError("内容不成样子")
        at = content["at"] and moment(content["at"]).isoformat()
        # A memory of an older version has none.
        heads = {int(year): typed_head(head) for year, head in content.get("heads", {}).items()}
        return Memory(files, rotten, first_seen, heads, at)
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise unreadable(fault)(
            f"核对用的记忆 {home.scrubbed} 读不出来（{reason}）。请删去它，再运行 pingyi scrub，会重新建立。"
        ) from None


def write_memory(home: Home, memory: Memory) -> None:
    """Replaces what is remembered, by one rename. Two scrubs at once do not disturb each other: the later one stands."""
    for left in left_behind(home.path.glob(f"{home.scrubbed.name}.*")):
        left.unlink(missing_ok=True)
    fresh = home.scrubbed.with_name(f"{home.scrubbed.name}.{os.getpid()}")
    files = {name: list(asdict(seen).values()) for name, seen in memory.files.items()}
    heads = {str(year): asdict(head) for year, head in memory.heads.items()}
    content = {"at": memory.at, "first_seen": memory.first_seen, "rotten": memory.rotten, "heads": heads, "files": files}
    # A link under this name would lead the writing elsewhere.
    fresh.unlink(missing_ok=True)
    try:
        with fresh.open("x", encoding="utf-8") as file:
            # In ASCII, which has an escape for the bytes of a name that are no UTF-8 too.
            json.dump(content, file)
        sync(fresh)
        fresh.replace(home.scrubbed)
    finally:
        fresh.unlink(missing_ok=True)


def regular_stat(path: Path) -> os.stat_result | None:
    """The state of a regular file, wherever a link leads; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None
