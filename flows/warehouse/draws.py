"""Rankings at random, in the schema `draws`: how sure the ranks are, as far as SQL alone cannot compute it (method 11).

The same year, the same scores and the same numpy give the same draws: the seed is the year and the position of the group in
the scheme. Each group has draws of its own, so a change in one group changes no other.

It computes composites, which elsewhere are read from `scored.composite_steps`: every draw has weights of its own. A new step
of the composite is to be computed here, too.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from flows.host.progress import Tell
from flows.scheme import Group, Scheme
from flows.warehouse.engine import Connection, first_row, insert_frame, read_frame

# What `draw_rankings` reads of the tables that models build.
READS = ("ranked.composites", "ranked.rank_intervals", "scored.source_scores")
RANKINGS = 10_000
WEIGHTS = 1_000
# At either end of the range of ranks, one draw in so many may lie outside it.
_BEYOND = 20
# How close to the scheme's weights the random ones lie: a weight of 0.3 then has a standard deviation of 0.046.
CONCENTRATION = 100
# Random numbers at a time, which bounds the memory; the ranks of all `WEIGHTS` are kept besides, 4 kB a site.
_AT_A_TIME = 4_000_000
# Takes the place of the tie-break sources: less than any two different composites lie apart.
_TIE = 1e-9

# Is called with the number of rankings that were drawn since the last call.
Advance = Callable[[int], None]


def draw_rankings(connection: Connection, scheme: Scheme, tell: Tell) -> None:
    """Fills the schema `draws` from the tables of `READS`."""
    (missing,) = first_row(connection, "select missing from ref.scheme")
    scores = read_frame(connection, "select site_id, source, cast(score as double) as score from scored.source_scores")
    finished, total = 0, len(scheme.groups) * (RANKINGS + WEIGHTS)

    def advance(rankings: int) -> None:
        nonlocal finished
        finished += rankings
        tell("抽样排名", finished, total)

    for index, group in enumerate(scheme.groups):
        sites = _sites(connection, group)
        if not sites.height:
            advance(RANKINGS + WEIGHTS)
        else:
            chance = np.random.Generator(np.random.PCG64([scheme.year, index]))
            insert_frame(connection, "draws.annex_odds", _annex_odds(sites, group.publish_top, chance, advance))
            insert_frame(
                connection,
                "draws.weight_ranks",
                _weight_ranks(sites, _scores(scores, group, sites, missing), group, chance, advance),
            )


def _sites(connection: Connection, group: Group) -> pl.DataFrame:
    """The group's sites with composite, rank and standard error, by site: nothing may depend on how the rows lie."""
    return read_frame(
        connection,
        """
        select ranked.site_id, cast(ranked.composite as double) as composite, ranked.rank, cast(intervals.se_composite as double) as se
        from ranked.composites as ranked
        inner join ranked.rank_intervals as intervals on intervals.site_id = ranked.site_id
        where ranked.group_id = ?
        order by ranked.site_id
        """,
        [group.id],
    )


def _scores(scores: pl.DataFrame, group: Group, sites: pl.DataFrame, missing: str) -> np.ndarray:
    """The sites' scores, a row for each source that weighs something, in the scheme's order; a missing
    score counts 0. Under `reweight` it is nan: then the other weights are scaled.
    """
    absent = float("nan") if missing == "reweight" else 0.0
    columns = (
        sites.select("site_id").join(scores.filter(source=source), on="site_id", how="left", maintain_order="left")["score"]
        for source, weight in group.weights.items()
        if weight
    )
    return np.array([column.fill_null(absent).to_numpy() for column in columns])


def _annex_odds(sites: pl.DataFrame, top: int, chance: np.random.Generator, advance: Advance) -> pl.DataFrame:
    spread = sites["se"].fill_null(0.0).to_numpy()
    composites = sites["composite"].to_numpy() - sites["rank"].to_numpy() * _TIE
    if spread.any():
        inside = np.zeros(sites.height, dtype=np.int64)
        part = max(1, _AT_A_TIME // sites.height)
        for start in range(0, RANKINGS, part):
            draws = min(part, RANKINGS - start)
            totals = composites + spread * chance.standard_normal((draws, sites.height))
            inside += _in_annex(totals, top).sum(axis=0)
            advance(draws)
    else:
        inside = _in_annex(composites[np.newaxis], top)[0] * RANKINGS
        advance(RANKINGS)
    known = sites["se"].is_not_null()
    return sites.select("site_id", p_annex=pl.when(known).then(_share(inside, RANKINGS)))


def _weight_ranks(
    sites: pl.DataFrame, scores: np.ndarray, group: Group, chance: np.random.Generator, advance: Advance
) -> pl.DataFrame:
    weights = np.array([float(weight) for weight in group.weights.values() if weight])
    ranks = np.empty((WEIGHTS, sites.height), dtype=np.int32)
    present = ~np.isnan(scores)
    known = np.nan_to_num(scores)
    # A very small weight may come out as 0, and a site may have a score in that source alone.
    drawings = np.maximum(chance.dirichlet(weights * CONCENTRATION, WEIGHTS), np.finfo(float).tiny)
    for index, draw in enumerate(drawings):
        # Source by source, not as a product of matrices: sites with the same scores must come to the same sum.
        total = sum(weight * score for weight, score in zip(draw, known, strict=True))
        total = total / sum(weight * there for weight, there in zip(draw, present, strict=True))
        ranks[index] = 1 + sites.height - np.searchsorted(np.sort(total), total, side="right")
        advance(1)
    inside = (ranks <= group.publish_top).sum(axis=0)
    first, last = WEIGHTS // _BEYOND, WEIGHTS - 1 - WEIGHTS // _BEYOND
    ranks.partition([first, last], axis=0)
    return sites.select(
        "site_id",
        rank_low=pl.Series(ranks[first]),
        rank_high=pl.Series(ranks[last]),
        p_annex=_share(inside, WEIGHTS),
    )


def _in_annex(composites: np.ndarray, top: int) -> np.ndarray:
    """Which sites of each row of composites are in the annex, with all sites that share its last rank."""
    if top >= composites.shape[1]:
        return np.ones_like(composites, dtype=bool)
    last = composites.shape[1] - top
    return composites >= np.partition(composites, last, axis=1)[:, last, np.newaxis]


def _share(inside: np.ndarray, draws: int) -> pl.Series:
    """Shares with exactly four decimal places; `draws` divides 10 000."""
    return pl.Series([Decimal(count * (10_000 // draws)).scaleb(-4) for count in inside.tolist()], dtype=pl.Decimal(5, 4))
