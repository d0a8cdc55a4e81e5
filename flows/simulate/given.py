"""Scores that someone else computed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from flows.simulate.delivery import RawFolder
from flows.simulate.formats import write_csv
from flows.simulate.roster import Roster
from flows.simulate.spelling import numbers, spelled_sites
from flows.simulate.streams import stream
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.given import Given

KINDNESS, SPREAD = 0.0, 2.0


@dataclass(frozen=True)
class GivenScores:
    """Scores in hundredths."""

    source: Given
    sites: np.ndarray
    scores: np.ndarray

    def exact(self) -> dict[int, Decimal]:
        return {int(site): Decimal(int(score)).scaleb(-2) for site, score in zip(self.sites, self.scores, strict=True)}


def simulate(year: SimulatedYear, source: Given, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    given = draw_given(source, sites, aims)
    write_given(year.folder, year.roster, given, year.seed)
    return given.exact


def closes(source: Given) -> bool:
    """Any score of two decimals can be given."""
    return True


def close(year: SimulatedYear, source: Given, sites: np.ndarray, wanted: Scores) -> Scores:
    given = close_given(source, sites, wanted)
    write_given(year.folder, year.roster, given, year.seed)
    return given.exact()


def draw_given(source: Given, sites: np.ndarray, targets: np.ndarray) -> GivenScores:
    return GivenScores(source, sites, np.rint(targets * 100).astype(np.int64))


def close_given(source: Given, sites: np.ndarray, wanted: dict[int, Decimal]) -> GivenScores:
    """The scores that were wanted, as they are."""
    return GivenScores(source, sites, np.array([int(wanted[int(site)].scaleb(2)) for site in sites]))


def write_given(folder: RawFolder, roster: Roster, given: GivenScores, seed: int) -> None:
    rng = stream(seed, given.source.id, "files")
    rows = pl.DataFrame({"site": spelled_sites(roster, given.sites, rng), "score": numbers(given.scores, 2)})
    write_csv(folder.path(given.source.id, "scores.csv", rows.height), rows)
