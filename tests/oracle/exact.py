"""A whole year in exact arithmetic: every table of the contract; only the probabilities of rank_confidence are drawn."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from .exact_ballots import ballot_audit, satisfaction, score_ballots
from .exact_confidence import rank_confidence
from .exact_coverage import all_due, coverage, coverage_effects, coverage_summary
from .exact_crawl import check_counts
from .exact_portal import portal_columns, portal_figures
from .exact_sources import Scores, score_audit, score_claims, score_given, score_panel, score_records
from .model import GeneratedYear
from .rounding import half_up, half_up_root, mean, weighted_mean

SCORERS = {
    "ballots": score_ballots,
    "panel": score_panel,
    "claims": score_claims,
    "records": score_records,
    "audit": score_audit,
    "given": score_given,
}
ANNEX = ["序号", "网站", "综合得分"]

Table = list[dict]


def table_columns(scheme: dict) -> dict[str, list[str]]:
    """Every table's columns, in order."""
    return {
        "composite_scores": [
            "year",
            "group",
            "rank",
            "site_id",
            "name",
            *scheme["sources"],
            "composite",
            "previous_composite",
            "previous_rank",
            "flags",
        ],
        **{f"annex_{group}": ANNEX for group in scheme["groups"]},
        "group_summary": ["year", "group", "sites", "mean", "above_mean", "lowest", "highest", "median", "sd"],
        "satisfaction": ["year", "source", "group", "aspect", "ratings", "satisfied", "rate", "score"],
        "ballot_audit": ["year", "source", "reason", "ballots"],
        "composite_steps": [
            "year",
            "site_id",
            "position",
            "step",
            "source",
            "label",
            "weight",
            "counted_weight",
            "score",
            "amount",
            "total",
        ],
        "source_details": ["year", "site_id", "source", "item", "value", "base"],
        "check_counts": [
            "year",
            "site_id",
            "check",
            "made",
            "passed",
            "failed",
            "confirmed",
            "not_made",
            "stale",
            "outside_period",
        ],
        "service_inventory": [
            "year",
            "source",
            "group",
            "item_type",
            "items",
            "approval_items",
            "online_items",
            "forms",
            "sheets",
        ],
        "rank_confidence": ["year", "group", "site_id", "se_composite", "rank_low", "rank_high", "p_annex"],
        "coverage_summary": [
            *("year", "source", "unit", "expected", "received", "missing", "waived", "sites_missing", "set_aside")
        ],
        "coverage": [
            *("year", "site_id", "source", "item", "label", "unit", "due", "expected", "received", "set_aside", "missing"),
            *("periods", "treatment", "reason", "approved_by", "approved_on", "document"),
        ],
        "coverage_effects": [
            *("year", "site_id", "source", "group", "score", "score_without", "score_zero"),
            *("composite", "composite_without", "composite_zero", "rank", "rank_without", "rank_zero"),
        ],
        "portal_columns": ["year", "column", "views", "share", "rank"],
        "portal_figures": ["year", "metric", "value", "unit", "previous", "growth"],
    }


# How many columns lead, that is, name and sort the rows.
KEYS = {
    "composite_scores": 4,
    "group_summary": 2,
    "satisfaction": 4,
    "ballot_audit": 3,
    "composite_steps": 3,
    "source_details": 4,
    "check_counts": 3,
    "service_inventory": 4,
    "rank_confidence": 3,
    "coverage_summary": 3,
    "coverage": 4,
    "coverage_effects": 3,
    "portal_columns": 2,
    "portal_figures": 2,
}


def key_columns(scheme: dict, table: str) -> list[str]:
    return table_columns(scheme)[table][: KEYS.get(table, 2)]


def evaluate(year: GeneratedYear) -> dict[str, Table]:
    """Every table by name, its rows in their published order, its cells as int, Decimal, str or None."""
    scheme = year.scheme
    scores = {source: SCORERS[spec["kind"]](year, source) for source, spec in scheme["sources"].items()}
    composite = composite_scores(year, scores)
    tables = {
        "composite_scores": composite,
        "composite_steps": composite_steps(year, composite),
        "source_details": source_details(year, scores),
    }
    for group in scheme["groups"]:
        tables[f"annex_{group}"] = annex(scheme, group, composite)
    tables["group_summary"] = [group_summary(year, group, composite) for group in scheme["groups"]]
    ballots = [source for source, spec in scheme["sources"].items() if spec["kind"] == "ballots"]
    tables["satisfaction"] = [row for source in ballots for row in satisfaction(year, source)]
    tables["ballot_audit"] = [row for source in ballots for row in ballot_audit(year, source)]
    tables["check_counts"] = check_counts(year)
    tables["service_inventory"] = service_inventory(year)
    tables["rank_confidence"] = rank_confidence(year, composite)
    due = all_due(year, scores)
    tables["coverage"] = coverage(year, due)
    tables["coverage_summary"] = coverage_summary(year, due)
    tables["coverage_effects"] = coverage_effects(year, due, scores, composite)
    tables["portal_columns"] = portal_columns(year)
    tables["portal_figures"] = portal_figures(year)
    return {name: _ordered(scheme, name, tables[name]) for name in table_columns(scheme)}


def _ordered(scheme: dict, name: str, rows: Table) -> Table:
    columns, keys = table_columns(scheme)[name], key_columns(scheme, name)
    assert all(sorted(row) == sorted(columns) for row in rows), name
    return [
        {column: row[column] for column in columns} for row in sorted(rows, key=lambda row: [row[key] or "" for key in keys])
    ]


