"""Service items and the results of their audit: the number of each type, their forms, and whether they work online."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from flows.scheme import Scheme
from flows.simulate.audit_totals import Totals
from flows.simulate.exact import published
from flows.simulate.roster import Roster
from flows.simulate.streams import Unlucky, stream
from flows.sources.audit import Audit

PASS, FAIL, NA = 0, 1, 2
CHECKS = ("reachable", "guide", "form", "online")
_REACHABLE, _GUIDE, _FORM, _ONLINE = range(4)
# How often a check does not apply: every item can be looked for, few types have forms.
_NOT_APPLICABLE = (0.0, 0.03, 0.35, 0.04)
_APPROVAL = 0.35
# This number of a site's items is never an approval item, so that a site has a score where its approval items do not count.
_NEVER_APPROVAL = 3


@dataclass(frozen=True)
class Items:
    """Service items, by site (position in the roster) and type (position in the source's list); checks by item and check."""

    source: Audit
    sites: np.ndarray
    types: np.ndarray
    approval: np.ndarray
    checks: np.ndarray
    forms: np.ndarray
    sheets: np.ndarray

    def exact(self, scheme: Scheme, roster: Roster) -> dict[int, Decimal]:
        """The published score of each site."""
        counts = np.isin(roster.groups[self.sites], self.source.approval_items_for) | ~self.approval
        passes, fails = (self.checks == PASS).sum(axis=1), (self.checks == FAIL).sum(axis=1)
        weights = [Fraction(item_type.weight) for item_type in self.source.item_types]
        sums: dict[int, list[Fraction]] = {}
        for row in np.flatnonzero(counts & (passes + fails > 0)):
            weight = weights[self.types[row]]
            total = sums.setdefault(int(self.sites[row]), [Fraction(), Fraction()])
            total[0] += weight * Fraction(int(passes[row]), int(passes[row] + fails[row]))
            total[1] += weight
        return {site: published(100 * won / weight) for site, (won, weight) in sums.items()}


def draw_items(
    scheme: Scheme, source: Audit, roster: Roster, sites: np.ndarray, targets: np.ndarray, totals: Totals, seed: int
) -> Items:
    """Items of the `sites`, their number by type, forms and sheets as `totals` has them."""
    rng = stream(seed, source.id, "items")
    count = sum(totals.by_type)
    shares = rng.lognormal(0, 0.25, len(sites))
    least = min(2 * _NEVER_APPROVAL, count // len(sites))
    sizes = least + rng.multinomial(count - least * len(sites), shares / shares.sum())
    index = np.repeat(np.arange(len(sites)), sizes)
    types = rng.permutation(np.repeat(np.arange(len(totals.by_type)), totals.by_type))
    nth = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    may_be_approval = nth >= _NEVER_APPROVAL
    approval = (rng.random(count) < _APPROVAL) & may_be_approval
    groups = roster.groups[sites[index]]
    online = np.full(count, NA, dtype=np.uint8)
    for group, plan in totals.approval_by_group.items():
        inside = groups == group
        approval[inside] = False
        _mark_approvals(group, plan, types, np.flatnonzero(inside & may_be_approval), approval, online, rng)
    checks = np.full((count, len(CHECKS)), NA, dtype=np.uint8)
    checks[rng.random(checks.shape) >= _NOT_APPLICABLE] = FAIL
    decided = online != NA
    checks[decided, _ONLINE] = online[decided]
    free = checks == FAIL
    free[decided, _ONLINE] = False
    # Apart by what an item counts: not at all, or how much. So a site's score comes close to its target.
    counts = np.isin(groups, source.approval_items_for) | ~approval
    weights = np.array([float(item_type.weight) for item_type in source.item_types])
    _, kind = np.unique(np.where(counts, weights[types], -1), return_inverse=True)
    _pass(rng, checks, free, index * (kind.max() + 1) + kind, targets[index])
    forms, sheets = _forms(rng, checks[:, _FORM] != NA, totals)
    return Items(source, sites[index], types, approval, checks, forms, sheets)


def _mark_approvals(group, plan, types, candidates, approval, online, rng) -> None:
    """Makes items of a group approval items: `plan` says how many of each type, and how many of those are online."""
    for item_type, (items, items_online) in enumerate(plan):
        fitting = candidates[types[candidates] == item_type]
        if len(fitting) < items:
            raise Unlucky(
                f"参照数据要求组别 {group} 有 {items} 项第 {item_type + 1} 类审批事项，而该类事项只分到 {len(fitting)} 项。请用 --seed 换一个种子重试。"
            )
        chosen = rng.choice(fitting, size=items, replace=False)
        approval[chosen] = True
        online[chosen[:items_online]] = PASS
        online[chosen[items_online:]] = FAIL


def _pass(rng, checks, free, stratum, targets) -> None:
    """Lets the part of the open checks pass that the target says: in number exact within each stratum, at random positions."""
    row, check = np.nonzero(free)
    order = np.lexsort((rng.random(len(row)), stratum[row]))
    row, check = row[order], check[order]
    sizes = np.bincount(stratum[row])
    nth = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    # Rounded up or down by chance, so that many small strata do not all err the same way.
    chance = rng.random(len(sizes))[stratum[row]]
    passing = nth < np.floor(targets[row] / 100 * sizes[stratum[row]] + chance)
    checks[row[passing], check[passing]] = PASS


def _forms(rng, with_form: np.ndarray, totals: Totals) -> tuple[np.ndarray, np.ndarray]:
    forms = np.zeros(len(with_form), dtype=np.int64)
    sheets = np.zeros_like(forms)
    rows = np.flatnonzero(with_form)
    if len(rows):
        shares = rng.lognormal(0, 0.7, len(rows))
        forms[rows] = rng.multinomial(totals.forms, shares / shares.sum())
        if forms.any():
            shares = forms * rng.lognormal(0, 0.5, len(forms))
            sheets = forms + rng.multinomial(max(totals.sheets - totals.forms, 0), shares / shares.sum())
    return forms, sheets
