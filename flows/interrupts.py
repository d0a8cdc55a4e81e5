"""Ctrl-C, and being told to end, while DuckDB works in the main thread.

Python looks at signals between its own steps only, of which there is none until the statement is done; DuckDB looks when
it has a moment, and then puts an error of its own in the place of the interrupt.
"""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_ENDS = frozenset({signal.SIGINT, signal.SIGTERM})


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Lets a signal end what the connection is doing, at once; what is raised then is a `KeyboardInterrupt`."""
    if threading.current_thread() is not threading.main_thread():
        # Signals are not for this thread; whoever waits for it must end it.
        yield
        return
    hearing, telling = socket.socketpair()
    telling.setblocking(False)
    before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(target=_watch, args=(hearing, connection), name="interrupts", daemon=True)
    watch.start()
    try:
        with interrupts_raised():
            yield
    finally:
        signal.set_wakeup_fd(before)
        telling.close()
        watch.join()
        hearing.close()


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raises, in the main thread, `KeyboardInterrupt` in the place of DuckDB's own errors that an interrupt gives rise to."""
    try:
        yield
    except (RuntimeError, duckdb.InterruptException) as fault:
        ours = isinstance(fault, duckdb.InterruptException) or str(fault) == "Query interrupted"
        if ours and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt from fault
        raise


def _watch(hearing: socket.socket, connection: duckdb.DuckDBPyConnection) -> None:
    # The numbers of the signals, a byte each, from Python's own handler; nothing when the other end is closed.
    while told := hearing.recv(64):
        if not _ENDS.isdisjoint(told):
            connection.interrupt()
