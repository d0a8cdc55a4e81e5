"""Ballots that an evaluation must exclude, each for one reason; they are changed copies of honest ballots."""

from dataclasses import dataclass, fields

import numpy as np

from flows.simulate.ballot_batch import ADDRESSES, BURST_ADDRESSES, DAY, SMS, WEB, BallotBatch
from flows.sources.ballots import Ballots

# Each reason's part of all ballots.
_OUTSIDE, _NO_RATING, _TOO_FAST, _BURST, _DUPLICATE = 0.006, 0.008, 0.014, 0.012, 0.018


@dataclass(frozen=True)
class Exclusions:
    """The number of ballots to exclude by reason, of bursts the size of each. A rule that is off excludes none."""

    outside: int
    no_rating: int
    too_fast: int
    bursts: tuple[int, ...]
    duplicate: int

    def __len__(self) -> int:
        return self.outside + self.no_rating + self.too_fast + sum(self.bursts) + self.duplicate


def plan_exclusions(rng: np.random.Generator, source: Ballots, count: int) -> Exclusions:
    """The exclusions among `count` ballots."""
    return Exclusions(
        outside=round(count * _OUTSIDE),
        no_rating=round(count * _NO_RATING),
        too_fast=round(count * _TOO_FAST) if source.min_seconds else 0,
        bursts=tuple(_burst_sizes(rng, source, round(count * _BURST))),
        duplicate=round(count * _DUPLICATE),
    )


def draw_excluded(
    rng: np.random.Generator, source: Ballots, honest: BallotBatch, plan: Exclusions, first_voter: int
) -> list[BallotBatch]:
    """The ballots to exclude, copied from `honest` ballots and changed; all voters are new except those of duplicates."""
    web, timed = np.flatnonzero(honest.channel == WEB), np.flatnonzero(honest.channel != SMS)
    everyone = np.arange(len(honest))
    parts = []
    for make, size, pool in (
        (_outside, plan.outside, everyone),
        (_no_rating, plan.no_rating, everyone),
        (_too_fast, plan.too_fast, timed),
        (_burst, plan.bursts, web),
        (_duplicate, plan.duplicate, everyone),
    ):
        count = sum(size) if isinstance(size, tuple) else size
        if count == 0:
            continue
        model = honest.take(rng.choice(pool, size=count, replace=count > len(pool)))
        newcomers = (first_voter + np.arange(count)).astype(np.uint64)
        first_voter += count
        parts.append(make(rng, source, model, newcomers, plan))
    return parts


def _burst_sizes(rng: np.random.Generator, source: Ballots, wanted: int) -> list[int]:
    """How many ballots each burst has; together about `wanted`."""
    if source.burst_limit is None:
        return []
    sizes: list[int] = []
    while (left := wanted - sum(sizes)) > source.burst_limit:
        sizes.append(min(left, source.burst_limit + int(rng.integers(4, 40))))
    return sizes


def _changed(model: BallotBatch, **columns: np.ndarray) -> BallotBatch:
    kept = {column.name: getattr(model, column.name) for column in fields(model)}
    return BallotBatch(**(kept | columns | {"valid": np.zeros(len(model), dtype=bool)}))


def _outside(rng, source, model, voters, plan) -> BallotBatch:
    days = (source.closes - source.opens).days + 1
    day = np.where(rng.random(len(model)) < 0.3, -rng.integers(1, 4, len(model)), days + rng.integers(0, 4, len(model)))
    return _changed(model, second=day * DAY + model.second % DAY, voter=voters)


def _no_rating(rng, source, model, voters, plan) -> BallotBatch:
    return _changed(model, second=_nearby(rng, model), rating=np.zeros_like(model.rating), voter=voters)


def _too_fast(rng, source, model, voters, plan) -> BallotBatch:
    # The fastest is a second below the limit, or no time at all.
    most = max(1, int(np.ceil(float(source.min_seconds))))
    seconds = rng.integers(0, most, len(model)).astype(np.int32)
    return _changed(model, second=_nearby(rng, model), seconds=seconds, voter=voters)


def _nearby(rng, model: BallotBatch) -> np.ndarray:
    """Another time of the same day, so that no two ballots look the same."""
    return model.second + rng.integers(-1800, 1800, len(model))


def _burst(rng, source, model, voters, plan) -> BallotBatch:
    """Each burst: one address, one minute, one site, one opinion, and many voters."""
    number = np.repeat(np.arange(len(plan.bursts)), plan.bursts)
    first = np.searchsorted(number, np.arange(len(plan.bursts)))[number]
    minute = model.second[first] // 60 * 60
    best = np.argmax([float(level.points) for level in source.levels]) + 1
    return _changed(
        model,
        site=model.site[first],
        second=minute + rng.integers(0, 60, len(model)),
        rating=np.full_like(model.rating, best),
        origin=(ADDRESSES + rng.integers(0, BURST_ADDRESSES, len(plan.bursts))[number]).astype(np.int32),
        voter=voters,
    )


def _duplicate(rng, source, model, voters, plan) -> BallotBatch:
    """The same voter and site some time earlier, with another opinion: the later ballot counts."""
    before = rng.integers(120, 7200, len(model))
    opinion = rng.permutation(len(model))
    return _changed(model, second=model.second - before, rating=model.rating[opinion], overall=model.overall[opinion])
