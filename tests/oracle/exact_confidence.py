"""How sure the ranks are (method, section 11), rater by rater as the section says it; probabilities are drawn, not computed."""

from collections import defaultdict
from decimal import Decimal, localcontext
from fractions import Fraction
from math import erfc, sqrt

from .exact_ballots import points_of, valid_ballots
from .exact_sources import last_words
from .model import GeneratedYear
from .rounding import half_up_root, mean

# Stands for a probability, which no arithmetic gives.
DRAWN = "drawn"
Raters = dict[str, dict[str, Fraction]]  # rater → aspect → score


def rank_confidence(year: GeneratedYear, composite: list[dict]) -> list[dict]:
    """`composite` are the rows of the table composite_scores."""
    sampled = {source for source, spec in year.scheme["sources"].items() if spec["kind"] in ("ballots", "panel")}
    squares = {source: _source_squares(year, source) for source in sampled}
    rows = []
    for group, spec in year.scheme["groups"].items():
        sites = [row for row in composite if row["group"] == group]
        known = {row["site_id"]: _composite_square(year, spec["weights"], row, squares) for row in sites}
        quantile = _quantile(len(sites))
        for row in sites:
            square = known[row["site_id"]]
            others = [(other["composite"], known[other["site_id"]]) for other in sites if known[other["site_id"]] is not None]
            above = sum(_apart(mark, row["composite"], quantile, other, square) for mark, other in others) if square is not None else 0
            below = sum(_apart(row["composite"], mark, quantile, other, square) for mark, other in others) if square is not None else 0
            rows.append({"year": year.year, "group": group, "site_id": row["site_id"],
                         "se_composite": None if square is None else half_up_root(square, 4),
                         "rank_low": 1 + above, "rank_high": len(sites) - below, "p_annex": None if square is None else DRAWN})
    return rows


def _apart(higher: Decimal, lower: Decimal, quantile: float, *squares: Fraction) -> bool:
    """Whether the intervals of two composites do not touch."""
    with localcontext(prec=60):
        roots = sum((Decimal(square.numerator) / square.denominator).sqrt() for square in squares)
        return higher - lower > Decimal(quantile) * roots


def _quantile(sites: int) -> float:
    """Where the normal distribution has 1 − (1 − 0.9^(1/n)) / 2 below it, by halving."""
    tail, low, high = (1 - 0.9 ** (1 / sites)) / 2, 0.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if erfc(middle / sqrt(2)) / 2 > tail else (low, middle)
    return low


def _composite_square(year: GeneratedYear, weights: dict, row: dict, squares: dict) -> Fraction | None:
    """The composite's standard error, squared; None where a source that counts has one rater only."""
    present = [source for source in weights if row[source] is not None]
    found = [(Fraction(weights[source]), squares[source][row["site_id"]]) for source in present if source in squares and weights[source]]
    if any(square is None for _, square in found):
        return None
    scale = sum(Fraction(weights[source]) for source in present) if year.scheme.get("missing") == "reweight" else 1
    return sum(((weight / scale) ** 2 * square for weight, square in found), Fraction())


def _source_squares(year: GeneratedYear, source: str) -> dict[str, Fraction | None]:
    """Every site's standard error in a ballots or panel source, squared."""
    sites = _voters(year, source) if year.scheme["sources"][source]["kind"] == "ballots" else _experts(year, source)
    return {site: _square(year, raters, kept) for site, (raters, kept) in sites.items()}


def _square(year: GeneratedYear, raters: Raters, kept: dict[str, int]) -> Fraction | None:
    if len(raters) == 1:
        return None
    weights = {aspect: Fraction(year.scheme["aspects"][aspect]["weight"]) for aspect in kept}
    means = {aspect: mean([rated[aspect] for rated in raters.values() if aspect in rated]) for aspect in kept}
    moves = [
        sum(weights[aspect] / sum(weights.values()) * (score - means[aspect]) / kept[aspect] for aspect, score in rated.items())
        for rated in raters.values()
    ]
    return Fraction(len(raters), len(raters) - 1) * sum((move**2 for move in moves), Fraction())


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
