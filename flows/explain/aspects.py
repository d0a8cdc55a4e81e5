"""The weighted mean over aspects, which ballots and panels share."""

from collections.abc import Iterator
from decimal import Decimal

from flows.explain.rows import Line, number
from flows.scheme import Scheme


def weighted_mean(scheme: Scheme, means: dict[str, Decimal]) -> Iterator[Line]:
    """The line that turns the means of the rated aspects into the score; none where nothing was rated."""
    rated = [aspect for aspect in scheme.aspects if aspect.id in means]
    weights = sum(aspect.weight for aspect in rated)
    if not weights:
        return
    terms = " + ".join(f"{number(aspect.weight)} × {number(means[aspect.id])}" for aspect in rated)
    score = sum(aspect.weight * means[aspect.id] for aspect in rated) / weights
    yield Line.total(f"得分 = ({terms}) ÷ {number(weights)} = {number(score)}，四舍五入到两位小数")
