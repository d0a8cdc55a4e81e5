"""The scores of panels, claims, records, audits and given sources (method, sections 4 to 7)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .exact_crawl import monthly_values
from .model import GeneratedYear
from .rounding import half_up, mean, weighted_mean

CHECKS = ("reachable", "guide", "form", "online")


@dataclass
class Scores:
    """One source: the published score per site, and what it is made of."""

    score: dict[str, Decimal] = field(default_factory=dict)
    details: list[tuple[str, str, Decimal, int]] = field(default_factory=list)  # site, item, value, base
    low_base: set[str] = field(default_factory=set)
    exact: list[tuple[str, str, Fraction, int]] = field(default_factory=list)  # the same, before rounding

    def add(self, site: str, score: Fraction, details: list[tuple[str, Fraction, int]]) -> None:
        self.score[site] = half_up(score, 2)
        self.exact += [(site, *detail) for detail in details]
        self.details += [(site, item, half_up(value, 2), base) for item, value, base in details]


def weighted_aspects(year: GeneratedYear, means: dict[str, dict[str, Fraction]], bases: dict[str, dict[str, int]]) -> Scores:
    """Sections 3 and 4: the weighted mean over the aspects that have a rating."""
    scores = Scores()
    for site, rated in means.items():
        weighed = [(year.scheme["aspects"][aspect]["weight"], value) for aspect, value in rated.items()]
        scores.add(site, weighted_mean(weighed), [(aspect, value, bases[site][aspect]) for aspect, value in rated.items()])
    return scores


def score_panel(year: GeneratedYear, source: str) -> Scores:
    """Section 4. An expert's last word counts; then the highest and the lowest are dropped."""
    spec = year.scheme["sources"][source]
    given: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for (site, aspect, _), score in last_words(year, source).items():
        given[site][aspect].append(score)

    def kept(scores: list[Decimal]) -> list[Decimal]:
        side = spec.get("trim_each_side", 0)
        if not side or len(scores) < spec["trim_from"]:
            return scores
        return sorted(scores)[side:-side]

    means = {site: {aspect: mean(kept(scores)) for aspect, scores in rated.items()} for site, rated in given.items()}
    bases = {site: {aspect: len(scores) for aspect, scores in rated.items()} for site, rated in given.items()}
    return weighted_aspects(year, means, bases)


def last_words(year: GeneratedYear, source: str) -> dict[tuple[str, str, str], Decimal]:
    """The score that counts of each expert, by site, aspect and expert."""
    last: dict[tuple[str, str, str], tuple[date, Decimal]] = {}
    for row in year.meant(source):
        key = row["site"], row["aspect"], row["expert_id"]
        word = row["reviewed_on"] or date.min, row["score"]
        last[key] = max(last.get(key, word), word)
    return {key: score for key, (_, score) in last.items()}


def score_claims(year: GeneratedYear, source: str) -> Scores:
    """Section 5."""
    spec = year.scheme["sources"][source]
    penalty = Fraction(spec.get("inflation_penalty", 0))
    claimed = {(row["site"], row["indicator"]): Fraction(row["points"]) for row in year.meant(source)}
    verified = {(row["site"], row["indicator"]): Fraction(row["points"]) for row in year.meant(f"{source}_verified")}

    def points(key: tuple[str, str]) -> Fraction:
        if key not in claimed:
            return Fraction(0)
        if key not in verified:
            return claimed[key]
        return max(verified[key] - penalty * max(claimed[key] - verified[key], 0), Fraction(0))

    scores = Scores()
    maxima = sum(Fraction(indicator["max"]) for indicator in spec["indicators"])
    claimants = {site for site, _ in claimed}
    if spec.get("incomplete") == "zero":
        claimants |= {site["site_id"] for site in year.meant("sites") if is_weighed(year, source, site["site_id"])}
    for site in claimants:
        won = {indicator["id"]: points((site, indicator["id"])) for indicator in spec["indicators"]}
        scores.add(
            site,
            100 * sum(won.values()) / maxima,
            [(indicator, value, int((site, indicator) in claimed)) for indicator, value in won.items()],
        )
    return scores


