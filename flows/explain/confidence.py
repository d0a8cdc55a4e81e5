"""How sure a site's rank is, from the standard errors of its sources (method 11)."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb

from flows.explain.rows import number


def explain_confidence(connection: duckdb.DuckDBPyConnection, site_id: str) -> Iterator[str]:
    """The line with the composite's standard error and the ranks that follow from it, or why there is none."""
    error, degrees, low, high, sites, odds, top, missing = connection.execute(
        """
        select
            intervals.se_composite, intervals.degrees_of_freedom, intervals.rank_low, intervals.rank_high, figures.sites,
            odds.p_annex, groups.publish_top, scheme.missing
        from ranked.rank_intervals as intervals
        cross join ref.scheme
        inner join ref.groups on groups.group_id = intervals.group_id
        inner join ranked.group_figures as figures on figures.group_id = intervals.group_id
        left join drawn.annex_odds as odds on odds.site_id = intervals.site_id
        where intervals.site_id = ?
        """,
        [site_id],
    ).fetchall()[0]
    sources = connection.execute(
        """
        select
            sources.label, sources.source, sources.is_sample, weights.weight, scores.score,
            errors.standard_error
        from ref.sites
        inner join ref.weights on weights.group_id = sites.group_id and weights.weight > 0
        inner join ref.sources on sources.source = weights.source
        left join scored.source_scores as scores on scores.site_id = sites.site_id and scores.source = weights.source
        left join scored.standard_errors as errors on errors.site_id = sites.site_id and errors.source = weights.source
        where sites.site_id = ? order by sources.position
        """,
        [site_id],
    ).fetchall()
    if error is None:
        causes = [
            f"{label}（{source}）{'没有得分' if score is None else '有的评议内容只有一个评分计入'}"
            for label, source, is_sample, _, score, own in sources
            if is_sample and own is None
        ]
        yield f"名次的误差：{'，'.join(causes)}，无法估计；名次可能是第 1 至第 {sites} 名中的任何一名"
    elif error:
        scored = [row for row in sources if row[4] is not None]
        terms = " + ".join(f"({number(weight)} × {number(own)})²" for _, _, is_sample, weight, _, own in scored if is_sample)
        present = sum((row[3] for row in scored), Decimal(0))
        scaled = f" ÷ {number(present)}" if missing == "reweight" and present != 1 else ""
        yield (
            f"名次的误差：综合得分的标准误 √({terms}){scaled} = {number(error)}，自由度 {degrees}；"
            f"按全组一并九成的把握在第 {low} 至第 {high} 名之间，进入前 {top} 名的可能 {number(odds)}"
        )
