"""What would bring a site the most points: of every aspect, indicator and item type, what its full points would add to the
composite, and from that what to do first.

The amounts are what the published figures tell, to two places; the composite itself is computed from the exact ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.documents import words
from flows.documents.html import month
from flows.documents.numbers import EXACT, percent, plain, rounded, short
from flows.documents.tables import Row
from flows.scheme import Audit, Claims, RecordIndicator, Records, Scheme, Source

_HUNDRED = Decimal(100)
MOST_TASKS = 6
_EXAMPLES = 3


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


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, why, and what it would add to the composite."""

    what: str
    why: str
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
        for item, label, most, weight in _items(scheme, source):
            if item in values:
                row = values[item]
                details.append(
                    Detail(
                        item, label, row["value"], row["base"], most, weight * row["base"] if source.kind == "audit" else weight
                    )
                )
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
            points = rounded(EXACT.multiply(weights[source.id], part * _HUNDRED), 2)
            if points > 0:
                found.append(Gain(source.id, source.label, one.item, one.label, points))
    return sorted(found, key=lambda gain: (-gain.points, gain.source, gain.item))


def tasks(
    scheme: Scheme,
    weights: dict[str, Decimal],
    details: dict[str, list[Detail]],
    found: Sequence[Gain],
    claims: Sequence[Row],
    months: Sequence[Row],
    failed: Sequence[Row],
    checks: Sequence[Row],
) -> list[Task]:
    """What to do first: what is in the site's own hands, by what it would add, and at last what people liked least."""
    worth = {(gain.source, gain.item): gain.points for gain in found}
    listed: list[Task] = []
    for source in scheme.sources:
        if source.id not in details:
            continue
        if isinstance(source, Audit):
            listed += _audit_tasks(source, weights[source.id], details[source.id], failed)
        elif isinstance(source, Records):
            listed += _record_tasks(source, scheme.year, worth, months, checks)
        elif isinstance(source, Claims):
            listed += _claim_tasks(source, worth, claims)
    listed = [task for task in listed if task.points > 0]
    listed.sort(key=lambda task: (-task.points, task.what))
    return listed[:MOST_TASKS] + list(_lowest(scheme, details, worth))


