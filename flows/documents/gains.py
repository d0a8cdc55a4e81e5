"""The possible gains of a site: for every aspect, indicator and item type, the points that its full mark would add to the
composite.

The amounts follow from the published figures, to two decimal places; the composite itself is computed from the exact figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.documents.numbers import EXACT, rounded
from flows.documents.tables import Row
from flows.scheme import Scheme
from flows.sources import FULL, Item


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
