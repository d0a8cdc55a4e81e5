"""Turns that several crawls share, on one machine or on many: whoever asks, a host is asked once an interval.

They lie as small files in a folder that all crawls reach, and are told in the time of day, on which the machines must agree to less
than an interval. A file holds the hosts of one number; only those that somebody still has to wait for stay in it.
"""

import fcntl
import json
import math
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from flows.crawler.politeness import LONGEST_CRAWL_DELAY, Politeness

_FILES = 1024
# Longer than any turn is waited for. A host that is left alone for the night, by infinity, is left alone for so many seconds.
_NIGHT = 12 * 3600.0


class SharedPoliteness(Politeness):
    """As `Politeness`, with what all crawls know that share the folder."""

    def __init__(self, interval: float, folder: Path) -> None:
        super().__init__(interval)
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def waiting(self, host: str) -> float:
        with self._shared(host, tells=False):
            return super().waiting(host)

    def turn(self, host: str, crawl_delay: float) -> float:
        with self._shared(host):
            return super().turn(host, crawl_delay)

    def answered(self, host: str) -> None:
        with self._shared(host):
            super().answered(host)

    def pause(self, host: str, seconds: float) -> None:
        with self._shared(host):
            super().pause(host, seconds)

    @contextmanager
    def _shared(self, host: str, tells: bool = True) -> Generator[None]:
        """Takes over what is known of a host, and tells what has become of it, unless nothing has; nobody else does meanwhile, for some
        microseconds."""
        path = self._folder / f"{crc32(host.encode()) % _FILES:03x}.json"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            now, here = time.time(), self._loop.time()
            known = _read(file.readall())
            if host in known:
                last, until = known[host]
                self._last[host] = max(self._last.get(host, 0.0), last - now + here)
                if until > now:
                    self._not_before[host] = math.inf if until - now > _NIGHT / 2 else until - now + here
            yield
            if not tells:
                return
            last, until = self._last.get(host, 0.0), self._not_before.get(host, 0.0)
            known[host] = (last - here + now, min(until - here, _NIGHT) + now)
            text = json.dumps({name: told for name, told in known.items() if max(told) + LONGEST_CRAWL_DELAY > now}).encode()
            file.seek(0)
            file.truncate()
            file.write(text)


def _read(text: bytes) -> dict[str, tuple[float, float]]:
    """What a file tells; nothing where somebody was killed who wrote it: to forget a turn changes little."""
    try:
        return {host: (float(last), float(until)) for host, (last, until) in json.loads(text or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
