"""Makes up a survey: ten respondents, of whom the first weighs double."""

from collections.abc import Callable

import numpy as np
import polars as pl

from flows.simulate.year import Scores, SimulatedYear
from flows.sources import Source

KINDNESS, SPREAD = 0.0, 1.0
_RESPONDENTS = 10


def simulate(year: SimulatedYear, source: Source, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    rng = year.stream(source.id, "survey")
    rows = [
        (
            f"r{number}",
            year.roster.ids[site],
            aspect.id,
            str(int(rng.integers(max(int(aim) - 5, 0), int(aim) + 1))),
            1 + (not number),
        )
        for site, aim in zip(sites, aims, strict=True)
        for aspect in year.scheme.aspects
        for number in range(_RESPONDENTS)
    ]
    frame = pl.DataFrame(rows, schema=["respondent", "site", "aspect", "score", "weight"], orient="row")
    year.folder.write(source.id, "answers.csv", frame)
    return dict
