"""Folders for what a run needs while it lasts, on the disk of the temporary files (`TMPDIR`) or in a folder that is named.

A run that is killed cannot take its own away, which may hold a year's ballots and unpublished tables. So a run locks its folder
as long as it lives, however it ends, and the next run takes away those that nobody holds.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from flows.errors import MachineError, is_text
from flows.host.disk import machine_faults

_PREFIX = "pingyi-run-"
_NAME = re.compile(rf"{_PREFIX}\d+-\w+")


@contextmanager
def scratch(*beside: Path, within: Path | None = None) -> Generator[Path]:
    """An empty folder of this process alone, removed at the end; it lies `within` another one where that is named. A full disk is told as that of this folder, or of one of those
    `beside` it that are written to as well."""
    clear_scratch(within)
    folder, descriptor = _new(within)
    try:
        with machine_faults(folder, *beside):
            yield folder
    finally:
        # Removed while it is locked, so that nobody else begins to.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def clear_scratch(within: Path | None = None) -> None:
    """Removes this account's folders that no process holds."""
    for folder in (within or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        if not _NAME.fullmatch(folder.name):
            continue
        # It may be gone by now, be a link, or belong to another account.
        with suppress(OSError):
            descriptor = _locked(folder)
            if descriptor is not None:
                try:
                    if os.fstat(descriptor).st_uid == os.geteuid():
                        shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(descriptor)


def _new(within: Path | None) -> tuple[Path, int]:
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=within))
        except FileNotFoundError as fault:
            if within:
                raise
            # As Python says where no folder takes temporary files.
            raise MachineError(
                f"没有可以放临时文件的文件夹（{fault.strerror}）。请把环境变量 TMPDIR 设为一个可写、没有满的文件夹。"
            ) from None
        if not is_text(str(folder)):
            folder.rmdir()
            raise MachineError(
                f"放临时文件的文件夹 {folder.parent} 的路径里有不是 UTF-8 文字的字节。请把环境变量 TMPDIR 设为别的文件夹。"
            )
        # Between the two steps another run may have taken it for one that nobody holds.
        with suppress(FileNotFoundError):
            descriptor = _locked(folder)
            if descriptor is not None and folder.exists():
                return folder, descriptor


def _locked(folder: Path) -> int | None:
    """The descriptor by which a folder is locked now; None where another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
