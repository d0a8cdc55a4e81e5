"""What sites claim of themselves by indicator, and what the verification of some of the claims gave."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl

from flows.scheme import Scheme
from flows.simulate.delivery import RawFolder
from flows.simulate.exact import published
from flows.simulate.formats import write_csv, write_workbook
from flows.simulate.roster import Roster
from flows.simulate.spelling import numbers, spelled_sites, spelled_things, wide, with_suffix
from flows.simulate.streams import stream
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


@dataclass(frozen=True)
class SelfAssessment:
    """Claimed and verified points in halves, by site and indicator; -1 where there are none."""

    source: Claims
    sites: np.ndarray
    claimed: np.ndarray
    verified: np.ndarray

    def exact(self) -> dict[int, Decimal]:
        """The published score of each site."""
        penalty = Fraction(self.source.inflation_penalty)
        maxima = sum(Fraction(indicator.max) for indicator in self.source.indicators)
        return {
            int(site): published(
                100 * sum((_points(*pair, penalty) for pair in zip(claimed, verified, strict=True)), Fraction()) / maxima
            )
            for site, claimed, verified in zip(self.sites, self.claimed.tolist(), self.verified.tolist(), strict=True)
        }


def simulate(year: SimulatedYear, source: Claims, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    assessment = draw_claims(source, sites, aims, year.seed)
    write_claims(year.folder, year.scheme, year.roster, assessment, year.seed)
    return assessment.exact


def _points(claimed: int, verified: int, penalty: Fraction) -> Fraction:
    if claimed == _NONE:
        return Fraction(0)
    if verified == _NONE:
        return Fraction(claimed, 2)
    return max(Fraction(verified, 2) - penalty * Fraction(max(claimed - verified, 0), 2), Fraction(0))


def draw_claims(source: Claims, sites: np.ndarray, targets: np.ndarray, seed: int) -> SelfAssessment:
    rng = stream(seed, source.id, "claims")
    maxima = np.array([int(indicator.max * 2) for indicator in source.indicators])
    shape = (len(sites), len(maxima))
    # The noise goes to where there is room: whoever has nearly everything has nearly everything everywhere.
    lacking = 1 - targets[:, None] / 100
    share = np.clip(1 - _LACKING_IN_CLAIMS * lacking * np.exp(rng.normal(-0.08, 0.4, shape)), 0, 1)
    claimed = np.minimum(np.rint(share * maxima), maxima).astype(np.int64)
    unclaimed = rng.random(shape) < _NOT_CLAIMED * np.minimum(lacking / 0.2, 1)
    unclaimed[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = False
    claimed[unclaimed] = _NONE
    draws = rng.random(shape)
    missed = rng.integers(1, 5, shape)
    less = _LESS_VERIFIED * np.minimum(lacking / 0.15, 1)
    findings = np.where(draws < less, claimed - missed, np.where(draws > 1 - _MORE_VERIFIED, claimed + 1, claimed))
    verified = np.where((rng.random(shape) < _VERIFIED) & ~unclaimed, np.clip(findings, 0, maxima), _NONE)
    return SelfAssessment(source, sites, claimed, verified)


def write_claims(folder: RawFolder, scheme: Scheme, roster: Roster, assessment: SelfAssessment, seed: int) -> None:
    source = assessment.source
    rng = stream(seed, source.id, "files")
    site, indicator = np.nonzero(assessment.claimed != _NONE)
    rows = _rows(roster, assessment, site, indicator, assessment.claimed, rng).with_columns(
        evidence=pl.Series([f"自查报告第 {page} 页" for page in range(1, 61)]).gather(rng.integers(0, 60, len(site)))
    )
    if len(assessment.sites) <= _MOST_WORKBOOKS:
        for number, position in enumerate(assessment.sites):
            part = rows.filter(pl.Series(site == number))
            write_workbook(folder.path(source.id, f"{roster.ids[position]}.xlsx", part.height), part)
    else:
        write_csv(folder.path(source.id, "claims.csv", rows.height), rows)
    site, indicator = np.nonzero(assessment.verified != _NONE)
    if len(site) == 0:
        return
    verifier = pl.Series(["核查一组", "核查二组", "核查三组"]).gather(site % 3)
    less = pl.Series((assessment.verified < assessment.claimed)[site, indicator])
    rows = _rows(roster, assessment, site, indicator, assessment.verified, rng).with_columns(
        verified_by=verifier, note=pl.select(pl.when(less).then(pl.lit("所报内容未能全部找到"))).to_series()
    )
    dataset = f"{source.id}_verified"
    if len(assessment.sites) <= _MOST_WORKBOOKS:
        write_workbook(folder.path(dataset, "verified.xlsx", rows.height), rows)
    else:
        write_csv(folder.path(dataset, "verified.csv", rows.height), rows)


def _rows(roster: Roster, assessment: SelfAssessment, site, indicator, points, rng) -> pl.DataFrame:
    # Halves of a point are fives of the first decimal.
    written = numbers(points[site, indicator] * 5, 1)
    # Each site writes its own name the same way all through its report.
    names = spelled_sites(roster, assessment.sites, rng).gather(site)
    return pl.DataFrame(
        {
            "site": names,
            "indicator": spelled_things(assessment.source.indicators, indicator, rng, by_label=0.3),
            "points": wide(with_suffix(written, "分", rng, 0.05), rng, 0.03),
        }
    )
