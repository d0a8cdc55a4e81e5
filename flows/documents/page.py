"""The page of a year, `index.html`: the bulletin for a reader, every site, charts, and a ranking that follows the weights.

It is one file and needs no network. It holds all sites, whatever their number, as compact JSON (86 000 sites are some 7 MB), and
shows fifty at a time. Groups of up to a hundred sites have a chart with a bar for every site, larger groups a summary. A table of
more than 6000 rows is a link to its file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
from markupsafe import Markup

from flows.documents import charts, words
from flows.documents.gaps import completeness
from flows.documents.html import asset, embedded, file_name, href, policy, signed, template
from flows.documents.listings import listings
from flows.documents.numbers import EXACT, number
from flows.documents.tables import Row, Site, Tables, weighed
from flows.documents.text import Annex, Bulletin, single_line
from flows.scheme import Group, Scheme

MOST_BARS = 100
_MOST_CHANGES = 20
_UNIT = Decimal(100_000_000)


@dataclass(frozen=True)
class Chart:
    """A chart with its caption, the meaning of its colours, and what else to know."""

    caption: str
    drawing: Markup
    legend: Markup = Markup("")
    note: str = ""


def write_page(
    scheme: Scheme, bulletin: Bulletin, tables: Tables, groups: dict[str, list[Site]], files: Sequence[str], results: Path
) -> None:
    """Writes `index.html`; `files` are the documents beside it."""
    style, script = asset("style.css"), asset("page.js")
    summaries = {row["group"]: row for row in tables.rows("group_summary")}
    content = template("page.html").render(
        scheme=scheme,
        bulletin=bulletin,
        policy=policy((style,), (script,)),
        style=style,
        script=script,
        data=embedded(_data(scheme, groups)),
        summaries=[(group, summaries[group.id]) for group in scheme.groups if group.id in summaries],
        charts=[
            (group, list(_charts(scheme, group, groups[group.id], summaries, tables)))
            for group in scheme.groups
            if groups[group.id]
        ],
        completeness=completeness(scheme, tables),
        aspects=list(_satisfaction(scheme, tables)),
        annexes=[(annex, list(_linked(annex, groups[annex.group]))) for annex in bulletin.annexes],
        listings=list(listings(scheme, tables, groups)),
        files=files,
    )
    (results / "index.html").write_text(content, encoding="utf-8")


def _linked(annex: Annex, sites: Sequence[Site]) -> Iterator[tuple[str, str, str, str]]:
    """The rows of an annex, each with the address of the site's sheet; without one where two sites have rank and name in common."""
    sheets: dict[tuple[str, str], list[str]] = {}
    for site in sites:
        sheets.setdefault((str(site.rank), single_line(site.name)), []).append(file_name(site.site_id))
    for rank, name, score in annex.rows:
        names = sheets.get((rank, name), [])
        yield rank, name, score, f"sites/{href(names[0])}" if len(names) == 1 else ""


def histogram(group: Group, sites: Sequence[Site], summaries: dict[str, Row]) -> charts.Histogram:
    """The distribution of a group's composites."""
    summary = summaries[group.id]
    description = f"{summary['sites']} 个网站，平均 {summary['mean']} 分，{summary['above_mean']} 个高于平均分"
    return charts.Histogram(f"{group.label}综合得分的分布", description, [site.composite for site in sites], summary["mean"])


def _data(scheme: Scheme, groups: dict[str, list[Site]]) -> dict:
    """The data of the page's program: points in whole hundredths, weights in whole hundred-millionths."""
    labels = {source.id: source.label for source in scheme.sources}
    sources = [source.id for source in scheme.sources]
    listed = []
    for group in scheme.groups:
        positions = weighed(scheme, group.id)
        listed.append(
            {
                "id": group.id,
                "label": group.label,
                "sources": positions,
                "weights": [int(group.weights[sources[position]] * _UNIT) for position in positions],
                "sites": [
                    [
                        site.site_id,
                        site.name,
                        site.rank,
                        href(file_name(site.site_id)),
                        [_hundredths(site.scores[position]) for position in positions],
                        _hundredths(site.previous_composite),
                        site.previous_rank,
                        "；".join(words.flag(flag, labels) for flag in site.flags),
                    ]
                    for site in groups[group.id]
                ],
            }
        )
    return {
        "missing": scheme.missing,
        "tie": [sources.index(source) for source in scheme.tie_break],
        "sources": [{"id": source.id, "label": source.label} for source in scheme.sources],
        "groups": listed,
    }


