"""The product's commands in this process, from their arguments to their exit status, without an orchestrator.

A server has no part in what a command does to a data home, and starting one takes longer than all the rest. What would be
shown there (artifacts, the message of a run's state) is kept, to be searched.
"""

import io
import logging
import signal
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from flows import command
from flows.orchestrator import artifacts, outcome
from flows.orchestrator import progress as shown_progress

__all__ = ["Hung", "Ran", "plain", "run", "within"]


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
        with plain(shown), redirect_stdout(printed), redirect_stderr(told), within(seconds):
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
def plain(shown: list[str]) -> Generator[None]:
    """Flows and tasks are plain functions meanwhile; what they would show in the UI is added to `shown`."""

    def call_flow(flow: Any, *arguments: Any, **options: Any) -> Any:
        state = flow.fn(*arguments, **options)
        shown.append(state.message or "")
        return _raised(state.data)

    def call_task(task: Any, *arguments: Any, return_state: bool = False, wait_for: object = (), **options: Any) -> Any:
        # A task that fails in words returns a state whose data is the fault.
        ended = task.fn(*arguments, **options)
        data = ended.data if type(ended).__name__ == "State" else ended
        return SimpleNamespace(result=lambda: _raised(data)) if return_state else ended

    def show(key: str, make: Callable[[], object]) -> None:
        make()

    def keep(*arguments: object, **options: object) -> None:
        shown.append(" ".join(map(str, (*arguments, *options.values()))))

    with (
        patch.object(command, "_find_server", lambda: None),
        patch("prefect.flows.Flow.__call__", call_flow),
        patch("prefect.tasks.Task.__call__", call_task),
        patch.object(outcome, "get_run_logger", lambda: logging.getLogger("pingyi")),
        patch.multiple(artifacts, _shown=show, create_markdown_artifact=keep, create_table_artifact=keep),
        patch.object(shown_progress, "_send", lambda newest, over: None),
    ):
        yield


def _raised(data: Any) -> Any:
    if isinstance(data, BaseException):
        raise data
    return data
