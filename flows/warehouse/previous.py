"""Reads the published results of the year before, for comparison."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.published.contract import columns_beside_sources
from flows.scheme import Scheme
from flows.scheme.changes import counterpart, same_rules
from flows.scheme.file import read_scheme
from flows.settings import SQL
from flows.sources import Row


def previous_rows(home: Home, scheme: Scheme) -> dict[str, list[Row]]:
    """The rows of the tables `ref.previous_*`, from the published results of the year before the scheme's."""
    year = scheme.year - 1
    ranking = _read(published(home, year, "composite_scores"))
    if ranking is None:
        return {}
    before = _scheme(home, year)
    weights = _read(published(home, year, "source_weights"))
    sources = [] if weights is None else list(_sources(weights, before, scheme))
    # A table of another program may lack it.
    group = pl.col("group") if "group" in ranking.columns else pl.lit(None, dtype=pl.String)
    return {
        "previous_composites": ranking.select("site_id", group.alias("group_id"), "composite", "rank").to_dicts(),
        "previous_scores": _scores(ranking, _scored(ranking, [row["source"] for row in sources], before)),
        "previous_sources": sources,
    }


def consulted_of(home: Home, year: int) -> list[Path]:
    """The files of a year that the next year reads: its published composites and weights, and its scheme.

    An empty list where no composites were published.
    """
    composites = published(home, year, "composite_scores")
    if composites is None:
        return []
    others = (published(home, year, "source_weights"), home.scheme(year))
    return [composites, *(path for path in others if path is not None and path.is_file())]


def published(home: Home, year: int, table: str) -> Path | None:
    """The file that holds a year's published table, or None where there is none."""
    tables = home.results(year) / "tables"
    return next((path for ending in ("parquet", "csv") if (path := tables / f"{table}.{ending}").is_file()), None)


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


def _sources(frame: pl.DataFrame, before: Scheme | None, now: Scheme) -> Iterator[Row]:
    """The rows of `previous_sources` from that year's weights; `before` is that year's scheme, if it is known, `now` this year's."""
    ids = set(frame["source"])
    for group, source, label, weight in frame.select("group", "source", "label", "weight").iter_rows():
        other = counterpart(source, label, now, ids)
        comparable = before is not None and other is not None and any(candidate.id == source for candidate in before.sources)
        yield {
            "group_id": group,
            "source": source,
            "label": label,
            "weight": weight,
            "source_now": other,
            "same_rules": same_rules(before, source, now, other) if comparable else None,
        }


def _scheme(home: Home, year: int) -> Scheme | None:
    """The scheme of that year's results, or None where it is missing, has changed since, or is not valid today."""
    try:
        manifest = json.loads((home.results(year) / "manifest.json").read_text(encoding="utf-8"))
        scheme = read_scheme(home, year)
    except (OSError, ValueError, OperatorError):
        return None
    entry = manifest.get("scheme") if isinstance(manifest, dict) else None
    return scheme if isinstance(entry, dict) and entry.get("sha256") == scheme.sha256 else None


def _read(path: Path | None) -> pl.DataFrame | None:
    """A published table, or None; from a CSV file every column is text.

    Raises `OperatorError` where it cannot be read: the year after must not be held against half of it.
    """
    if path is None:
        return None
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, glob=False)
        return pl.read_csv(path, infer_schema=False, glob=False)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise unreadable(fault)(
            f"上年公布的 {path} 读不出来（{fault}），不能与上年比较，评议没有进行，已公布的结果没有改动。"
            f"它被改动过：请从备份恢复 {path.parent.parent}。"
        ) from None
