"""Does tasks in processes of their own, which may use so much memory and processor time and no more.

A file of a few hundred bytes can make a library want all the memory there is, and a library that is at fault may end the
process it is in. Then a process ends that has nothing else to do; who asked learns why, and goes on. A process is started
when a task comes and none is idle, and kept for the next ones, since it takes most of a second to start.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from flows.errors import MachineError
from flows.host.confined import LAST, Limits
from flows.host.memory import says_no_memory

_ROOT = Path(__file__).resolve().parents[2]
_LOOK = 0.1
# Seconds in which a process must have started, or ended.
_START = 60
# Seconds without any processor time after which a process has come to a stop, as libraries do that get no memory.
_STILL = 60
_LONGEST_ANSWER = 1 << 20
_LAST_WORDS = 4096
_AGAIN = "这一次没有完成，已公布的结果没有改动。请关掉别的程序后重试。"


class Ended(Exception):
    """The process ended before it answered. The text says what it had used, or how it ended, in Chinese."""


class Apart:
    """Up to `most` processes that run the module `module` (see `flows.host.confined`), whenever there is something to do for them.

    Each does one task at a time; whoever comes when all are busy waits.
    """

    def __init__(self, module: str, most: int = 1) -> None:
        self.most = most
        self._module = module
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        # The one that was used last is the last one.
        self._idle: list[_Process] = []
        self._busy: list[_Process] = []

    def do(self, task: Any, limits: Limits, known: str = "", knowledge: Any = None) -> dict[str, Any]:
        """The answer to a task. Raises `Ended`, and `MachineError` where no process can be started.

        `knowledge` is what many tasks have in common; it is sent once to each process, under the name `known`. An answer with
        `flows.host.confined.LAST` is the last one of its process.
        """
        with self._free:
            process = self._taken()
            try:
                answer = process.do(task, limits, known, knowledge)
            except BaseException:
                # Also where somebody interrupts us: nobody waits for what it would have done.
                with self._lock:
                    self._busy.remove(process)
                process.end()
                raise
            is_last = answer.pop(LAST, False)
            with self._lock:
                self._busy.remove(process)
                if not is_last:
                    self._idle.append(process)
            if is_last:
                process.end()
            return answer

    def _taken(self) -> "_Process":
        """A process that is idle no more, or was started for this."""
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        if idle is not None and idle.has_ended:
            idle.end()
            idle = None
        process = idle or _Process(self._module)
        with self._lock:
            self._busy.append(process)
        return process

    @property
    def process_id(self) -> int | None:
        """The process that is there for the next task; None where none is."""
        with self._lock:
            return self._idle[-1].id if self._idle else None

    def end(self) -> None:
        """Ends the processes that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def give_up(self) -> None:
        """Kills the processes that are busy; whoever waits for one of them gets `Ended`."""
        with self._lock:
            for process in self._busy:
                process.kill()


class _Process:
    """A started process and the pipes to it."""

    def __init__(self, module: str) -> None:
        theirs, ours = os.pipe(), os.pipe()
        # What it says beside its answers.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._tasks = Connection(theirs[1], readable=False)
        self._answers = Connection(ours[0], writable=False)
        self._known = ""
        command = [sys.executable, "-m", module, str(os.getpid()), str(theirs[0]), str(ours[1])]
        started = _start(command, (theirs[0], ours[1]), self._said)
        for end in (theirs[0], ours[1]):
            os.close(end)
        if isinstance(started, OSError):
            raise MachineError(f"读文件的进程启动不了（{started}）。{_AGAIN}")
        self._process = started
        try:
            self._answer(Limits(memory=sys.maxsize, processor=_START, written=0))
        except Ended as fault:
            self.end()
            raise MachineError(f"读文件的进程启动不了（{fault}）。{_AGAIN}") from None

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        # One that has nothing to do says nothing; what can be read is the end of the pipe.
        return self._answers.poll(0)

    def do(self, task: Any, limits: Limits, known: str, knowledge: Any) -> dict[str, Any]:
        try:
            if known != self._known:
                self._tasks.send(knowledge)
            self._tasks.send((limits, task))
        except OSError:
            raise Ended(self._end_in_words()) from None
        self._known = known
        return self._answer(limits)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    def end(self) -> None:
        self.kill()
        self._process.wait()
        for end in (self._tasks, self._answers, self._said):
            with suppress(OSError):
                end.close()

    def _answer(self, limits: Limits) -> dict[str, Any]:
        begun = worked = time.monotonic()
        used = 0.0
        while not self._answers.poll(_LOOK):
            if self._memory() > limits.memory:
                raise Ended(out_of_memory(limits))
            now, before, used = time.monotonic(), used, self._processor_time()
            if used > before:
                worked = now
            elif now - worked > _STILL:
                raise Ended(f"读它的程序停住不动已有 {_STILL} 秒")
            if now - begun > limits.patience:
                raise Ended(f"读了 {limits.patience / 60:.0f} 分钟还没有读完")
        try:
            return json.loads(self._answers.recv_bytes(_LONGEST_ANSWER))
        except (EOFError, OSError, ValueError):
            raise Ended(self._end_in_words(limits)) from None

    def _memory(self) -> int:
        """The bytes of the machine's memory that the process has; 0 where the system does not say so."""
        try:
            return int(self._told("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def _processor_time(self) -> float:
        """The processor time that the process had; where the system does not say so, it had some."""
        try:
            # Behind the name, which may have anything in it, the 12th and 13th.
            return float(sum(map(int, self._told("stat").rpartition(b")")[2].split()[11:13])))
        except OSError:
            return time.monotonic()

    def _told(self, what: str) -> bytes:
        return Path(f"/proc/{self.id}/{what}").read_bytes()

    def _end_in_words(self, limits: Limits | None = None) -> str:
        try:
            status = self._process.wait(timeout=_START)
        except subprocess.TimeoutExpired:
            return "它不再应答"
        said = self._last_words()
        if limits and says_no_memory(said):
            return out_of_memory(limits)
        if limits and status == -signal.SIGXCPU:
            return f"读它用的处理器时间超过 {limits.processor} 秒"
        if status == -signal.SIGKILL:
            return "读它的进程被系统终止，多半是内存不够"
        if status < 0:
            return f"读它的程序出错而终止（{signal.Signals(-status).name}）"
        return f"读它的程序出错而终止（{said.splitlines()[-1] if said else status}）"

    def _last_words(self) -> str:
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _LAST_WORDS))
        return self._said.read().decode("utf-8", "replace").strip()


def _start(command: list[str], ends: tuple[int, int], said: BinaryIO) -> subprocess.Popen | OSError:
    """The process, started by a thread that stays as long as it: on Linux a process that is to end with its parent ends with
    the thread that started it, and that may be one of a pool."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    started: SimpleQueue[subprocess.Popen | OSError] = SimpleQueue()

    def keep() -> None:
        try:
            process = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=ends,
            )
        except OSError as fault:
            started.put(fault)
            return
        started.put(process)
        process.wait()

    threading.Thread(target=keep, name="apart", daemon=True).start()
    return started.get()


def out_of_memory(limits: Limits) -> str:
    """The words for a task that wanted more memory than it may use."""
    return f"读它用的内存超过 {limits.memory / (1 << 30):.1f} GB"
