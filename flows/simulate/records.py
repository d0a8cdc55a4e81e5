"""Twelve months of daily work: the values of every site, recorded by hand and by the scans.

In a reconstruction a records source also closes the composites: its `points` indicator is marked by the month with one
or two decimals, finely enough to bring the source to any score of two decimals.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import polars as pl

from flows.simulate.composites import published
from flows.simulate.crawl import Crawl
from flows.simulate.spelling import REPEATED, numbers, spelled_sites, spelled_things, wide, with_faulty_rows, with_suffix
from flows.simulate.streams import Unlucky
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.records import RecordIndicator, Records

KINDNESS, SPREAD = -0.35, 3.0
_MONTHS = 12
_UNIT = 100  # values are kept in hundredths
_ATTEMPTS = 12


def simulate(year: SimulatedYear, source: Records, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    values = _draw(year, source, aims / 100)
    _write(year, source, sites, values)
    return lambda: _exact(source, sites, values, year.crawl)


def closes(source: Records) -> bool:
    return _closing_indicator(source) is not None


def close(year: SimulatedYear, source: Records, sites: np.ndarray, wanted: Scores) -> Scores:
    values = _closed(year, source, sites, wanted)
    _write(year, source, sites, values)
    return _exact(source, sites, values, year.crawl)


def _by_hand(source: Records) -> list[RecordIndicator]:
    return [indicator for indicator in source.indicators if indicator.from_crawl is None]


def _closing_indicator(source: Records) -> RecordIndicator | None:
    """Of the indicators marked in points, the one with the highest maximum: it can bring the source to a wanted score."""
    marked = [indicator for indicator in _by_hand(source) if indicator.rule == "points"]
    return max(marked, key=lambda indicator: indicator.max, default=None)


def _draw(year: SimulatedYear, source: Records, levels: np.ndarray, attempt: int = 0) -> np.ndarray:
    """Monthly values in hundredths by site, indicator recorded by hand, and month.

    `levels` holds the part of the full mark (0 to 1) to aim at, for each site.
    """
    rng = year.stream(source.id, "records", attempt)
    indicators = _by_hand(source)
    values = np.zeros((len(levels), len(indicators), _MONTHS), dtype=np.int64)
    shape = (len(levels), _MONTHS)
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


def _closed(year: SimulatedYear, source: Records, sites: np.ndarray, wanted: Scores) -> np.ndarray:
    """Values as `_draw` makes them, with which every site gets exactly the wanted score of two decimals."""
    closing = _closing_indicator(source)
    assert closing is not None, "only what has a closing indicator closes"
    closing_index = _by_hand(source).index(closing)
    maxima = _maxima(source)
    crawled = _crawled_points(source, sites, year.crawl)
    levels = np.array([float(wanted[int(site)]) / 100 for site in sites])
    open_ = list(range(len(sites)))
    values = _draw(year, source, levels)
    for attempt in range(_ATTEMPTS):
        still_open = []
        rng = year.stream(source.id, "closing", attempt)
        for index in open_:
            points = _points_by_hand(source, values[index])
            points[closing_index] = Fraction()
            rest = crawled[index] + sum(points)
            target = Fraction(wanted[int(sites[index])]) * maxima / 100
            months = _closing_months(closing, target - rest, maxima, rng)
            if months is None:
                still_open.append(index)
                # Too little or too much is left for the closing indicator: let the others move the other way.
                levels[index] += 0.02 if rest < target else -0.02
            else:
                values[index, closing_index] = months
        if not still_open:
            return values
        values[still_open] = _draw(year, source, np.clip(levels, 0, 1), attempt + 1)[still_open]
        open_ = still_open
    names = "、".join(str(int(sites[index]) + 1) for index in open_)
    raise Unlucky(f"来源 {source.id} 无法使登记册中第 {names} 个网站的综合得分与参照数据一致。请用 --seed 换一个种子重试。")


def _closing_months(
    indicator: RecordIndicator, mean: Fraction, maxima: Fraction, rng: np.random.Generator
) -> np.ndarray | None:
    """Monthly marks in hundredths whose mean is close enough to `mean`, or None where no marks up to the maximum are."""
    top = int(indicator.max * _UNIT)
    # With one decimal a year's marks can differ by a twelfth of a tenth; where that moves the score too far, two decimals.
    step = 10 if 100 * Fraction(1, 10 * _MONTHS) / maxima < Fraction(1, 100) else 1
    steps = round(mean * _MONTHS * _UNIT / step)
    limit = top // step
    if not 0 <= steps <= limit * _MONTHS:
        return None
    months = np.full(_MONTHS, steps // _MONTHS)
    months[rng.permutation(_MONTHS)[: steps % _MONTHS]] += 1
    # Pairs of months move apart by the same amount, so the sum stays.
    for first, second in rng.permutation(_MONTHS).reshape(-1, 2):
        room = min(months[first], limit - months[first], months[second], limit - months[second], max(1, limit // 25))
        move = int(rng.integers(-room, room + 1))
        months[first] += move
        months[second] -= move
    return months * step


def _exact(source: Records, sites: np.ndarray, values: np.ndarray, crawl: Crawl) -> Scores:
    """The published score of each site."""
    maxima = _maxima(source)
    points = [sum(_points_by_hand(source, of_site)) for of_site in values]
    crawled = _crawled_points(source, sites, crawl)
    return {
        int(site): published(100 * (scanned + recorded) / maxima)
        for site, scanned, recorded in zip(sites, crawled, points, strict=True)
    }


def _maxima(source: Records) -> Fraction:
    return sum((Fraction(indicator.max) for indicator in source.indicators), Fraction())


def _points_by_hand(source: Records, values: np.ndarray) -> list[Fraction]:
    """One site's points by indicator recorded by hand, of its values by indicator and month."""
    return [
        sum((_points(indicator, Fraction(int(value), _UNIT)) for value in months), Fraction()) / _MONTHS
        for indicator, months in zip(_by_hand(source), values, strict=True)
    ]


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
        scans = crawl.scans[indicator.from_crawl]
        rows = np.searchsorted(scans.sites, sites)
        values = scans.passed * _UNIT if indicator.measure == "passed" else scans.values
        for index, row in enumerate(rows):
            months = [values[row, crawl.months == month] for month in range(_MONTHS)]
            marks = [_points(indicator, Fraction(int(scan.sum()), _UNIT * len(scan))) for scan in months]
            totals[index] += sum(marks, Fraction()) / _MONTHS
    return totals


