"""Computes how often each level is chosen from the mean that a site shall get."""

import numpy as np

from flows.sources.ballots import Level

# What people tick when they have no strong opinion: mostly a satisfied level, the others the rarer the worse.
_DISSATISFIED = 0.12
_WORSE = 0.3
_STEEPEST = 60.0
_HALVINGS = 60


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
    weights = np.where(worse == 0, 1.0, _DISSATISFIED * _WORSE ** (worse - 1.0))
    return weights / weights.sum()


def _tilted(levels: tuple[Level, ...], points: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    exponents = tilt * (points - points.mean()) / np.ptp(points)
    weights = _habit(levels) * np.exp(exponents - exponents.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
