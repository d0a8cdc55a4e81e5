"""How a flow ends on Prefect: the message of its state is the sentence that an operator needs."""

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, State, get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Completed, Failed

from flows.errors import OperatorError, UsageError, visible, visible_lines
from flows.host.interrupts import interrupts_raised
from flows.host.kinds import KINDS
from flows.host.process import is_interrupt
from flows.orchestrator.alive import kept_alive
from flows.orchestrator.artifacts import listed, plain, show_text
from flows.orchestrator.run import FlowResult
from flows.settings import check_allowed, read_settings

WITH_WARNINGS = "完成（有提示）"
_SHOWN = 20

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Ended = TypeVar("Ended", bound=FlowResult)


def flow_of(kind: str, run: Callable[Arguments, Ended], name: str = "") -> Flow[Arguments, Ended]:
    """The flow of Prefect that does what a function does, which is a run of this `kind` (of `KINDS`); `name` is the kind's unless
    said otherwise.

    The caller of the flow gets what the function returns, or the exception that it raises. The state says in words how it ended.
    """
    signature = inspect.signature(run)

    @functools.wraps(run)
    def body(*arguments: Any, **keywords: Any) -> Any:
        try:
            if deployment.id is not None:
                check_allowed(read_settings(signature.bind(*arguments, **keywords).arguments.get("data_dir")).home)
            with kept_alive():
                return _completed(run(*arguments, **keywords))
        except OperatorError as fault:
            return _failed(fault)
        except Exception as fault:
            if is_interrupt(fault):
                raise
            get_run_logger().error("意外的错误\n%s", visible_lines(traceback.format_exc()))
            message = (
                f"本系统出了意外的错误（{type(fault).__name__}: {fault}），已公布的结果没有改动。请把这次运行的日志交给维护者。"
            )
            return Failed(message=visible(message), data=fault)

    return Flow(body, name=name or kind, flow_run_name=_run_name(kind), description=_described(kind), validate_parameters=True)


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


def _described(kind: str) -> str:
    """What the form of a flow of this kind says about it, in Markdown."""
    return f"**{KINDS[kind].label}**：{KINDS[kind].purpose}"


def _run_name(kind: str) -> Callable[[], str]:
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
