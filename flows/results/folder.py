"""A folder that appears whole or not at all, in place of the one before it.

It is written beside its place under a hidden name, brought to the disk, and then exchanged with the old one in one step
of the file system. Whoever kills the run at whatever moment finds the old folder or the new one.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flows.host.disk import sync

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def replacing(place: Path) -> Generator[Path]:
    """A new folder to write in, which takes `place` when the context ends well and vanishes when it does not."""
    clean(place)
    fresh = _building(place)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        _sync(fresh)
        _swap(fresh, place)
    finally:
        # After an exchange the hidden name holds the old folder; after an error, what was begun.
        clean(place)


def clean(place: Path) -> None:
    """Removes what a run left beside `place`; puts the old folder back where an exchange in two steps got only half way."""
    previous = _previous(place)
    if previous.exists():
        if place.exists():
            shutil.rmtree(previous)
        else:
            previous.rename(place)
    shutil.rmtree(_building(place), ignore_errors=True)


def _building(place: Path) -> Path:
    return place.with_name(f".{place.name}.building")


def _previous(place: Path) -> Path:
    return place.with_name(f".{place.name}.previous")


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def _swap(fresh: Path, place: Path) -> None:
    if not place.exists():
        fresh.rename(place)
    elif not _exchange(fresh, place):
        # Without an exchange there is a moment without a folder; `clean` puts the old one back if we end in it.
        place.rename(_previous(place))
        fresh.rename(place)
    sync(place.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two paths atomically where the system can (Linux renameat2)."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0
