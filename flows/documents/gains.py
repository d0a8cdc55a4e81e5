"""What would bring a site the most points: of every aspect, indicator and item type, what its full points would add to the
composite.

The amounts are what the published figures tell, to two places; the composite itself is computed from the exact ones.
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
    """A published detail of a source: its value out of `most`, what it weighs in the source, and what stands behind it."""

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
    """What each source weighs in a site's composite, by the site's rows of composite_steps: more than its weight where
    missing ones are scaled away."""
    return {row["source"]: row["counted_weight"] for row in steps if row["source"] is not None}


def details_of(scheme: Scheme, rows: Sequence[Row]) -> dict[str, list[Detail]]:
    """A site's published details by source, each in the scheme's order."""
    found: dict[str, list[Detail]] = {}
    for source in scheme.sources:
        values = {row["item"]: row for row in rows if row["source"] == source.id}
        details = []
        for item in source.items(scheme.aspects) or (Item("score", source.label, FULL, Decimal(1)),):
            if item.id in values:
                value, base = values[item.id]["value"], values[item.id]["base"]
                weight = item.weight * base if item.each else item.weight
                details.append(Detail(item.id, item.label, value, base, item.most, weight))
        if details:
            found[source.id] = details
    return found


def gains(scheme: Scheme, weights: dict[str, Decimal], details: dict[str, list[Detail]]) -> list[Gain]:
    """Everything that could bring points, the most first; `weights` are those of `counted_weights`."""
    found = []
    for source in scheme.sources:
        listed = details.get(source.id, [])
        total = sum((one.weight for one in listed), Decimal(0))
        if not total:
            continue
        for one in listed:
            part = EXACT.divide(one.weight * (one.most - one.value), total * one.most)
            points = rounded(EXACT.multiply(weights[source.id], part * FULL), 2)
            if points > 0:
                found.append(Gain(source.id, source.label, one.item, one.label, points))
    return sorted(found, key=lambda gain: (-gain.points, gain.source, gain.item))
