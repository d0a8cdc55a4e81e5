"""What is counted and checked: claims, records, audits, and scores computed elsewhere."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count

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
            claimed_rows.append(
                {
                    "site": site["site_id"],
                    "indicator": indicator["id"],
                    "points": points,
                    "evidence": rng.choice([None, "见附件"]),
                }
            )
        for indicator in indicators:
            if rng.random() < 0.5:
                points = decimal(rng, 0, int(indicator["max"]), 0 if plan.coarse else 2)
                verified_rows.append(
                    {
                        "site": site["site_id"],
                        "indicator": indicator["id"],
                        "points": points,
                        "verified_by": rng.choice([None, "张三"]),
                        "note": None,
                    }
                )
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
                rows.append(
                    {
                        "site": site["site_id"],
                        "indicator": indicator["id"],
                        "month": f"{plan.year}-{month:02}",
                        "value": measurement(plan, indicator),
                        "recorded_by": rng.choice([None, "李四"]),
                    }
                )
    return rows


def measurement(plan: Plan, indicator: dict) -> Decimal:
    """Below, within and above what the rule can use; now and then with ten decimals."""
    rng, top = plan.rng, int(indicator["max"])
    if indicator["rule"] == "ratio":
        top = int(indicator["target"]) + 1
    if indicator["rule"] == "deduct":
        top = int(top / indicator["per"]) + 1
    places = 0 if plan.coarse else rng.choice([0, 1, 2, 10])
    return decimal(rng, -1 if indicator["rule"] == "points" else 0, top + 2, places)


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
    checks = {
        check: "na" if untested else rng.choice(["pass", "pass", "fail", "na", None])
        for check in ("reachable", "guide", "form", "online")
    }
    serial = next(serials)
    return {
        "item_id": str(serial),
        "site": site,
        "name": f"事项{serial}",
        "item_type": rng.choice(list(spec["item_types"])),
        "approval": rng.random() < 0.35,
        **checks,
        "forms": rng.choice([None, 0, 1, 12]),
        "sheets": rng.choice([None, 0, 3]),
        "audited_on": None,
        "auditor": rng.choice([None, "王五"]),
    }


def audits(plan: Plan) -> dict[str, list[dict]]:
    serials = count(5001)
    return {source: audit(plan, source, serials) for source, spec in plan.scheme["sources"].items() if spec["kind"] == "audit"}


def given(plan: Plan, source: str) -> list[dict]:
    def score() -> Decimal:
        if plan.coarse:
            return Decimal(plan.rng.choice([75, 80, 85]))
        third = plan.rng.choice([Decimal("0.005"), Decimal("0.0049"), Decimal(0)])  # half-way, and just below
        return decimal(plan.rng, 0, 99, 2) + third

    return [{"site": site["site_id"], "score": score()} for site in plan.sites(source, SCORED)]
