"""A given source needs nothing that could be asked."""

from collections.abc import Iterator

from flows.beginning.plan import Plan, PlannedSource, Question


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    return iter(())
