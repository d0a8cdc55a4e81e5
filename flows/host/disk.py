"""The machine: how files are brought to its disk, and the faults that it raises.

Every library that writes has its own exception for a full disk; in common they have the error number of the system, or
its words in their message.
"""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from flows.errors import FORBIDDEN, MachineError, OperatorError
from flows.host.process import is_interrupt

_BROKEN = (errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE)
_REASONS = {
    errno.ENOTDIR: "应当在文件夹里，而路径中有一个是文件",
    errno.EISDIR: "是文件夹，应当是文件",
    errno.EEXIST: "已经存在，但不是需要的文件夹",
    errno.ENOENT: "不见了",
    errno.ELOOP: "是绕回自己的链接",
    errno.ENAMETOOLONG: "的名称太长",
    errno.EMFILE: "打不开，同时打开的文件太多（见 ulimit -n）",
    errno.ENFILE: "打不开，机器上同时打开的文件太多",
    errno.ENOTEMPTY: "不是空的，另一个程序正在往里写",
}
_TOO_MANY = (errno.EMFILE, errno.ENFILE)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNHURT = "这一次没有完成，已公布的结果没有改动。"


def sync(path: Path) -> None:
    """Brings a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_once(path: Path, content: bytes) -> None:
    """Writes a file that its owner alone may read, unless there is one: where another process was first, its file stays."""
    with suppress(FileExistsError):
        write_new(path, content, 0o600)


def write_new(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Writes a file as a whole. Raises `FileExistsError` where there is one, whatever it is."""
    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails where there is one.
        os.link(fresh, path)
    finally:
        fresh.unlink()
        sync(path.parent)


@contextmanager
def machine_faults(*where: Path) -> Generator[None]:
    """Raises `MachineError` for a disk that is full or may not be used, and for too little memory; lets all else pass.

    The disk is that of the file that the fault names, or else the fullest of those of the folders `where` there is work to do.
    """
    try:
        yield
    except OperatorError:
        raise
    except Exception as fault:
        if is_interrupt(fault):
            # What was written as it ended, such as to a terminal that has gone away, is no fault of the machine's.
            raise
        filename = fault.filename if isinstance(fault, OSError) and isinstance(fault.filename, str) else None
        path = Path(filename) if filename else min(where, key=_free, default=None)
        if _is(fault, _FULL):
            left = f"（{path} 所在磁盘还剩 {_free(path)} MB）" if path else ""
            raise MachineError(f"磁盘已满{left}，{_UNHURT}请腾出空间后重新运行。") from fault
        if _is(fault, FORBIDDEN):
            raise MachineError(
                f"没有读写 {path or '文件'} 的权限，或磁盘是只读的（{fault}），{_UNHURT}请检查文件夹的所有者和权限后重新运行。"
            ) from fault
        if _is(fault, _BROKEN):
            raise MachineError(
                f"读写 {path or '文件'} 出错（{fault}），{_UNHURT}磁盘或它的连接可能坏了：请先检查磁盘、做好备份，再重新运行。"
            ) from fault
        if isinstance(fault, MemoryError) or _is(fault, (errno.ENOMEM,)) or "Out of Memory Error" in str(fault):
            detail = f"（{str(fault).splitlines()[0]}）" if str(fault) else ""
            raise MachineError(
                f"内存不够{detail}，{_UNHURT}请关掉别的程序后重新运行；设了 PINGYI_MEMORY 的，请放宽它。"
            ) from fault
        reason = next((words for number, words in _REASONS.items() if _is(fault, (number,))), "")
        if isinstance(fault, OSError) and fault.filename:
            # Whatever it is, the operator sees the path, and what the system says of it.
            also = f"，另一头是 {fault.filename2}" if fault.filename2 else ""
            raise MachineError(
                f"{path} {reason or f'用不了（{fault.strerror}）'}{also}，{_UNHURT}请改正后重新运行。"
            ) from fault
        if (isinstance(fault, OSError) and fault.errno is None and reason) or _is(fault, _TOO_MANY):
            # A library's own words have the path, and no number.
            raise MachineError(
                f"{path or '文件'} {reason}（{str(fault).splitlines()[0]}），{_UNHURT}请改正后重新运行。"
            ) from fault
        raise


def _free(path: Path) -> int:
    """The free megabytes of the disk on which a path lies, or would lie."""
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(there).free >> 20


def _is(fault: Exception, numbers: tuple[int, ...]) -> bool:
    if isinstance(fault, OSError) and fault.errno in numbers:
        return True
    return any(os.strerror(number) in str(fault) for number in numbers)
