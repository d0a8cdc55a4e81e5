"""What a site can gain: for every aspect, indicator and item type the points that its full mark would add to the composite, and the
tasks of the site, first those in its own hands, by these points, then the aspects that people rated lowest.

The amounts follow from the published figures, to two decimal places; the composite itself is computed from the exact figures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.documents.numbers import EXACT, plain, rounded, short
from flows.documents.tables import Row, Rows
from flows.scheme import Scheme
from flows.sources import FULL, Item, Source, behaviour

MOST_TASKS = 6


@dataclass(frozen=True, slots=True)
class Detail:
    """A published detail of a source: its value out of `most`, its weight in the source, and the number of ratings or items in it."""

    item: str
    label: str
    value: Decimal
    base: int
    most: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Gain:
    """How much the composite would gain by the full points of an item."""

    source: str
    source_label: str
    item: str
    label: str
    points: Decimal


def counted_weights(steps: Sequence[Row]) -> dict[str, Decimal]:
    """The counted weight of each source in a site's composite, from the site's rows of composite_steps: more than its weight where
    the weights of missing sources are shared out."""
    return {row["source"]: row["counted_weight"] for row in steps if row["source"] is not None}


def details_of(scheme: Scheme, rows: Sequence[Row]) -> dict[str, list[Detail]]:
    """A site's published details by source, each in the scheme's order."""
    by_source: dict[str, list[Detail]] = {}
    for source in scheme.sources:
        values = {row["item"]: row for row in rows if row["source"] == source.id}
        details = []
        for item in source.items(scheme.aspects) or (Item("score", source.label, FULL, Decimal(1)),):
            if item.id in values:
                value, base = values[item.id]["value"], values[item.id]["base"]
                weight = item.weight * base if item.each else item.weight
                details.append(Detail(item.id, item.label, value, base, item.most, weight))
        if details:
            by_source[source.id] = details
    return by_source


def gains(scheme: Scheme, weights: dict[str, Decimal], details: dict[str, list[Detail]]) -> list[Gain]:
    """Everything that could bring points, the most first; `weights` are those of `counted_weights`."""
    possible = []
    for source in scheme.sources:
        listed = details.get(source.id, [])
        total = sum((detail.weight for detail in listed), Decimal(0))
        if not total:
            continue
        for detail in listed:
            part = EXACT.divide(detail.weight * (detail.most - detail.value), total * detail.most)
            points = rounded(EXACT.multiply(weights[source.id], part * FULL), 2)
            if points > 0:
                possible.append(Gain(source.id, source.label, detail.item, detail.label, points))
    return sorted(possible, key=lambda gain: (-gain.points, gain.source, gain.item))


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
    rows: Rows


def tasks(
    scheme: Scheme, weights: Mapping[str, Decimal], details: dict[str, list[Detail]], gains: Sequence[Gain], rows: Rows
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
