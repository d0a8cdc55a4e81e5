"""What an earlier year published, for the year after it to be held against."""

from pathlib import Path

import polars as pl

from flows.errors import OperatorError


def published_composites(data_dir: Path, year: int) -> Path | None:
    """The file that holds a year's published composites, or None where that year was not published."""
    tables = data_dir / "results" / str(year) / "tables"
    return next((path for ending in ("parquet", "csv") if (path := tables / f"composite_scores.{ending}").is_file()), None)


def published_scores(data_dir: Path, year: int) -> pl.DataFrame | None:
    """A year's published table of composites and source scores, or None; from a CSV file every column is text.

    Raises `OperatorError` where it cannot be read: the year after must not be held against half of it.
    """
    path = published_composites(data_dir, year)
    if path is None:
        return None
    try:
        return pl.read_parquet(path, glob=False) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False, glob=False)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise OperatorError(
            f"{year} 年公布的 {path} 读不出来（{fault}），不能与上年比较，评议没有进行，已公布的结果没有改动。"
            f"它被改动过：请从备份恢复 {path.parent.parent}。"
        ) from None


def composites(published: pl.DataFrame | None) -> list[tuple]:
    """Each site with its composite and rank."""
    return [] if published is None else published.select("site_id", "composite", "rank").rows()


def source_scores(published: pl.DataFrame | None) -> list[tuple]:
    """Each site with each source of that year's scheme and its score, where it had one."""
    if published is None:
        return []
    # The columns between a site's name and its composite are the sources.
    columns = published.columns
    if not {"name", "composite"} <= set(columns):
        return []
    sources = columns[columns.index("name") + 1 : columns.index("composite")]
    scores = ((site_id, source, score) for source in sources for site_id, score in published.select("site_id", source).iter_rows())
    return [row for row in scores if row[2] not in (None, "")]
