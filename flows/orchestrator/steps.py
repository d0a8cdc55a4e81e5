"""Steps: what a run does, one after another. On Prefect each is a task with its name; elsewhere it is called."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, ParamSpec, TypeVar

from flows.host.interrupts import interrupts_raised
from flows.orchestrator.surroundings import on_prefect

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """One step: its name, the steps that must come before it, the function that does it, and a sentence about it.

    A `check` makes nothing that another step needs; a caller who wants the tables only may leave it out.
    """

    name: str
    after: tuple[str, ...]
    do: Callable[[], None]
    summary: str
    check: bool = False


@dataclass(frozen=True)
class Taken:
    """Steps that were taken, for those that come after them."""

    states: tuple[Any, ...] = ()


def run_here(steps: Iterable[Step]) -> None:
    """Takes the steps in their order, in this process and without an orchestrator; what one of them raises is raised."""
    for step in steps:
        with interrupts_raised():
            step.do()


def take(steps: Sequence[Step], after: Taken = Taken()) -> Taken:
    """Takes the steps in their order, the first one `after` others. Raises what a step raises, and then takes no others."""
    if on_prefect():
        from flows.orchestrator.tasks import run_as_tasks

        return Taken(run_as_tasks(steps, after.states))
    run_here(steps)
    return Taken()


def step_result(name: str, do: Callable[Arguments, Result], *arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
    """What a function returns that is one step by itself. Raises what it raises."""
    return taken_alone(name, do, *arguments, **keywords)[0]


def taken_alone(
    name: str, do: Callable[Arguments, Result], *arguments: Arguments.args, **keywords: Arguments.kwargs
) -> tuple[Result, Taken]:
    """The same, and what other steps may come after."""
    results: list[Result] = []
    taken = take([Step(name, (), lambda: results.append(do(*arguments, **keywords)), getdoc(do) or "")])
    return results[0], taken
