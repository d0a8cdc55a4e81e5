"""Steps: what a run does, one after another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flows.host.interrupts import interrupts_raised


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


def run_here(steps: Iterable[Step]) -> None:
    """Takes the steps in their order, in this process and without an orchestrator; what one of them raises is raised."""
    for step in steps:
        with interrupts_raised():
            step.do()
