"""Drawing ballots: those that count and those that do not, any number of them, batch by batch."""

import numpy as np

from flows.simulate.ballot_batch import WEB, BallotBatch
from flows.simulate.electorate import Electorate
from flows.simulate.excluded_ballots import draw_excluded, plan_exclusions
from flows.simulate.honest_ballots import draw_honest


def draw_ballots(
    rng: np.random.Generator, electorate: Electorate, count: int, first_voter: int, window: tuple[float, float]
) -> BallotBatch:
    """`count` ballots whose voters are numbered from `first_voter` on (at most `count` of them).

    `window` is the part of the polling period they fall into, from 0 to 1.
    """
    plan = plan_exclusions(rng, electorate.source, count)
    honest = draw_honest(rng, electorate, count - len(plan), first_voter, window)
    if not (honest.channel == WEB).any():
        # A handful of ballots can't serve as models for the bad ones.
        return BallotBatch.together([draw_honest(rng, electorate, count, first_voter, window)])
    excluded = draw_excluded(rng, electorate.source, honest, plan, first_voter + len(honest))
    return BallotBatch.together([honest, *excluded])
