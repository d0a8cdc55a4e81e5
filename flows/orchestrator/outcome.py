"""How a flow ends: on record in its data home, and in a state whose message is the sentence that an operator needs."""

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, Protocol, TypeVar

from prefect import State, Task, get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed, Failed

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.host.disk import machine_faults
from flows.host.interrupts import interrupts_raised
from flows.host.runs import Ending, recorded
from flows.orchestrator.alive import kept_alive
from flows.orchestrator.artifacts import listed, plain, show_text
from flows.scheme.file import years_with_a_scheme
from flows.settings import read_settings

WITH_WARNINGS = "完成（有提示）"
_SHOWN = 20


class Done(Protocol):
    """What a flow returns: besides its own, a sentence on what was done and what an operator should look at."""

    @property
    def sentence(self) -> str: ...

    @property
    def warnings(self) -> Sequence[str]: ...


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Ended = TypeVar("Ended", bound=Done)


def run_of(what: str, *, on_record: bool = True) -> Callable[[Callable[Arguments, Ended]], Callable[Arguments, Ended]]:
    """Makes a function of `year` and `data_dir`, among others, the body of a flow.

    Whoever calls the flow gets what the body returns or the exception that it raises; the run's state says in words how
    it ended, and so does the record of the data home, if it is to be `on_record`.
    """

    def decorate(body: Callable[Arguments, Ended]) -> Callable[Arguments, Ended]:
        signature = inspect.signature(body)

        @functools.wraps(body)
        def run(*arguments: Any, **named: Any) -> Any:
            given = signature.bind(*arguments, **named).arguments
            try:
                home = read_settings(given.get("data_dir")).home
                record = _record(home, what, given.get("year")) if on_record else nullcontext(Ending())
                # The disk may be full already when the record begins; what happens later is for the record to tell.
                with machine_faults(home.path):
                    home.check()
                    with kept_alive(), record as ending, machine_faults(home.path):
                        done = body(*arguments, **named)
                        ending.sentence, ending.warnings = done.sentence, done.warnings
            except OperatorError as fault:
                return _failed(fault)
            except Exception as fault:
                get_run_logger().exception("意外的错误")
                message = f"本系统出了意外的错误（{type(fault).__name__}: {fault}），已公布的结果没有改动。请把这次运行的日志交给维护者。"
                return Failed(message=message, data=fault)
            return _completed(done)

        return run

    return decorate


def _record(home: Home, what: str, year: int | None) -> AbstractContextManager[Ending]:
    # A server that a command brings up for its own duration is gone when somebody looks for the run there.
    shown = flow_run.id if PREFECT_API_URL.value() else None
    return recorded(home, what, year, shown or "", deployed=deployment.id is not None)


def told(body: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Makes a function the body of a task, which ends in a sentence and not in a stack of frames where the data is at fault."""

    @functools.wraps(body)
    def tell(*arguments: Any, **named: Any) -> Any:
        try:
            with interrupts_raised():
                return body(*arguments, **named)
        except OperatorError as fault:
            return Failed(message=fault.shown(_SHOWN), data=fault)

    return tell


def result_of(one: Task[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """What a task returns; what it was `told` is raised, where a plain call would return it as a state."""
    return one(*arguments, **named, return_state=True).result()


def named(label: str) -> Callable[[], str]:
    """The name of a flow's runs: what it is and of which year."""

    def name() -> str:
        given = flow_run.parameters
        try:
            years = years_with_a_scheme(read_settings(given.get("data_dir")).home)
        except UsageError:
            # The run itself will say what is wrong with the folder.
            years = []
        return f"{label} {given.get('year') or (years[-1] if years else '')}".strip()

    return name


def _failed(fault: OperatorError) -> State:
    for sentence in (fault.summary, *fault.faults):
        get_run_logger().error(sentence)
    show_text(
        "faults", "\n".join(["# 没有完成", "", plain(fault.summary), "", *listed(fault.faults)]), "为什么没有完成，该怎么办"
    )
    return Failed(message=fault.shown(_SHOWN), data=fault)


def _completed(done: Done) -> State:
    if done.warnings:
        return Completed(name=WITH_WARNINGS, message=f"{done.sentence} 有 {len(done.warnings)} 条提示。", data=done)
    return Completed(message=done.sentence, data=done)
