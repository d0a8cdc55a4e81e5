"""How sure the ranks are (method, section 11), rater by rater as the section says it; probabilities are drawn, not computed.

Squares of standard errors are fractions wherever no square root comes in, and else right to sixty digits.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import asin, erfc, sqrt

from .exact_ballots import points_of, valid_ballots
from .exact_sources import last_words
from .model import GeneratedYear
from .rounding import half_up_root, mean

# Stands for a probability, which no arithmetic gives.
AT_RANDOM = "at random"
Raters = dict[str, dict[str, Fraction]]  # rater → aspect → score


@dataclass(frozen=True)
class Error:
    """The square of a standard error and its degrees of freedom; none where it is 0 for lack of any sample."""

    square: Fraction
    degrees: int | None


def rank_confidence(year: GeneratedYear, composite: list[dict]) -> list[dict]:
    """`composite` are the rows of the table composite_scores."""
    known = composite_errors(year, composite)
    rows = []
    for group in year.scheme["groups"]:
        sites = [row for row in composite if row["group"] == group]
        widths = {site["site_id"]: _width(known[site["site_id"]], len(sites)) for site in sites}
        for row in sites:
            error, own = known[row["site_id"]], widths[row["site_id"]]
            others = [(other["composite"], width) for other in sites if (width := widths[other["site_id"]]) is not None]
            above = sum(mark - row["composite"] > own + width for mark, width in others) if own is not None else 0
            below = sum(row["composite"] - mark > own + width for mark, width in others) if own is not None else 0
            rows.append(
                {
                    "year": year.year,
                    "group": group,
                    "site_id": row["site_id"],
                    "se_composite": None if error is None else half_up_root(error.square, 4),
                    "rank_low": 1 + above,
                    "rank_high": len(sites) - below,
                    "p_annex": None if error is None else AT_RANDOM,
                }
            )
    return rows


def composite_errors(year: GeneratedYear, composite: list[dict]) -> dict[str, Error | None]:
    """Every site's error; None where a source that counts has none, or is not there and the others take its weight."""
    sampled = {source for source, spec in year.scheme["sources"].items() if spec["kind"] in ("ballots", "panel")}
    errors = {source: source_errors(year, source) for source in sampled}
    return {row["site_id"]: _composite_error(year, row, errors) for row in composite}


def _width(error: Error | None, sites: int) -> Decimal | None:
    """How far an interval reaches to each side."""
    if error is None:
        return None
    if not error.square:
        return Decimal(0)
    with localcontext(prec=60):
        root = (Decimal(error.square.numerator) / error.square.denominator).sqrt()
        return Decimal(_quantile(sites, min(error.degrees, 200))) * root


@cache
def _quantile(sites: int, degrees: int) -> float:
    """Where the distribution has (1 − 0.9^(1/n)) / 2 beyond it, by halving."""
    tail, low, high = (1 - 0.9 ** (1 / sites)) / 2, 0.0, 1e7
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _beyond(middle, degrees) > tail else (low, middle)
    return low


def _beyond(t: float, degrees: int) -> float:
    """The upper tail: the normal distribution's from 200 on, else Student's in closed form (Abramowitz and Stegun 26.7.3, 26.7.4)."""
    if degrees >= 200:
        return erfc(t / sqrt(2)) / 2
    sine, square = t / sqrt(degrees + t * t), degrees / (degrees + t * t)
    term = total = 1.0 if degrees % 2 == 0 else sqrt(square)
    if degrees % 2 == 0:
        for step in range(2, degrees, 2):
            term *= square * (step - 1) / step
            total += term
        return (1 - sine * total) / 2
    for step in range(3, degrees, 2):
        term *= square * (step - 1) / step
        total += term
    angle = asin(sine) + (sine * total if degrees > 1 else 0)
    return 0.5 - angle / 3.141592653589793


