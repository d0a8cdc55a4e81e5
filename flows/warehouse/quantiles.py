"""Quantiles for the rank intervals of a group: the number of standard errors on each side of a composite (method 11).

This module computes Student's quantiles itself: the installed library for them takes half a second to import. The arithmetic
gives 13 digits or more; quantiles are rounded to 12 digits, so that they are the same on every machine.
"""

from decimal import Decimal
from functools import cache
from math import expm1, gamma, log, pi, sqrt
from statistics import NormalDist

# The joint confidence level of a group's rank intervals.
_CONFIDENCE = 0.9
# From so many degrees of freedom on, the normal distribution takes the place of Student's.
NORMAL_FROM = 200
_DIGITS = 12
# Of the continued fraction; twice as many change nothing.
_TERMS = 40
_MOST_STEPS = 50
_CLOSE = 1e-14


@cache
def rank_quantiles(sites: int) -> tuple[tuple[int, Decimal], ...]:
    """The quantiles for a group with this number of sites, each with its degrees of freedom: 1 to `NORMAL_FROM`, or more.

    The intervals (composite ± quantile × standard error) of all sites hold together with a probability of 90 %.
    """
    if not sites:
        return ()
    tail = -expm1(log(_CONFIDENCE) / sites) / 2
    student = [(degrees, _rounded(student_quantile(tail, degrees))) for degrees in range(1, NORMAL_FROM)]
    return (*student, (NORMAL_FROM, _rounded(normal_quantile(tail))))


def normal_quantile(tail: float) -> float:
    """The value that a normal variable exceeds with the probability `tail`."""
    return -NormalDist().inv_cdf(tail)


def student_quantile(tail: float, degrees: int) -> float:
    """The value that Student's variable exceeds with the probability `tail`, at most 1/20.

    Newton's method from the normal quantile, on the logarithms of value and probability. On this scale the tail is concave and
    nearly a straight line, so the method converges.
    """
    quantile = normal_quantile(tail)
    for _ in range(_MOST_STEPS):
        beyond, fraction = _upper_tail(quantile, degrees)
        step = (log(beyond) - log(tail)) * fraction / degrees
        quantile *= 1 + expm1(step)
        if abs(step) < _CLOSE:
            break
    return quantile


def _upper_tail(quantile: float, degrees: int) -> tuple[float, float]:
    """The probability beyond `quantile`, as an incomplete beta function, and the continued fraction in it (DLMF 8.17.22).

    On logarithms the probability falls by degrees / fraction.
    """
    half, square = degrees / 2, quantile * quantile
    x = degrees / (degrees + square)
    fraction = 1.0
    for m in range(_TERMS, 0, -1):
        odd = -(half + m - 1) * (half + m - 0.5) * x / ((half + 2 * m - 2) * (half + 2 * m - 1))
        even = m * (0.5 - m) * x / ((half + 2 * m - 1) * (half + 2 * m))
        fraction = 1 + odd / (1 + even / fraction)
    fraction = 1 / fraction
    beta = sqrt(pi) * gamma(half) / gamma(half + 0.5)
    return x**half * sqrt(square / (degrees + square)) / (degrees * beta) * fraction, fraction


def _rounded(quantile: float) -> Decimal:
    return Decimal(f"{quantile:.{_DIGITS}g}")