def _write(year: SimulatedYear, source: Records, sites: np.ndarray, values: np.ndarray) -> None:
    """The daily work's register: a CSV file a half-year."""
    if values.size == 0:
        return
    scheme, indicators = year.scheme, _by_hand(source)
    rng = year.stream(source.id, "files")
    # As it was written down: month by month, site by site.
    month, site, indicator = (axis.ravel() for axis in np.indices(values.transpose(2, 0, 1).shape))
    marked = pl.Series([entry.rule == "points" for entry in indicators]).gather(indicator)
    written = numbers(values[site, indicator, month], 2)
    written = with_suffix(written, "分", rng, 0.1).zip_with(marked, written)
    rows = pl.DataFrame(
        {
            "site": spelled_sites(year.roster, sites[site], rng),
            "indicator": spelled_things(indicators, indicator, rng, by_label=0.5),
            "month": pl.Series([f"{scheme.year}-{number:02}" for number in range(1, 13)]).gather(month),
            "value": wide(written, rng, 0.02),
            "recorded_by": pl.Series(["记录员甲", "记录员乙", "记录员丙"]).gather(rng.integers(0, 3, len(site))),
        }
    )
    faults = [
        REPEATED, ("month", f"{scheme.year}-13"), ("value", "未统计"), ("site", "市某某局"), ("indicator", "其他工作"),
        ("value", ""),
    ]  # fmt: skip
    for half, encoding in enumerate(("gb18030", "utf-8"), start=1):
        part = rows.filter(pl.Series(month // 6 == half - 1))
        part = with_faulty_rows(part, faults, scheme.max_quarantined, rng)
        year.folder.write(source.id, f"{scheme.year}-h{half}.csv", part, encoding=encoding, end="\r\n")
