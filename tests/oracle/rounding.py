"""Rounding, half up and away from zero (method, section 2), written once and in whole numbers only."""

from decimal import Decimal
from fractions import Fraction
from math import isqrt

Number = Fraction | Decimal | int


def half_up(number: Number, places: int) -> Decimal:
    exact = Fraction(number)
    doubled = 2 * abs(exact) * 10**places
    steps = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)  # floor(x + 1/2)
    return Decimal(-steps if exact < 0 else steps).scaleb(-places)


def half_up_root(square: Fraction, places: int) -> Decimal:
    """The square root of a fraction, rounded half up without ever being computed inexactly."""
    halves = isqrt(square.numerator * 4 * 100**places // square.denominator)  # floor(2 x)
    return Decimal((halves + 1) // 2).scaleb(-places)


def mean(numbers: list[Number]) -> Fraction:
    return sum(map(Fraction, numbers), Fraction()) / len(numbers)


def weighted_mean(pairs: list[tuple[Number, Number]]) -> Fraction:
    """Σ weight × value / Σ weight over (weight, value)."""
    weight = sum((Fraction(weight) for weight, _ in pairs), Fraction())
    return sum((Fraction(weight) * Fraction(value) for weight, value in pairs), Fraction()) / weight