def _items(scheme: Scheme, source: Source) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Item, label, points at most and weight of what a source is made of."""
    match source.kind:
        case "ballots" | "panel":
            yield from ((one.id, one.label, _HUNDRED, one.weight) for one in scheme.aspects)
        case "claims" | "records":
            yield from ((one.id, one.label, one.max, one.max) for one in source.indicators)
        case "audit":
            yield from ((one.id, one.label, _HUNDRED, one.weight) for one in source.item_types)
        case "given":
            yield "score", source.label, _HUNDRED, Decimal(1)


def _audit_tasks(source: Audit, share: Decimal, details: Sequence[Detail], failed: Sequence[Row]) -> Iterator[Task]:
    weights = {type_.id: type_.weight for type_ in source.item_types}
    total = sum((one.weight for one in details), Decimal(0))
    what = {
        "reachable": "修复打不开的办事页面", "guide": "补全办事指南", "form": "修复表格下载", "online": "开通网上办理",
    }  # fmt: skip
    for check, label in what.items():
        items = [row for row in failed if row["source"] == source.id and row["counts"] and row[check] == "fail"]
        if not items or not total:
            continue
        # An item is worth the share of its checks that passed, so one check of three is a third of it.
        parts = sum(
            (
                EXACT.divide(weights[row["item_type"]], Decimal(sum(row[one] in ("pass", "fail") for one in words.ITEM_CHECKS)))
                for row in items
            ),
            Decimal(0),
        )
        names = "、".join(f"“{row['name']}”" for row in items[:_EXAMPLES])
        more = f"等 {len(items)} 项" if len(items) > _EXAMPLES else ""
        yield Task(
            f"{label}：{len(items)} 项",
            f"{names}{more}，全部清单见下面“没有通过核查的事项”",
            rounded(EXACT.divide(share * parts * _HUNDRED, total), 2),
        )


def _record_tasks(
    source: Records, year: int, worth: dict[tuple[str, str], Decimal], months: Sequence[Row], checks: Sequence[Row]
) -> Iterator[Task]:
    lost: dict[str, list[Row]] = defaultdict(list)
    for row in months:
        if row["source"] == source.id:
            lost[row["item"]].append(row)
    for indicator in source.indicators:
        points = worth.get((source.id, indicator.id))
        rows = lost.get(indicator.id)
        if points is None or not rows:
            continue
        latest, worst = rows[-1], min(rows, key=lambda row: (row["points"], row["month"]))
        got = f"得 {short(worst['points'], 2)}/{plain(worst['max_points'])} 分"
        why = f"{len(rows)} 个月没有得满，最低的是 {month(worst['month'], year)}（{_told(worst['value'], indicator)}，{got}）"
        if latest is not worst:
            why += f"，最近一次失分是 {month(latest['month'], year)}（{_told(latest['value'], indicator)}）"
        if indicator.rule == "ratio" and indicator.target is not None and not indicator.from_crawl:
            why += f"；每月达到 {plain(indicator.target)} 即得满分"
        elif indicator.rule == "deduct" and indicator.per is not None:
            why += f"；每多 1 扣 {plain(indicator.per)} 分"
        elsewhere = sum(1 for row in checks if row["check"] == indicator.from_crawl and row["url"])
        if elsewhere:
            why += f"；有问题的地址 {elsewhere} 个，见下面“没有通过检测的地址”"
        if indicator.from_crawl in words.ADVICE:
            why += f"。怎么改：{words.ADVICE[indicator.from_crawl]}"
        yield Task(f"{source.label}：{indicator.label}", why, points)


def _claim_tasks(source: Claims, worth: dict[tuple[str, str], Decimal], claims: Sequence[Row]) -> Iterator[Task]:
    rows = {row["item"]: row for row in claims if row["source"] == source.id}
    for indicator in source.indicators:
        points, row = worth.get((source.id, indicator.id)), rows.get(indicator.id)
        if points is None or row is None:
            continue
        claimed, verified = row["claimed_points"], row["verified_points"]
        if claimed is None:
            why = f"没有申报，按 0 分计；满分 {plain(indicator.max)} 分"
        elif verified is not None and claimed > verified:
            told = f"自报 {short(claimed, 2)} 分，核实 {short(verified, 2)} 分，计 {short(row['points'], 2)} 分"
            why = f"{told}；如实申报可以不被倒扣"
        else:
            why = f"计 {short(row['points'], 2)} 分，满分 {plain(indicator.max)} 分"
        yield Task(f"{source.label}：{indicator.label}", why, points)


def _lowest(scheme: Scheme, details: dict[str, list[Detail]], worth: dict[tuple[str, str], Decimal]) -> Iterator[Task]:
    for source in scheme.sources:
        if source.kind not in ("ballots", "panel") or source.id not in details:
            continue
        lowest = min(details[source.id], key=lambda one: one.value)
        points = worth.get((source.id, lowest.item))
        if points is not None:
            unit = "份评价" if source.kind == "ballots" else "个评分"
            each = short(EXACT.divide(points, _HUNDRED - lowest.value), 3)
            why = f"平均 {lowest.value} 分（{lowest.base} {unit}）；每提高 1 分，综合得分约加 {each} 分"
            yield Task(f"{source.label}评得最低的是“{lowest.label}”", why, points)


def measured(value: Decimal, indicator: RecordIndicator) -> str:
    """A month's value as people read it: the share of checks that passed, or what was measured."""
    return percent(value) if _passes(indicator) else short(value, 2)


def _told(value: Decimal, indicator: RecordIndicator) -> str:
    return f"{'通过' if _passes(indicator) else '测得'} {measured(value, indicator)}"


def _passes(indicator: RecordIndicator) -> bool:
    return indicator.from_crawl is not None and indicator.measure == "passed"
