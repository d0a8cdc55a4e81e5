"""Result folders to make documents of: the small year that has everything, as it comes or with what a test puts into it."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from flows.host.progress import silent
from flows.results.tables import write_tables
from flows.scheme import Scheme
from flows.scheme.file import parse_scheme
from tests.validation.year import SCHEME, evaluated

__all__ = ["HOSTILE", "SCHEME", "everywhere", "put", "silent", "small_year"]

HOSTILE = (
    "<script>alert(1)</script>市局",
    '=HYPERLINK("http://evil.example/","点")',
    "</script><img src=x onerror=alert(2)>'\"&",
)


def small_year(folder: Path) -> Path:
    """Puts the small year's tables into `folder`, which becomes a result folder."""
    return shutil.copytree(_made_once().name, folder, dirs_exist_ok=True)


@cache
def _made_once() -> TemporaryDirectory:
    folder = TemporaryDirectory(prefix="pingyi-test-")
    with evaluated() as evaluation:
        write_tables(evaluation.connection, SCHEME, evaluation.models, Path(folder.name))
    return folder


def put(results: Path, table: str, **columns: list) -> None:
    """Replaces columns of a table by these values."""
    path = results / "tables" / f"{table}.parquet"
    frame = pl.read_parquet(path)
    frame = frame.with_columns(pl.Series(name, values, dtype=frame.schema[name]) for name, values in columns.items())
    frame.write_parquet(path)


def everywhere(results: Path) -> None:
    """Puts hostile text into every text column of every table that is neither a key nor a code."""
    codes = {
        "group",
        "site_id",
        "source",
        "aspect",
        "item",
        "kind",
        "reason",
        "rule",
        "flags",
        "item_type",
        "from_crawl",
        "verdict",
    }
    codes |= {"reachable", "guide", "form", "online", "first_failed", "last_failed", "audited_on", "month", "check"}
    for path in sorted((results / "tables").glob("*.parquet")):
        frame = pl.read_parquet(path)
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in codes]
        frame = frame.with_columns(
            pl.Series(name, [HOSTILE[row % len(HOSTILE)] for row in range(frame.height)], dtype=pl.String) for name in texts
        )
        frame.write_parquet(path)


def scheme_of(text: str) -> Scheme:
    """A scheme from its text, for 2007."""
    return parse_scheme(text.encode(), 2007, "2007.toml")
