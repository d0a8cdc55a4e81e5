"""The months in which a site lost points, and the tasks that follow."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from flows.datasets.checks import SITE_CHECKS
from flows.documents.html import month
from flows.documents.numbers import percent, plain, short
from flows.documents.tables import Row, Rows
from flows.documents.tasks import Losses, Task
from flows.sources.records import RecordIndicator, Records


def evidence(source: Records, rows: Rows, year: int) -> dict[str, list[str]]:
    """By indicator the months in which it lost points, with what was measured."""
    indicators = {indicator.id: indicator for indicator in source.indicators}
    months: dict[str, list[str]] = defaultdict(list)
    for row in rows["lost_months"]:
        if row["source"] == source.id:
            value = _measured(row["value"], indicators[row["item"]])
            months[row["item"]].append(f"{month(row['month'], year)}（{value}）")
    return months


def tasks(source: Records, losses: Losses) -> Iterator[Task]:
    lost: dict[str, list[Row]] = defaultdict(list)
    for row in losses.rows["lost_months"]:
        if row["source"] == source.id:
            lost[row["item"]].append(row)
    for indicator in source.indicators:
        points = losses.worth.get(indicator.id)
        rows = lost.get(indicator.id)
        if points is None or not rows:
            continue
        latest, worst = rows[-1], min(rows, key=lambda row: (row["points"], row["month"]))
        got = f"得 {short(worst['points'], 2)}/{plain(worst['max_points'])} 分"
        why = f"{len(rows)} 个月没有得满，最低的是 {month(worst['month'], losses.year)}（{_result(worst['value'], indicator)}，{got}）"
        if latest is not worst:
            why += f"，最近一次失分是 {month(latest['month'], losses.year)}（{_result(latest['value'], indicator)}）"
        if indicator.rule == "ratio" and indicator.target is not None and not indicator.from_crawl:
            why += f"；每月达到 {plain(indicator.target)} 即得满分"
        elif indicator.rule == "deduct" and indicator.per is not None:
            why += f"；每多 1 扣 {plain(indicator.per)} 分"
        elsewhere = sum(1 for row in losses.rows["failed_checks"] if row["check"] == indicator.from_crawl and row["url"])
        if elsewhere:
            why += f"；有问题的地址 {elsewhere} 个，见下面“没有通过检测的地址”"
        if indicator.from_crawl in SITE_CHECKS:
            why += f"。怎么改：{SITE_CHECKS[indicator.from_crawl].advice}"
        yield Task(f"{source.label}：{indicator.label}", why, points)


def _measured(value: Decimal, indicator: RecordIndicator) -> str:
    """A month's value as people read it: the share of checks that passed, or what was measured."""
    return percent(value) if _passes(indicator) else short(value, 2)


def _result(value: Decimal, indicator: RecordIndicator) -> str:
    return f"{'通过' if _passes(indicator) else '测得'} {_measured(value, indicator)}"


def _passes(indicator: RecordIndicator) -> bool:
    return indicator.from_crawl is not None and indicator.measure == "passed"
