"""What sites claim of themselves by indicator, and what the verification of some of the claims gave."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import polars as pl

from flows.simulate.composites import published
from flows.simulate.spelling import numbers, spelled_sites, spelled_things, wide, with_suffix
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.claims import Claims

KINDNESS, SPREAD = 0.25, 3.0
_NONE = -1
_NOT_CLAIMED, _VERIFIED = 0.03, 0.4
_LESS_VERIFIED, _MORE_VERIFIED = 0.3, 0.1
# The part of its missing points that a site admits; the verification finds the rest.
_LACKING_IN_CLAIMS = 0.85
# One workbook a site is what an office can open; a programme of thousands collects one table.
_MOST_WORKBOOKS = 200


def simulate(year: SimulatedYear, source: Claims, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    claimed, verified = _draw(source, aims, year.stream(source.id, "claims"))
    _write(year, source, sites, claimed, verified)
    return lambda: _exact(source, sites, claimed, verified)


def _draw(source: Claims, aims: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Claimed and verified points in halves, by site and indicator; -1 where there are none."""
    maxima = np.array([int(indicator.max * 2) for indicator in source.indicators])
    shape = (len(aims), len(maxima))
    # The noise goes to where there is room: whoever has nearly everything has nearly everything everywhere.
    lacking = 1 - aims[:, None] / 100
    share = np.clip(1 - _LACKING_IN_CLAIMS * lacking * np.exp(rng.normal(-0.08, 0.4, shape)), 0, 1)
    claimed = np.minimum(np.rint(share * maxima), maxima).astype(np.int64)
    unclaimed = rng.random(shape) < _NOT_CLAIMED * np.minimum(lacking / 0.2, 1)
    unclaimed[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = False
    claimed[unclaimed] = _NONE
    draws = rng.random(shape)
    missed = rng.integers(1, 5, shape)
    less = _LESS_VERIFIED * np.minimum(lacking / 0.15, 1)
    findings = np.where(draws < less, claimed - missed, np.where(draws > 1 - _MORE_VERIFIED, claimed + 1, claimed))
    return claimed, np.where((rng.random(shape) < _VERIFIED) & ~unclaimed, np.clip(findings, 0, maxima), _NONE)


def _exact(source: Claims, sites: np.ndarray, claimed: np.ndarray, verified: np.ndarray) -> Scores:
    """The published score of each site."""
    maxima = sum(Fraction(indicator.max) for indicator in source.indicators)
    scores = {}
    for site, *points in zip(sites, claimed.tolist(), verified.tolist(), strict=True):
        total = sum((_points(source, *pair) for pair in zip(*points, strict=True)), Fraction())
        scores[int(site)] = published(100 * total / maxima)
    return scores


def _points(source: Claims, claimed: int, verified: int) -> Fraction:
    if claimed == _NONE:
        return Fraction(0)
    if verified == _NONE:
        return Fraction(claimed, 2)
    penalty = Fraction(source.inflation_penalty) * Fraction(max(claimed - verified, 0), 2)
    return max(Fraction(verified, 2) - penalty, Fraction(0))


def _write(year: SimulatedYear, source: Claims, sites: np.ndarray, claimed: np.ndarray, verified: np.ndarray) -> None:
    rng = year.stream(source.id, "files")
    few = len(sites) <= _MOST_WORKBOOKS
    site, rows = _rows(year, source, sites, claimed, rng)
    pages = pl.Series([f"自查报告第 {page} 页" for page in range(1, 61)])
    rows = rows.with_columns(evidence=pages.gather(rng.integers(0, 60, len(site))))
    if few:
        for number, position in enumerate(sites):
            year.folder.write(source.id, f"{year.roster.ids[position]}.xlsx", rows.filter(pl.Series(site == number)))
    else:
        year.folder.write(source.id, "claims.csv", rows)
    site, rows = _rows(year, source, sites, verified, rng)
    if len(site):
        less = pl.Series((verified < claimed)[verified != _NONE])
        rows = rows.with_columns(
            verified_by=pl.Series(["核查一组", "核查二组", "核查三组"]).gather(site % 3),
            note=pl.select(pl.when(less).then(pl.lit("所报内容未能全部找到"))).to_series(),
        )
        year.folder.write(f"{source.id}_verified", f"verified.{'xlsx' if few else 'csv'}", rows)


def _rows(
    year: SimulatedYear, source: Claims, sites: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, pl.DataFrame]:
    """The index of each row's site, and the rows, one for each number of points."""
    site, indicator = np.nonzero(points != _NONE)
    # Halves of a point are fives of the first decimal.
    written = numbers(points[site, indicator] * 5, 1)
    # Each site writes its own name the same way all through its report.
    names = spelled_sites(year.roster, sites, rng).gather(site)
    return site, pl.DataFrame(
        {
            "site": names,
            "indicator": spelled_things(source.indicators, indicator, rng, by_label=0.3),
            "points": wide(with_suffix(written, "分", rng, 0.05), rng, 0.03),
        }
    )
