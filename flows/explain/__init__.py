"""Explains a site's composite step by step down to the rows of the raw files, with the arithmetic of every step."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import polars as pl

from flows.errors import UsageError
from flows.explain.confidence import explain_confidence
from flows.explain.evidence import from_evidence
from flows.explain.page import Explanation
from flows.explain.rows import Kind, Line, Rows
from flows.explain.search import resembling
from flows.explain.steps import explain_steps
from flows.home import Home
from flows.reading.spelling import fold
from flows.receive.register import read_register
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import Settings
from flows.sources import Source, behaviour
from flows.warehouse.engine import Connection


def explain(settings: Settings, year: int, site: str, most_rows: int | None = None) -> Iterator[str]:
    """All lines of `explanation` of a site."""
    return explanation(settings, year, site, most_rows).lines()


def explanation(
    settings: Settings, year: int, site: str, most_rows: int | None = None, say: Callable[[str], None] = lambda _: None
) -> Explanation:
    """The explanation of a site (its id, name or alias). `most_rows` limits the raw rows listed a source; messages to
    the reader, such as that the warehouse cannot be read, go to `say`.

    Raises `UsageError` for an unknown site and `OperatorError` where the year cannot be evaluated.
    """
    settings.home.check()
    scheme = read_scheme(settings.home, year)
    register = read_register(settings.home, scheme)
    site_id = register.names.get(fold(site))
    if site_id is None:
        near = resembling(register.sites, site)
        raise UsageError(
            f"{year} 年的登记册中没有“{site}”。{'是不是下面的？' if near else ''}"
            f"请写 site_id、名称或别名；名单见 raw/{year}/sites.csv。",
            near,
        )

    def read(connection: Connection) -> Explanation:
        group = connection.execute("select group_id from ref.sites where site_id = ?", [site_id]).fetchall()[0][0]
        weighed = next(candidate for candidate in scheme.groups if candidate.id == group).weights
        rows = Rows(connection, scheme, site_id, most_rows)
        return Explanation(
            tuple(_composite(connection, settings.home, scheme, site_id)),
            tuple(tuple(_source(rows, source)) for source in scheme.sources if source.id in weighed),
        )

    return from_evidence(settings, scheme, read, say)


def _composite(connection: Connection, home: Home, scheme: Scheme, site_id: str) -> Iterator[str]:
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
    yield ""
    yield "综合得分 = 各来源的 权重 × 得分 之和，四舍五入到两位小数"
    yield from explain_steps(connection, site_id)
    yield from _rank(connection, site_id, group_id, composite, rank)
    yield from explain_confidence(connection, site_id)


def _without_composite(connection: Connection, site_id: str) -> Iterator[str]:
    (name,) = connection.execute("select name from ref.sites where site_id = ?", [site_id]).fetchall()[0]
    missing = connection.execute(
        "select source_label, source from scored.missing_sources where site_id = ? order by source", [site_id]
    ).fetchall()
    lacking = "、".join(f"{label}（{source}）" for label, source in missing)
    yield f"{name}（{site_id}）：没有综合得分，缺少来源 {lacking}"


def _rank(connection: Connection, site_id: str, group_id: str, composite: Decimal, rank: int) -> Iterator[str]:
    higher, equal = connection.execute(
        """
        select
            count(*) filter (where composite > ?),
            count(*) filter (where composite = ? and site_id <> ?)
        from ranked.composites where group_id = ?
        """,
        [composite, composite, site_id, group_id],
    ).fetchall()[0]
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


def _source(rows: Rows, source: Source) -> Iterator[Line]:
    score = rows.query("select score from scored.source_scores where source = ? and site_id = ?", source.id, rows.site_id)
    yield Line(Kind.SCORE, f"【{source.label}（{source.id}）】得分 {score[0][0] if score else '没有'}")
    explains = behaviour("explain", source.kind)
    if explains is None:
        yield Line.step(f"怎样得出的这里说不出来：{source.kind} 类来源还没有写解释的办法（缺 flows/explain/{source.kind}.py）")
    else:
        yield from explains.explain(rows, source)
