"""The year against the one before, as it was published: its files, how many rows they had, its tables."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from flows.comparison.finding import Finding, listed, share
from flows.datasets.register import REGISTER
from flows.home import Home
from flows.host.regular import read_regular
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.warehouse.engine import Connection, first_row
from flows.warehouse.previous import COMPARED, table_in
from flows.warehouse.previous_tables import read_previous

# Rows of a dataset beside last year's; less than so many tell nothing.
_RATIO, _LEAST_ROWS = 1.4, 50
_CHANNEL_RATIO, _LEAST_RATINGS = 3, 50
# Shares of checks that passed, by how much and by how many standard errors.
_FAR, _TIMES, _LEAST_CHECKS = 0.3, 6, 20
# A reported figure, in times of last year's.
_FIGURE = 5
# Scores: by how many points, and by how many times what the sites of a source usually move.
_POINTS, _ALL_POINTS, _LEAST_SITES = 12, 10, 5
_ITEM = 0.15


@dataclass(frozen=True)
class LastYear:
    """What is published of the year before. `inputs` are its raw files by the manifest; `tables` has those that can be read."""

    year: int
    inputs: list[dict[str, Any]]
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)

    def rows(self, table: str, *texts: str, numbers: Sequence[str] = ()) -> list[tuple]:
        """Cells of a published table, texts before numbers; without rows that lack one, and none where a column is not there."""
        frame = self.tables.get(table)
        if frame is None or not {*texts, *numbers} <= set(frame.columns):
            return []
        # Somebody may have written into these tables; what is no number is not compared.
        cells = [
            *(pl.col(name).cast(pl.String) for name in texts),
            *(pl.col(name).cast(pl.Float64, strict=False) for name in numbers),
        ]
        try:
            return frame.select(cells).drop_nulls().drop_nans().rows()
        except pl.exceptions.PolarsError:
            return []

    def mean_points(self, source: str) -> dict[str, float]:
        """The voters' mean points by aspect, `overall` too."""
        rows = self.rows("satisfaction", "source", "group", "aspect", numbers=("ratings", "score"))
        return {
            aspect: score
            for of_source, group, aspect, ratings, score in rows
            if (of_source, group) == (source, "all") and ratings >= _LEAST_ROWS
        }


def last_year(home: Home, year: int) -> LastYear | None:
    """What was published of the year before `year`; None where that is nothing."""
    # Asked once: the link may be exchanged meanwhile.
    folder = home.published(year - 1)
    if table_in(folder, "composite_scores") is None:
        return None
    # A table that is not as it should be is compared with nothing.
    tables = {name: read_previous(table_in(folder, name), home, (), []) for name in COMPARED}
    return LastYear(year - 1, _inputs(home, folder), {name: table.frame for name, table in tables.items() if table})


_INPUT = {"dataset": str, "file": str, "sha256": str, "rows_in": int}


def _inputs(home: Home, folder: Path) -> list[dict[str, Any]]:
    try:
        manifest = json.loads(read_regular(folder / "manifest.json", home.path))
    except (OSError, ValueError, RecursionError):
        return []
    inputs = manifest.get("inputs") if isinstance(manifest, dict) else None
    if not isinstance(inputs, list):
        return []
    return [
        entry for entry in inputs if isinstance(entry, dict) and all(isinstance(entry.get(k), t) for k, t in _INPUT.items())
    ]


def compare_files(connection: Connection, scheme: Scheme, before: LastYear) -> Iterator[Finding]:
    yield from _same_files(connection, before)
    yield from _amounts(connection, scheme, before)
    yield from _channels(connection, before)
    yield from _checks(connection, before)
    yield from _outside(connection, scheme, before)
    yield from _audits(connection, before)
    yield from _portal(connection, before)


