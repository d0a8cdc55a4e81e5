"""Crawl checks (method, section 6): which of them count, what they make of a month, and how many there were of each sort."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from .model import GeneratedYear
from .rounding import mean

OUTCOMES = {True: "passed", False: "failed", None: "value"}


@dataclass(frozen=True)
class Check:
    """What one or more rows say of a site at a moment. The reason why a check was not made is no part of it."""

    site: str
    name: str
    url: str | None
    moment: datetime
    outcome: str  # passed, failed, value (and nothing else), not_made
    value: Decimal | None


def check_of(row: dict) -> Check:
    outcome = "not_made" if row.get("not_made") is not None else OUTCOMES[row["passed"]]
    return Check(row["site"], row["check"], row.get("url"), row["checked_at"], outcome, row["value"])


def deliveries_of(year: GeneratedYear) -> Counter[Check]:
    """Every different check, and how many rows say it: all but one of them are stale."""
    return Counter(check_of(row) for row in year.meant("crawl"))


def in_period(year: GeneratedYear, check: Check) -> bool:
    crawl, day = year.scheme.get("crawl", {}), check.moment.astimezone(year.zone).date()
    return crawl.get("opens", day) <= day <= crawl.get("closes", day)


def needed(scheme: dict, name: str) -> int:
    """How many failures of a check in a row confirm one of them."""
    confirm = scheme.get("crawl", {}).get("confirm", 1)
    return confirm.get(name, 1) if isinstance(confirm, dict) else confirm


def rows_of_failures(year: GeneratedYear) -> list[list[Check]]:
    """The failures in a row of one site, check and address. What was not made is passed over, as if it were not there."""
    series: dict[tuple, list[Check]] = defaultdict(list)
    for check in deliveries_of(year):
        if in_period(year, check) and check.outcome != "not_made":
            series[check.site, check.name, check.url].append(check)
    runs = []
    for checks in series.values():
        checks.sort(key=lambda check: check.moment)
        runs += [list(run) for failed, run in groupby(checks, lambda check: check.outcome == "failed") if failed]
    return runs


def confirmed(year: GeneratedYear) -> set[Check]:
    return {check for run in rows_of_failures(year) for check in run if len(run) >= needed(year.scheme, check.name)}


def monthly_values(year: GeneratedYear, indicator: dict) -> dict[str, dict[str, Fraction]]:
    """Per site and month (YYYY-MM) the value: the mean of the values of the checks that count, or the share of them that passed."""
    failures = confirmed(year)
    months: dict[tuple, list[Fraction]] = defaultdict(list)
    for check in deliveries_of(year):
        counts = in_period(year, check) and (check.outcome in ("passed", "value") or check in failures)
        if check.name != indicator["from_crawl"] or not counts:
            continue
        seen = check.value if indicator.get("measure", "value") == "value" else {"passed": 1, "failed": 0}.get(check.outcome)
        if seen is not None:
            local = check.moment.astimezone(year.zone)
            months[check.site, local.year, local.month].append(Fraction(seen))
    by_site: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for (site, number, month), seen in months.items():
        by_site[site][f"{number}-{month:02}"] = mean(seen)
    return by_site


def check_counts(year: GeneratedYear) -> list[dict]:
    """Contract, results: every row is counted once among made, not made, stale and outside the period."""
    failures = confirmed(year)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for check, rows in deliveries_of(year).items():
        count = counts[check.site, check.name]
        count["stale"] += rows - 1
        if not in_period(year, check):
            count["outside_period"] += 1
            continue
        count[check.outcome] += 1
        count["made"] += check.outcome != "not_made"
        count["confirmed"] += check in failures
    columns = ("made", "passed", "failed", "confirmed", "not_made", "stale", "outside_period")
    return [
        {"year": year.year, "site_id": site, "check": name, **{column: count[column] for column in columns}}
        for (site, name), count in counts.items()
    ]
