"""How many service items, forms and sheets there are in all: as printed, or a usual number a site."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from flows.errors import OperatorError
from flows.simulate.printed import Printed
from flows.simulate.year import SimulatedYear
from flows.sources.audit import Audit, ItemType

_ITEMS_A_SITE = 24
_FORMS_AN_ITEM, _SHEETS_A_FORM = 0.9, 3.8
# Of a group's items, the part that is made approval items where their shares were printed.
_APPROVAL = 0.33


@dataclass(frozen=True)
class Totals:
    """`approval_by_group`: for groups with printed approval items, per type the number of these items and of those online."""

    by_type: tuple[int, ...]
    forms: int
    sheets: int
    approval_by_group: dict[str, tuple[tuple[int, int], ...]]


def plan_totals(year: SimulatedYear, source: Audit, sites: np.ndarray) -> Totals:
    printed = year.printed

    def number(column: str, otherwise: float) -> int:
        figure = printed.sum_at("service_inventory", column, f"{source.id}/all/all")
        return int(figure.range.middle) if figure else round(otherwise)

    every = number("items", _ITEMS_A_SITE * len(sites))
    by_type = _by_type(source, every, printed, year.stream(source.id, "types"))
    forms = number("forms", _FORMS_AN_ITEM * every)
    approvals = {}
    for group in year.scheme.groups:
        share = np.isin(sites, year.roster.of_group(group.id)).mean()
        plan = _approvals(source, group.id, [share * count for count in by_type], printed)
        if plan:
            approvals[group.id] = plan
    return Totals(by_type, forms, number("sheets", _SHEETS_A_FORM * forms), approvals)


def _by_type(source: Audit, every: int, printed: Printed, rng: np.random.Generator) -> tuple[int, ...]:
    figures = [printed.sum_at("service_inventory", "items", f"{source.id}/all/{kind.id}") for kind in source.item_types]
    known = [None if figure is None else int(figure.range.middle) for figure in figures]
    left = every - sum(count for count in known if count is not None)
    open_ = [index for index, count in enumerate(known) if count is None]
    if left < 0 or (left and not open_):
        raise OperatorError(f"参照数据中来源 {source.id} 各类事项之和与总数 {every} 不符。请核对 figures.csv。")
    if open_:
        # The first type is usually the one the year is about.
        shares = rng.dirichlet([6.0, *[2.0] * (len(open_) - 1)])
        for index, count in zip(open_, rng.multinomial(left, shares), strict=True):
            known[index] = int(count)
    return tuple(count or 0 for count in known)


def _approvals(source: Audit, group: str, expected: list[float], printed: Printed) -> tuple[tuple[int, int], ...] | None:
    """Numbers of approval items that print as the group's share online, and as the share of one type among those."""
    whole = f"{source.id}/{group}/all"
    shares = printed.of("approval_items", "online_approval_items", share=True)
    by_key = {f"{source.id}/{group}/{kind.id}": index for index, kind in enumerate(source.item_types)}
    online = next((f for f in shares if f.key == f.per_key == whole and f.per_column == "approval_items"), None)
    of_online = (f for f in shares if f.per_key == whole and f.per_column == "online_approval_items")
    special = next((f for f in of_online if f.key in by_key), None)
    if online is None:
        return None
    favoured = by_key[special.key] if special and special.key else 0
    share = float(special.range.middle) if special else expected[0] / sum(expected)
    count = round(_APPROVAL * sum(expected))
    for items in range(count, 4 * count + 2):
        items_online = round(online.range.middle * items)
        of_type = round((special.range.middle if special else share) * items_online)
        if online.range.holds(Fraction(items_online, items)) and (
            special is None or special.range.holds(Fraction(of_type, items_online))
        ):
            return _spread(source.item_types, favoured, items, items_online, of_type, share, expected)
    raise OperatorError(f"参照数据中组别 {group} 的审批事项比例无法用整数的事项数得出。请核对 figures.csv。")


def _spread(
    types: tuple[ItemType, ...], favoured: int, items: int, items_online: int, of_type: int, share: float, expected: list[float]
) -> tuple[tuple[int, int], ...]:
    """Per type the approval items and those online: the favoured type as counted, the others as they are frequent."""
    offline = items - items_online
    offline_of_type = round(share * offline)
    others = [index for index in range(len(types)) if index != favoured]
    plan = {favoured: (of_type + offline_of_type, of_type)}
    left_online, left_offline = items_online - of_type, offline - offline_of_type
    frequency = sum(expected[index] for index in others)
    for index in others:
        part = expected[index] / frequency if frequency > 0 else 1
        frequency -= expected[index]
        on, off = round(part * left_online), round(part * left_offline)
        left_online, left_offline = left_online - on, left_offline - off
        plan[index] = (on + off, on)
    return tuple(plan[index] for index in range(len(types)))
