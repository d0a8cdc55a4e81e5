"""What is not scored: the portal's traffic and statistics, and what the year before published."""

from decimal import Decimal

from .plan import Plan
from .schemes import decimal

COLUMNS = ["首页", "办事", "News", "互动分", "Column 5%", "a-b"]
METRICS = ["访问量", "Page views", "信息条数", "满意度", "邮件"]


def portal_traffic(plan: Plan) -> list[dict]:
    rng = plan.rng
    columns = rng.sample(COLUMNS, rng.randint(2, len(COLUMNS)))
    months = sorted(rng.sample(range(1, 13), rng.randint(1, 4)))
    rows = [
        {"column": column, "month": f"{plan.year}-{month:02}", "views": rng.choice([0, 5, 1000, rng.randint(1, 10**9)])}
        for column in columns
        for month in months
    ]
    if rng.random() < 0.5:  # two columns with equal views share a rank
        views = {row["month"]: row["views"] for row in rows if row["column"] == columns[0]}
        for row in rows:
            if row["column"] == columns[1]:
                row["views"] = views[row["month"]]
    rows[-1]["views"] += 7  # the total is never 0
    return rows


def portal_stats(plan: Plan) -> list[dict]:
    rng = plan.rng
    return [
        {
            "metric": metric,
            "value": decimal(rng, 0, rng.choice([10, 10**7]), 5),
            "unit": rng.choice([None, "%", "万人次", "分"]),
            "previous": rng.choice([None, Decimal(0), Decimal(8), decimal(rng, 1, 10**5, 4)]),
        }
        for metric in rng.sample(METRICS, rng.randint(1, len(METRICS)))
    ]


def published_before(plan: Plan) -> list[dict]:
    """Last year's composite_scores: some of this year's sites, and some that are gone."""
    rng = plan.rng
    sites = [site["site_id"] for site in plan.register if rng.random() < 0.75] + ["gone-1", "gone-2"]
    marks = sorted((decimal(rng, 10, 99, 2).quantize(Decimal("0.01")) for _ in sites), reverse=True)
    return [
        {
            "year": plan.year - 1,
            "group": "former",
            "rank": marks.index(mark) + 1,
            "site_id": site,
            "name": f"旧名{site}",
            "public": mark,
            "composite": mark,
            "previous_composite": None,
            "previous_rank": None,
            "flags": None,
        }
        for site, mark in zip(sites, marks, strict=True)
    ]