def _hundredths(score: Decimal | None) -> int | None:
    return None if score is None else int(score.scaleb(2))


def _charts(scheme: Scheme, group: Group, sites: list[Site], summaries: dict[str, Row], tables: Tables) -> Iterator[Chart]:
    yield Chart(f"{group.label}：综合得分的分布", histogram(group, sites, summaries).svg())
    positions = weighed(scheme, group.id)
    sources = [scheme.sources[position] for position in positions]
    if len(sites) <= MOST_BARS:
        amounts = _amounts(tables, sites)
        bars = [
            (site.name, [(source.label, amounts[site.site_id, source.id]) for source in sources], f"{site.composite}")
            for site in sites
        ]
        yield Chart(
            f"{group.label}：各网站的得分从哪里来",
            charts.stacked(f"{group.label}各网站综合得分的构成", f"{len(sites)} 个网站，数字见上面的排名表", bars),
            charts.legend([source.label for source in sources]),
        )
    elif len(positions) > 1:
        rows = [
            (source.label, tuple(_quartiles([score for site in sites if (score := site.scores[position]) is not None])))
            for position, source in zip(positions, sources, strict=True)
        ]
        yield Chart(
            f"{group.label}：各来源得分的高低",
            charts.grouped(f"{group.label}各来源得分的四分位", f"{len(sites)} 个网站", rows),
            charts.legend(("高的四分之一从这里起", "中位数", "低的四分之一到这里止")),
            f"网站有 {len(sites)} 个，不逐个画出。",
        )
    changes = [(site, site.composite - site.previous_composite) for site in sites if site.previous_composite is not None]
    if changes:
        changes.sort(key=lambda pair: (-pair[1], pair[0].site_id))
        shown = changes if len(changes) <= MOST_BARS else changes[:_MOST_CHANGES] + changes[-_MOST_CHANGES:]
        yield Chart(
            f"{group.label}：比上年升降",
            charts.diverging(
                f"{group.label}综合得分比上年的升降",
                f"{sum(change > 0 for _, change in changes)} 个上升，{sum(change < 0 for _, change in changes)} 个下降",
                [
                    (site.name, change, f"{signed(change)}（第 {site.previous_rank} → {site.rank} 名）")
                    for site, change in shown
                ],
            ),
            note="" if len(shown) == len(changes) else f"只画出上升和下降最多的各 {_MOST_CHANGES} 个，其余见排名表。",
        )


def _amounts(tables: Tables, sites: Sequence[Site]) -> dict[tuple[str, str], Decimal]:
    """The amount that each source adds to a site's composite, by site and source."""
    steps = pl.scan_parquet(tables.path("composite_steps"), glob=False)
    own = steps.filter(pl.col("site_id").is_in([site.site_id for site in sites]), pl.col("source").is_not_null())
    rows = own.select("site_id", "source", "amount").collect().iter_rows()
    return {(site_id, source): amount for site_id, source, amount in rows}


def _quartiles(scores: Sequence[Decimal]) -> Iterator[tuple[str, Decimal, str]]:
    ordered = sorted(scores)
    for name, part in (("上四分位", 3), ("中位", 2), ("下四分位", 1)):
        if ordered:
            score = ordered[min(len(ordered) - 1, len(ordered) * part // 4)]
            yield name, score, f"{score}"


def _satisfaction(scheme: Scheme, tables: Tables) -> Iterator[Chart]:
    rows = {(row["source"], row["aspect"], row["group"]): row for row in tables.rows("satisfaction")}
    aspects = [("overall", "总体"), *((aspect.id, aspect.label) for aspect in scheme.aspects)]
    groups = [(group.id, group.label) for group in scheme.groups[:6]]
    for source in scheme.sources:
        rates = []
        for aspect, label in aspects:
            known = [(name, rows[source.id, aspect, group]) for group, name in groups if (source.id, aspect, group) in rows]
            percents = [(name, EXACT.multiply(row["rate"], Decimal(100))) for name, row in known]
            if percents:
                rates.append((label, [(name, rate, f"{number(rate, 1)}%") for name, rate in percents]))
        if rates:
            yield Chart(
                f"{source.label}：各项评议内容的满意率",
                charts.grouped(f"{source.label}各项评议内容的满意率", "数字见“公众满意率”表", rates),
                charts.legend([name for _, name in groups]),
            )
