"""Ctrl-C, and being told to end, while DuckDB works in the main thread.

Python looks at signals between its own steps only, of which there is none until the statement is done. DuckDB looks when
it has a moment, and then puts an error of its own in the place of what the signal's handler raised; a library between it
and us may take that error for a fault of one query and ask the next. So a thread is told of the signal at once, ends what
the connections are doing until they are let go, and remembers the signal, so that its handler can raise once more.
"""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

_ENDS = frozenset({signal.SIGINT, signal.SIGTERM})
_AGAIN = 0.1
# DuckDB may see a signal before the thread that is told of it has had its turn.
_TURN = 2.0

# What ends the work of each connection that is at work in the main thread.
_working: list[Callable[[], None]] = []
_heard: list[int] = []


@contextmanager
def interruptible(end: Callable[[], None]) -> Iterator[None]:
    """Lets a signal end what is done meanwhile, at once, by calling `end` from another thread; what is raised then is what the
    signal's handler raises."""
    if not _in_main_thread():
        # Signals are not for this thread; whoever waits for it must end it.
        yield
        return
    telling = _telling()
    before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    _working.append(end)
    try:
        with interrupts_raised():
            yield
    finally:
        _working.remove(end)
        _heard.clear()
        signal.set_wakeup_fd(before)


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raises at its end, in the main thread, what the handler of a signal raised meanwhile if it was lost on the way."""
    try:
        yield
    except Exception as fault:
        if "interrupted" in str(fault).lower():
            _wait_to_hear()
        _raise_again()
        raise
    _raise_again()


def interrupted() -> bool:
    """Whether a signal to end was heard and is not answered yet; for work in other threads, which no signal reaches."""
    return bool(_heard)


def _raise_again() -> None:
    if _heard and _in_main_thread():
        number = _heard[0]
        _heard.clear()
        handler = signal.getsignal(number)
        if callable(handler):
            handler(number, None)


def _wait_to_hear() -> None:
    """Waits until the signal that ended a statement was heard; where it was no signal, for no longer than `_TURN`."""
    deadline = time.monotonic() + _TURN
    while _working and _in_main_thread() and not _heard and time.monotonic() < deadline:
        time.sleep(_AGAIN / 10)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@cache
def _telling() -> socket.socket:
    """Where Python's own handler writes the numbers of signals, a byte each. Never closed: its number stays ours."""
    hearing, telling = socket.socketpair()
    telling.setblocking(False)
    threading.Thread(target=_watch, args=(hearing,), name="interrupts", daemon=True).start()
    return telling


def _watch(hearing: socket.socket) -> None:
    while told := hearing.recv(64):
        ends = [number for number in told if number in _ENDS]
        if not ends or not _working:
            continue
        _heard.append(ends[0])
        while _working and _heard:
            for end in list(_working):
                end()
            time.sleep(_AGAIN)
