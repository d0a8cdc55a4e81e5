"""The runner without an orchestrator: one step after the other, in this process."""

from collections.abc import Iterable

from flows.evaluate.pipeline import Step


def run_here(steps: Iterable[Step]) -> None:
    """Takes the steps in their order; what one of them raises is raised."""
    for step in steps:
        step.do()
