"""Drawing ballots: those that count and those that do not, any number of them, batch by batch.

A batch of ballots is columns of numbers, which is what makes millions of them quick. Ballots that count are valid by
construction, so nothing has to be remembered between batches: a voter has a number of his own, rates different sites in one
session, takes his time, and shares an address with too few others to look like a burst. Ballots that an evaluation must exclude,
each for one reason, are changed copies of these.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from flows.simulate.electorate import Electorate
from flows.sources.ballots import Ballots

WEB, SMS, KIOSK = 0, 1, 2
CHANNELS = ("网络", "短信", "触摸屏")
DAY = 86_400
# Those of honest voters, which are private ones, and behind them the few that bursts come from, of a range that is reserved for
# documentation.
_HONEST, _BURSTING = 1 << 16, 64
ADDRESSES = [f"10.{16 + number % 7}.{number >> 8}.{number & 255}" for number in range(_HONEST)]
ADDRESSES += [f"203.0.113.{number + 1}" for number in range(_BURSTING)]
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
# Each reason's part of all ballots.
_OUTSIDE, _NO_RATING, _TOO_FAST, _BURST, _DUPLICATE = 0.006, 0.008, 0.014, 0.012, 0.018


@dataclass(frozen=True)
class BallotBatch:
    """One batch, in the order in which it was cast.

    `site` is the position of the site in the electorate, `second` counts from the first day's midnight, `rating` (ballot by
    aspect) and `overall` are level codes with 0 for none, `origin` and `seconds` are -1 where nothing was recorded.
    """

    site: np.ndarray
    second: np.ndarray
    voter: np.ndarray
    rating: np.ndarray
    overall: np.ndarray
    channel: np.ndarray
    origin: np.ndarray
    seconds: np.ndarray
    valid: np.ndarray

    def __len__(self) -> int:
        return len(self.site)

    @classmethod
    def together(cls, parts: "list[BallotBatch]") -> "BallotBatch":
        """All ballots of the parts, in the order in which they were cast."""
        joined = cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))
        return joined.take(np.argsort(joined.second, kind="stable"))

    def take(self, rows: np.ndarray) -> "BallotBatch":
        return BallotBatch(*(getattr(self, column.name)[rows] for column in fields(self)))


def draw_ballots(
    rng: np.random.Generator, electorate: Electorate, count: int, first_voter: int, window: tuple[float, float]
) -> BallotBatch:
    """`count` ballots whose voters are numbered from `first_voter` on (at most `count` of them).

    `window` is the part of the polling period they fall into, from 0 to 1.
    """
    source = electorate.source
    sizes = {
        _outside: [round(count * _OUTSIDE)],
        _no_rating: [round(count * _NO_RATING)],
        _too_fast: [round(count * _TOO_FAST)] if source.min_seconds else [],
        _burst: _burst_sizes(rng, source, round(count * _BURST)),
        _duplicate: [round(count * _DUPLICATE)],
    }
    honest = _honest(rng, electorate, count - sum(map(sum, sizes.values())), first_voter, window)
    if not (honest.channel == WEB).any():
        # A handful of ballots can't serve as models for the bad ones.
        return BallotBatch.together([_honest(rng, electorate, count, first_voter, window)])
    parts = [honest]
    pools = {_too_fast: np.flatnonzero(honest.channel != SMS), _burst: np.flatnonzero(honest.channel == WEB)}
    for change, parts_of in sizes.items():
        size = sum(parts_of)
        if size:
            pool = pools.get(change, np.arange(len(honest)))
            model = honest.take(rng.choice(pool, size=size, replace=size > len(pool)))
            # All voters are new except those of duplicates.
            voters = (first_voter + sum(map(len, parts)) + np.arange(size)).astype(np.uint64)
            columns = {"voter": voters, "valid": np.zeros(size, dtype=bool)} | change(rng, source, model, parts_of)
            parts.append(replace(model, **columns))
    return BallotBatch.together(parts)


def _honest(
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
    address = (session + first_voter) * 40_503 % _HONEST
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
    return (1 + (draws[:, None] > edges[site]).sum(axis=1)).astype(np.uint8)


def _burst_sizes(rng: np.random.Generator, source: Ballots, wanted: int) -> list[int]:
    """How many ballots each burst has; together about `wanted`."""
    if source.burst_limit is None:
        return []
    sizes: list[int] = []
    while (left := wanted - sum(sizes)) > source.burst_limit:
        sizes.append(min(left, source.burst_limit + int(rng.integers(4, 40))))
    return sizes


def _outside(rng, source: Ballots, model: BallotBatch, sizes: list[int]) -> dict[str, np.ndarray]:
    days = (source.closes - source.opens).days + 1
    day = np.where(rng.random(len(model)) < 0.3, -rng.integers(1, 4, len(model)), days + rng.integers(0, 4, len(model)))
    return {"second": day * DAY + model.second % DAY}


def _no_rating(rng, source: Ballots, model: BallotBatch, sizes: list[int]) -> dict[str, np.ndarray]:
    return {"second": _nearby(rng, model), "rating": np.zeros_like(model.rating)}


def _too_fast(rng, source: Ballots, model: BallotBatch, sizes: list[int]) -> dict[str, np.ndarray]:
    # The fastest is a second below the limit, or no time at all.
    most = max(1, int(np.ceil(float(source.min_seconds or 0))))
    seconds = rng.integers(0, most, len(model)).astype(np.int32)
    return {"second": _nearby(rng, model), "seconds": seconds}


def _nearby(rng, model: BallotBatch) -> np.ndarray:
    """Another time of the same day, so that no two ballots look the same."""
    return model.second + rng.integers(-1800, 1800, len(model))


def _burst(rng, source: Ballots, model: BallotBatch, sizes: list[int]) -> dict[str, np.ndarray]:
    """Each burst: one address, one minute, one site, one opinion, and many voters."""
    number = np.repeat(np.arange(len(sizes)), sizes)
    first = np.searchsorted(number, np.arange(len(sizes)))[number]
    minute = model.second[first] // 60 * 60
    best = np.argmax([float(level.points) for level in source.levels]) + 1
    return {
        "site": model.site[first],
        "second": minute + rng.integers(0, 60, len(model)),
        "rating": np.full_like(model.rating, best),
        "origin": (_HONEST + rng.integers(0, _BURSTING, len(sizes))[number]).astype(np.int32),
    }


def _duplicate(rng, source: Ballots, model: BallotBatch, sizes: list[int]) -> dict[str, np.ndarray]:
    """The same voter and site some time earlier, with another opinion: the later ballot counts."""
    before = rng.integers(120, 7200, len(model))
    opinion = rng.permutation(len(model))
    return {
        "voter": model.voter,
        "second": model.second - before,
        "rating": model.rating[opinion],
        "overall": model.overall[opinion],
    }
