"""The voters of a ballots source: the popularity of each site, and the levels that its voters choose."""

from dataclasses import dataclass

import numpy as np

from flows.simulate.year import SimulatedYear
from flows.sources.ballots import Ballots, Level

# Satisfied with the whole, where nothing was printed: the part of what lacks to 100 that is not.
_DISSATISFIED = 0.35
_SAFELY = 2
# What people tick when they have no strong opinion: mostly a satisfied level, the others the rarer the worse.
_FIRST_WORSE = 0.12
_WORSE = 0.3
_STEEPEST = 60.0
_HALVINGS = 60


@dataclass(frozen=True)
class Electorate:
    """A source's sites (positions in the roster) with their shares of the ballots and of the levels.

    `aspects` has the axes site, aspect, level; `overall` site, level.
    """

    source: Ballots
    sites: np.ndarray
    popularity: np.ndarray
    aspects: np.ndarray
    overall: np.ndarray


def gather_electorate(year: SimulatedYear, source: Ballots, sites: np.ndarray, aims: np.ndarray) -> Electorate:
    """`aims` holds the score to aim at for each of the `sites`, among which the source's ballots will be shared.

    Printed means and satisfaction rates are aimed at.
    """
    rng = year.stream(source.id, "electorate")
    popularity = np.clip(rng.lognormal(0, 0.35, len(sites)), 0.5, 2.5)
    # Where the ballots suffice, every site is safely above the number below which its score is flagged.
    least = min(_SAFELY * (source.min_ballots or 0) / year.ballots[source.id], 0.9 / len(sites))
    popularity = least + popularity / popularity.sum() * (1 - least * len(sites))
    lacking = 100 - aims
    lacking_on_average = float((lacking * popularity).sum())
    parts = _aspect_parts(year, source, lacking_on_average, rng)
    aspects = level_shares(source.levels, 100 - lacking[:, None] * parts[None, :])
    overall = level_shares(source.levels, aims)
    figure = year.printed.sum_at("satisfaction", "rate", f"{source.id}/all/overall")
    unhappy = _DISSATISFIED * lacking_on_average / 100 if figure is None else 1 - float(figure.range.middle)
    satisfied = 1 - np.clip(unhappy * lacking / lacking_on_average, 0.001, 0.6)
    return Electorate(source, sites, popularity, aspects, with_satisfaction(source.levels, overall, satisfied))


def _aspect_parts(year: SimulatedYear, source: Ballots, lacking: float, rng: np.random.Generator) -> np.ndarray:
    """Per aspect how much it lacks to 100, as a multiple of what the site's score lacks; by weight the multiples mean 1."""
    weights = np.array([float(aspect.weight) for aspect in year.scheme.aspects])
    parts = np.clip(rng.normal(1, 0.08, len(weights)), 0.7, 1.3)
    fixed = np.zeros(len(weights), dtype=bool)
    for position, aspect in enumerate(year.scheme.aspects):
        figure = year.printed.sum_at("satisfaction", "score", f"{source.id}/all/{aspect.id}")
        if figure is not None:
            parts[position], fixed[position] = (100 - float(figure.range.middle)) / lacking, True
    free = weights * ~fixed
    if free.sum() > 0:
        parts[~fixed] *= (1 - (weights * parts)[fixed].sum()) / (free * parts).sum()
    return parts


def level_shares(levels: tuple[Level, ...], means: np.ndarray) -> np.ndarray:
    """Per mean (any shape) the share of each level, in a last axis; the shares' mean points are the mean.

    Of all distributions with the mean, the one nearest to the usual habit of ticking: the habit times exp(tilt × points),
    the tilt found by halving.
    """
    points = np.array([float(level.points) for level in levels])
    if np.ptp(points) == 0:
        return np.broadcast_to(_habit(levels), (*means.shape, len(levels))).copy()
    margin = np.ptp(points) / 100
    wanted = np.clip(means, points.min() + margin, points.max() - margin)[..., None]
    low, high = np.full_like(wanted, -_STEEPEST), np.full_like(wanted, _STEEPEST)
    for _ in range(_HALVINGS):
        tilt = (low + high) / 2
        too_low = (_tilted(levels, points, tilt) * points).sum(axis=-1, keepdims=True) < wanted
        low, high = np.where(too_low, tilt, low), np.where(too_low, high, tilt)
    return _tilted(levels, points, (low + high) / 2)


def with_satisfaction(levels: tuple[Level, ...], shares: np.ndarray, satisfied: np.ndarray) -> np.ndarray:
    """The shares with the satisfied levels together at `satisfied`, in proportion among themselves."""
    happy = np.array([level.satisfied for level in levels])
    now = shares[..., happy].sum(axis=-1)
    if happy.all() or not happy.any():
        return shares
    scaled = shares.copy()
    scaled[..., happy] *= (satisfied / now)[..., None]
    scaled[..., ~happy] *= ((1 - satisfied) / (1 - now))[..., None]
    return scaled


def _habit(levels: tuple[Level, ...]) -> np.ndarray:
    worse = np.cumsum([not level.satisfied for level in levels])
    weights = np.where(worse == 0, 1.0, _FIRST_WORSE * _WORSE ** (worse - 1.0))
    return weights / weights.sum()


def _tilted(levels: tuple[Level, ...], points: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    exponents = tilt * (points - points.mean()) / np.ptp(points)
    weights = _habit(levels) * np.exp(exponents - exponents.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
