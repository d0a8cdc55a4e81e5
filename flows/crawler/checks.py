"""The row that a check of a site leaves."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from flows.datasets.checks import CHECKS


class Row(NamedTuple):
    """What one check of one site came to: passed, failed, or (`passed` is None) not made, and then why.

    `url` is the requested address that the check is about. `detail` and `not_made` are Chinese phrases.
    """

    check: str
    passed: bool | None
    url: str
    value: int | float | Decimal | None = None
    detail: str | None = None
    not_made: str | None = None


def made(check: str, passed: bool, url: object, detail: str, value: int | float | None = None) -> Row:
    return Row(check, passed, str(url), value, detail)


def not_made(check: str, url: object, why: str) -> Row:
    return Row(check, None, str(url), not_made=why)


def in_order(rows: Mapping[str, Row]) -> tuple[Row, ...]:
    """One row for each check, in the order of `CHECKS`. A check that is missing is a defect: `KeyError`."""
    return tuple(rows[check] for check in CHECKS)
