"""Twelve months of daily work: the values of every site, recorded by hand and by the scans.

In a reconstruction a records source also closes the composites: its `points` indicator is marked by the month with one
or two decimals, finely enough to bring the source to any score of two decimals.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from flows.simulate.crawl import Crawl
from flows.simulate.exact import published
from flows.simulate.streams import Unlucky, stream
from flows.sources.records import RecordIndicator, Records

MONTHS = 12
_UNIT = 100  # values are kept in hundredths
_ATTEMPTS = 12


@dataclass(frozen=True)
class MonthlyRecords:
    """A records source's monthly values by site, indicator recorded by hand, and month, in hundredths."""

    source: Records
    sites: np.ndarray
    values: np.ndarray

    @property
    def by_hand(self) -> tuple[RecordIndicator, ...]:
        return by_hand(self.source)

    def exact(self, crawl: Crawl) -> dict[int, Decimal]:
        """The published score of each site."""
        maxima = sum(Fraction(indicator.max) for indicator in self.source.indicators)
        crawled = _crawled_points(self.source, self.sites, crawl)
        return {
            int(site): published(100 * (crawled[index] + sum(self.points(index).values())) / maxima)
            for index, site in enumerate(self.sites)
        }

    def points(self, index: int) -> dict[str, Fraction]:
        """One site's points by indicator recorded by hand."""
        return {
            indicator.id: sum((_points(indicator, Fraction(int(value), _UNIT)) for value in values), Fraction()) / MONTHS
            for indicator, values in zip(self.by_hand, self.values[index], strict=True)
        }


def by_hand(source: Records) -> tuple[RecordIndicator, ...]:
    return tuple(indicator for indicator in source.indicators if indicator.from_crawl is None)


def closing_indicator(source: Records) -> RecordIndicator | None:
    """The indicator that can bring the source to a wanted score: of those marked in points, the indicator with the highest maximum."""
    marked = [indicator for indicator in by_hand(source) if indicator.rule == "points"]
    return max(marked, key=lambda indicator: indicator.max, default=None)


def draw_records(source: Records, sites: np.ndarray, levels: np.ndarray, seed: int, attempt: int = 0) -> MonthlyRecords:
    """`levels` holds the part of the full mark (0 to 1) to aim at, for each of the `sites`."""
    rng = stream(seed, source.id, "records", attempt)
    return MonthlyRecords(source, sites, _draw_values(by_hand(source), levels, rng))