def score_records(year: GeneratedYear, source: str) -> Scores:
    """Section 6. Where the scheme lets what is missing count 0, a due month without a value does."""
    spec = year.scheme["sources"][source]
    indicators = {indicator["id"]: indicator for indicator in spec["indicators"]}
    scores = Scores()
    by_site = points_by_month(year, source)
    if spec.get("incomplete") == "zero":
        silent = (site["site_id"] for site in year.meant("sites") if site["site_id"] not in by_site)
        by_site |= {site: {} for site in silent if is_weighed(year, source, site)}
    for site, measured in by_site.items():
        zeros = {}
        if spec.get("incomplete") == "zero" and is_weighed(year, source, site):
            zeros = {
                name: len(months_due(year, indicator) - measured.get(name, {}).keys()) for name, indicator in indicators.items()
            }
        counted = {name: len(measured.get(name, {})) + zeros.get(name, 0) for name in indicators}
        won = {name: sum(measured.get(name, {}).values()) / number for name, number in counted.items() if number}
        maxima = sum(Fraction(indicators[name]["max"]) for name in won)
        details = [(name, won[name], len(measured.get(name, {}))) for name in won]
        scores.add(site, 100 * sum(won.values()) / maxima, details)
    return scores


def points_by_month(year: GeneratedYear, source: str) -> dict[str, dict[str, dict[str, Fraction]]]:
    """The points of every month with a value, by site, indicator and month."""
    indicators = {indicator["id"]: indicator for indicator in year.scheme["sources"][source]["indicators"]}
    monthly: dict[str, dict[str, dict[str, Fraction]]] = defaultdict(lambda: defaultdict(dict))
    for row in year.meant(source):
        # What the crawl measures is not asked of anybody.
        if "from_crawl" not in indicators[row["indicator"]]:
            monthly[row["site"]][row["indicator"]][row["month"]] = Fraction(row["value"])
    for name, indicator in indicators.items():
        if "from_crawl" in indicator:
            for site, values in monthly_values(year, indicator).items():
                monthly[site][name] = values
    return {
        site: {
            name: {month: _points(indicators[name], value) for month, value in values.items()}
            for name, values in measured.items()
        }
        for site, measured in monthly.items()
    }


def months_due(year: GeneratedYear, indicator: dict) -> set[str]:
    """The months of the year; of what the crawl measures, those of its period."""
    months = {f"{year.year}-{month:02}" for month in range(1, 13)}
    crawl = year.scheme.get("crawl", {}) if "from_crawl" in indicator else {}
    first, last = (f"{crawl[key]:%Y-%m}" if key in crawl else None for key in ("opens", "closes"))
    return {month for month in months if (first or month) <= month <= (last or month)}


def is_weighed(year: GeneratedYear, source: str, site_id: str) -> bool:
    """Whether the source counts for a site."""
    group = next(site["group"] for site in year.meant("sites") if site["site_id"] == site_id)
    return bool(year.scheme["groups"][group]["weights"].get(source))


def _points(indicator: dict, value: Fraction) -> Fraction:
    top = Fraction(indicator["max"])
    match indicator["rule"]:
        case "points":
            points = value
        case "ratio":
            points = top * min(value / Fraction(indicator["target"]), Fraction(1))
        case "deduct":
            points = top - Fraction(indicator["per"]) * value
    return min(max(points, Fraction(0)), top)


def score_audit(year: GeneratedYear, source: str) -> Scores:
    """Section 7. Approval items count only in the groups that the scheme names."""
    spec = year.scheme["sources"][source]
    weights = spec.get("item_weights", {})
    group_of = {site["site_id"]: site["group"] for site in year.meant("sites")}
    results: dict[str, dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
    for item in year.meant(source):
        passes = sum(item[check] == "pass" for check in CHECKS)
        fails = sum(item[check] == "fail" for check in CHECKS)
        counts = not item["approval"] or group_of[item["site"]] in spec.get("approval_items_for", [])
        if counts and passes + fails:
            results[item["site"]][item["item_type"]].append(Fraction(passes, passes + fails))
    scores = Scores()
    for site, by_type in results.items():
        weighed = [(weights.get(item_type, 1), result) for item_type, found in by_type.items() for result in found]
        scores.add(
            site,
            100 * weighted_mean(weighed),
            [(item_type, 100 * mean(found), len(found)) for item_type, found in by_type.items()],
        )
    return scores


def score_given(year: GeneratedYear, source: str) -> Scores:
    """Section 7, last line."""
    scores = Scores()
    for row in year.meant(source):
        scores.add(row["site"], Fraction(row["score"]), [("score", Fraction(row["score"]), 1)])
    return scores
