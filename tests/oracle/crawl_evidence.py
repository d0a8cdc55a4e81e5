"""Crawl checks: series of them with failures in a row, what was not made, what lies outside the period, stale repeats."""

from dataclasses import dataclass
from datetime import datetime

from .crawl_moments import moments, within
from .crawl_scans import scan, scan_forms
from .crawl_schemes import EXTRA, checks_of_indicators
from .evidence import measurement
from .exact_crawl import needed
from .plan import ABSENT, SCORED, UNSCORED, Plan

REASONS = ["robots.txt 不准", "本机断网", "nothing to check", "0"]
ADDRESSES = [[None], [None, "http://www.a.cn/"], ["http://www.a.cn/", "http://www.a.cn/b?x=1"]]
UNDRAWN = {"rule": "points", "max": 10}


@dataclass(frozen=True)
class Reporting:
    """How this year's checks are delivered."""

    checks: dict[str, tuple[str | None, dict]]  # the source and an indicator that draw on each, or no source
    layout: dict | None  # of the scanner's table
    forms: list[dict[str, list[str]]]  # that the table has had
    reasons: bool  # whether the long form has the column `not_made`


def crawl(plan: Plan) -> tuple[list[dict], list[dict]]:
    """The checks row by row, and the scans of a scanner's wide table."""
    rng, long, wide = plan.rng, [], []
    indicators = checks_of_indicators(plan.scheme)
    layout = plan.scheme.get("crawl", {}).get("wide")
    extra = {EXTRA: (None, UNDRAWN)} if "crawl" in plan.scheme else {}
    reporting = Reporting(indicators | extra, layout, scan_forms(rng, layout) if layout else [], rng.random() < 0.7)
    for site in plan.register:
        if any(plan.delivery[source, site["site_id"]] != ABSENT for source, _ in indicators.values()):
            rows, scans = _of_site(plan, reporting, site["site_id"])
            long += rows
            wide += scans
    if rng.random() < 0.7:
        _repeat(plan, reporting, long, wide)
    return [_with_reason(plan, row) if reporting.reasons else _without(row) for row in long], wide


def _of_site(plan: Plan, reporting: Reporting, site: str) -> tuple[list[dict], list[dict]]:
    rng, layout, rows = plan.rng, reporting.layout, []
    used: set[datetime] = set()  # one check a moment, so that no two contradict each other
    scans: dict[datetime, dict[str, str]] = {moment: {} for moment in moments(plan, rng.randint(0, 6) if layout else 0, used)}
    sure = set()  # the sources of which this site has a score already
    for check, (source, indicator) in reporting.checks.items():
        how = plan.delivery[source, site] if source else SCORED
        own = moments(plan, rng.choice([1, 2, 5, 12]) if how != ABSENT else 0, used)
        scanned = scans if layout and check in layout["checks"] else {}
        for number, url in enumerate(rng.choice(ADDRESSES[:2] if scanned else ADDRESSES)):
            if number and rng.random() < 0.5:
                own = moments(plan, len(own), set())
            in_scans = scanned if url is None else {}  # a scan has no address
            series = sorted({*own, *in_scans})
            for moment, outcome in zip(series, _outcomes(plan, check, how, series, set(scanned)), strict=True):
                if moment in in_scans:
                    scanned[moment][check] = outcome
                elif outcome != "not_made" or reporting.reasons:
                    rows.append(_row(plan, site, check, indicator, url, moment, outcome))
        if how == SCORED and source not in sure:
            [moment] = moments(plan, 1, used, within_period=True)
            rows.append(_row(plan, site, check, indicator, None, moment, "passed", sure=True))
            sure.add(source)
    indicators = {check: indicator for check, (_, indicator) in reporting.checks.items()}
    return rows, [
        scan(plan, layout, rng.choice(reporting.forms), site, moment, wanted, indicators) for moment, wanted in scans.items()
    ]


def _row(
    plan: Plan, site: str, check: str, indicator: dict, url: str | None, moment: datetime, outcome: str, sure: bool = False
) -> dict:
    made = outcome != "not_made"
    value = measurement(plan, indicator) if made and (sure or plan.rng.random() < 0.88) else None
    return {
        "site": site,
        "checked_at": moment,
        "check": check,
        "not_made": None if made else plan.rng.choice(REASONS),
        "passed": outcome != "failed" if made else None,
        "url": url,
        "value": value,
        "detail": plan.rng.choice([None, "首页"]),
    }


def _with_reason(plan: Plan, row: dict) -> dict:
    """A check that was made may stand in a file without the column `not_made`."""
    return _without(row) if row["not_made"] is None and plan.rng.random() < 0.2 else row


def _without(row: dict) -> dict:
    return {column: value for column, value in row.items() if column != "not_made"}


def _outcomes(plan: Plan, check: str, how: str, when: list[datetime], scanned: set[datetime]) -> list[str]:
    """A series as a site of that sort has it: in runs, or such that nothing of it counts."""
    rng, series = plan.rng, []
    while how == SCORED and len(series) < len(when):
        series += [rng.choice(["passed", "failed", "failed", "value"])] * rng.choice([1, 1, 2, 3, 5])
    if how == SCORED:
        return [outcome if rng.random() < 0.85 else "not_made" for outcome in series[: len(when)]]
    series = ["not_made" if how == ABSENT or within(plan, moment) else "failed" for moment in when]
    lone = [index for index, moment in enumerate(when) if moment not in scanned and within(plan, moment)]
    if how == UNSCORED and lone and needed(plan.scheme, check) > 1:
        series[rng.choice(lone)] = "failed"
    return series


def _repeat(plan: Plan, reporting: Reporting, long: list[dict], wide: list[dict]) -> None:
    """Some checks once more: in other words, in another form of the scanner's table, or from the one form in the other."""
    rng = plan.rng
    for row in rng.sample(long, (len(long) + 9) // 10):
        reason = None if row["not_made"] is None else rng.choice(REASONS)
        long += [row | {"not_made": reason, "detail": rng.choice([None, "又一次"])}] * rng.choice([1, 1, 3])
    for record in rng.sample(wide, (len(wide) + 2) // 3):
        wide.append(record | {"columns": rng.choice(reporting.forms)})
    for record in rng.sample(wide, (len(wide) + 2) // 3):
        for check in record["columns"]:
            seen = record["checks"][check]
            if seen["value"] is None and (reporting.reasons or not seen["not_made"]):
                long.append(
                    {
                        "site": record["site"],
                        "checked_at": record["checked_at"],
                        "check": check,
                        "not_made": rng.choice(REASONS) if seen["not_made"] else None,
                        "passed": seen["passed"],
                        "url": None,
                        "value": None,
                        "detail": None,
                    }
                )
