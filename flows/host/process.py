"""A command as a process: what ends it, and what it ends with.

SIGTERM and SIGHUP end it as Ctrl-C does: the run is on record as interrupted, nothing is published, and what the run has
started ends too. A signal that was ignored when the process began (`nohup`, a script's `&`) stays ignored.
"""

import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from flows.errors import MachineError

# As shells tell the signal that ended a process.
_BY_SIGNAL = 128


class Ended(KeyboardInterrupt):
    """A signal other than Ctrl-C has asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def is_interrupt(fault: BaseException | None) -> bool:
    """Whether an exception is an interrupt or what a library made of one, which it then has as its cause or context."""
    while fault is not None and not isinstance(fault, KeyboardInterrupt):
        fault = fault.__cause__ or fault.__context__
    return fault is not None


def status_of(fault: BaseException | None) -> int:
    """What a process that an interrupt has ended exits with: 130 after Ctrl-C, else 128 and the number of the signal."""
    while fault is not None and not isinstance(fault, Ended):
        fault = fault.__cause__ or fault.__context__
    return _BY_SIGNAL + (fault.number if fault else signal.SIGINT)


def _end(number: int, frame: object) -> None:
    raise Ended(number)


def left_behind(paths: Iterable[Path]) -> Iterator[Path]:
    """Those of the paths that end in the number of a process that is no longer there: what it was writing when it was killed."""
    for path in paths:
        number = path.suffix.removeprefix(".")
        if number.isascii() and number.isdecimal() and not _is_there(int(number)):
            yield path


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        # It is another account's, or no number of a process.
        return True
    return True


def as_process(main: Callable[[], None]) -> None:
    """Calls `main`, and ends the process without Python's own teardown."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    # What an exception that nobody expected ends with, once Python has shown it.
    status = 1
    end_without_teardown(lambda: status)
    try:
        main()
        status = 0
    except SystemExit as end:
        # As Python takes it: none is 0, and a text, which it shows, is 1.
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    except KeyboardInterrupt as fault:
        status = status_of(fault)
        raise


def end_without_teardown(status: Callable[[], int]) -> None:
    """Ends the process, once all else that is registered for its end has run, with what `status` then returns.

    Python's own teardown takes a second to free what the process gives back anyway, and in it the DuckDB library complains on
    stderr about every object that is still referred to, which a thread in the background is enough for. Call this first.
    """

    def leave() -> None:
        written = False
        try:
            logging.shutdown()
            written = _flushed(sys.stdout)
        finally:
            os._exit(status() or (0 if written else MachineError.exit_status))

    atexit.register(leave)


def _flushed(output: TextIO | None) -> bool:
    """Whether all that was printed has gone out; says so where it has not, but for a reader who has seen enough."""
    try:
        if output and not output.closed:
            output.flush()
    except BrokenPipeError:
        return True
    except OSError as fault:
        print(f"错误：输出没有写完：{fault.strerror}。", file=sys.stderr)
        return False
    return True
