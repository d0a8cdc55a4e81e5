"""A file's bytes, opened once, and hashed as they are read: what was read is what the hash names, whoever writes meanwhile."""

import gzip
import hashlib
import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flows.home import Home
from flows.host.regular import SMALL, note, open_regular
from flows.receive.boundary import library_faults
from flows.receive.chunks import RefusedFile

# Up to this size a workbook or Parquet file, which is read here and there, is read from memory.
IN_MEMORY = 256 << 20
_BLOCK = 1 << 20
_MOVED = "读取期间文件有变动，可能还在传送；请等传送完毕后重新运行"


class _Reading(io.RawIOBase):
    """One reading of a file from its beginning, whatever else reads the same descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer, /) -> int:
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count


class _Hashing(_Reading):
    """A reading that makes the hash of what is read."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self.digest = hashlib.sha256()

    def readinto(self, buffer, /) -> int:
        count = super().readinto(buffer)
        self.digest.update(memoryview(buffer)[:count])
        return count


class Content:
    """The content of one file. `name` is the file's, whose ending says how it is packed; `sha256` is the hash it must have.

    Raises `RefusedFile` wherever it turns out that the file has another content by now.
    """

    def __init__(self, file: BinaryIO, name: str, sha256: str) -> None:
        self._file = file
        self.name = name
        self.sha256 = sha256
        self.size = os.fstat(file.fileno()).st_size
        self._state = _state(file)
        self._is_unchecked = False

    @property
    def is_packed(self) -> bool:
        return self.name.lower().endswith(".gz")

    def begins(self, size: int) -> bytes:
        """The first bytes, as they lie in the file."""
        return os.pread(self._file.fileno(), size, 0)

    def ends(self, size: int) -> bytes:
        """The last bytes, as they lie in the file."""
        return os.pread(self._file.fileno(), size, max(0, self.size - size))

    def opened(self) -> "gzip.GzipFile | io.BufferedReader[_Reading]":
        """The bytes from the beginning, unpacked; nobody compares them with the hash."""
        return self._unpacked(_Reading(self._file.fileno()))

    @contextmanager
    def read(self) -> Generator["gzip.GzipFile | io.BufferedReader[_Reading]"]:
        """The bytes from the beginning, unpacked. At the end, unless something was raised, the rest of the file is read, and all
        of it compared with the hash."""
        hashing = _Hashing(self._file.fileno())
        yield self._unpacked(hashing)
        block = bytearray(_BLOCK)
        while hashing.readinto(block):
            pass
        if hashing.digest.hexdigest() != self.sha256:
            raise RefusedFile(_MOVED)

    def anywhere(self) -> BinaryIO:
        """The bytes as they lie in the file, to be read at any place: a small file from memory, where nobody can change it.

        A large one is compared with the hash by `check`, which must follow.
        """
        if self.size > IN_MEMORY:
            self._is_unchecked = True
            return os.fdopen(os.dup(self._file.fileno()), "rb")
        hashing = _Hashing(self._file.fileno())
        content = io.BufferedReader(hashing, _BLOCK).read()
        if hashing.digest.hexdigest() != self.sha256:
            raise RefusedFile(_MOVED)
        return io.BytesIO(content)

    def check(self) -> None:
        """Raises `RefusedFile` where the file is not as it was; to be called once all has been read."""
        if self._is_unchecked or _state(self._file) != self._state:
            with self.read():
                pass

    def _unpacked(self, reading: _Reading) -> "gzip.GzipFile | io.BufferedReader[_Reading]":
        packed = io.BufferedReader(reading, _BLOCK)
        return gzip.GzipFile(fileobj=packed, mode="rb") if self.is_packed else packed


@contextmanager
def opened_content(path: Path, home: Path | None, sha256: str) -> Generator[Content]:
    """The content of a regular file. Raises `OSError` where there is none, or none that may be read."""
    with open_regular(path, home) as file:
        yield Content(file, path.name, sha256)


@contextmanager
def small_content(path: Path, home: Home) -> Generator[Content]:
    """The content of a small regular file of a data home, noted for `flows.host.regular.changed_since`, and checked at the end.

    Raises `OSError` where there is none, or none that may be read, and `RefusedFile` for whatever a library says of it.
    """
    with library_faults(), open_regular(path, home.path, SMALL) as file:
        content = Content(file, path.name, hashlib.file_digest(file, "sha256").hexdigest())
        note(path, content.sha256)
        yield content
        content.check()


def _state(file: BinaryIO) -> tuple[int, ...]:
    # The time of the last change of an inode is the kernel's own: nobody sets it back as he may the other.
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
