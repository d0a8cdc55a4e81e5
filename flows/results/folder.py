"""Replaces a folder by a new one, as a whole or not at all.

The new folder is written beside the old one under a hidden name and brought to the disk; then the file system exchanges
the two in one step. When a run is killed, at whatever moment, the old folder or the new one is there.
"""

import ctypes
import errno
import os
import shutil
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flows.host.disk import sync

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# What a system, or a file system, answers that cannot exchange two paths.
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP)
_FILE, _FOLDER = 0o444, 0o555


@contextmanager
def replacing(folder: Path) -> Generator[Path]:
    """A new folder to write in. It replaces `folder` when the context ends well, and vanishes after an error."""
    clean(folder)
    fresh = _building(folder)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        sync_all(fresh)
        _swap(fresh, folder)
    finally:
        # After an exchange the hidden name holds the old folder; after an error, the unfinished one.
        clean(folder)


def clean(folder: Path) -> None:
    """Removes what a killed run left beside `folder`; puts the old folder back if an exchange in two steps got only half way."""
    previous = _previous(folder)
    if previous.exists():
        if folder.exists():
            remove(previous)
        else:
            previous.rename(folder)
    remove(_building(folder))


def freeze(folder: Path) -> None:
    """Takes the right to write from everybody, for each file of a folder and the folder itself."""
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            path.chmod(_FOLDER if path.is_dir() else _FILE)


def is_frozen(folder: Path) -> bool:
    return not stat.S_IMODE(folder.stat().st_mode) & 0o222


def remove(path: Path) -> None:
    """Removes a folder with all that is in it, also where nobody may write there; what is no folder, and what is not there, too."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder in (path, *path.rglob("*")):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o700)
    shutil.rmtree(path)


def sync_all(folder: Path) -> None:
    """Brings a folder and all that is in it to the disk."""
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def _building(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.building")


def _previous(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.previous")


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
    elif not exchange(fresh, folder):
        # Without an exchange there is a moment without a folder; if the run ends then, `clean` puts the old one back.
        folder.rename(_previous(folder))
        fresh.rename(folder)
    sync(folder.parent)


def exchange(first: Path, second: Path) -> bool:
    """Exchanges two paths atomically; False where the system cannot (it is Linux's renameat2). Raises `OSError` where it can, and
    fails."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(second))
