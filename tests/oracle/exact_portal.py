"""The portal's traffic and figures (contract, results)."""

from collections import Counter
from fractions import Fraction

from .exact_ballots import share
from .model import GeneratedYear
from .rounding import half_up


def portal_columns(year: GeneratedYear) -> list[dict]:
    views: Counter[str] = Counter()
    for row in year.meant("portal_traffic"):
        views[row["column"]] += row["views"]
    total = views.total()
    return [
        {
            "year": year.year,
            "column": column,
            "views": count,
            "share": share(count, total),
            "rank": 1 + sum(other > count for other in views.values()),
        }
        for column, count in views.items()
    ]


def portal_figures(year: GeneratedYear) -> list[dict]:
    rows = []
    for row in year.meant("portal_stats"):
        value, previous = row["value"], row["previous"]
        rows.append(
            {
                "year": year.year,
                "metric": row["metric"],
                "value": half_up(value, 4),
                "unit": row["unit"],
                "previous": None if previous is None else half_up(previous, 4),
                "growth": half_up(Fraction(value) / Fraction(previous) - 1, 4) if previous else None,
            }
        )
    return rows