def _same_files(connection: Connection, before: LastYear) -> Iterator[Finding]:
    known = {entry["sha256"]: entry for entry in before.inputs if entry["dataset"] != REGISTER and entry["rows_in"]}
    for dataset, file, sha256, rows in connection.execute(
        "select dataset, file, sha256, rows_in from raw.files order by dataset, file"
    ).fetchall():
        if sha256 in known and rows:
            yield Finding(
                "repeats",
                f"{dataset}/{file}",
                f"{dataset} 的文件 {file}（{rows} 行）与 {before.year} 年的 {known[sha256]['file']} 完全相同。请核对是否误送了上年的文件。",
            )


def _amounts(connection: Connection, scheme: Scheme, before: LastYear) -> Iterator[Finding]:
    # What is accepted, and what is due, is another matter every year.
    lists = {dataset.name for dataset in datasets(scheme) if dataset.about_delivery}
    rows_before: dict[str, int] = {}
    for entry in before.inputs:
        rows_before[entry["dataset"]] = rows_before.get(entry["dataset"], 0) + entry["rows_in"]
    now = dict(connection.execute("select dataset, cast(sum(rows_in) as bigint) from raw.files group by dataset").fetchall())
    for dataset, earlier in sorted(rows_before.items()):
        if dataset in lists:
            continue
        rows = now.get(dataset, 0)
        apart = max(rows, 1) / max(earlier, 1)
        far = abs(rows - earlier) >= _LEAST_ROWS and not 1 / _RATIO <= apart <= _RATIO
        if dataset != REGISTER and (far or (earlier and not rows)):
            yield Finding(
                "amounts", dataset, f"{dataset} 今年有 {rows} 行，上年有 {earlier} 行。请核对文件是否送全、有没有多送。"
            )


def _channels(connection: Connection, before: LastYear) -> Iterator[Finding]:
    """Channels of ballots and categories of experts, beside how much there is of the whole source."""
    rows = connection.execute(
        """
        select source, coalesce(channel, 'unknown') as category, count(*) from raw.ballots group by source, category
        union all
        select source, coalesce(category, 'unknown') as category, count(*) from raw.panel_scores group by source, category
        """
    ).fetchall()
    now = {(source, category): number for source, category, number in rows}
    earlier = {
        (source, category): ratings
        for source, category, ratings in before.rows("participation", "source", "category", numbers=("ratings",))
    }
    for source, category in sorted(earlier):
        whole = sum(number for (of_source, _), number in now.items() if of_source == source)
        whole_before = earlier.get((source, "all"), 0)
        # Which channels and categories were put together is not known here.
        if category in ("all", "other") or not whole or not whole_before:
            continue
        number, due = now.get((source, category), 0), earlier[source, category] * whole / whole_before
        if max(number, due) >= _LEAST_RATINGS and not 1 / _CHANNEL_RATIO <= max(number, 1) / max(due, 1) <= _CHANNEL_RATIO:
            yield Finding(
                "amounts",
                f"{source}/{category}",
                f"{source} 的“{category}”今年有 {number} 行，占 {share(number / whole)}；"
                f"上年 {earlier[source, category]:.0f} 行，占 {share(earlier[source, category] / whole_before)}。请核对文件是否送全。",
            )


