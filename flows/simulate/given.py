"""Scores that someone else computed."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from flows.simulate.spelling import numbers, spelled_sites
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.given import Given

KINDNESS, SPREAD = 0.0, 2.0


def simulate(year: SimulatedYear, source: Given, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    hundredths = np.rint(aims * 100).astype(np.int64)
    _write(year, source, sites, hundredths)
    return lambda: {int(site): Decimal(int(score)).scaleb(-2) for site, score in zip(sites, hundredths, strict=True)}


def closes(source: Given) -> bool:
    """Any score of two decimals can be given."""
    return True


def close(year: SimulatedYear, source: Given, sites: np.ndarray, wanted: Scores) -> Scores:
    _write(year, source, sites, np.array([int(wanted[int(site)].scaleb(2)) for site in sites]))
    return wanted


def _write(year: SimulatedYear, source: Given, sites: np.ndarray, hundredths: np.ndarray) -> None:
    names = spelled_sites(year.roster, sites, year.stream(source.id, "files"))
    year.folder.write(source.id, "scores.csv", pl.DataFrame({"site": names, "score": numbers(hundredths, 2)}))
