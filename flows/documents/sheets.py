"""Writes a sheet for every site: its standing, its points and losses, and what it can do first.

The sheets are written one after the other in one pass over the tables, which are in the order of the sites, so that their
number costs time but no memory.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from flows.datasets.checks import SITE_CHECKS
from flows.documents import words
from flows.documents.gaps import of_site
from flows.documents.html import asset, file_name, has_template, policy, template
from flows.documents.numbers import EXACT, percent, rounded, short
from flows.documents.page import histogram
from flows.documents.reasons import reasons
from flows.documents.tables import Row, Rows, Site, SiteRows, Standing, Tables, standings, sureties, weighed
from flows.documents.tasks import Detail, Gain, counted_weights, details_of, gains, tasks
from flows.host.progress import Tell
from flows.scheme import Scheme
from flows.sources import Source, behaviour

_WHAT = "生成网站评议单"
_TELL_EVERY = 50
# The most rows that a person reads through; the rest is in the table.
MOST_ITEMS = 200
MOST_ADDRESSES = 200
MOST_GAINS = 12
# Far more than anybody reads, but a site may have failed at very many addresses.
_MOST_READ = 5000

_GAPS = ("coverage", "coverage_effects")
_STREAMS = (
    "composite_steps", "source_details", "claimed_points", "lost_months", "failed_items", "failed_checks", "previous_scores",
)  # fmt: skip


def write_sheets(scheme: Scheme, tables: Tables, groups: dict[str, list[Site]], folder: Path, tell: Tell) -> None:
    """Writes `<site_id>.html` for every site into `folder`."""
    folder.mkdir(exist_ok=True)
    writer = _Writer(scheme, tables, groups)
    sites = sorted((site for sites in groups.values() for site in sites), key=lambda site: site.site_id)
    for number, site in enumerate(sites):
        if number % _TELL_EVERY == 0:
            tell(_WHAT, number, len(sites))
        (folder / file_name(site.site_id)).write_text(writer.sheet(site), encoding="utf-8")
    tell(_WHAT, len(sites), len(sites))


class _Writer:
    """Makes sheets, in the order of the sites' ids."""

    def __init__(self, scheme: Scheme, tables: Tables, groups: dict[str, list[Site]]) -> None:
        self._scheme = scheme
        # Results of an older pingyi do not say what was missing.
        streams = (*_STREAMS, *(name for name in _GAPS if name in tables.names))
        self._streams: dict[str, SiteRows] = {name: tables.by_site(name) for name in streams}
        summaries = {row["group"]: row for row in tables.rows("group_summary")}
        self._groups = {group.id: group for group in scheme.groups}
        self._charts = {group.id: histogram(group, groups[group.id], summaries) for group in scheme.groups if groups[group.id]}
        self._summaries = summaries
        self._standings: dict[str, Standing] = standings(groups)
        self._sureties = sureties(tables)
        self._source_means = {group: _source_means(scheme, sites) for group, sites in groups.items()}
        self._item_means = _item_means(tables)
        self._labels = {source.id: source.label for source in scheme.sources}
        self._checks = {check.name: check.label for check in SITE_CHECKS.values()} | {
            check: indicator.label for source in scheme.sources for check, indicator in source.checks.items()
        }
        self._template = template("sheet.html")
        self._style = asset("style.css")
        self._policy = policy((self._style,))

    def sheet(self, site: Site) -> str:
        scheme, group = self._scheme, self._groups[site.group]
        rows = {name: stream.of(site.site_id, _MOST_READ) for name, stream in self._streams.items()}
        details = details_of(scheme, rows["source_details"])
        weights = counted_weights(rows["composite_steps"])
        possible = gains(scheme, weights, details)
        failed = rows["failed_items"]
        checks = [self._check(row) for row in rows["failed_checks"]]
        why = reasons(scheme, site, rows["previous_scores"])
        sources = list(self._steps(site, rows, why.effects if why else {}))
        return self._template.render(
            scheme=scheme,
            site=site,
            group=group,
            summary=self._summaries[site.group],
            flags=[words.flag(flag, self._labels) for flag in site.flags],
            policy=self._policy,
            style=self._style,
            chart=self._charts[site.group].svg(site.composite),
            standing=self._standings[site.site_id],
            surety=self._sureties[site.site_id],
            tie=[self._labels[source] for source in scheme.tie_break],
            gaps_of=of_site(scheme, rows.get("coverage", ()), rows.get("coverage_effects", ())),
            sources=sources,
            has_before=any(source["before"] is not None for source in sources),
            why=why,
            tasks=tasks(scheme, weights, details, possible, rows),
            gains=possible[:MOST_GAINS],
            sections=list(self._sections(site, details, rows, possible)),
            failed=[self._item(row) for row in failed[:MOST_ITEMS]],
            failed_count=len(failed),
            checks=checks[:MOST_ADDRESSES],
            check_count=len(checks),
        )

    def _steps(self, site: Site, rows: Rows, effects: dict[str, Decimal]) -> Iterator[dict]:
        """The steps of the composite; a step that is no source has a name and an amount only."""
        scored = [row for row in rows["previous_scores"] if row["previous_score"] is not None]
        before = {row["source_now"]: row["previous_score"] for row in scored}
        for step in rows["composite_steps"]:
            source, score, weight = step["source"], step["score"], step["counted_weight"]
            known = score is not None
            yield step | {
                "weight": None if source is None else percent(step["weight"], 6),
                "mean": self._source_means[site.group].get(source),
                "given": short(step["amount"], 4) if known or source is None else None,
                "lost": rounded(EXACT.multiply(weight, 100 - (score or 0)), 2) if known or weight else None,
                "before": before.get(source),
                "change": score - before[source] if known and source in before else None,
                "effect": effects.get(source),
            }

    def _sections(self, site: Site, details: dict[str, list[Detail]], rows: Rows, possible: list[Gain]) -> Iterator[dict]:
        worth = {(gain.source, gain.item): gain.points for gain in possible}
        for position in weighed(self._scheme, site.group):
            source = self._scheme.sources[position]
            listed = details.get(source.id, [])
            if not listed or not source.items(self._scheme.aspects):
                continue
            evidence = getattr(behaviour("documents.sources", source.kind), "evidence", None)
            behind = evidence(source, rows, self._scheme.year) if evidence else {}
            yield {
                "layout": _layout(source),
                "source": source,
                "score": site.scores[position],
                "rows": [
                    {
                        "detail": detail,
                        "mean": self._item_means.get((site.group, source.id, detail.item)),
                        "lost": max(detail.most - detail.value, Decimal(0)),
                        "gain": worth.get((source.id, detail.item)),
                        "evidence": behind.get(detail.item),
                        "lowest": source.rates_aspects and detail.value == min(other.value for other in listed),
                    }
                    for detail in listed
                ],
            }

    def _item(self, row: Row) -> dict:
        types = {item.id: item.label for item in self._scheme.source(row["source"]).items(self._scheme.aspects)}
        failed = [label for check, label in words.ITEM_CHECKS.items() if row[check] == "fail"]
        return row | {"type": types.get(row["item_type"], row["item_type"]), "failed": failed}

    def _check(self, row: Row) -> dict:
        moments = {column: _local(row[column], self._scheme.zone) for column in ("first_failed", "last_failed")}
        value = None if row["last_value"] is None else short(row["last_value"], 2)
        return row | moments | {"label": self._checks.get(row["check"], row["check"]), "last_value": value}


