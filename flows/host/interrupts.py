"""Ctrl-C, and being told to end, while DuckDB works in the main thread.

Python looks at signals between its own steps only, of which there is none until the statement is done. DuckDB looks when
it has a moment, and then puts an error of its own in the place of what the signal's handler raised; a library between it
and us may take that error for a fault of one query and ask the next. So a thread is told of the signal at once, ends what
the connections are doing until they are let go, and remembers the signal, so that its handler can raise once more.
"""

import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache

# What ends a run: Ctrl-C, being told to end, and a terminal that goes away.
ENDS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_AGAIN = 0.1

# What ends the work of each connection that is at work in the main thread.
_working: list[Callable[[], None]] = []
_heard: list[int] = []
_hearing_now = threading.Lock()


@contextmanager
def interruptible(end: Callable[[], None]) -> Generator[None]:
    """Lets a signal end what is done meanwhile, at once, by calling `end` from another thread; what is raised then is what the
    signal's handler raises."""
    if not _in_main_thread():
        # Signals are not for this thread; whoever waits for it must end it.
        yield
        return
    _, telling = _sockets()
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
def interrupts_raised() -> Generator[None]:
    """Raises at its end, in the main thread, what the handler of a signal raised meanwhile if it was lost on the way."""
    try:
        yield
    except Exception:
        _raise_again()
        raise
    _raise_again()


def _raise_again() -> None:
    if not _working or not _in_main_thread():
        return
    # DuckDB may have ended a statement by a signal before the thread had its turn.
    _hear()
    if _heard:
        number = _heard[0]
        _heard.clear()
        handler = signal.getsignal(number)
        if callable(handler):
            handler(number, None)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@cache
def _sockets() -> tuple[socket.socket, socket.socket]:
    """Where Python's own handler writes the numbers of signals, a byte each, as they come, and where they are read. Never
    closed: their numbers stay ours."""
    hearing, telling = socket.socketpair()
    for end in (hearing, telling):
        end.setblocking(False)
    threading.Thread(target=_watch, args=(hearing,), name="interrupts", daemon=True).start()
    return hearing, telling


def _watch(hearing: socket.socket) -> None:
    while True:
        select.select([hearing], [], [])
        _hear()
        while _working and _heard:
            _end_all()
            time.sleep(_AGAIN)


def _hear() -> None:
    """Takes note of all signals that have come. Whoever returns from it may rely on that, in whatever thread."""
    hearing, _ = _sockets()
    with _hearing_now, suppress(BlockingIOError):
        while numbers := hearing.recv(64):
            for number in numbers:
                if number in ENDS and _working:
                    _heard.append(number)


def _end_all() -> None:
    # A function of its own: what the thread still named while it waits for the next signal would never be freed.
    for end in list(_working):
        end()
