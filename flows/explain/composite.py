"""How a site's composite comes about, step by step (methods 2 and 8), its rank, and how sure that is (method 11)."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from flows.coverage import parts_of_site, waived_by
from flows.explain.rows import number
from flows.home import Home
from flows.scheme import Scheme
from flows.warehouse.engine import Connection, first_row


def explain_composite(connection: Connection, home: Home, scheme: Scheme, site_id: str) -> Iterator[str]:
    """The lines of a site's composite: the title, the score and the rank, the steps, how sure the rank is."""
    rows = connection.execute(
        """
        select scores.name, scores."group", groups.label, scores.rank, scores.composite, scores.flags, figures.sites
        from published.composite_scores as scores
        inner join ref.groups on groups.group_id = scores."group"
        inner join ranked.group_figures as figures on figures.group_id = scores."group"
        where scores.site_id = ?
        """,
        [site_id],
    ).fetchall()
    yield scheme.title
    if scheme.notice:
        yield scheme.notice
    if not rows:
        yield from _without_composite(connection, site_id)
        return
    name, group_id, label, rank, composite, flags, sites = rows[0]
    yield f"{name}（{site_id}），{label}（{group_id}）：综合得分 {composite}，第 {rank} 名（共 {sites} 个网站）"
    yield from _published(home, scheme.year, site_id, composite, rank)
    if flags:
        yield f"标记：{flags}"
    for part in parts_of_site(connection, scheme, site_id):
        yield f"没有到的：{part.label}（{part.source}）{part.sentence}。{'、'.join(waived_by(part))}"
    yield ""
    yield "综合得分 = 各来源的 权重 × 得分 之和，四舍五入到两位小数"
    yield from explain_steps(connection, site_id)
    yield from _rank(connection, site_id, group_id, composite, rank)
    yield from _confidence(connection, site_id)


def _without_composite(connection: Connection, site_id: str) -> Iterator[str]:
    (name,) = first_row(connection, "select name from ref.sites where site_id = ?", [site_id])
    missing = connection.execute(
        "select source_label, source from scored.missing_sources where site_id = ? order by source", [site_id]
    ).fetchall()
    lacking = "、".join(f"{label}（{source}）" for label, source in missing)
    yield f"{name}（{site_id}）：没有综合得分，缺少来源 {lacking}"


def _rank(connection: Connection, site_id: str, group_id: str, composite: Decimal, rank: int) -> Iterator[str]:
    higher, equal = first_row(
        connection,
        """
        select
            count(*) filter (where composite > ?),
            count(*) filter (where composite = ? and site_id <> ?)
        from ranked.composites where group_id = ?
        """,
        [composite, composite, site_id, group_id],
    )
    line = f"名次：本组{f'有 {higher} 个' if higher else '没有'}网站的综合得分更高"
    if equal:
        ahead = rank - 1 - higher
        line += f"，{equal} 个同分；同分者依次比较方案 tie_break 的来源得分，其中 {ahead} 个排在前面，前面共 {rank - 1} 个"
    yield f"{line}，所以排第 {rank} 名"


def _published(home: Home, year: int, site_id: str, composite: Decimal, rank: int) -> Iterator[str]:
    """Lines for a reader where the published result differs or is missing: raw files or the scheme may have changed since."""
    path = home.published(year) / "tables" / "composite_scores.parquet"
    if not path.is_file():
        yield "（这个年度还没有公布结果；以下按现有的原始文件和方案算出）"
        return
    try:
        shown = pl.read_parquet(path, glob=False).filter(site_id=site_id).select("composite", "rank").rows()
    except (OSError, pl.exceptions.PolarsError) as fault:
        yield f"（注意：公布的结果 {path} 读不出来（{fault}），没有与它比较；请从备份恢复。以下按现有的原始文件和方案算出）"
        return
    if shown != [(composite, rank)]:
        old = f"综合得分 {shown[0][0]}、第 {shown[0][1]} 名" if shown else "没有这个网站"
        yield f"（注意：公布的是{old}；公布以后原始文件或方案有变动，以下按现有的算出）"


def explain_steps(connection: Connection, site_id: str) -> Iterator[str]:
    """A line for every step of a site that has a composite, and one for their total."""
    rows = connection.execute(
        """
        select steps.source, steps.label, steps.weight, steps.weight_base, steps.counted_weight, steps.score, steps.amount,
            steps.total, composites.composite
        from scored.composite_steps as steps
        inner join scored.composites on composites.site_id = steps.site_id
        where steps.site_id = ? order by steps.position
        """,
        [site_id],
    ).fetchall()
    for source, label, weight, base, counted, score, amount, _, _ in rows:
        if source is None:
            yield f"  {label}：{number(amount)}"
        elif score is not None:
            scaled = f" ÷ {number(base)}" if base != 1 else ""
            yield f"  {label}（{source}）：{number(weight)}{scaled} × {score} = {number(amount)}"
        elif not weight:
            yield f"  {label}（{source}）：权重为 0，没有得分也不影响综合得分"
        else:
            treated = "按 0 计" if counted else "不计，其余来源的权重按比例补足"
            yield f"  {label}（{source}）：{number(weight)} × 没有得分，{treated}"
    *_, total, composite = rows[-1]
    yield f"  合计 {number(total)} → {composite}"


def _confidence(connection: Connection, site_id: str) -> Iterator[str]:
    """The line with the composite's standard error and the ranks that follow from it, or why there is none."""
    error, degrees, low, high, sites, odds, top = first_row(
        connection,
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
    )
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
