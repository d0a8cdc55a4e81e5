"""The reasons of a change of a site's composite since last year, given only as far as the parts add up to it (method 11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.documents.html import signed
from flows.documents.numbers import EXACT, percent, rounded
from flows.documents.tables import Row, Site
from flows.scheme import Scheme

# The difference of two rounded composites differs from the sum of the exact parts by less than this.
_ROUNDED_OFF = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Reasons:
    """The sentences about a change: first the differences of the method, then the change.

    `effects` are the parts by source, which with `rounding` add up to the change; empty where they do not.
    """

    text: str
    effects: dict[str, Decimal]
    rounding: Decimal


def reasons(scheme: Scheme, site: Site, previous: Sequence[Row]) -> Reasons | None:
    """The reasons of a site that was ranked last year, None of one that was not. `previous` are its rows of previous_scores."""
    if site.previous_composite is None:
        return None
    change = site.composite - site.previous_composite
    group = next(group for group in scheme.groups if group.id == site.group)
    weights = {source: weight for source, weight in group.weights.items() if weight}
    before = {row["source_now"] or row["source"]: row for row in previous}
    differing = list(_differing(scheme, site, weights, before))
    effects = {} if differing else _effects(scheme, site, weights, before, change)
    rounding = change - sum(effects.values(), Decimal(0)) if effects else Decimal(0)
    how = "与上年相同" if not change else f"比上年{'上升' if change > 0 else '下降'} {abs(change)} 分"
    # Where the rules are new the parts still add up, but the site alone did not cause them.
    changed = [source for source in scheme.sources if source.id in weights and before.get(source.id, {}).get("same_rules") == 0]
    rules = [f"{source.label}的计分办法有变动，它的升降有一部分可能由此而来" for source in changed]
    differences = "；".join([*differing, *rules])
    first = f"今年与上年不同的是：{differences}。" if differences else ""
    if not effects:
        why = "各来源的影响相加不等于这一变化，不逐项列出" if previous else "上年各来源的得分没有记载，不逐项列出"
        return Reasons(f"{first}综合得分{how}，{why}。", {}, Decimal(0))
    labels = {source.id: source.label for source in scheme.sources}
    moved = sorted((-abs(part), labels[source], part) for source, part in effects.items() if part)
    moved += [(rounding, "四舍五入", rounding)] if rounding else []
    parts = "、".join(f"{label} {signed(part)}" for _, label, part in moved)
    sum_ = f"是各来源之和：{parts}" if parts else "各来源的影响都不到 0.01 分"
    return Reasons(f"{first}综合得分{how}，{sum_}。", effects, rounding)


def _differing(scheme: Scheme, site: Site, weights: dict[str, Decimal], before: dict[str, Row]) -> Iterator[str]:
    """Differences by which the parts do not add up: other sources, other weights, missing scores."""
    scores = {source.id: score for source, score in zip(scheme.sources, site.scores, strict=True)}
    # Where the weights are not known, a source counted if it gave the site a score.
    unknown = all(row["previous_weight"] is None for row in before.values())
    weighed = {
        source: row
        for source, row in before.items()
        if row["previous_weight"] or (unknown and row["previous_score"] is not None)
    }
    for source in scheme.sources:
        if source.id not in weights:
            continue
        row = before.get(source.id)
        now = weights[source.id]
        if weighed and source.id not in weighed:
            yield f"新计入{source.label}（{percent(now, 6)}）"
        elif row is not None and row["previous_weight"] not in (None, now):
            yield f"{source.label}的权重由 {percent(row['previous_weight'], 6)} 改为 {percent(now, 6)}"
        if scores[source.id] is None:
            yield f"今年没有{source.label}的得分"
        if row is not None and row["previous_score"] is None:
            yield f"上年没有{source.label}的得分"
    for source, row in weighed.items():
        if source not in weights:
            share = "" if unknown else f"（上年 {percent(row['previous_weight'], 6)}）"
            yield f"不再计入{row['previous_label'] or source}{share}"


def _effects(
    scheme: Scheme, site: Site, weights: dict[str, Decimal], before: dict[str, Row], change: Decimal
) -> dict[str, Decimal]:
    """Weight × change of each source that counts, rounded; nothing where the exact ones do not make the change.

    No weight is scaled here: a site with a missing score differs in that, and gets no parts.
    """
    scores = {source.id: score for source, score in zip(scheme.sources, site.scores, strict=True)}
    if any(source not in before for source in weights):
        return {}
    changes = {source: scores[source] - before[source]["previous_score"] for source in weights}
    parts = {source: EXACT.multiply(weight, changes[source]) for source, weight in weights.items()}
    if abs(change - sum(parts.values(), Decimal(0))) >= _ROUNDED_OFF:
        return {}
    return {source: rounded(part, 2) for source, part in parts.items()}
