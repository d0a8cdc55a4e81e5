"""Reads the published results of the year before, for comparison."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from flows.errors import OperatorError
from flows.home import Home
from flows.host.regular import read_regular
from flows.published.contract import columns_beside_sources
from flows.scheme import Scheme
from flows.scheme.changes import counterpart, same_rules
from flows.scheme.file import read_scheme
from flows.settings import SQL
from flows.sources import Row
from flows.warehouse.previous_tables import PreviousTable, read_previous

_WEIGHTS = ("group", "source", "label", "weight")
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


def previous_rows(home: Home, scheme: Scheme) -> dict[str, list[Row]]:
    """The rows of the tables `ref.previous_*`, from the published results of the year before the scheme's.

    Raises `OperatorError` with all faults of the files.
    """
    year = scheme.year - 1
    # Asked once: the link may be exchanged meanwhile, and nothing may be read of two publications.
    folder = home.published(year)
    faults: list[str] = []
    ranking, weights = _ranking(home, folder, faults), _weights(home, folder, faults)
    _raise(home, year, faults)
    then = _scheme(home, year, folder)
    before = _sources(then, scheme, weights)
    scored: list[str] = []
    if ranking is not None:
        scored = _scored(ranking.frame, [row["source"] for row in before], then)
        for source in scored:
            ranking.check_numbers(source, 7, 2, faults)
    _raise(home, year, faults)
    return {
        "previous_composites": [] if ranking is None else _composites(ranking.frame),
        "previous_scores": [] if ranking is None else _scores(ranking.frame, scored),
        "previous_sources": before,
    }


def _raise(home: Home, year: int, faults: list[str]) -> None:
    if faults:
        raise OperatorError(
            f"上年公布的结果 {home.results(year)} 有 {len(faults)} 处不对，不能与上年比较，评议没有进行，已公布的结果没有改动。"
            "手工做的请改正；本系统公布的被改动过，请从备份恢复：",
            faults,
        )


def consulted_of(home: Home, year: int) -> list[Path]:
    """The files of a year that the next year reads: its published composites and weights, what it is compared with, its scheme.

    Those of one publication, whatever is published meanwhile; an empty list where no composites were published.
    """
    folder = home.published(year)
    composites = table_in(folder, "composite_scores")
    if composites is None:
        return []
    compared = (table_in(folder, table) for table in COMPARED)
    others = (table_in(folder, "source_weights"), *compared, folder / "manifest.json", home.scheme(year))
    return [composites, *(path for path in others if path is not None and os.path.lexists(path))]


def table_in(folder: Path, table: str) -> Path | None:
    """What should be the file of a table in a folder of published results (`Home.published`), or None where there is none."""
    tables = folder / "tables"
    return next((path for ending in ("parquet", "csv") if os.path.lexists(path := tables / f"{table}.{ending}")), None)


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
        if score is not None
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
    return column.drop_nulls().cast(pl.Float64, strict=False).null_count() == 0


def _ranking(home: Home, folder: Path, faults: list[str]) -> PreviousTable | None:
    ranking = read_previous(table_in(folder, "composite_scores"), home, ("site_id", "composite", "rank"), faults)
    if ranking is not None:
        ranking.check_filled("site_id", faults)
        ranking.check_once("site_id", faults)
        ranking.check_numbers("composite", 7, 2, faults)
        ranking.check_whole("rank", faults)
    return ranking


def _weights(home: Home, folder: Path, faults: list[str]) -> PreviousTable | None:
    if table_in(folder, "composite_scores") is None:
        return None
    weights = read_previous(table_in(folder, "source_weights"), home, _WEIGHTS, faults)
    if weights is not None:
        weights.check_filled("source", faults)
        weights.check_numbers("weight", 6, 8, faults)
    return weights


def _sources(before: Scheme | None, now: Scheme, weights: PreviousTable | None) -> list[Row]:
    """The rows of `previous_sources`, of the scheme of the year before and that of this year. Empty where that year's weights are
    not known."""
    if weights is None:
        return []
    ids = {source for source in weights.texts("source") if source}
    rows: list[Row] = []
    for group, source, label, weight in weights.frame.select(_WEIGHTS).iter_rows():
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


def _scheme(home: Home, year: int, folder: Path) -> Scheme | None:
    """The scheme of that year's results, or None where it is missing, has changed since, or is not valid today."""
    try:
        manifest = json.loads(read_regular(folder / "manifest.json", home.path))
        scheme = read_scheme(home, year)
    except (OSError, ValueError, RecursionError, OperatorError):
        return None
    entry = manifest.get("scheme") if isinstance(manifest, dict) else None
    return scheme if isinstance(entry, dict) and entry.get("sha256") == scheme.sha256 else None
