"""What is counted and checked: claims, records, crawl checks, audits, and scores computed elsewhere."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Iterator

from .plan import ABSENT, SCORED, UNSCORED, Plan
from .schemes import decimal


def claims(plan: Plan, source: str) -> tuple[list[dict], list[dict]]:
    """The claims, and what was verified of them: less, as much, more, or something that nobody claimed."""
    rng, indicators = plan.rng, plan.scheme["sources"][source]["indicators"]
    claimed_rows, verified_rows = [], []
    for site in plan.sites(source, SCORED, UNSCORED):
        scored = plan.delivery[source, site["site_id"]] == SCORED
        claimed = rng.sample(indicators, rng.randint(1, len(indicators))) if scored else []
        for indicator in claimed:
            points = decimal(rng, 0, int(indicator["max"]), 0 if plan.coarse else 3)
            claimed_rows.append({"site": site["site_id"], "indicator": indicator["id"], "points": points,
                                 "evidence": rng.choice([None, "见附件"])})
        for indicator in indicators:
            if rng.random() < 0.5:
                points = decimal(rng, 0, int(indicator["max"]), 0 if plan.coarse else 2)
                verified_rows.append({"site": site["site_id"], "indicator": indicator["id"], "points": points,
                                      "verified_by": rng.choice([None, "张三"]), "note": None})
    return claimed_rows, verified_rows


def records(plan: Plan, source: str) -> list[dict]:
    rng = plan.rng
    by_hand = [entry for entry in plan.scheme["sources"][source]["indicators"] if "from_crawl" not in entry]
    crawled = len(by_hand) < len(plan.scheme["sources"][source]["indicators"])
    rows = []
    for site in plan.sites(source, SCORED):
        measured = [entry for entry in by_hand if rng.random() < 0.85]
        if by_hand and not measured and not crawled:
            measured = [rng.choice(by_hand)]
        for indicator in measured:
            for month in sorted(rng.sample(range(1, 13), rng.choice([1, 2, 3, 7, 12]))):
                rows.append({"site": site["site_id"], "indicator": indicator["id"], "month": f"{plan.year}-{month:02}",
                             "value": _measured(plan, indicator), "recorded_by": rng.choice([None, "李四"])})
    return rows


def _measured(plan: Plan, indicator: dict) -> Decimal:
    """Below, within and above what the rule can use; now and then with ten decimals."""
    rng, top = plan.rng, int(indicator["max"])
    if indicator["rule"] == "ratio":
        top = int(indicator["target"]) + 1
    if indicator["rule"] == "deduct":
        top = int(top / indicator["per"]) + 1
    places = 0 if plan.coarse else rng.choice([0, 1, 2, 10])
    return decimal(rng, -1 if indicator["rule"] == "points" else 0, top + 2, places)


def crawl(plan: Plan) -> tuple[list[dict], list[dict]]:
    """The checks row by row, and the scans of a scanner's wide table (`checks` holds its cells)."""
    rng, long, wide = plan.rng, [], []
    measures: dict[str, str] = {}
    wide_columns = plan.scheme.get("crawl", {}).get("wide", {}).get("checks", {})
    for source, spec in plan.scheme["sources"].items():
        drawn = {entry["from_crawl"]: entry for entry in spec.get("indicators", []) if "from_crawl" in entry}
        if not drawn:
            continue
        measures |= {check: entry.get("measure", "value") for check, entry in drawn.items()}
        for site in plan.sites(source, SCORED):
            used: set[datetime] = set()  # one check a moment, so that no two rows are equal
            for number, (check, indicator) in enumerate(drawn.items()):
                for _ in range(rng.choice([1, 2, 5, 12])):
                    value = None if number and rng.random() < 0.1 else _measured(plan, indicator)
                    long.append({"site": site["site_id"], "checked_at": _moment(plan, used), "check": check,
                                 "passed": rng.random() < 0.7, "url": None, "value": value, "detail": None})
            for _ in range(rng.randint(0, 4) if wide_columns else 0):
                cells = {check: _cell(plan, measures[check], indicator) for check, indicator in drawn.items()}
                if any(cell is not None for cell in cells.values()):
                    wide.append({"site": site["site_id"], "checked_at": _moment(plan, used),
                                 "checks": cells})
    return long, wide


def _cell(plan: Plan, measure: str, indicator: dict) -> bool | Decimal | None:
    if plan.rng.random() < 0.15:
        return None
    return plan.rng.random() < 0.6 if measure == "passed" else _measured(plan, indicator)


def _moment(plan: Plan, used: set[datetime]) -> datetime:
    """Any moment of the year; often within an hour of a month's edge in the scheme's zone."""
    rng = plan.rng
    while True:
        start = datetime(plan.year, rng.randint(1, 12), 1, tzinfo=plan.zone).astimezone(timezone.utc)
        moment = start + timedelta(seconds=rng.choice([0, 1, 1800, rng.randint(0, 27 * 86400)]))
        if rng.random() < 0.2 and start.month not in (1, 12):
            moment = start - timedelta(seconds=rng.choice([1, 1800]))
        if moment not in used and moment.astimezone(plan.zone).year == plan.year:
            used.add(moment)
            return moment


def audit(plan: Plan, source: str, serials: Iterator[int]) -> list[dict]:
    rng, spec = plan.rng, plan.scheme["sources"][source]
    rows = []
    for site in plan.register:
        how = plan.delivery[source, site["site_id"]]
        if how == ABSENT:
            continue
        approvals_count = site["group"] in spec.get("approval_items_for", [])
        items = [_item(plan, site["site_id"], spec, serials) for _ in range(rng.randint(1, 7))]
        for item in items:
            if how == UNSCORED and (approvals_count or not item["approval"]):
                item.update(reachable="na", guide=None, form="na", online="na")
        if how == SCORED:
            items[0].update(approval=approvals_count, reachable=rng.choice(["pass", "fail"]))
        rows += items
    return rows


def _item(plan: Plan, site: str, spec: dict, serials: Iterator[int]) -> dict:
    rng = plan.rng
    untested = rng.random() < 0.12
    checks = {check: "na" if untested else rng.choice(["pass", "pass", "fail", "na", None])
              for check in ("reachable", "guide", "form", "online")}
    serial = next(serials)
    return {"item_id": str(serial), "site": site, "name": f"事项{serial}", "item_type": rng.choice(list(spec["item_types"])),
            "approval": rng.random() < 0.35, **checks, "forms": rng.choice([None, 0, 1, 12]),
            "sheets": rng.choice([None, 0, 3]), "audited_on": None, "auditor": rng.choice([None, "王五"])}


def audits(plan: Plan) -> dict[str, list[dict]]:
    serials = count(5001)
    return {source: audit(plan, source, serials)
            for source, spec in plan.scheme["sources"].items() if spec["kind"] == "audit"}


def given(plan: Plan, source: str) -> list[dict]:
    def score() -> Decimal:
        if plan.coarse:
            return Decimal(plan.rng.choice([75, 80, 85]))
        third = plan.rng.choice([Decimal("0.005"), Decimal("0.0049"), Decimal(0)])  # half-way, and just below
        return decimal(plan.rng, 0, 99, 2) + third

    return [{"site": site["site_id"], "score": score()} for site in plan.sites(source, SCORED)]
