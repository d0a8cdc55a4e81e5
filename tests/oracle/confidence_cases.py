"""What the generated years have for the sake of section 11: sources that weigh nothing, and a site with very many ballots.

Each has a random stream of its own, so that a seed's year stays what it was where these do not touch it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from random import Random

from .exact_confidence import composite_errors, source_errors
from .model import GeneratedYear
from .plan import ABSENT, SCORED, UNSCORED, Plan

CROWD = 230

CONFIDENCE_CASES = [
    *("weight 0", "weight 0 and no score", "weight 0 and no score under fail", "weight 0 and a low base"),
    *("one rater", "one rating of an aspect", "one kept score of several"),
    *("sample missing under zero", "sample missing under reweight", "other missing under reweight"),
    *("no standard error", "no error at all", "few degrees of freedom", "many degrees of freedom", "several sources that err"),
]


def add_weightless(rng: Random, scheme: dict) -> None:
    """Takes all the weight from one source of a group that has several."""
    groups = [group for group in scheme["groups"].values() if len(group["weights"]) > 1]
    if groups and rng.random() < 0.6:
        weights = rng.choice(groups)["weights"]
        idle, heir = rng.sample(list(weights), 2)
        weights[heir] += weights[idle]
        weights[idle] = 0


def withhold(rng: Random, plan: Plan) -> None:
    """Lets sites go without a score in a source that weighs nothing for them, whatever the scheme says of missing ones."""
    for source in plan.scheme["sources"]:
        for site in plan.register:
            if plan.scheme["groups"][site["group"]]["weights"].get(source) == 0:
                others = [scored for scored in plan.sites(source, SCORED) if scored is not site]
                plan.delivery[source, site["site_id"]] = rng.choice([SCORED, UNSCORED, ABSENT]) if others else SCORED
    if plan.scheme.get("missing") == "reweight":
        for site in plan.register:
            counting = [source for source, weight in plan.scheme["groups"][site["group"]]["weights"].items() if weight]
            if not any(plan.delivery[source, site["site_id"]] == SCORED for source in counting):
                plan.delivery[rng.choice(counting), site["site_id"]] = SCORED


def add_crowd(rng: Random, plan: Plan, meant: dict[str, list[dict]]) -> None:
    """Ballots of a source for one site, as many as make Student's distribution the normal one, all of them valid."""
    sources = [source for source, spec in plan.scheme["sources"].items() if spec["kind"] == "ballots"]
    if not sources or rng.random() < 0.5:
        return
    source = rng.choice(sources)
    spec, site = plan.scheme["sources"][source], rng.choice(plan.sites(source, SCORED))["site_id"]
    labels = [level["label"] for level in spec["levels"]]
    serial = max(int(row["ballot_id"]) for each in sources for row in meant[each])
    noon = datetime.combine(spec["opens"], time(12), plan.zone).astimezone(UTC)
    for number in range(1, CROWD + 1):
        ratings = {aspect: rng.choice(labels) for aspect in plan.scheme["aspects"]}
        meant[source].append(
            {
                "ballot_id": str(serial + number),
                "submitted_at": noon,
                "voter": f"crowd-{number}",
                "site": site,
                **ratings,
                "overall": None,
                "channel": None,
                "origin": None,
                "seconds": None,
            }
        )


def confidence_cases(year: GeneratedYear, tables: dict[str, list[dict]]) -> Iterator[str]:
    """Which of `CONFIDENCE_CASES` a year has."""
    composite = tables["composite_scores"]
    policy = year.scheme.get("missing", "fail")
    kinds = {source: spec["kind"] for source, spec in year.scheme["sources"].items()}
    sampled = {source: source_errors(year, source) for source, kind in kinds.items() if kind in ("ballots", "panel")}
    details = {(row["site_id"], row["source"], row["item"]): row["base"] for row in tables["source_details"]}
    for row in composite:
        for source, weight in year.scheme["groups"][row["group"]]["weights"].items():
            scored = row[source] is not None
            if not weight:
                yield from ["weight 0", *([] if scored else ["weight 0 and no score", f"weight 0 and no score under {policy}"])]
                least = year.scheme["sources"][source].get("min_ballots", 0)
                bases = [base for (site, key, _), base in details.items() if (site, key) == (row["site_id"], source)]
                if scored and max(bases) < least and "low_base" not in (row["flags"] or ""):
                    yield "weight 0 and a low base"
            elif not scored:
                yield f"{'sample' if source in sampled else 'other'} missing under {policy}"
            elif source in sampled and sampled[source][row["site_id"]] is None:
                bases = [base for (site, key, _), base in details.items() if (site, key) == (row["site_id"], source)]
                yield "one rating of an aspect" if min(bases) == 1 else "one kept score of several"
                if max(bases) == 1:
                    yield "one rater"
    for row in composite:
        error = composite_errors(year, [row])[row["site_id"]]
        if error is None:
            yield "no standard error"
        elif error.degrees is None:
            yield "no error at all"
        else:
            yield "many degrees of freedom" if error.degrees >= 200 else "few degrees of freedom"
            weights = year.scheme["groups"][row["group"]]["weights"]
            if sum(bool(weights.get(source) and row[source] is not None) for source in sampled) > 1:
                yield "several sources that err"
