"""Reads the published results of the year before, for comparison."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from flows.datasets import Table
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.published.contract import columns_beside_sources
from flows.scheme import Scheme
from flows.scheme.changes import counterpart, same_rules
from flows.scheme.file import read_scheme
from flows.settings import SQL
from flows.sources import Row

# The published tables that the next year's rows are compared with (`flows.comparison`).
COMPARED = (
    "satisfaction",
    "participation",
    "source_details",
    "check_counts",
    "service_inventory",
    "failed_items",
    "portal_columns",
    "portal_figures",
)
# Of the schema `ref`.
PREVIOUS_TABLES = (
    Table(
        "previous_composites",
        "Last year's published composites; empty where none were published.",
        (
            ("site_id", "varchar", "site of last year's register"),
            ("group_id", "varchar", "the group in which it was ranked"),
            ("composite", "decimal(9, 2)", "its composite"),
            ("rank", "integer", "its rank within its group"),
        ),
    ),
    Table(
        "previous_scores",
        "Last year's published source scores; empty where none were published.",
        (
            ("site_id", "varchar", "site of last year's register"),
            ("source", "varchar", "source of last year's scheme"),
            ("score", "decimal(9, 2)", "its score"),
        ),
    ),
    Table(
        "previous_sources",
        "What the sources weighed last year as published; empty where that is not known.",
        (
            ("group_id", "varchar", "group of last year's scheme"),
            ("source", "varchar", "source that it scored"),
            ("label", "varchar", "what it was called"),
            ("weight", "decimal(14, 8)", "its share"),
            ("source_now", "varchar", "source of this year's scheme that it is, by id or label; null for none"),
            ("same_rules", "boolean", "whether that one is scored by the same rules; null where last year's are not known"),
        ),
    ),
)


def previous_rows(home: Home, scheme: Scheme) -> dict[str, list[Row]]:
    """The rows of `PREVIOUS_TABLES` from the published results of the year before the scheme's."""
    year = scheme.year - 1
    ranking, before = read_published(published(home, year, "composite_scores")), _sources(home, year, scheme)
    weighed = [row["source"] for row in before]
    return {
        "previous_composites": [] if ranking is None else _composites(ranking),
        "previous_scores": [] if ranking is None else _scores(ranking, _scored(ranking, weighed, _scheme(home, year))),
        "previous_sources": before,
    }


def consulted_of(home: Home, year: int) -> list[Path]:
    """The files of a year that the next year reads: its published composites and weights, what it is compared with, its scheme.

    An empty list where no composites were published.
    """
    composites = published(home, year, "composite_scores")
    if composites is None:
        return []
    compared = (published(home, year, table) for table in COMPARED)
    others = (published(home, year, "source_weights"), *compared, home.results(year) / "manifest.json", home.scheme(year))
    return [composites, *(path for path in others if path is not None and path.is_file())]


def published(home: Home, year: int, table: str) -> Path | None:
    """The file that holds a year's published table, or None where there is none."""
    tables = home.results(year) / "tables"
    return next((path for ending in ("parquet", "csv") if (path := tables / f"{table}.{ending}").is_file()), None)


def _composites(ranking: pl.DataFrame) -> list[Row]:
    """Each site with its group (null where the table has none), composite and rank."""
    group = pl.col("group") if "group" in ranking.columns else pl.lit(None, dtype=pl.String)
    return ranking.select("site_id", group.alias("group_id"), "composite", "rank").to_dicts()


def _scores(ranking: pl.DataFrame, sources: Iterable[str]) -> list[Row]:
    """The scores of each site in these sources; no row where it has none."""
    return [
        {"site_id": site_id, "source": source, "score": score}
        for source in sources
        for site_id, score in ranking.select("site_id", source).iter_rows()
        if score not in (None, "")
    ]


def _scored(ranking: pl.DataFrame, weighed: Iterable[str], scheme: Scheme | None) -> list[str]:
    """The sources with a column in that year's ranking: those with a known weight, else those of its scheme, else every column
    of numbers that is not one of the ranking's own columns."""
    for known in (weighed, [source.id for source in scheme.sources] if scheme else []):
        if sources := [source for source in dict.fromkeys(known) if source in ranking.columns]:
            return sources
    own = columns_beside_sources(SQL)
    return [column.name for column in ranking.iter_columns() if column.name not in own and _are_numbers(column)]


def _are_numbers(column: pl.Series) -> bool:
    # From a CSV file every column is text.
    given = column.cast(pl.String).replace("", None).drop_nulls()
    return given.cast(pl.Float64, strict=False).null_count() == 0


def _sources(home: Home, year: int, now: Scheme) -> list[Row]:
    """The rows of `previous_sources`; `now` is this year's scheme. Empty where that year's weights are not known."""
    frame = read_published(published(home, year, "source_weights")) if published(home, year, "composite_scores") else None
    if frame is None:
        return []
    before = _scheme(home, year)
    ids = set(frame["source"])
    rows: list[Row] = []
    for group, source, label, weight in frame.select("group", "source", "label", "weight").iter_rows():
        other = counterpart(source, label, now, ids)
        comparable = before is not None and other is not None and any(candidate.id == source for candidate in before.sources)
        rows.append(
            {
                "group_id": group,
                "source": source,
                "label": label,
                "weight": weight,
                "source_now": other,
                "same_rules": same_rules(before, source, now, other) if comparable else None,
            }
        )
    return rows


def _scheme(home: Home, year: int) -> Scheme | None:
    """The scheme of that year's results, or None where it is missing, has changed since, or is not valid today."""
    try:
        manifest = json.loads((home.results(year) / "manifest.json").read_text(encoding="utf-8"))
        scheme = read_scheme(home, year)
    except (OSError, ValueError, OperatorError):
        return None
    entry = manifest.get("scheme") if isinstance(manifest, dict) else None
    return scheme if isinstance(entry, dict) and entry.get("sha256") == scheme.sha256 else None


def read_published(path: Path | None) -> pl.DataFrame | None:
    """A published table, or None where `path` is None; from a CSV file every column is text.

    Raises `OperatorError` where it cannot be read: the year after must not be held against half of it.
    """
    if path is None:
        return None
    try:
        return (
            pl.read_parquet(path, glob=False)
            if path.suffix == ".parquet"
            else pl.read_csv(path, infer_schema=False, glob=False)
        )
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise unreadable(fault)(
            f"上年公布的 {path} 读不出来（{fault}），不能与上年比较，评议没有进行，已公布的结果没有改动。"
            f"它被改动过：请从备份恢复 {path.parent.parent}。"
        ) from None
