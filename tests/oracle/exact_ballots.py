"""Ballots (method, section 3): which count, what they score, and how satisfied the voters are."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction

from .exact_sources import Scores, weighted_aspects
from .model import GeneratedYear
from .rounding import half_up, mean
from .vague import NOBODY

REASONS = ["outside_period", "no_rating", "too_fast", "burst", "duplicate"]
VALID = "valid"


def judge(year: GeneratedYear, source: str) -> list[tuple[dict, str]]:
    """Every ballot of a source with the first reason that excludes it, or `valid`."""
    spec = year.scheme["sources"][source]
    verdicts: dict[str, str] = {}
    left = year.meant(source)

    def exclude(reason: str, ballots: list[dict]) -> None:
        nonlocal left
        verdicts.update({ballot["ballot_id"]: reason for ballot in ballots})
        left = [ballot for ballot in left if ballot["ballot_id"] not in verdicts]

    def local_date(ballot: dict) -> date:
        return _instant(year, ballot).astimezone(year.zone).date()

    exclude("outside_period", [ballot for ballot in left if not spec["opens"] <= local_date(ballot) <= spec["closes"]])
    exclude("no_rating", [ballot for ballot in left if all(ballot[aspect] is None for aspect in year.scheme["aspects"])])
    if "min_seconds" in spec:
        exclude(
            "too_fast", [ballot for ballot in left if ballot["seconds"] is not None and ballot["seconds"] < spec["min_seconds"]]
        )
    if "burst_limit" in spec:
        together = [ballot for ballot in left if _named(ballot["origin"]) and _minute(ballot) is not None]
        sent = Counter((ballot["origin"], _minute(ballot)) for ballot in together)
        exclude("burst", [ballot for ballot in together if sent[ballot["origin"], _minute(ballot)] > spec["burst_limit"]])
    last: dict[tuple[str, str], dict] = {}
    persons = [ballot for ballot in left if _named(ballot["voter"])]
    for ballot in sorted(persons, key=lambda ballot: (_instant(year, ballot), ballot["ballot_id"])):
        last[ballot["voter"], ballot["site"]] = ballot
    exclude("duplicate", [ballot for ballot in persons if last[ballot["voter"], ballot["site"]] is not ballot])
    return [(ballot, verdicts.get(ballot["ballot_id"], VALID)) for ballot in year.meant(source)]


def _instant(year: GeneratedYear, ballot: dict) -> datetime:
    """When a ballot was sent; of a day without a clock, its beginning."""
    sent = ballot["submitted_at"]
    return sent if isinstance(sent, datetime) else datetime.combine(sent, time(), year.zone).astimezone(UTC)


def _minute(ballot: dict) -> datetime | None:
    """The minute in which a ballot was sent, or None where only its day is known."""
    sent = ballot["submitted_at"]
    return sent.astimezone(UTC).replace(second=0, microsecond=0) if isinstance(sent, datetime) else None


def _named(person: str | None) -> bool:
    return person is not None and person not in NOBODY


def valid_ballots(year: GeneratedYear, source: str) -> list[dict]:
    return [ballot for ballot, verdict in judge(year, source) if verdict == VALID]


def points_of(year: GeneratedYear, source: str) -> dict[str, Fraction]:
    return {level["label"]: Fraction(level["points"]) for level in year.scheme["sources"][source]["levels"]}


def score_ballots(year: GeneratedYear, source: str) -> Scores:
    points = points_of(year, source)
    ballots = valid_ballots(year, source)
    ratings: dict[str, dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
    for ballot in ballots:
        for aspect in year.scheme["aspects"]:
            if ballot[aspect] is not None:
                ratings[ballot["site"]][aspect].append(points[ballot[aspect]])
    means = {site: {aspect: mean(values) for aspect, values in rated.items()} for site, rated in ratings.items()}
    bases = {site: {aspect: len(values) for aspect, values in rated.items()} for site, rated in ratings.items()}
    scores = weighted_aspects(year, means, bases)
    fewest = year.scheme["sources"][source].get("min_ballots", 0)
    turnout = Counter(ballot["site"] for ballot in ballots)
    scores.low_base |= {site for site in scores.score if turnout[site] < fewest}
    return scores


def ballot_audit(year: GeneratedYear, source: str) -> list[dict]:
    counted = Counter(verdict for _, verdict in judge(year, source))
    return [{"year": year.year, "source": source, "reason": reason, "ballots": counted[reason]} for reason in [*REASONS, VALID]]


def satisfaction(year: GeneratedYear, source: str) -> list[dict]:
    """The share of satisfied ratings and their mean points, per group and for all, per aspect and overall."""
    group_of = {site["site_id"]: site["group"] for site in year.meant("sites")}
    satisfied, points = year.scheme["sources"][source]["satisfied"], points_of(year, source)
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ballot in valid_ballots(year, source):
        for aspect in [*year.scheme["aspects"], "overall"]:
            if ballot[aspect] is not None:
                labels[group_of[ballot["site"]], aspect].append(ballot[aspect])
                labels["all", aspect].append(ballot[aspect])
    rows = []
    for (group, aspect), given in labels.items():
        happy = sum(label in satisfied for label in given)
        rows.append(
            {
                "year": year.year,
                "source": source,
                "group": group,
                "aspect": aspect,
                "ratings": len(given),
                "satisfied": happy,
                "rate": share(happy, len(given)),
                "score": half_up(mean([points[label] for label in given]), 2),
            }
        )
    return rows


def share(part: int, whole: int) -> Decimal:
    return half_up(Fraction(part, whole), 4)