def composite_scores(year: GeneratedYear, scores: dict[str, Scores]) -> Table:
    """Sections 2, 8 and 10: the composites, ranked within each group."""
    before = {row["site_id"]: row for row in year.previous or []}
    rows = []
    for site in year.meant("sites"):
        site_id = site["site_id"]
        weights = year.scheme["groups"][site["group"]]["weights"]
        published = {source: scores[source].score.get(site_id) if source in weights else None for source in scores}
        composite, flags = _composite(year.scheme.get("missing", "fail"), weights, published)
        if any(site_id in scores[source].low_base for source, weight in weights.items() if weight):
            flags.append("low_base")
        rows.append(
            {
                "year": year.year,
                "group": site["group"],
                "site_id": site_id,
                "name": site["name"],
                **published,
                "composite": composite,
                "previous_composite": before.get(site_id, {}).get("composite"),
                "previous_rank": before.get(site_id, {}).get("rank"),
                "flags": "|".join(sorted(flags)) or None,
            }
        )
    _rank(year.scheme, rows)
    return rows


def _composite(policy: str, weights: dict, published: dict[str, Decimal | None]) -> tuple[Decimal, list[str]]:
    # A source that weighs nothing is never missed.
    missing = [source for source, weight in weights.items() if weight and published[source] is None]
    assert not missing or policy != "fail", f"nothing may be published: no score in {missing}"
    present = [(weight, published[source]) for source, weight in weights.items() if weight and source not in missing]
    if policy == "reweight":
        composite = weighted_mean(present)  # of no sources at all: an error
    else:
        composite = sum((Fraction(weight) * Fraction(score) for weight, score in present), Fraction())
    return half_up(composite, 2), [f"missing_{policy}:{source}" for source in missing]


def composite_steps(year: GeneratedYear, composite: Table) -> Table:
    """Section 8, source by source; the totals, of which the last is the composite, are rounded and never summed up."""
    rows = []
    for row in composite:
        weights = {source: Fraction(weight) for source, weight in year.scheme["groups"][row["group"]]["weights"].items()}
        present = sum((weight for source, weight in weights.items() if row[source] is not None), Fraction())
        scaled = year.scheme.get("missing") == "reweight" and present != 1
        base, places = (present, 8) if scaled else (Fraction(1), 10)
        exact, before = Fraction(), Decimal(0)
        for position, (source, spec) in enumerate(year.scheme["sources"].items(), start=1):
            if source not in weights:
                continue
            weight, score = weights[source], row[source]
            exact += weight * Fraction(score or 0) / base
            total = half_up(exact, places).quantize(Decimal("1e-10"))
            rows.append(
                {
                    "year": year.year,
                    "site_id": row["site_id"],
                    "position": position,
                    "step": "source",
                    "source": source,
                    "label": spec.get("label"),
                    "weight": half_up(weight, 8),
                    "counted_weight": half_up(0 if scaled and score is None else weight / base, 12),
                    "score": score,
                    "amount": total - before,
                    "total": total,
                }
            )
            before = total
        assert half_up(exact, 2) == row["composite"], row["site_id"]
    return rows


def _rank(scheme: dict, rows: Table) -> None:
    """Section 2.3: a site's rank is one more than the sites of its group that are better."""

    def merit(row: dict) -> list[Decimal]:
        return [row["composite"], *(row[source] or Decimal(0) for source in scheme.get("tie_break", []))]

    for row in rows:
        row["rank"] = 1 + sum(other["group"] == row["group"] and merit(other) > merit(row) for other in rows)


def annex(scheme: dict, group: str, composite: Table) -> Table:
    """Section 9, last line."""
    top = scheme["groups"][group]["publish_top"]
    return [
        dict(zip(ANNEX, (row["rank"], row["name"], row["composite"]), strict=True))
        for row in composite
        if row["group"] == group and row["rank"] <= top
    ]


def group_summary(year: GeneratedYear, group: str, composite: Table) -> dict:
    """Section 9."""
    marks = sorted(row["composite"] for row in composite if row["group"] == group)
    average, count = mean(marks), len(marks)
    variance = mean([(Fraction(mark) - average) ** 2 for mark in marks])
    return {
        "year": year.year,
        "group": group,
        "sites": count,
        "mean": half_up(average, 1),
        "above_mean": sum(mark > average for mark in marks),
        "lowest": marks[0],
        "highest": marks[-1],
        "median": half_up(mean([marks[(count - 1) // 2], marks[count // 2]]), 2),
        "sd": half_up_root(variance, 2),
    }


def source_details(year: GeneratedYear, scores: dict[str, Scores]) -> Table:
    """What the scores are made of, where the site's group weighs the source."""
    weighed = {site["site_id"]: year.scheme["groups"][site["group"]]["weights"] for site in year.meant("sites")}
    return [
        {"year": year.year, "site_id": site, "source": source, "item": item, "value": value, "base": base}
        for source, scored in scores.items()
        for site, item, value, base in scored.details
        if source in weighed[site]
    ]


def service_inventory(year: GeneratedYear) -> Table:
    """Every audited item, whether or not it is scored; `all` beside each group and each type."""
    group_of = {site["site_id"]: site["group"] for site in year.meant("sites")}
    found: dict[tuple[str, str, str], list[dict]] = defaultdict(list)
    for source, spec in year.scheme["sources"].items():
        for item in year.meant(source) if spec["kind"] == "audit" else []:
            for group in (group_of[item["site"]], "all"):
                for item_type in (item["item_type"], "all"):
                    found[source, group, item_type].append(item)
    return [
        {
            "year": year.year,
            "source": source,
            "group": group,
            "item_type": item_type,
            "items": len(items),
            "approval_items": sum(item["approval"] for item in items),
            "online_items": sum(item["online"] == "pass" for item in items),
            "forms": sum(item["forms"] or 0 for item in items),
            "sheets": sum(item["sheets"] or 0 for item in items),
        }
        for (source, group, item_type), items in found.items()
    ]
