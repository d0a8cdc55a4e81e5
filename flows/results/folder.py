"""Replaces a folder by a new one, as a whole or not at all.

The new folder is written beside the old one under a hidden name and brought to the disk; then the file system exchanges
the two in one step. When a run is killed, at whatever moment, the old folder or the new one is there.
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
def replacing(folder: Path) -> Generator[Path]:
    """A new folder to write in. It replaces `folder` when the context ends well, and vanishes after an error."""
    clean(folder)
    fresh = _building(folder)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        _sync(fresh)
        _swap(fresh, folder)
    finally:
        # After an exchange the hidden name holds the old folder; after an error, the unfinished one.
        clean(folder)


def clean(folder: Path) -> None:
    """Removes what a killed run left beside `folder`; puts the old folder back if an exchange in two steps got only half way."""
    previous = _previous(folder)
    if previous.exists():
        if folder.exists():
            shutil.rmtree(previous)
        else:
            previous.rename(folder)
    shutil.rmtree(_building(folder), ignore_errors=True)


def _building(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.building")


def _previous(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.previous")


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchange(fresh, folder):
        # Without an exchange there is a moment without a folder; if the run ends then, `clean` puts the old one back.
        folder.rename(_previous(folder))
        fresh.rename(folder)
    sync(folder.parent)


def _exchange(first: Path, second: Path) -> bool:
    """Exchanges two paths atomically where the system can (Linux renameat2)."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0
