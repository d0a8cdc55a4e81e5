"""The runner on Prefect: each step is a task of its own name, with the edges of what it needs.

A task is called with the name of its step and returns nothing: Prefect walks through whatever is handed to a task or comes
from one, and draws an edge wherever it meets an object again, be it an empty tuple. Tasks run in the thread that called, so
that an interrupt ends the step that is under way at once.
"""

from collections.abc import Sequence

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from flows.evaluate.pipeline import Step
from flows.orchestrator.outcome import fails_in_words


def run_on_prefect(steps: Sequence[Step], after: Sequence[State] = ()) -> None:
    """Takes the steps in their order; what one of them raises is raised, and ends it. The first comes `after` these states."""
    by_name = {step.name: step for step in steps}
    states: dict[str, State] = {}

    @task(cache_policy=NO_CACHE)
    @fails_in_words
    def take(name: str) -> None:
        by_name[name].do()

    for step in steps:
        named = take.with_options(name=step.name, task_run_name=step.name, description=step.summary)
        upstream = [states[name] for name in step.after] if states else after
        states[step.name] = named(step.name, wait_for=upstream, return_state=True)
        states[step.name].result()
