"""What a site does first: what is in its own hands, by what it would add to the composite, and what people liked least."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.documents.gains import Detail, Gain
from flows.documents.numbers import EXACT, plain, short
from flows.documents.tables import Row
from flows.scheme import Scheme
from flows.sources import FULL, Source, behaviour

MOST_TASKS = 6


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, why, and what it would add to the composite."""

    what: str
    why: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Losses:
    """What a site lost in one source: its share of the composite, its details, what each item is worth, and the site's rows of
    the result tables, by table."""

    year: int
    share: Decimal
    details: Sequence[Detail]
    worth: Mapping[str, Decimal]
    rows: Mapping[str, Sequence[Row]]


def tasks(
    scheme: Scheme,
    weights: Mapping[str, Decimal],
    details: dict[str, list[Detail]],
    found: Sequence[Gain],
    rows: Mapping[str, Sequence[Row]],
) -> list[Task]:
    """What to do first. `weights` are what the sources weigh in the site's composite, `rows` the site's of the result tables, by
    table."""
    listed: list[Task] = []
    lowest: list[Task] = []
    for source in scheme.sources:
        if source.id in details:
            worth = {gain.item: gain.points for gain in found if gain.source == source.id}
            losses = Losses(scheme.year, weights[source.id], details[source.id], worth, rows)
            if source.rates_aspects:
                lowest += _lowest(source, losses)
            else:
                listed += _in_hand(source, losses)
    listed = [task for task in listed if task.points > 0]
    listed.sort(key=lambda task: (-task.points, task.what))
    return listed[:MOST_TASKS] + lowest


def _in_hand(source: Source, losses: Losses) -> Iterator[Task]:
    """As the kind has it, or else every item that lost points."""
    kind = behaviour("documents.sources", source.kind)
    if kind is not None:
        yield from kind.tasks(source, losses)
        return
    for one in losses.details:
        if one.item in losses.worth:
            why = f"得 {short(one.value, 2)} 分，满分 {plain(one.most)} 分"
            yield Task(f"{source.label}：{one.label}", why, losses.worth[one.item])


def _lowest(source: Source, losses: Losses) -> Iterator[Task]:
    lowest = min(losses.details, key=lambda one: one.value)
    points = losses.worth.get(lowest.item)
    if points is not None:
        each = short(EXACT.divide(points, FULL - lowest.value), 3)
        why = f"平均 {lowest.value} 分（{lowest.base} {source.rating}）；每提高 1 分，综合得分约加 {each} 分"
        yield Task(f"{source.label}评得最低的是“{lowest.label}”", why, points)
