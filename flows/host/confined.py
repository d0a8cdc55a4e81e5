"""The child's side of `flows.host.apart`: a process that does one task after the other, each within limits, and ends with its
parent.

What a task leaves behind is what it wrote and one answer. The answer is JSON: nobody unpickles what comes out of a process that
reads files of strangers.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

# Files that a task may have open. A reader needs two dozens.
OPEN_FILES = 256
# The largest size of a file that whoever started us allowed.
FILE_SIZE, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
# In an answer: whether the process is not fit for another task.
LAST = "last"
_PARENT_DEATH_SIGNAL = 1


@dataclass(frozen=True)
class Limits:
    """What a task may use: bytes of memory, seconds of processor time, and bytes of any file that it writes."""

    memory: int
    processor: int
    written: int

    @property
    def patience(self) -> float:
        """Seconds that may pass meanwhile: a machine does other things too, and a disk may be far away."""
        return 60 + 4 * self.processor


def serve(do: Callable[[Any, Any], dict[str, Any]]) -> None:
    """Answers the parent's tasks until there is no parent. The command line has its process id and the two ends of its pipes.

    An answer is what `do` returns for a task and for what was said last of what all tasks need. It must not raise.
    """
    parent, tasks, answers = (int(word) for word in sys.argv[1:4])
    _end_with(parent)
    waiting: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_hear, args=(Connection(tasks, writable=False), waiting), name="parent", daemon=True).start()
    answering = Connection(answers, readable=False)
    _tell(answering, {"ready": True})
    knowledge = None
    while True:
        match waiting.get():
            case (Limits() as limits, task):
                _limit(limits)
                answer = do(task, knowledge)
                # What a library keeps counts for the next task too, which would get nothing any more.
                _tell(answering, answer | {LAST: True} if _kept() > limits.memory else answer)
            case knowledge:
                pass


def _tell(answering: Connection, answer: dict[str, Any]) -> None:
    answering.send_bytes(json.dumps(answer).encode())


def _hear(tasks: Connection, waiting: SimpleQueue) -> None:
    """Ends the process when the parent's end of the pipe closes, by whatever end the parent came to."""
    try:
        while True:
            waiting.put(tasks.recv())
    except (EOFError, OSError):
        os._exit(0)


def _end_with(parent: int) -> None:
    # An interrupt from the terminal is for the parent, who ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # It may have been started before its parent said who may read what is written.
    os.umask(0o077)
    if sys.platform == "linux":
        # Also while a library keeps the interpreter to itself, so that no thread of ours has a turn.
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _kept() -> int:
    """The bytes that count for the limit of what may be asked for; 0 where the system does not say so."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[5]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _limit(limits: Limits) -> None:
    for kind, most in (
        # The parent watches what is really used; this is for what is asked for at once.
        (resource.RLIMIT_DATA, limits.memory + limits.memory // 2),
        (resource.RLIMIT_CPU, int(time.process_time()) + 1 + limits.processor),
        (resource.RLIMIT_FSIZE, _least(limits.written, FILE_SIZE)),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (_least(most, hard), hard))


def _least(most: int, other: int) -> int:
    return most if other == resource.RLIM_INFINITY else min(most, other)
