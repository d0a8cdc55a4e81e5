"""Forced ties: sites with the same evidence, and sites whose different scores add up to the same composite."""

from decimal import Decimal

from .plan import Plan
from .schemes import decimal

SERIALS = ("ballot_id", "item_id")


def force_ties(plan: Plan, meant: dict[str, list[dict]]) -> None:
    """Make a site of some groups the twin of another, then let the tie-break tell some of them apart."""
    rng = plan.rng
    for group, spec in plan.scheme["groups"].items():
        members = [site["site_id"] for site in plan.register if site["group"] == group]
        original, twin = rng.sample(members, 2)
        # A twin that lost a score could leave a source without any.
        alike = all(plan.delivery[source, original] == plan.delivery[source, twin] for source in spec["weights"])
        if alike and rng.random() < 0.7:
            _copy(meant, original, twin)
            if rng.random() < 0.8:
                _trade(plan, meant, group, twin)


def _copy(meant: dict[str, list[dict]], original: str, twin: str) -> None:
    taken = {key: [int(row[key]) for rows in meant.values() for row in rows if key in row] for key in SERIALS}
    following = {key: max(serials, default=0) + 1 for key, serials in taken.items()}
    for dataset, rows in meant.items():
        if dataset == "sites":
            continue
        others = [row for row in rows if row.get("site") != twin]
        copies = [row | {"site": twin} for row in rows if row.get("site") == original]
        for key in SERIALS:
            # New ids in the order of the old ones: of two ballots sent at once the same one stays.
            for copy in sorted((copy for copy in copies if key in copy), key=lambda copy: int(copy[key])):
                copy[key] = str(following[key])
                following[key] += 1
        meant[dataset] = others + copies


def _trade(plan: Plan, meant: dict[str, list[dict]], group: str, twin: str) -> None:
    """Move the twin's scores in two given sources against each other, in the inverse ratio of their weights."""
    weights = plan.scheme["groups"][group]["weights"]
    given = [source for source, weight in weights.items() if weight and plan.scheme["sources"][source]["kind"] == "given"][:2]
    rows = [row for source in given for row in meant[source] if row["site"] == twin]
    if len(rows) < 2:
        return
    gain = decimal(plan.rng, 1, 8, 2)
    loss = (gain * weights[given[0]] / weights[given[1]]).quantize(Decimal("0.01"))
    if rows[0]["score"] + gain <= 100 and rows[1]["score"] >= loss:
        rows[0]["score"] += gain
        rows[1]["score"] -= loss
