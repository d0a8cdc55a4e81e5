"""Hashes of files, read again only where something of a file has moved, or where its turn has come."""

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from flows.home import Home
from flows.host.regular import open_regular
from flows.integrity.memory import Memory, Seen
from flows.results.standing import NotRead

_BLOCK = 1 << 20
# Each scrub reads every file of one of so many parts again, although nothing of it has moved: a disk loses bits in silence.
PARTS = 7
# By state: the page of the status is asked for every minute, by the same process.
_read_before: dict[tuple[int, ...], str] = {}


class Hashes:
    """The hashes of a home's files. `memory` is what is remembered of them; what is read is kept in `read`.

    `again` says of a file's path in the home whether it is to be read although nothing of it has moved, and `most` how many bytes
    are read at most; `already` has what was read a moment ago. `left` counts the files that were not read for it. `rotten` are those that hold something else although
    nothing of them has moved, each with the hash of what it held.
    """

    def __init__(
        self,
        home: Home,
        memory: Memory,
        again: Callable[[str], bool] = lambda _: False,
        most: int | None = None,
        already: Mapping[str, Seen] = MappingProxyType({}),
    ) -> None:
        self.home = home
        self.memory = memory
        self.again = again
        self.left = 0
        self.read: dict[str, Seen] = {}
        self.rotten: dict[str, str] = {}
        self._most = most
        self._already = already

    def of(self, path: Path) -> str:
        """The hash of a file, which is a regular one of the home. Raises `OSError`, of which `NotRead` is one."""
        name = self.name(path)
        if name in self.read:
            return self.read[name].sha256
        with open_regular(path, self.home.path) as file:
            now = os.fstat(file.fileno())
            before = self.memory.files.get(name)
            unmoved = before is not None and before.is_same(now)
            if before is not None and unmoved and name not in self._already and not self.again(name):
                self._keep(name, before, self.memory.rotten.get(name, before.sha256))
                return before.sha256
            sha256 = self._known(name, now) or self._hash(path, file.fileno(), now.st_size)
            after = os.fstat(file.fileno())
        # What changes while it is read is read anew the next time.
        if _state(after) == _state(now):
            seen = Seen(now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, sha256)
            held = self.memory.rotten.get(name, before.sha256) if unmoved and before is not None else sha256
            self._keep(name, seen, held)
            _read_before[_state(now)] = sha256
        return sha256

    @property
    def is_glance(self) -> bool:
        """Whether somebody waits for the answer."""
        return self._most is not None

    def name(self, path: Path) -> str:
        return os.path.relpath(path, self.home.path)

    def _keep(self, name: str, seen: Seen, held: str) -> None:
        self.read[name] = seen
        if seen.sha256 != held:
            self.rotten[name] = held

    def _known(self, name: str, now: os.stat_result) -> str | None:
        """What was read of the very same file before: a moment ago, or for a glance by this process."""
        already = self._already.get(name)
        if already and already.is_same(now):
            return already.sha256
        return _read_before.get(_state(now)) if self.is_glance else None

    def _hash(self, path: Path, descriptor: int, size: int) -> str:
        if self._most is not None and size > self._most:
            self.left += 1
            raise NotRead(0, "还没有核对", str(path))
        if self._most is not None:
            self._most -= size
        digest = hashlib.sha256()
        while block := os.read(descriptor, _BLOCK):
            digest.update(block)
        return digest.hexdigest()


def turn(day: int) -> Callable[[str], bool]:
    """Which files are read again on a day, whatever its number: every file once in `PARTS` days."""
    return lambda name: zlib.crc32(name.encode("utf-8", "surrogateescape")) % PARTS == day % PARTS


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
