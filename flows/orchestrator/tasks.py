"""Steps as tasks of Prefect: each with the name of the step and an edge from each step that it needs.

A task takes the name of its step and returns nothing: Prefect searches the arguments and results of tasks for objects, and
draws an edge wherever it finds an object again, even an empty tuple. Tasks run in the thread of the caller, so an interrupt
ends the current step at once.
"""

from collections.abc import Sequence

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from flows.orchestrator.outcome import fails_in_words
from flows.orchestrator.steps import Step


def run_as_tasks(steps: Sequence[Step], after: Sequence[State] = ()) -> tuple[State, ...]:
    """Runs the steps in their order, the first one `after` these states. Raises what a step raises, and then runs no others."""
    by_name = {step.name: step for step in steps}
    states: dict[str, State] = {}

    @task(cache_policy=NO_CACHE)
    @fails_in_words
    def take(name: str) -> None:
        by_name[name].do()

    for step in steps:
        step_task = take.with_options(name=step.name, task_run_name=step.name, description=step.summary)
        upstream = [states[name] for name in step.after] if states else after
        states[step.name] = step_task(step.name, wait_for=upstream, return_state=True)
        states[step.name].result()
    return tuple(states.values())
