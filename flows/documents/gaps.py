"""What was due and did not come, as the page and the sheets tell it, from the result tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flows.coverage import TREATMENTS, labels_of
from flows.documents.tables import Row, Tables
from flows.scheme import Scheme

_MOST_WAIVERS = 20
TABLES = ("coverage", "coverage_summary", "coverage_effects")


@dataclass(frozen=True)
class Waived:
    """What somebody accepts: of which sources, how many gaps, why, who and when."""

    source: str
    gaps: int
    reason: str
    by: str
    on: str
    document: str


@dataclass(frozen=True)
class Completeness:
    """How complete the year is: a line a source, and who accepts which gaps; `more` waivers are in the table only."""

    sources: tuple[Row, ...]
    waived: tuple[Waived, ...]
    more: int

    @property
    def is_complete(self) -> bool:
        return not any(row["missing"] for row in self.sources)


def completeness(scheme: Scheme, tables: Tables) -> Completeness | None:
    """None for results of an older pingyi, which did not ask."""
    if not tables.names.issuperset(TABLES):
        return None
    labels = labels_of(scheme)
    order = {source: place for place, source in enumerate(labels)}
    rows = sorted(tables.rows("coverage_summary"), key=lambda row: (order.get(row["source"], len(order)), row["unit"]))
    given = ("source", "reason", "approved_by", "approved_on", "document")
    waivers = (
        tables.frame("coverage")
        .filter(pl.col("treatment") == "waived")
        .group_by(given)
        .agg(pl.len().alias("gaps"))
        .sort("gaps", *given, descending=[True, *(False for _ in given)])
    )
    told = [
        Waived(
            labels.get(row["source"], row["source"]),
            row["gaps"],
            row["reason"],
            row["approved_by"],
            row["approved_on"],
            row["document"],
        )
        for row in waivers.head(_MOST_WAIVERS).iter_rows(named=True)
    ]
    return Completeness(
        tuple(row | {"label": labels.get(row["source"], row["source"])} for row in rows),
        tuple(told),
        max(0, waivers.height - _MOST_WAIVERS),
    )


def of_site(scheme: Scheme, gaps: Sequence[Row], effects: Sequence[Row]) -> list[dict]:
    """The gaps of a site, a part a source with what they do to its score and rank."""
    labels = labels_of(scheme)
    by_source = {row["source"]: row for row in effects}
    sources = dict.fromkeys(row["source"] for row in gaps)
    return [
        {
            "label": labels.get(source, source),
            "gaps": [row | {"treated": _treated(row)} for row in gaps if row["source"] == source],
            "effect": _effect(by_source.get(source)),
        }
        for source in sources
    ]


def _treated(row: Row) -> str:
    """What becomes of a gap, and who says so."""
    if row["treatment"] != "waived":
        return TREATMENTS.get(row["treatment"], row["treatment"])
    document = f"，{row['document']}" if row["document"] else ""
    return f"同意缺报：{row['reason']}（{row['approved_by']}，{row['approved_on']}{document}）"


def _effect(row: Row | None) -> Row | None:
    """The two readings, where they differ."""
    if row is None or row["composite_without"] == row["composite_zero"]:
        return None
    return row
