"""The tasks of a site: first those in its own hands, by the points that they would add to the composite, then the aspects that
people rated lowest."""

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
    """A task, its reason, and the points that it would add to the composite."""

    what: str
    why: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Losses:
    """A site's losses in one source: the source's share of the composite, its details, the worth of each item, and the site's rows of
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
    gains: Sequence[Gain],
    rows: Mapping[str, Sequence[Row]],
) -> list[Task]:
    """The first tasks of a site. `weights` are the counted weights of the sources, `rows` the site's rows of the result tables, by
    table."""
    listed: list[Task] = []
    lowest: list[Task] = []
    for source in scheme.sources:
        if source.id in details:
            worth = {gain.item: gain.points for gain in gains if gain.source == source.id}
            losses = Losses(scheme.year, weights[source.id], details[source.id], worth, rows)
            if source.rates_aspects:
                lowest += _lowest(source, losses)
            else:
                listed += _in_hand(source, losses)
    listed = [task for task in listed if task.points > 0]
    listed.sort(key=lambda task: (-task.points, task.what))
    return listed[:MOST_TASKS] + lowest


def _in_hand(source: Source, losses: Losses) -> Iterator[Task]:
    """The tasks that the kind defines, or else every item that lost points."""
    kind = behaviour("documents.sources", source.kind)
    if kind is not None:
        yield from kind.tasks(source, losses)
        return
    for detail in losses.details:
        if detail.item in losses.worth:
            why = f"得 {short(detail.value, 2)} 分，满分 {plain(detail.most)} 分"
            yield Task(f"{source.label}：{detail.label}", why, losses.worth[detail.item])


def _lowest(source: Source, losses: Losses) -> Iterator[Task]:
    lowest = min(losses.details, key=lambda detail: detail.value)
    points = losses.worth.get(lowest.item)
    if points is not None:
        each = short(EXACT.divide(points, FULL - lowest.value), 3)
        why = f"平均 {lowest.value} 分（{lowest.base} {source.rating}）；每提高 1 分，综合得分约加 {each} 分"
        yield Task(f"{source.label}评得最低的是“{lowest.label}”", why, points)