def _checks(connection: Connection, before: LastYear) -> Iterator[Finding]:
    """A site's crawl checks that passed, check by check, beside last year's and beside how all sites moved."""
    rows = connection.execute(
        """
        select "check", site_id, count(*), sum(case when passed then 1 else 0 end)
        from raw.crawl_checks where passed is not null and not_made is null
        group by "check", site_id
        """
    ).fetchall()
    earlier = {
        (check, site): (passed + failed, passed)
        for check, site, passed, failed in before.rows("check_counts", "check", "site_id", numbers=("passed", "failed"))
    }
    seen = {site for _, site, *_ in rows}
    gone = sorted({site for (_, site), (made, _) in earlier.items() if made >= _LEAST_CHECKS} - seen)
    if rows and gone:
        sentence = f"上年检测过的网站里，{listed(gone)}今年一次也没有检测。请核对文件是否送全、site 一列是否有误。"
        yield Finding("amounts", f"crawl/{gone[0]}", sentence)
    lost = sorted({check for check, _ in earlier} - {check for check, *_ in rows})
    if rows and lost:
        sentence = f"上年做过的检测里，今年没有 {listed(lost)}。请核对文件是否送全、check 一列的名称。"
        yield Finding("amounts", f"crawl/{lost[0]}", sentence)
    compared: dict[str, list[tuple[str, int, float, float, float]]] = {}
    for check, site, made, passed in sorted(rows):
        made_before, passed_before = earlier.get((check, site), (0, 0))
        if min(made, made_before) >= _LEAST_CHECKS:
            compared.setdefault(check, []).append((site, made, passed / made, made_before, passed_before / made_before))
    for check, sites in compared.items():
        moved = float(np.median([now - then for _, _, now, _, then in sites]))
        if abs(moved) >= _FAR and len(sites) >= _LEAST_SITES:
            now, then = (float(np.median([each[place] for each in sites])) for place in (2, 4))
            yield Finding(
                "sites",
                f"crawl/{check}",
                f"检测 {check} 今年各网站通过的通常占 {share(now)}，上年占 {share(then)}。请核对 passed 一列的含义。",
            )
        for site, made, now, made_before, then in sites:
            both = min(max((now * made + then * made_before) / (made + made_before), 0.01), 0.99)
            chance = np.sqrt(both * (1 - both) * (1 / made + 1 / made_before))
            apart = now - then - moved
            alone = not now or now == 1
            far = _FAR if not alone else _FAR / 3
            if abs(apart) >= far and abs(apart) > (_TIMES if not alone else _TIMES / 2) * chance:
                yield Finding(
                    "sites",
                    f"crawl/{check}/{site}",
                    f"{site} 的检测 {check} 今年 {made} 次里通过 {share(now)}，上年 {made_before:.0f} 次里通过 {share(then)}。请核对它的记录。",
                )


def _outside(connection: Connection, scheme: Scheme, before: LastYear) -> Iterator[Finding]:
    """Checks outside the scheme's period, where there are many more than last year."""
    earlier = before.rows("check_counts", "site_id", numbers=("made", "not_made", "outside_period"))
    opens, closes = scheme.crawl.opens or date.min, scheme.crawl.closes or date.max
    whole, outside = first_row(
        connection,
        "select count(*), sum(case when checked_on between ? and ? then 0 else 1 end) from raw.crawl_checks",
        [opens, closes],
    )
    whole_before, outside_before = (sum(row[1] + row[2] + row[3] for row in earlier), sum(row[3] for row in earlier))
    if min(whole, whole_before) < _LEAST_ROWS:
        return
    now, then = outside / whole, outside_before / whole_before
    if now - then >= _FAR / 2:
        said = f"网站检测有 {share(now)} 在检测期以外，上年 {share(then)}。请核对 checked_at 的日期。"
        yield Finding("times", "crawl", said)