def _draw_values(indicators: tuple[RecordIndicator, ...], levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    values = np.zeros((len(levels), len(indicators), MONTHS), dtype=np.int64)
    shape = (len(levels), MONTHS)
    for index, indicator in enumerate(indicators):
        # A good site is good in everything; a poor one is poorer in some things than in others.
        level = np.clip(1 - (1 - levels) * np.exp(rng.normal(0, 0.15, len(levels))), 0.02, 1)[:, None]
        top = float(indicator.max)
        match indicator.rule:
            case "ratio" if indicator.target:
                target = float(indicator.target)
                draws = level * target * rng.normal(1, 0.05, shape).clip(0)
                draws = np.rint(draws) if target >= 10 else draws
                # A part of a whole, such as a rate, is never more than the whole.
                draws = np.minimum(draws, target) if target in (1, 100) else draws
            case "deduct" if indicator.per:
                draws = rng.poisson((1 - level) * top / float(indicator.per), shape)
            case _:
                draws = np.clip(np.rint(10 * (level * top + rng.normal(0, 0.025 * top, shape))) / 10, 0, top)
        values[:, index] = np.floor(draws * _UNIT + 0.5)
    return values


def close_records(source: Records, sites: np.ndarray, wanted: dict[int, Decimal], crawl: Crawl, seed: int) -> MonthlyRecords:
    """Records with which every site gets exactly the wanted score of two decimals."""
    closing = closing_indicator(source)
    assert closing is not None, "only what has a closing indicator closes"
    closing_index = by_hand(source).index(closing)
    maxima = sum((Fraction(indicator.max) for indicator in source.indicators), Fraction())
    crawled = _crawled_points(source, sites, crawl)
    levels = np.array([float(wanted[int(site)]) / 100 for site in sites])
    open_ = list(range(len(sites)))
    register = draw_records(source, sites, levels, seed)
    for attempt in range(_ATTEMPTS):
        values, still_open = register.values.copy(), []
        rng = stream(seed, source.id, "closing", attempt)
        for index in open_:
            points = register.points(index)
            rest = crawled[index] + sum(points.values()) - points[closing.id]
            months = _closing_months(closing, Fraction(wanted[int(sites[index])]) * maxima / 100 - rest, maxima, rng)
            if months is None:
                still_open.append(index)
                # Too little or too much is left for the closing indicator: let the others move the other way.
                levels[index] += 0.02 if 2 * rest < Fraction(wanted[int(sites[index])]) * maxima / 50 else -0.02
            else:
                values[index, closing_index] = months
        if not still_open:
            return replace(register, values=values)
        redrawn = draw_records(source, sites, np.clip(levels, 0, 1), seed, attempt + 1).values
        values[still_open] = redrawn[still_open]
        register, open_ = replace(register, values=values), still_open
    names = "、".join(str(int(sites[index]) + 1) for index in open_)
    raise Unlucky(f"来源 {source.id} 无法使登记册中第 {names} 个网站的综合得分与参照数据一致。请用 --seed 换一个种子重试。")


def _closing_months(
    indicator: RecordIndicator, mean: Fraction, maxima: Fraction, rng: np.random.Generator
) -> np.ndarray | None:
    """Monthly marks in hundredths whose mean is close enough to `mean`, or None where no marks up to the maximum are."""
    top = int(indicator.max * _UNIT)
    # With one decimal a year's marks can differ by a twelfth of a tenth; where that moves the score too far, two decimals.
    step = 10 if 100 * Fraction(1, 10 * MONTHS) / maxima < Fraction(1, 100) else 1
    steps = round(mean * MONTHS * _UNIT / step)
    limit = top // step
    if not 0 <= steps <= limit * MONTHS:
        return None
    months = np.full(MONTHS, steps // MONTHS)
    months[rng.permutation(MONTHS)[: steps % MONTHS]] += 1
    # Pairs of months move apart by the same amount, so the sum stays.
    pairs = rng.permutation(MONTHS).reshape(-1, 2)
    for first, second in pairs:
        room = min(months[first], limit - months[first], months[second], limit - months[second], max(1, limit // 25))
        move = int(rng.integers(-room, room + 1))
        months[first] += move
        months[second] -= move
    return months * step


def _points(indicator: RecordIndicator, value: Fraction) -> Fraction:
    top = Fraction(indicator.max)
    match indicator.rule:
        case "ratio" if indicator.target:
            points = top * value / Fraction(indicator.target)
        case "deduct" if indicator.per:
            points = top - Fraction(indicator.per) * value
        case _:
            points = value
    return min(max(points, Fraction(0)), top)


def _crawled_points(source: Records, sites: np.ndarray, crawl: Crawl) -> list[Fraction]:
    """Per site the points of all indicators that the scans give."""
    totals = [Fraction()] * len(sites)
    for indicator in source.indicators:
        if indicator.from_crawl is None:
            continue
        scans = crawl.of(indicator.from_crawl)
        rows = np.searchsorted(scans.sites, sites)
        values = scans.passed * _UNIT if indicator.measure == "passed" else scans.values
        for index, row in enumerate(rows):
            months = [values[row, crawl.months == month] for month in range(MONTHS)]
            marks = [_points(indicator, Fraction(int(scan.sum()), _UNIT * len(scan))) for scan in months]
            totals[index] += sum(marks, Fraction()) / MONTHS
    return totals
