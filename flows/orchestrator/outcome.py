"""How a flow ends: its data home keeps a record, and the message of its state is the sentence that an operator needs."""

import functools
import inspect
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, Protocol, TypeVar

from prefect import State, Task, get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Completed, Failed

from flows.errors import OperatorError, UsageError, visible, visible_lines
from flows.home import Home
from flows.host.disk import machine_faults
from flows.host.interrupts import interrupts_raised
from flows.host.kinds import KINDS
from flows.host.modes import close_home, keep_private, open_published
from flows.host.process import is_interrupt
from flows.host.runs import Ending, recorded
from flows.orchestrator.alive import kept_alive
from flows.orchestrator.artifacts import listed, plain, show_text
from flows.orchestrator.server import outlives_us
from flows.settings import check_allowed, read_settings

WITH_WARNINGS = "完成（有提示）"
_SHOWN = 20


class FlowResult(Protocol):
    """What every flow returns, besides data of its own: a sentence about what it did, and warnings for the operator."""

    @property
    def sentence(self) -> str: ...

    @property
    def warnings(self) -> Sequence[str]: ...


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Ended = TypeVar("Ended", bound=FlowResult)


def run_of(kind: str, *, on_record: bool = True) -> Callable[[Callable[Arguments, Ended]], Callable[Arguments, Ended]]:
    """Makes a function the body of a flow of this `kind` (of `KINDS`). Its arguments are `year`, `data_dir` or both, and others.

    The caller of the flow gets what the body returns, or the exception that it raises. The state of the run says in words
    how the run ended, and with `on_record` the data home keeps a record of it.
    """

    def decorate(body: Callable[Arguments, Ended]) -> Callable[Arguments, Ended]:
        signature = inspect.signature(body)

        @functools.wraps(body)
        def run(*arguments: Any, **keywords: Any) -> Any:
            given = signature.bind(*arguments, **keywords).arguments
            keep_private()
            try:
                home = read_settings(given.get("data_dir")).home
                if deployment.id is not None:
                    check_allowed(home)
                record = _record(home, kind, given.get("year")) if on_record else nullcontext(Ending())
                # The disk may be full before the record begins; later faults belong into the record.
                with machine_faults(home.path):
                    home.check()
                    with kept_alive(), record as ending, machine_faults(home.path):
                        close_home(home)
                        result = body(*arguments, **keywords)
                        open_published(home)
                        ending.sentence, ending.warnings = result.sentence, result.warnings
            except OperatorError as fault:
                return _failed(fault)
            except Exception as fault:
                if is_interrupt(fault):
                    raise
                get_run_logger().error("意外的错误\n%s", visible_lines(traceback.format_exc()))
                message = f"本系统出了意外的错误（{type(fault).__name__}: {fault}），已公布的结果没有改动。请把这次运行的日志交给维护者。"
                return Failed(message=visible(message), data=fault)
            return _completed(result)

        return run

    return decorate


def _record(home: Home, kind: str, year: int | None) -> AbstractContextManager[Ending]:
    shown = flow_run.id if outlives_us() else None
    return recorded(home, kind, year, shown or "", deployed=deployment.id is not None)


def fails_in_words(body: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Makes a function the body of a task. An `OperatorError` fails the task with its sentences, without a traceback."""

    @functools.wraps(body)
    def run(*arguments: Any, **keywords: Any) -> Any:
        try:
            with interrupts_raised():
                return body(*arguments, **keywords)
        except OperatorError as fault:
            return Failed(message=fault.shown(_SHOWN), data=fault)

    return run


def result_of(task: Task[Arguments, Result], *arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
    """What a task that `fails_in_words` returns; raises its error, which a plain call would return as a state."""
    return task(*arguments, **keywords, return_state=True).result()


def described(kind: str) -> str:
    """What the form of a flow of this kind says about it, in Markdown."""
    return f"**{KINDS[kind].label}**：{KINDS[kind].purpose}"


def run_name(kind: str) -> Callable[[], str]:
    """Gives a function that names a run of this kind: the label of the kind, and the year."""

    def name() -> str:
        given = flow_run.parameters
        try:
            years = read_settings(given.get("data_dir")).home.years
        except UsageError:
            # The run itself will say what is wrong with the folder.
            years = []
        return f"{KINDS[kind].label} {given.get('year') or (years[-1] if years else '')}".strip()

    return name


def _failed(fault: OperatorError) -> State:
    for sentence in (fault.summary, *fault.faults):
        get_run_logger().error(sentence)
    show_text(
        "faults", "\n".join(["# 没有完成", "", plain(fault.summary), "", *listed(fault.faults)]), "为什么没有完成，该怎么办"
    )
    return Failed(message=fault.shown(_SHOWN), data=fault)


def _completed(result: FlowResult) -> State:
    if result.warnings:
        return Completed(
            name=WITH_WARNINGS, message=f"{visible(result.sentence)} 有 {len(result.warnings)} 条提示。", data=result
        )
    return Completed(message=visible(result.sentence), data=result)