def _layout(source: Source) -> str:
    """The template with the columns of a source's section."""
    own = f"sources/{source.kind}.html"
    return own if has_template(own) else f"sources/{'aspects' if source.rates_aspects else 'items'}.html"


def _source_means(scheme: Scheme, sites: list[Site]) -> dict[str, Decimal]:
    means = {}
    for position, source in enumerate(scheme.sources):
        scores = [score for site in sites if (score := site.scores[position]) is not None]
        if scores:
            means[source.id] = rounded(EXACT.divide(sum(scores, Decimal(0)), Decimal(len(scores))), 2)
    return means


def _item_means(tables: Tables) -> dict[tuple[str, str, str], Decimal]:
    """The mean of every item in every group."""
    sites = pl.scan_parquet(tables.path("sites"), glob=False).select("site_id", "group")
    sums = (
        pl.scan_parquet(tables.path("source_details"), glob=False)
        .join(sites, on="site_id")
        .group_by("group", "source", "item")
        .agg(pl.col("value").cast(pl.Decimal(38, 2)).sum().alias("total"), pl.len().alias("count"))
        .collect(engine="streaming")
    )
    return {
        (group, source, item): rounded(EXACT.divide(total, Decimal(count)), 2)
        for group, source, item, total, count in sums.select("group", "source", "item", "total", "count").iter_rows()
    }


def _local(text: str, zone: ZoneInfo) -> str:
    """A moment of a table, which is UTC, as the site's people read it."""
    at = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
