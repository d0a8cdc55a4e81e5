"""What a night's file says of each site, and expected verdicts written as text.

    passed    reachable redirects=0 title=4
    failed    https first_byte=4..6 home_updated=none
    not made  hsts certificate
    unblamed  sitemap

`check=value` expects the value as well, `a..b` one in a range, `none` that there is none; a bare name leaves the value open.
`unblamed` leaves it open whether the check was made, as long as it is not held against the site.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from flows.datasets.checks import CHECKS

_GROUPS = ("passed", "failed", "not made", "unblamed")
_WORD = {True: "passed", False: "failed", None: "not made"}


@dataclass(frozen=True)
class Row:
    site: str
    checked_at: datetime
    check: str
    passed: bool | None
    url: str
    value: Decimal | None
    detail: str | None
    not_made: str | None

    @property
    def verdict(self) -> str:
        return _WORD[self.passed]

    @property
    def said(self) -> str:
        """All that an operator reads of it."""
        return f"{self.detail or ''} {self.not_made or ''}"


@dataclass(frozen=True)
class Expected:
    verdict: str
    value: str | None

    def agrees(self, row: Row) -> bool:
        if self.verdict == "unblamed":
            return row.passed is not False
        return row.verdict == self.verdict and _value_agrees(self.value, row.value)


def read_rows(file: Path) -> list[Row]:
    return [Row(*row) for row in pl.read_parquet(file).select(*Row.__annotations__).iter_rows()]


def read_sites(file: Path) -> dict[str, dict[str, Row]]:
    """Site, check, row. Whatever the test: every site has exactly one row for each check, in the order of the checks, and
    none of them was given up for a defect of the crawler."""
    sites: dict[str, list[Row]] = {}
    for row in read_rows(file):
        sites.setdefault(row.site, []).append(row)
    for site, rows in sites.items():
        assert tuple(row.check for row in rows) == CHECKS, site
        assert [row.said for row in rows if "程序出错" in row.said] == [], site
    return {site: {row.check: row for row in rows} for site, rows in sites.items()}


def expect(*texts: str) -> dict[str, Expected]:
    """The verdicts of some texts, a later one before an earlier one; complete."""
    expected: dict[str, Expected] = {}
    for line in "\n".join(texts).split("\n"):
        if line.strip():
            group = next(group for group in _GROUPS if line.strip().startswith(group))
            for word in line.strip().removeprefix(group).split():
                check, _, value = word.partition("=")
                expected[check] = Expected(group, value or None)
    assert sorted(expected) == sorted(CHECKS), set(expected) ^ set(CHECKS)
    return expected


def disagreements(expected: dict[str, Expected], rows: dict[str, Row]) -> list[str]:
    """A line for each check that came out otherwise, with all that its row says."""
    return [
        f"{check}: {rows[check].verdict}={rows[check].value}, expected {wanted.verdict}={wanted.value} ({rows[check].said})"
        for check, wanted in expected.items()
        if not wanted.agrees(rows[check])
    ]


def _value_agrees(wanted: str | None, value: Decimal | None) -> bool:
    if wanted is None:
        return True
    if wanted == "none":
        return value is None
    least, _, most = wanted.partition("..")
    return value is not None and Decimal(least) <= value <= Decimal(most or least)
