"""Who may read what a run writes: its owner alone, apart from what is published.

The entry points (`pingyi`, the processes of `serve`, every flow) set the umask to this. What was made before, or by hand, is
closed where everybody could read it; where a group may, somebody meant it.
"""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from flows.home import Home

_OWNERS = 0o700
_OTHERS = 0o007


def keep_private() -> None:
    """From now on this process makes files and folders that only their owner can read."""
    os.umask(0o077)


def own_folder(path: Path) -> Path:
    """A folder that is its owner's alone, made where it is not there."""
    path.mkdir(parents=True, exist_ok=True, mode=_OWNERS)
    close([path])
    return path


def close_home(home: Home) -> None:
    """Closes what a data home holds beside raw files and publications, where everybody could read it."""
    close(path for path in home.private if path.exists())


def close(paths: Iterable[Path]) -> None:
    """Takes from group and others what they may do with these files and folders, where others may do anything."""
    for path in paths:
        status = path.lstat()
        if stat.S_IMODE(status.st_mode) & _OTHERS and status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode):
            path.chmod(stat.S_IMODE(status.st_mode) & _OWNERS)


def open_published(home: Home) -> None:
    """Lets everybody read what is published and enter the folders that it lies in."""
    publications = home.path / "publications"
    for top, below in ((home.all_results, "**/*"), (publications, "*"), (publications, "*/*")):
        for path in (top, *top.glob(below)):
            # What lies behind a link is somebody else's.
            if not path.parent.is_symlink():
                _open(path)


def _open(path: Path) -> None:
    # A run beside this one may take it away.
    with suppress(FileNotFoundError):
        status = path.lstat()
        bits = 0o555 if stat.S_ISDIR(status.st_mode) else 0o444
        if not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & bits != bits:
            path.chmod(stat.S_IMODE(status.st_mode) | bits)
