"""The row that a check of a site leaves."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


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


def none_made(checks: Iterable[str], url: object, why: str) -> list[Row]:
    return [not_made(check, url, why) for check in checks]
