"""Has deliveries read by another process (`flows.receive.reader`), since they come from strangers.

The end of that process, by memory, by time or by a library's own fault, is the refusal of the file that it read.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from flows.host.apart import Apart, Ended, out_of_memory
from flows.host.confined import Limits
from flows.receive.boundary import OTHERWISE
from flows.receive.chunks import RefusedFile
from flows.receive.entries import Contract
from flows.receive.meanings import Context

_MOST_MEMORY = 4 << 30
_MOST_WRITTEN = 2 << 30
# Seconds of processor time: a hundred times what an ordinary file of that size takes.
_SECONDS = 300
_SECONDS_PER_MB = 3

_MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
# So many at a time that together they never take more than half of the machine.
READER = Apart("flows.receive.reader", max(1, min(os.cpu_count() or 1, _MACHINE // 2 // _MOST_MEMORY)))


@dataclass(frozen=True)
class Task:
    """A delivery, the hash of its content, its contract, the empty folder in which its entry is to be written, and the name that
    the folder will have."""

    path: Path
    sha256: str
    size: int
    contract: Contract
    folder: Path
    name: str


@dataclass(frozen=True)
class Look:
    """A file of which only the beginning is read, and the file in which that is to be written (see `flows.receive.glimpse`)."""

    path: Path
    sha256: str
    size: int
    ending: str
    target: Path


def read_apart(task: Task | Look, known: str = "", context: Context | None = None) -> None:
    """Writes the entry of a delivery, or what it begins with. `known` is a name for the context, another one for each.

    Raises `RefusedFile`, and the `OSError` of a machine that is at fault.
    """
    limits = limits_for(task.size)
    try:
        answer = READER.do(task, limits, known, context)
    except Ended as fault:
        raise RefusedFile(f"{fault}，没有读完。{OTHERWISE}") from None
    match answer:
        case {"refused": str(reason)}:
            raise RefusedFile(reason)
        case {"memory": True}:
            raise RefusedFile(f"{out_of_memory(limits)}，没有读完。{OTHERWISE}")
        case {"raised": str(name)}:
            raise RefusedFile(f"读它时系统出错（{name}），没有读完。{OTHERWISE}")
        case {"written": True}:
            raise RefusedFile(f"读出的内容超过 {limits.written >> 20} MB，没有读完。{OTHERWISE}")
        case {"errno": int(number), "words": str(words), "file": str(file)}:
            raise OSError(number, words, file or None)
        case {"done": True}:
            return
    raise AssertionError(f"an answer that nobody gives: {answer}")


def limits_for(size: int) -> Limits:
    """What the reading of a file of `size` bytes may use."""
    return Limits(
        memory=min(_MOST_MEMORY, _MACHINE // 2),
        processor=_SECONDS + _SECONDS_PER_MB * (size >> 20),
        written=_MOST_WRITTEN + 4 * size,
    )
