"""Takes steps where the run is: on Prefect each is a task with its name; elsewhere it is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, ParamSpec, TypeVar

from flows.orchestrator.steps import Step, run_here
from flows.orchestrator.surroundings import on_prefect

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Taken:
    """Steps that were taken, for those that come after them."""

    states: tuple[Any, ...] = ()


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
