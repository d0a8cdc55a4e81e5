"""The disk: what is brought to it for good, and a full or unwritable one told as what it is.

Each library that writes has its own exception for it; what they share is the operating system's error number, or its
words in their message.
"""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import OperatorError
from flows.home import Home

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def sync(path: Path) -> None:
    """Brings a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_faults_told(home: Home) -> Generator[None]:
    """Raises `OperatorError` for a disk that is full or may not be written; lets everything else pass."""
    try:
        yield
    except OperatorError:
        raise
    except Exception as fault:
        if _is(fault, _FULL):
            free = shutil.disk_usage(home.path).free >> 20
            raise OperatorError(
                f"磁盘已满（{home} 所在磁盘还剩 {free} MB），这一次没有完成，已公布的结果没有改动。请腾出空间后重新运行。"
            ) from fault
        if _is(fault, _FORBIDDEN):
            raise OperatorError(
                f"没有写入 {home} 的权限，或磁盘是只读的（{fault}），这一次没有完成，已公布的结果没有改动。"
                "请检查文件夹的所有者和权限后重新运行。"
            ) from fault
        raise


def _is(fault: Exception, numbers: tuple[int, ...]) -> bool:
    if isinstance(fault, OSError) and fault.errno in numbers:
        return True
    return any(os.strerror(number) in str(fault) for number in numbers)
