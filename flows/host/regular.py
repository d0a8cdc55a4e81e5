"""Opens the files that people put into a data home: regular files only, and none outside of it.

A pipe under a delivery's name would keep a run waiting for ever with the lock in its hand, a device never ends, and a link
may lead to whatever the run may read. So nothing is opened before it is known to be a regular file, nothing is waited for,
and what was opened is looked at once more. A link may lead to another place in the same home, as where two years share a
folder; nowhere else.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader
from pathlib import Path

# The largest size of a file that people write or look at as a whole: a scheme, a register, printed figures, a record. A
# register of 100 000 sites has 15 MB.
SMALL = 64 << 20

_noted: ContextVar[dict[Path, set[str]] | None] = ContextVar("noted", default=None)
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISDIR, "是文件夹，不是文件"),
    (stat.S_ISFIFO, "是管道（FIFO），不是文件"),
    (stat.S_ISSOCK, "是套接字，不是文件"),
    (stat.S_ISCHR, "是设备，不是文件"),
    (stat.S_ISBLK, "是设备，不是文件"),
)


class IrregularFile(OSError):
    """This path has no file that may be read. `strerror` is the Chinese phrase that says why, `filename` the path.

    An `OSError`, so whoever tells that a file cannot be read tells this too.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(errno.EINVAL, reason, str(path))

    def __reduce__(self):
        return type(self), (self.filename, self.strerror)


def open_regular(path: Path, home: Path | None = None, most: int | None = None) -> BufferedReader:
    """A regular file, open for reading bytes.

    `home` is the folder that links must not lead out of; None where the person who started the run named the file itself.
    `most` is the largest size in bytes. Raises `IrregularFile`, or the `OSError` of a file that is missing or forbidden.
    """
    real = os.path.realpath(path, strict=True)
    _check_place(path, real, home)
    _check_kind(path, Path(real).lstat(), most)
    descriptor = os.open(real, _FLAGS)
    try:
        # Somebody may have put another thing, or another folder, in its place since.
        _check_kind(path, os.fstat(descriptor), most)
        _check_place(path, _opened_place(descriptor, real), home)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def noted() -> Generator[None]:
    """Notes the hash of every small file that is read meanwhile, so that `changed_since` can tell whether it is the same."""
    token = _noted.set({})
    try:
        yield
    finally:
        _noted.reset(token)


def note(path: Path, sha256: str) -> None:
    """Notes that a file was read with a content of this hash."""
    notes = _noted.get()
    if notes is not None:
        notes.setdefault(path, set()).add(sha256)


def changed_since(
    hashes: Mapping[Path, str], folders: Iterable[Path], known_as: Callable[[Path], Path] = lambda path: path
) -> list[Path]:
    """The files that were read with another content than `hashes` has, or that lie in one of the folders and are not there.

    `known_as` gives the name in `hashes` of a file that was read.
    """
    notes: dict[Path, set[str]] = {}
    for path, contents in (_noted.get() or {}).items():
        name = known_as(path)
        notes[name] = notes.get(name, set()) | contents
    now = {path: {hashes[path]} if path in hashes else set() for path in notes}
    inside = [path for path in notes if path in hashes or any(path.is_relative_to(folder) for folder in folders)]
    return sorted(path for path in inside if notes[path] != now[path])


def read_regular(path: Path, home: Path | None = None, most: int = SMALL) -> bytes:
    """The whole content of a regular file. Raises as `open_regular` does, also for a file that grows beyond `most`."""
    with open_regular(path, home, most) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise IrregularFile(path, _too_large(len(content), most))
    note(path, hashlib.sha256(content).hexdigest())
    return content


def _check_kind(path: Path, status: os.stat_result, most: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        reason = next((reason for is_kind, reason in _KINDS if is_kind(status.st_mode)), "不是普通的文件")
        raise IrregularFile(path, f"{reason}，没有读")
    if most is not None and status.st_size > most:
        raise IrregularFile(path, _too_large(status.st_size, most))


def _check_place(path: Path, real: str, home: Path | None) -> None:
    if home is None:
        return
    folder = os.path.realpath(home)
    if os.path.commonpath([folder, real]) != folder:
        raise IrregularFile(path, "是通到数据目录以外的链接，没有读；请把文件本身放进来")


def _opened_place(descriptor: int, real: str) -> str:
    """Where an open file lies, as the kernel says it; where it does not say, where it lay when it was looked for."""
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return real


def _too_large(size: int, most: int) -> str:
    return f"有 {size:,} 字节，超过这种文件的上限 {most >> 20} MB，没有读"
