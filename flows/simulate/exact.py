"""Scores as the method rounds them, in whole numbers and fractions: nothing here ever passes through a double."""

from decimal import Decimal
from fractions import Fraction


def half_up(number: Fraction, places: int) -> Decimal:
    """Rounded half up, away from zero."""
    doubled = 2 * abs(number) * 10**places
    steps = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return Decimal(-steps if number < 0 else steps).scaleb(-places)


def published(score: Fraction) -> Decimal:
    """A source score: first at eight decimals, as the method has it, then at two."""
    return half_up(Fraction(half_up(score, 8)), 2)


def weighted_mean(weights: list[Decimal], values: list[Fraction]) -> Fraction:
    total = sum((Fraction(weight) for weight in weights), Fraction())
    return sum((Fraction(weight) * value for weight, value in zip(weights, values, strict=True)), Fraction()) / total