def _audits(connection: Connection, before: LastYear) -> Iterator[Finding]:
    """Of a source's service items: the share of each type, of approval items, of those that can be handled online or fail a check."""
    rows = connection.execute(
        """
        select
            source,
            item_type,
            count(*),
            sum(case when approval then 1 else 0 end),
            sum(case when online = 'pass' then 1 else 0 end),
            sum(case when reachable = 'fail' then 1 else 0 end),
            sum(case when guide = 'fail' then 1 else 0 end),
            sum(case when form = 'fail' then 1 else 0 end),
            sum(case when online = 'fail' then 1 else 0 end),
            sum(coalesce(forms, 0)),
            sum(coalesce(sheets, 0))
        from raw.audit_items
        group by source, item_type
        """
    ).fetchall()
    now: dict[str, dict[str, float]] = {}
    for source, item_type, items, *sums in sorted(rows):
        counts = now.setdefault(source, {})
        for name, number in zip(("items", f"类型 {item_type}", *_AUDITED), (items, items, *sums), strict=True):
            counts[name] = counts.get(name, 0) + float(number)
    earlier = _audited(before)
    for source, counts in now.items():
        then = earlier.get(source, {})
        if min(counts["items"], then.get("items", 0)) < _LEAST_ROWS:
            continue
        for name in sorted((counts.keys() | then.keys()) - {"items"}):
            own, usual = counts.get(name, 0) / counts["items"], then.get(name, 0) / then["items"]
            # Forms and sheets are several an item.
            far = (
                max(own, usual) > _CHANNEL_RATIO * min(own, usual) if name in ("表格", "张数") else abs(own - usual) >= _FAR / 2
            )
            if far and abs(own - usual) * counts["items"] >= _LEAST_ROWS / 2 and name in then:
                yield Finding(
                    "levels",
                    f"{source}/{name}",
                    f"{source} 每 100 个事项有{name} {100 * own:.0f}，上年 {100 * usual:.0f}。请核对这一列的含义。",
                )


_AUDITED = ("审批事项", "可网上办理", "打不开", "指南不通过", "表格不通过", "网上办理不通过", "表格", "张数")


def _audited(before: LastYear) -> dict[str, dict[str, float]]:
    earlier: dict[str, dict[str, float]] = {}
    numbers = ("items", "approval_items", "online_items", "forms", "sheets")
    for source, group, item_type, items, approval, online, forms, sheets in before.rows(
        "service_inventory", "source", "group", "item_type", numbers=numbers
    ):
        if group == "all" and item_type == "all":
            named = zip(
                ("items", "审批事项", "可网上办理", "表格", "张数"), (items, approval, online, forms, sheets), strict=True
            )
            earlier.setdefault(source, {}).update(dict(named))
        elif group == "all":
            earlier.setdefault(source, {})[f"类型 {item_type}"] = items
    for source, *answers in before.rows("failed_items", "source", "reachable", "guide", "form", "online"):
        for name, answer in zip(("打不开", "指南不通过", "表格不通过", "网上办理不通过"), answers, strict=True):
            counts = earlier.setdefault(source, {})
            counts[name] = counts.get(name, 0) + (answer == "fail")
    return earlier


def _portal(connection: Connection, before: LastYear) -> Iterator[Finding]:
    reported = dict(connection.execute("select metric, cast(value as double) from raw.portal_stats").fetchall())
    figures = [metric for metric, _ in before.rows("portal_figures", "metric", numbers=("value",)) if metric not in reported]
    if reported and figures:
        sentence = f"上年公布过的数字里，今年没有报 {listed(sorted(figures))}。请核对是否漏报或改了名称。"
        yield Finding("amounts", f"portal_stats/{min(figures)}", sentence)
    for metric, then in before.rows("portal_figures", "metric", numbers=("value",)):
        figure = reported.get(metric, 0)
        if metric in reported and then > 0 and not 1 / _FIGURE <= figure / then <= _FIGURE:
            yield Finding(
                "amounts", f"portal_stats/{metric}", f"“{metric}”今年报 {figure:g}，上年公布的是 {then:g}。请核对单位。"
            )
    now = dict(
        connection.execute('select "column", cast(sum(views) as double) from raw.portal_traffic group by "column"').fetchall()
    )
    earlier = dict(before.rows("portal_columns", "column", numbers=("views",)))
    both = sorted(now.keys() & earlier.keys())
    if len(both) < _LEAST_SITES:
        return
    gone = sorted(earlier.keys() - now.keys())
    # Some come and go.
    if len(gone) >= max(3, len(earlier) / 5):
        yield Finding(
            "amounts",
            f"portal_traffic/{gone[0]}",
            f"上年有访问量的栏目里，{listed(gone)}今年没有。请核对文件是否送全。",
        )
    ratios = {column: max(now[column], 1) / max(earlier[column], 1) for column in both}
    usual = float(np.median(list(ratios.values())))
    if not 1 / _CHANNEL_RATIO <= usual <= _CHANNEL_RATIO:
        yield Finding(
            "amounts", "portal_traffic", f"门户各栏目的访问量今年通常是上年的 {usual:.2f} 倍。请核对单位和月份是否送全。"
        )
    for column, ratio in ratios.items():
        if not 1 / (2 * _CHANNEL_RATIO) <= ratio / usual <= 2 * _CHANNEL_RATIO:
            yield Finding(
                "amounts",
                f"portal_traffic/{column}",
                f"栏目“{column}”今年访问 {now[column]:.0f} 次，上年 {earlier[column]:.0f} 次，而各栏目通常是上年的 {usual:.2f} 倍。请核对。",
            )


