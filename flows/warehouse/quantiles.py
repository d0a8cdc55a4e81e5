"""How many standard errors on each side of every composite make the rank intervals of a group (method 11).

Student's quantiles are found here and not by a library: the one that is installed anyway takes half a second to import. The
standard library's arithmetic gives 13 digits or more, and what is told is rounded to 12, so that every machine tells the same.
"""

from decimal import Decimal
from functools import cache
from math import expm1, gamma, log, pi, sqrt
from statistics import NormalDist

from flows.datasets import Table

# How sure the intervals of a group's ranks are, all of them together.
_CONFIDENCE = 0.9
# From so many degrees of freedom on, the normal distribution takes the place of Student's.
NORMAL_FROM = 200
_DIGITS = 12
# Of the continued fraction; twice as many change nothing.
_TERMS = 40
_MOST_STEPS = 50
_CLOSE = 1e-14


RANK_QUANTILES = Table(
    "rank_quantiles",
    "How many standard errors on each side of every composite cover all registered sites of the group together with 90 %.",
    (
        ("group_id", "varchar", "group"),
        ("degrees_of_freedom", "integer", "degrees of freedom from which on it holds, up to the next row's"),
        ("quantile", "decimal(20, 12)", "Student's quantile; in the last row that of the normal distribution"),
    ),
)


@cache
def rank_quantiles(sites: int) -> tuple[tuple[int, Decimal], ...]:
    """The quantiles for a group of so many sites, each with the degrees of freedom from which on it holds: 1 to `NORMAL_FROM`.

    The intervals of all sites together, each its composite ± the quantile times its standard error, hold with 90 %.
    """
    if not sites:
        return ()
    tail = -expm1(log(_CONFIDENCE) / sites) / 2
    student = [(degrees, _rounded(student_quantile(tail, degrees))) for degrees in range(1, NORMAL_FROM)]
    return (*student, (NORMAL_FROM, _rounded(normal_quantile(tail))))


def normal_quantile(tail: float) -> float:
    """What a normal variable exceeds with the probability `tail`."""
    return -NormalDist().inv_cdf(tail)


def student_quantile(tail: float, degrees: int) -> float:
    """What Student's variable exceeds with the probability `tail`, at most a twentieth.

    Newton's steps from the normal quantile, on the logarithms of both: there the tail is concave and close to a straight
    line, so they arrive.
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