def _composite_error(year: GeneratedYear, row: dict, errors: dict[str, dict[str, Error | None]]) -> Error | None:
    weights = {source: Fraction(weight) for source, weight in year.scheme["groups"][row["group"]]["weights"].items() if weight}
    reweighted = year.scheme.get("missing") == "reweight"
    if reweighted and any(row[source] is None for source in weights if source in errors):
        return None
    present = [source for source in weights if row[source] is not None]
    found = [errors[source].get(row["site_id"]) for source in present if source in errors]
    if None in found:
        return None
    scale = sum(weights[source] for source in present) if reweighted else 1
    used = [(weights[source] / scale) ** 2 for source in present if source in errors]
    parts = [weight * error.square for weight, error in zip(used, found, strict=True)]
    square = sum(parts, Fraction())
    if not square:
        return Error(square, None)
    harmonic = sum((part**2 / error.degrees for part, error in zip(parts, found, strict=True)), Fraction())
    return Error(square, max(1, int(square**2 / harmonic)))


def source_errors(year: GeneratedYear, source: str) -> dict[str, Error | None]:
    """Every site's standard error in a ballots or panel source."""
    sites = _voters(year, source) if year.scheme["sources"][source]["kind"] == "ballots" else _experts(year, source)
    return {site: _error(year, raters, kept) for site, (raters, kept) in sites.items()}


def _error(year: GeneratedYear, raters: Raters, kept: dict[str, int]) -> Error | None:
    weights = {aspect: weight for aspect in kept if (weight := Fraction(year.scheme["aspects"][aspect]["weight"]))}
    if not weights or any(kept[aspect] < 2 for aspect in weights):
        return None
    means = {aspect: mean([rated[aspect] for rated in raters.values() if aspect in rated]) for aspect in weights}
    total = sum(weights.values())
    factors = {aspect: Fraction(kept[aspect], kept[aspect] - 1) for aspect in weights}
    # One factor stands before the sum of squares, so that nothing is rounded where all are the same.
    common = max(factors.values(), default=Fraction(1))
    steps = {aspect: weights[aspect] / total * _root(factors[aspect] / common) / kept[aspect] for aspect in weights}
    moves = [
        sum((steps[aspect] * (score - means[aspect]) for aspect, score in rated.items() if aspect in steps), Fraction())
        for rated in raters.values()
    ]
    square = common * sum((move**2 for move in moves), Fraction())
    return Error(square, min(kept[aspect] for aspect in weights) - 1)


@cache
def _root(number: Fraction) -> Fraction:
    """The square root to sixty digits, 1 of 1."""
    with localcontext(prec=60):
        return Fraction((Decimal(number.numerator) / number.denominator).sqrt())


def _voters(year: GeneratedYear, source: str) -> dict[str, tuple[Raters, dict[str, int]]]:
    points = points_of(year, source)
    sites: dict[str, Raters] = defaultdict(dict)
    for ballot in valid_ballots(year, source):
        rated = {aspect: points[ballot[aspect]] for aspect in year.scheme["aspects"] if ballot[aspect] is not None}
        sites[ballot["site"]][ballot["ballot_id"]] = rated
    return {site: (raters, _counts(raters)) for site, raters in sites.items()}


def _counts(raters: Raters) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for rated in raters.values():
        for aspect in rated:
            counts[aspect] += 1
    return counts


def _experts(year: GeneratedYear, source: str) -> dict[str, tuple[Raters, dict[str, int]]]:
    spec = year.scheme["sources"][source]
    sites: dict[str, Raters] = defaultdict(lambda: defaultdict(dict))
    for (site, aspect, expert), score in last_words(year, source).items():
        sites[site][expert][aspect] = Fraction(score)
    found = {}
    for site, raters in sites.items():
        kept = _counts(raters)
        for aspect, count in list(kept.items()):
            side = spec.get("trim_each_side", 0)
            if side and count >= spec["trim_from"]:
                ordered = sorted(rated[aspect] for rated in raters.values() if aspect in rated)
                for rated in raters.values():
                    if aspect in rated:
                        rated[aspect] = min(max(rated[aspect], ordered[side]), ordered[-side - 1])
                kept[aspect] = count - 2 * side
        found[site] = raters, kept
    return found