def compare_results(connection: Connection, scheme: Scheme, before: LastYear | None) -> Iterator[Finding]:
    """Sources that are scored by last year's rules: all their sites together, each site, each item."""
    rows = connection.execute(
        """
        select before.source_now, before.site_id, sites.name, cast(before.previous_score as double), cast(scores.score as double)
        from published.previous_scores as before
        inner join scored.source_scores as scores on scores.source = before.source_now and scores.site_id = before.site_id
        inner join ref.sites on sites.site_id = before.site_id
        where before.same_rules = 1 and before.previous_score is not null
        order by before.source_now, before.site_id
        """
    ).fetchall()
    labels = {source.id: source.label for source in scheme.sources}
    for source in labels:
        own = [row for row in rows if row[0] == source]
        if len(own) >= _LEAST_SITES:
            yield from _moves(source, labels[source], own)
            if before:
                yield from _items(connection, source, labels[source], before)


def _moves(source: str, label: str, rows: list[tuple]) -> Iterator[Finding]:
    apart = np.array([now - then for *_, then, now in rows])
    usual = float(np.median(apart))
    spread = max(1.4826 * float(np.median(np.abs(apart - usual))), 0.5)
    if abs(usual) >= _ALL_POINTS:
        then, now = (float(np.median([row[place] for row in rows])) for place in (3, 4))
        yield Finding("sites", source, f"{label}今年各网站通常 {now:.1f} 分，上年 {then:.1f} 分。请核对数据。")
    for (_, site, name, then, now), by in zip(rows, apart, strict=True):
        if abs(by - usual) > max(_POINTS, 6 * spread):
            yield Finding(
                "sites",
                f"{source}/{site}",
                f"{name}（{site}）的{label}今年 {now:.2f} 分，上年 {then:.2f} 分，而各网站通常变动 {usual:+.1f} 分。请核对它的数据。",
            )


def _items(connection: Connection, source: str, label: str, before: LastYear) -> Iterator[Finding]:
    """Items whose mean over all sites moved by much of what there is to earn."""
    rows = connection.execute(
        """
        select details.item, items.label, sum(cast(details.value as double)) / count(*), max(cast(items.max_points as double)), count(*)
        from scored.source_details as details
        inner join ref.items on items.source = details.source and items.item = details.item
        where details.source = ?
        group by details.item, items.label order by details.item
        """,
        [source],
    ).fetchall()
    earlier: dict[str, list[float]] = {}
    for of_source, item, value in before.rows("source_details", "source", "item", numbers=("value",)):
        if of_source == source:
            earlier.setdefault(item, []).append(value)
    far = []
    for item, name, mean, most, sites in rows:
        then = earlier.get(item, [])
        if min(sites, len(then)) >= _LEAST_SITES and abs(mean - np.mean(then)) >= _ITEM * most:
            far.append(f"{name}平均 {mean:.1f}（上年 {np.mean(then):.1f}，满分 {most:g}）")
    if far:
        yield Finding("sites", f"{source}/items", f"{label}的{listed(far)}。请核对数据。")
