"""How sure a site's rank is, from the standard errors of its sources (method 11)."""

from collections.abc import Iterator

from flows.explain.rows import number
from flows.warehouse.engine import Connection


def explain_confidence(connection: Connection, site_id: str) -> Iterator[str]:
    """The line with the composite's standard error and the ranks that follow from it, or why there is none."""
    error, degrees, low, high, sites, odds, top = connection.execute(
        """
        select
            intervals.se_composite, intervals.degrees_of_freedom, intervals.rank_low, intervals.rank_high, figures.sites,
            odds.p_annex, groups.publish_top
        from ranked.rank_intervals as intervals
        inner join ref.groups on groups.group_id = intervals.group_id
        inner join ranked.group_figures as figures on figures.group_id = intervals.group_id
        left join draws.annex_odds as odds on odds.site_id = intervals.site_id
        where intervals.site_id = ?
        """,
        [site_id],
    ).fetchall()[0]
    samples = connection.execute(
        """
        select
            steps.label, steps.source, steps.weight, steps.weight_base, steps.score, errors.standard_error
        from scored.composite_steps as steps
        inner join ref.sources on sources.source = steps.source
        left join scored.standard_errors as errors on errors.site_id = steps.site_id and errors.source = steps.source
        where steps.site_id = ? and steps.weight > 0 and sources.is_sample order by steps.position
        """,
        [site_id],
    ).fetchall()
    if error is None:
        causes = [
            f"{label}（{source}）{'没有得分' if score is None else '有的评议内容只有一个评分计入'}"
            for label, source, _, _, score, own in samples
            if own is None
        ]
        yield f"名次的误差：{'，'.join(causes)}，无法估计；名次可能是第 1 至第 {sites} 名中的任何一名"
    elif error:
        terms = " + ".join(
            f"({number(weight)} × {number(own)})²" for _, _, weight, _, score, own in samples if score is not None
        )
        base = samples[0][3]
        scaled = f" ÷ {number(base)}" if base != 1 else ""
        yield (
            f"名次的误差：综合得分的标准误 √({terms}){scaled} = {number(error)}，自由度 {degrees}；"
            f"按全组一并九成的把握在第 {low} 至第 {high} 名之间，进入前 {top} 名的可能 {number(odds)}"
        )
