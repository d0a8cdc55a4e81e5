"""Makes up a ballots source."""

from collections.abc import Callable
from functools import partial

import numpy as np

from flows.scheme import Scheme
from flows.simulate.ballot_files import write_ballots
from flows.simulate.electorate import gather_electorate
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.ballots import Ballots

KINDNESS, SPREAD = 0.30, 1.2
_BALLOTS_A_SITE = 350


def numbers_of_ballots(scheme: Scheme, roster: Roster, printed: Printed, ballots: int | None) -> dict[str, int]:
    """How many ballots each ballots source gets that a group weighs: as printed, or the wanted total in equal parts."""
    sources = [source.id for source in scheme.of_kind("ballots") if len(roster.scored_by(scheme, source.id))]
    cast = {}
    for number, source in enumerate(sources):
        figure = printed.at("ballot_audit", "ballots", f"{source}/%", "sum")
        usual = _BALLOTS_A_SITE * len(roster.scored_by(scheme, source))
        share = None if ballots is None else ballots * (number + 1) // len(sources) - ballots * number // len(sources)
        cast[source] = int(figure.range.middle) if figure else usual if share is None else share
    return cast


def simulate(year: SimulatedYear, source: Ballots, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    scheme, printed, seed, cast = year.scheme, year.printed, year.seed, year.ballots[source.id]
    electorate = gather_electorate(scheme, source, sites, aims, cast, printed, seed)
    tally = write_ballots(year.folder, scheme, year.roster, electorate, cast, seed, partial(year.tell, source.label))
    tally.check(scheme, electorate, printed, seed)
    return lambda: tally.scores(scheme, electorate)
