"""The result tables of a year as the documents read them: whole where they are small, in one pass by site where not; and what they
say of a site: its ranking, its standing in its group, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from flows.errors import OperatorError
from flows.scheme import Scheme

Row = dict[str, Any]
# The rows of a site in several tables, by table.
Rows = Mapping[str, Sequence[Row]]

_BATCH = 512


class Tables:
    """The tables in the folder `tables` of a result folder."""

    def __init__(self, results: Path) -> None:
        self._folder = results / "tables"
        self.names = frozenset(path.stem for path in self._folder.glob("*.parquet"))

    def columns(self, table: str) -> list[str]:
        return pq.read_schema(self.path(table)).names

    def count(self, table: str) -> int:
        return pq.read_metadata(self.path(table)).num_rows

    def path(self, table: str) -> Path:
        if table not in self.names:
            raise OperatorError(
                f"结果里没有表 {table}，文件没有生成：这些结果是由更早的程序算出的。请先重新运行年度评议（pingyi yearly）。"
            )
        return self._folder / f"{table}.parquet"

    def frame(self, table: str) -> pl.DataFrame:
        """A whole table; for those that are small, or have one row a site."""
        return pl.read_parquet(self.path(table), glob=False)

    def rows(self, table: str) -> list[Row]:
        return self.frame(table).rows(named=True)

    def by_site(self, table: str) -> "SiteRows":
        """A table's rows site after site, without holding more than a batch of them."""
        return SiteRows(self._stream(table))

    def _stream(self, table: str) -> Iterator[Row]:
        with pq.ParquetFile(self.path(table)) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from batch.to_pylist()


class SiteRows:
    """Rows in the order of their sites, asked for by sites in that order."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, site_id: str, most: int | None = None) -> list[Row]:
        """The rows of a site, at most `most` of them; no later call may name a site that sorts before it."""
        rows: list[Row] = []
        while self._next is not None and self._next["site_id"] <= site_id:
            if self._next["site_id"] == site_id and (most is None or len(rows) < most):
                rows.append(self._next)
            self._next = next(self._rows, None)
        return rows


@dataclass(frozen=True, slots=True)
class Site:
    """A site of the ranking. `scores` are those of the scheme's sources, in order; None where it has none."""

    site_id: str
    group: str
    name: str
    url: str | None
    rank: int
    composite: Decimal
    scores: tuple[Decimal | None, ...]
    previous_composite: Decimal | None
    previous_rank: int | None
    flags: tuple[str, ...]


# The columns of composite_scores that a site has under the same names.
_AS_PUBLISHED = ("site_id", "group", "name", "rank", "composite", "previous_composite", "previous_rank")


def ranking(tables: Tables, scheme: Scheme) -> dict[str, list[Site]]:
    """Every group's sites in the order of their ranks."""
    addresses = dict(tables.frame("sites").select("site_id", "url").iter_rows())
    sources = [source.id for source in scheme.sources]
    groups: dict[str, list[Site]] = {group.id: [] for group in scheme.groups}
    for row in tables.frame("composite_scores").iter_rows(named=True):
        scores = tuple(row[source] for source in sources)
        flags = tuple(row["flags"].split("|")) if row["flags"] else ()
        known = {name: row[name] for name in _AS_PUBLISHED}
        groups[row["group"]].append(Site(**known, url=addresses.get(row["site_id"]), scores=scores, flags=flags))
    return groups


def weighed(scheme: Scheme, group: str) -> Sequence[int]:
    """The positions, in the scheme's sources, of the sources that a group's composite weighs."""
    weights = next(candidate.weights for candidate in scheme.groups if candidate.id == group)
    return [position for position, source in enumerate(scheme.sources) if source.id in weights]


@dataclass(frozen=True, slots=True)
class Standing:
    """The number of sites in the group, the neighbours before and after the site, and their distances in points."""

    sites: int
    before: Site | None
    to_before: Decimal | None
    after: Site | None
    to_after: Decimal | None


def standings(groups: dict[str, list[Site]]) -> dict[str, Standing]:
    """Every site's standing; the sites of a group are in the order of their ranks."""
    by_site = {}
    for sites in groups.values():
        ranks = [list(same) for _, same in groupby(sites, key=lambda site: site.rank)]
        # Sites that share a rank share the neighbours beyond it.
        for lower, same, higher in zip([None, *ranks], ranks, [*ranks[1:], None], strict=False):
            before, after = lower[-1] if lower else None, higher[0] if higher else None
            for site in same:
                to_before = before.composite - site.composite if before else None
                to_after = site.composite - after.composite if after else None
                by_site[site.site_id] = Standing(len(sites), before, to_before, after, to_after)
    return by_site


@dataclass(frozen=True, slots=True)
class Surety:
    """The ranks that a site may have: with other voters and experts, and with other weights (method 11).

    `error` is None where too few raters leave it unknown, and 0 where none of the group's scores is a sample.
    """

    error: Decimal | None
    low: int
    high: int
    in_annex: Decimal | None
    weights_low: int
    weights_high: int


def sureties(tables: Tables) -> dict[str, Surety]:
    """How sure every site's rank is."""
    ranks = tables.frame("weight_sensitivity").select("site_id", "rank_low", "rank_high")
    weighed = {site: bounds for site, *bounds in ranks.iter_rows()}
    sure = tables.frame("rank_confidence").select("site_id", "se_composite", "rank_low", "rank_high", "p_annex")
    return {site: Surety(*known, *weighed[site]) for site, *known in sure.iter_rows()}
