"""The months in which a site lost points, those without a value that count 0, and the tasks that follow."""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from flows.datasets.checks import SITE_CHECKS
from flows.documents.html import month
from flows.documents.numbers import percent, plain, short
from flows.documents.tables import Row, Rows
from flows.documents.tasks import Losses, Task
from flows.sources.records import RecordIndicator, Records

# A month in the column `periods` of the table `coverage`, in which several in a row stand as first 至 last.
_MONTH = re.compile(r"\d{4}-\d{2}")


def evidence(source: Records, rows: Rows, year: int) -> dict[str, list[str]]:
    """By indicator the months in which it lost points, with what was measured or that there is no value."""
    indicators = {indicator.id: indicator for indicator in source.indicators}
    months: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows["lost_months"]:
        if row["source"] == source.id:
            value = _measured(row["value"], indicators[row["item"]])
            months[row["item"]].append((row["month"], f"{month(row['month'], year)}（{value}）"))
    for item, gap in _zero_months(source, rows).items():
        months[item] += [(run, f"{_months(run, year)}（没有值，计 0 分）") for run in gap["periods"].split("、")]
        months[item].sort()
    return {item: [words for _, words in listed] for item, listed in months.items()}


def tasks(source: Records, losses: Losses) -> Iterator[Task]:
    lost: dict[str, list[Row]] = defaultdict(list)
    for row in losses.rows["lost_months"]:
        if row["source"] == source.id:
            lost[row["item"]].append(row)
    zeros = _zero_months(source, losses.rows)
    for indicator in source.indicators:
        points = losses.worth.get(indicator.id)
        rows, gap = lost.get(indicator.id), zeros.get(indicator.id)
        if points is None or not (rows or gap):
            continue
        reasons = []
        if gap:
            listed = _months(gap["periods"], losses.year)
            reasons.append(f"{gap['missing']} 个月没有值，按 0 分计（{listed}）")
        if rows:
            reasons.append(_lost(indicator, rows, losses.year))
        if indicator.rule == "ratio" and indicator.target is not None and not indicator.from_crawl:
            reasons.append(f"每月达到 {plain(indicator.target)} 即得满分")
        elif rows and indicator.rule == "deduct" and indicator.per is not None:
            reasons.append(f"每多 1 扣 {plain(indicator.per)} 分")
        why = "；".join(reasons)
        # What was measured can be mended by these; a month that nobody measured cannot.
        if rows:
            why += _mending(indicator, losses.rows)
        yield Task(f"{source.label}：{indicator.label}", why, points)


def _zero_months(source: Records, rows: Rows) -> dict[str, Row]:
    """By indicator its gap: the due months without a value, where the scheme says that these count 0, accepted by somebody or not.

    Results of an older pingyi have no gaps.
    """
    if source.delivery.incomplete != "zero":
        return {}
    return {row["item"]: row for row in rows.get("coverage", ()) if row["source"] == source.id}


def _months(periods: str, year: int) -> str:
    """Months of the table `coverage` as people read them: 2月 至 4月、6月."""
    return _MONTH.sub(lambda found: month(found[0], year), periods)


def _lost(indicator: RecordIndicator, rows: list[Row], year: int) -> str:
    """What the months with a value say: how many lost points, the worst of them, and the latest where that is another one."""
    latest, worst = rows[-1], min(rows, key=lambda row: (row["points"], row["month"]))
    got = f"得 {short(worst['points'], 2)}/{plain(worst['max_points'])} 分"
    words = f"{len(rows)} 个月没有得满，最低的是 {month(worst['month'], year)}（{_result(worst['value'], indicator)}，{got}）"
    if latest is not worst:
        words += f"，最近一次失分是 {month(latest['month'], year)}（{_result(latest['value'], indicator)}）"
    return words


def _mending(indicator: RecordIndicator, rows: Rows) -> str:
    """Where the trouble is, and how to mend it, of what the crawl measures."""
    elsewhere = sum(1 for row in rows["failed_checks"] if row["check"] == indicator.from_crawl and row["url"])
    words = f"；有问题的地址 {elsewhere} 个，见下面“没有通过检测的地址”" if elsewhere else ""
    if indicator.from_crawl in SITE_CHECKS:
        words += f"。怎么改：{SITE_CHECKS[indicator.from_crawl].advice}"
    return words


def _measured(value: Decimal, indicator: RecordIndicator) -> str:
    """A month's value as people read it: the share of checks that passed, or what was measured."""
    return percent(value) if _passes(indicator) else short(value, 2)


def _result(value: Decimal, indicator: RecordIndicator) -> str:
    return f"{'通过' if _passes(indicator) else '测得'} {_measured(value, indicator)}"


def _passes(indicator: RecordIndicator) -> bool:
    return indicator.from_crawl is not None and indicator.measure == "passed"
