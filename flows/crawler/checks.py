"""The checks that every site gets each night, and the row that one leaves."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

CHECKS = (
    "reachable", "first_byte", "full_load", "redirects", "https", "https_enforced", "certificate", "hsts", "home_updated",
    "dead_links", "inner_dead_links", "empty_columns", "stale_columns", "search", "viewport", "sitemap", "robots",
    "not_found", "lang", "title", "accessibility", "charset",
)  # fmt: skip

# The checks that look at the home page itself, in the order above.
PAGE_CHECKS = (
    "first_byte", "full_load", "home_updated", "dead_links", "inner_dead_links", "search", "viewport", "lang", "title",
    "accessibility", "charset",
)  # fmt: skip


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
