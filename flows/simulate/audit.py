"""Service items and the results of their audit: how many of each type, with how many forms (as printed, or a usual number a site),
and whether they work online."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import polars as pl

from flows.errors import OperatorError
from flows.simulate.composites import published
from flows.simulate.printed import Printed
from flows.simulate.spelling import REPEATED, either, spelled_sites, spelled_things, wide, with_faulty_rows
from flows.simulate.streams import Unlucky
from flows.simulate.year import Scores, SimulatedYear
from flows.sources import Item
from flows.sources.audit import Audit

KINDNESS, SPREAD = -0.10, 3.0
_PASS, _FAIL, _NA = 0, 1, 2
_CHECKS = ("reachable", "guide", "form", "online")
_FORM, _ONLINE = 2, 3
# How often a check does not apply: every item can be looked for, few types have forms.
_NOT_APPLICABLE = (0.0, 0.03, 0.35, 0.04)
_APPROVAL = 0.35
# This number of a site's items is never an approval item, so that a site has a score where its approval items do not count.
_NEVER_APPROVAL = 3
_ITEMS_A_SITE = 24
_FORMS_AN_ITEM, _SHEETS_A_FORM = 0.9, 3.8
# Of a group's items, the part that is made approval items where their shares were printed.
_APPROVAL_WHERE_PRINTED = 0.33
_SUBJECTS = (
    "企业名称预先核准", "外商投资项目", "食品卫生许可", "建设工程规划许可", "房屋拆迁许可", "道路运输经营许可", "医疗机构执业登记",
    "社会团体成立登记", "民办学校设立", "户口迁移", "居住证办理", "出入境证件", "婚姻登记预约", "养老服务补贴", "失业保险待遇",
    "医疗保险转移", "住房公积金提取", "廉租住房申请", "税务登记", "环境影响评价", "排污许可", "取水许可", "绿化占用许可", "户外广告设置",
    "渣土运输处置", "文化经营许可", "体育场所开放", "旅行社设立", "特种设备登记", "计量器具检定", "专利资助", "高新技术企业认定",
    "农产品产地认证", "粮食收购资格", "档案查阅", "律师执业", "公证事项", "会计从业资格", "残疾人证办理", "再生育审批",
)  # fmt: skip
_CHECK_WORDS = (("通过", "不通过", "不适用"), ("pass", "fail", ""))


@dataclass(frozen=True)
class _Items:
    """Service items, by site (position in the roster) and type (position in the source's list); checks by item and check."""

    sites: np.ndarray
    types: np.ndarray
    approval: np.ndarray
    checks: np.ndarray
    forms: np.ndarray
    sheets: np.ndarray


def simulate(year: SimulatedYear, source: Audit, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    totals = _plan_totals(year, source, sites)
    items = _draw(year, source, sites, aims, totals)
    _write(year, source, items)
    return lambda: _exact(year, source, items)


def _exact(year: SimulatedYear, source: Audit, items: _Items) -> Scores:
    """The published score of each site."""
    passes, fails = (items.checks == _PASS).sum(axis=1), (items.checks == _FAIL).sum(axis=1)
    weights = [Fraction(item_type.weight) for item_type in source.item_types]
    sums: dict[int, list[Fraction]] = {}
    for row in np.flatnonzero(_counting(year, source, items.sites, items.approval) & (passes + fails > 0)):
        weight = weights[items.types[row]]
        total = sums.setdefault(int(items.sites[row]), [Fraction(), Fraction()])
        total[0] += weight * Fraction(int(passes[row]), int(passes[row] + fails[row]))
        total[1] += weight
    return {site: published(100 * won / weight) for site, (won, weight) in sums.items()}


def _counting(year: SimulatedYear, source: Audit, sites: np.ndarray, approval: np.ndarray) -> np.ndarray:
    """Which items count: an approval item only in the groups of the scheme that say so."""
    return np.isin(year.roster.groups[sites], source.approval_items_for) | ~approval


@dataclass(frozen=True)
class _Totals:
    """`approval_by_group`: for groups with printed approval items, per type the number of these items and of those online."""

    by_type: tuple[int, ...]
    forms: int
    sheets: int
    approval_by_group: dict[str, tuple[tuple[int, int], ...]]


def _plan_totals(year: SimulatedYear, source: Audit, sites: np.ndarray) -> _Totals:
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
        plan = _approval_totals(source, group.id, [share * count for count in by_type], printed)
        if plan:
            approvals[group.id] = plan
    return _Totals(by_type, forms, number("sheets", _SHEETS_A_FORM * forms), approvals)


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


def _approval_totals(source: Audit, group: str, expected: list[float], printed: Printed) -> tuple[tuple[int, int], ...] | None:
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
    count = round(_APPROVAL_WHERE_PRINTED * sum(expected))
    for items in range(count, 4 * count + 2):
        items_online = round(online.range.middle * items)
        of_type = round((special.range.middle if special else share) * items_online)
        if online.range.holds(Fraction(items_online, items)) and (
            special is None or special.range.holds(Fraction(of_type, items_online))
        ):
            return _by_type_and_online(source.item_types, favoured, items, items_online, of_type, share, expected)
    raise OperatorError(f"参照数据中组别 {group} 的审批事项比例无法用整数的事项数得出。请核对 figures.csv。")


def _by_type_and_online(
    types: tuple[Item, ...], favoured: int, items: int, items_online: int, of_type: int, share: float, expected: list[float]
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


def _draw(year: SimulatedYear, source: Audit, sites: np.ndarray, aims: np.ndarray, totals: _Totals) -> _Items:
    """Items of the `sites`, their number by type, forms and sheets as `totals` has them."""
    rng = year.stream(source.id, "items")
    count = sum(totals.by_type)
    shares = rng.lognormal(0, 0.25, len(sites))
    least = min(2 * _NEVER_APPROVAL, count // len(sites))
    sizes = least + rng.multinomial(count - least * len(sites), shares / shares.sum())
    index = np.repeat(np.arange(len(sites)), sizes)
    types = rng.permutation(np.repeat(np.arange(len(totals.by_type)), totals.by_type))
    nth = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    may_be_approval = nth >= _NEVER_APPROVAL
    approval = (rng.random(count) < _APPROVAL) & may_be_approval
    groups = year.roster.groups[sites[index]]
    online = np.full(count, _NA, dtype=np.uint8)
    for group, plan in totals.approval_by_group.items():
        inside = groups == group
        approval[inside] = False
        _mark_approvals(group, plan, types, np.flatnonzero(inside & may_be_approval), approval, online, rng)
    checks = np.full((count, len(_CHECKS)), _NA, dtype=np.uint8)
    checks[rng.random(checks.shape) >= _NOT_APPLICABLE] = _FAIL
    decided = online != _NA
    checks[decided, _ONLINE] = online[decided]
    free = checks == _FAIL
    free[decided, _ONLINE] = False
    # Apart by what an item counts: not at all, or how much. So a site's score comes close to its target.
    counts = _counting(year, source, sites[index], approval)
    weights = np.array([float(item_type.weight) for item_type in source.item_types])
    _, kind = np.unique(np.where(counts, weights[types], -1), return_inverse=True)
    _pass(rng, checks, free, index * (kind.max() + 1) + kind, aims[index])
    forms, sheets = _forms(rng, checks[:, _FORM] != _NA, totals)
    return _Items(sites[index], types, approval, checks, forms, sheets)


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
        online[chosen[:items_online]] = _PASS
        online[chosen[items_online:]] = _FAIL


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
    checks[row[passing], check[passing]] = _PASS


def _forms(rng, with_form: np.ndarray, totals: _Totals) -> tuple[np.ndarray, np.ndarray]:
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


def _write(year: SimulatedYear, source: Audit, items: _Items) -> None:
    """The auditors' table: one line a service item."""
    scheme, rng = year.scheme, year.stream(source.id, "files")
    count = len(items.sites)
    labels = pl.Series([kind.label for kind in source.item_types]).gather(items.types)
    day = date(scheme.year, 11, 5)
    days = pl.Series([(day + timedelta(days=number)).isoformat() for number in range(40)])
    numbered = pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(5)
    several = f"{source.id}-" if len(scheme.of_kind("audit")) > 1 else ""
    approval = _either(("否", "是"), ("0", "1"), items.approval.astype(np.int64), rng)
    rows = pl.DataFrame(
        {
            "item_id": f"{several}SX{scheme.year}" + numbered,
            "site": spelled_sites(year.roster, items.sites, rng),
            "name": pl.Series(_SUBJECTS).gather(rng.integers(0, len(_SUBJECTS), count)) + "（" + labels + "）",
            "item_type": spelled_things(source.item_types, items.types, rng, by_label=0.85),
            "approval": approval,
            **{check: _either(*_CHECK_WORDS, items.checks[:, position], rng) for position, check in enumerate(_CHECKS)},
            "forms": wide(_amount(items.forms), rng, 0.02),
            "sheets": _amount(items.sheets),
            "audited_on": days.gather(rng.integers(0, len(days), count)),
            "auditor": pl.Series(["核查员甲", "核查员乙", "核查员丙", "核查员丁"]).gather(rng.integers(0, 4, count)),
        }
    )
    faults = [
        REPEATED, ("site", "市某某局"), ("item_type", "其他"), ("approval", "待定"), ("online", "基本通过"),
        ("audited_on", f"{scheme.year}-12-32"),
    ]  # fmt: skip
    rows = with_faulty_rows(rows, faults, scheme.max_quarantined, rng, key="item_id")
    year.folder.write(source.id, "items.csv", rows, encoding="utf-8-sig", end="\r\n")


def _either(usual: tuple[str, ...], rare: tuple[str, ...], codes: np.ndarray, rng: np.random.Generator) -> pl.Series:
    return either(pl.Series(usual).gather(codes), pl.Series(rare).gather(codes), rng, 0.1)


def _amount(values: np.ndarray) -> pl.Series:
    """Where there is no form, most auditors leave the cell empty."""
    texts = pl.Series(values).cast(pl.String)
    return texts.set(texts == "0", None)
