"""Ballots that count. They are valid by construction, so nothing has to be remembered between batches.

A voter has a number of his own, rates different sites in one session, takes his time, and shares an address with too few
others to look like a burst.
"""

import numpy as np

from flows.simulate.ballot_batch import ADDRESSES, DAY, SMS, WEB, BallotBatch
from flows.simulate.electorate import Electorate

_CHANNEL_SHARES = (0.78, 0.14, 0.08)
_MOST_SITES = 5
_SITES_A_VOTER = (0.42, 0.24, 0.16, 0.10, 0.08)
_UNRATED = 0.03
# Sessions begin between 7:00 and 23:00 and last minutes, so none crosses midnight.
_HOURS = np.array([1, 3, 7, 9, 7, 4, 6, 7, 7, 6, 4, 3, 4, 5, 5, 3]) / 81
_FIRST_HOUR = 7
_LATEST_SECOND = 3000
# A burst limit below this would be reached by honest neighbours, so honest ballots then carry no address.
_LOWEST_LIMIT = 8


def draw_honest(
    rng: np.random.Generator, electorate: Electorate, count: int, first_voter: int, window: tuple[float, float]
) -> BallotBatch:
    most = max(1, min(_MOST_SITES, int(0.999 / electorate.popularity.max())))
    shares = np.array(_SITES_A_VOTER[:most])
    sites_rated = 1 + rng.choice(most, size=count, p=shares / shares.sum()).astype(np.int64)
    ends = np.cumsum(sites_rated)
    voters = int(np.searchsorted(ends, count)) + 1 if count else 0
    session = np.repeat(np.arange(voters), sites_rated[:voters])[:count]
    nth = np.arange(count) - (ends - sites_rated)[session]
    site = _different_sites(rng, electorate.popularity, session, nth, voters, most)
    days = (electorate.source.closes - electorate.source.opens).days + 1
    day = np.minimum((window[0] + rng.random(voters) * (window[1] - window[0])) * days, days - 1).astype(np.int64)
    hour = _FIRST_HOUR + rng.choice(len(_HOURS), size=voters, p=_HOURS)
    begun = day * DAY + hour * 3600 + rng.integers(0, _LATEST_SECOND, voters)
    channel = rng.choice(3, size=voters, p=_CHANNEL_SHARES).astype(np.uint8)[session]
    limit = electorate.source.burst_limit
    has_address = (channel == WEB) & (limit is None or limit >= _LOWEST_LIMIT)
    # A factor without a common divisor with 2^16 scatters neighbours in the numbering over all addresses.
    address = (session + first_voter) * 40_503 % ADDRESSES
    least = int(np.ceil(float(electorate.source.min_seconds or 0)))
    rating = np.stack([_levels(rng, shares, site) for shares in electorate.aspects.transpose(1, 0, 2)], axis=1)
    unrated = rng.random(rating.shape, dtype=np.float32) < _UNRATED
    unrated[unrated.all(axis=1)] = False
    rating[unrated] = 0
    overall = _levels(rng, electorate.overall, site)
    overall[rng.random(count, dtype=np.float32) < _UNRATED] = 0
    return BallotBatch(
        site=site,
        second=begun[session] + nth * rng.integers(40, 120, count),
        voter=(session + first_voter).astype(np.uint64),
        rating=rating,
        overall=overall,
        channel=channel,
        origin=np.where(has_address, address, -1).astype(np.int32),
        seconds=np.where(channel == SMS, -1, least + 3 + rng.gamma(2.5, 14, count).astype(np.int64)).astype(np.int32),
        valid=np.ones(count, dtype=bool),
    )


def _different_sites(
    rng: np.random.Generator, popularity: np.ndarray, session: np.ndarray, nth: np.ndarray, voters: int, most: int
) -> np.ndarray:
    """Sites in proportion to their popularity, no site twice in a session.

    The shares are laid side by side from 0 to 1, and a session picks at points a whole `1/most` apart: as no share is
    that wide, each pick is another site, and each site is picked as often as its share is wide. Sessions in different
    blocks lay the shares in different orders.
    """
    points = (rng.random(voters)[session] + nth / most) % 1.0
    site = np.empty(len(session), dtype=np.int64)
    for block in np.array_split(np.arange(len(session)), min(32, max(1, voters // 50))):
        if len(block) == 0:
            continue
        # A session that straddles two blocks must not meet two orders.
        start, stop = np.searchsorted(session, session[block[0]]), np.searchsorted(session, session[block[-1]], "right")
        order = rng.permutation(len(popularity))
        edges = np.cumsum(popularity[order])
        picks = np.searchsorted(edges, points[start:stop] * edges[-1], side="right")
        site[start:stop] = order[np.minimum(picks, len(order) - 1)]
    return site


def _levels(rng: np.random.Generator, shares: np.ndarray, site: np.ndarray) -> np.ndarray:
    """A level code for each ballot, by the level shares of its site."""
    edges = np.cumsum(shares, axis=1).astype(np.float32)[:, :-1]
    draws = rng.random(len(site), dtype=np.float32)
    code = np.ones(len(site), dtype=np.uint8)
    for level in range(edges.shape[1]):
        code += draws > edges[:, level][site]
    return code
