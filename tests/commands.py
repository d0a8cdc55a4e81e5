"""The product's commands in this process, from their arguments to their exit status. What a run of Prefect would show (artifacts)
is kept, to be searched."""

import io
import logging
import signal
import traceback
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from unittest.mock import patch

from flows import command
from flows.orchestrator import artifacts

__all__ = ["Hung", "Ran", "run", "within"]


@dataclass
class Ran:
    """How a command ended: its exit status, what it printed and logged, what it would have shown, and the traceback of a fault
    that nobody expected."""

    status: int
    out: str = ""
    err: str = ""
    log: str = ""
    shown: list[str] = field(default_factory=list)
    traceback: str = ""

    @property
    def said(self) -> str:
        return self.out + self.err


class Hung(BaseException):
    """It took longer than anybody waits."""


@contextmanager
def within(seconds: int) -> Generator[None]:
    """Raises `Hung` in the main thread after so many seconds."""

    def end(number: int, frame: object) -> None:
        raise Hung(f"after {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(*arguments: object, seconds: int = 120) -> Ran:
    """Runs a command within so many seconds."""
    printed, told, logged, shown = io.StringIO(), io.StringIO(), io.StringIO(), []
    handler = logging.StreamHandler(logged)
    logger = logging.getLogger("pingyi")
    level, fault = logger.level, ""
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with keeping(shown), redirect_stdout(printed), redirect_stderr(told), within(seconds):
            command.main([str(argument) for argument in arguments])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        status, fault = 1, traceback.format_exc()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return Ran(status, printed.getvalue(), told.getvalue(), logged.getvalue(), shown, fault)


@contextmanager
def keeping(shown: list[str]) -> Generator[None]:
    """What a run of Prefect would show in the UI is added to `shown` meanwhile."""

    def keep(*arguments: object) -> None:
        shown.append(" ".join(map(str, arguments)))

    with (
        patch("flows.yearly.on_prefect", lambda: True),
        patch.multiple(artifacts, on_prefect=lambda: True, _leave_text=keep, _leave_table=keep),
    ):
        yield
