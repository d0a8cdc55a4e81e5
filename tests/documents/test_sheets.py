"""A site's sheet: what would bring the most points, what changed, the evidence; and that many sheets take no more memory."""

import re
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.documents.page import write_page  # noqa: F401  imported before memory is measured
from flows.documents.sheets import MOST_ITEMS, write_sheets
from flows.documents.tables import Site, SiteRows, Tables, ranking, standings
from flows.documents.tasks import Task, counted_weights, details_of, gains, tasks
from flows.host.progress import silent
from flows.scheme import Scheme
from flows.sources import Item, Source
from tests.documents.ranked import ranked_year
from tests.documents.results import SCHEME, put, scheme_of, small_year

RECORDS = """
year = 2007
title = "评议"
timezone = "Asia/Shanghai"
missing = "{missing}"
[aspects]
a = {{ label = "公开", weight = 0.4 }}
b = {{ label = "办事", weight = 0.6 }}
[groups.department]
label = "市政府部门"
publish_top = 1
weights = {{ expert = 0.5, claims = 0.2, daily = 0.2, audit = 0.1 }}
[groups.district]
label = "区县政府"
publish_top = 1
weights = {{ expert = 1 }}
[sources.expert]
label = "专家评议"
kind = "panel"
[sources.claims]
label = "网站自查"
kind = "claims"
indicators = [ {{ id = "s1", label = "公开", max = 10 }}, {{ id = "s2", label = "互动", max = 30 }} ]
[sources.daily]
label = "日常"
kind = "records"
indicators = [ {{ id = "d1", label = "报送", max = 20, rule = "ratio", target = 30 }}, {{ id = "d2", label = "死链", max = 10, rule = "deduct", per = 0.5, from_crawl = "dead_links" }} ]
[sources.audit]
label = "核查"
kind = "audit"
item_types = {{ t = "受理", u = "查询" }}
item_weights = {{ t = 3 }}
"""


def scheme(missing: str = "fail") -> Scheme:
    return scheme_of(RECORDS.format(missing=missing))


def site(scores: tuple[str | None, ...], site_id: str = "s1", composite: str = "80.00", rank: int = 1) -> Site:
    given = tuple(None if score is None else Decimal(score) for score in scores)
    return Site(site_id, "department", site_id, None, rank, Decimal(composite), given, None, None, ())


def detail(source: str, item: str, value: str, base: int = 1) -> dict:
    return {"site_id": "s1", "source": source, "item": item, "value": Decimal(value), "base": base}


DETAILS = [
    detail("expert", "a", "70"), detail("expert", "b", "90"), detail("claims", "s1", "7.5"), detail("claims", "s2", "30"),
    detail("daily", "d1", "15"), detail("daily", "d2", "4"), detail("audit", "t", "50", 2), detail("audit", "u", "100", 4),
]  # fmt: skip
FULL = ("82", "93.75", "63.33", "70")
WEIGHTS = dict(scheme().groups[0].weights)


def test_a_gain_is_what_the_full_points_would_add_to_the_composite():
    possible = {(gain.source, gain.item): gain.points for gain in gains(scheme(), WEIGHTS, details_of(scheme(), DETAILS))}
    assert possible == {
        ("expert", "a"): Decimal("0.5") * Decimal("0.4") * (100 - 70),
        ("expert", "b"): Decimal("0.5") * Decimal("0.6") * (100 - 90),
        ("claims", "s1"): Decimal("0.2") * 100 * (10 - Decimal("7.5")) / (10 + 30),
        ("daily", "d1"): (Decimal("0.2") * 100 * (20 - 15) / (20 + 10)).quantize(Decimal("0.01")),
        ("daily", "d2"): Decimal("0.2") * 100 * (10 - 4) / (20 + 10),
        ("audit", "t"): Decimal("0.1") * (3 * 2) * (100 - 50) / (3 * 2 + 1 * 4),
    }


@pytest.mark.parametrize(
    ("missing", "expert", "claims", "last"),
    [
        ("reweight", Decimal("0.5") / Decimal("0.8"), Decimal("23.4375"), ("没有", "", "")),
        ("zero", Decimal("0.5"), Decimal("18.75"), ("没有", "", "20.00")),
    ],
)
def test_with_a_missing_source_the_others_weigh_more_under_reweight_only(tmp_path, missing, expert, claims, last):
    made = scheme(missing)
    results = ranked_year(tmp_path, made, {"s1": ("82", "93.75", None, "70")})
    weights = counted_weights(pl.read_parquet(results / "tables" / "composite_steps.parquet").rows(named=True))
    assert weights["expert"] == expert
    assert gains(made, weights, details_of(made, [detail("expert", "a", "70")]))[0].points == (expert * 30).quantize(
        Decimal("0.01"), "ROUND_HALF_UP"
    )
    rows = source_rows(sheet(results, made, "s1"))
    assert rows["网站自查"][1] == "93.75" and rows["网站自查"][3] == f"{claims.normalize():f}"
    assert (rows["日常"][1], *rows["日常"][3:5]) == last


def test_a_step_that_is_no_source_stands_on_the_sheet_with_its_amount(tmp_path):
    made = scheme()
    results = ranked_year(tmp_path, made, {"s1": FULL})
    path = results / "tables" / "composite_steps.parquet"
    steps = pl.read_parquet(path)
    rule = {"year": 2007, "site_id": "s1", "position": 9, "step": "deduction", "label": "重大事故", "amount": Decimal("-5")}
    pl.concat([steps, pl.DataFrame([rule], schema=steps.schema)]).write_parquet(path)
    assert source_rows(sheet(results, made, "s1"))["重大事故"] == ["", "", "", "-5", ""]


class Visits(Source):
    """A kind for which no file says what a site may do."""

    noun = "走访"

    def items(self, aspects):
        return (Item("v1", "接待", Decimal(10), Decimal(1)), Item("v2", "登记", Decimal(10), Decimal(3)))


def test_of_a_kind_without_tasks_of_its_own_every_item_that_lost_points_is_a_task():
    made = replace(scheme(), sources=(Visits("visits", "走访"),))
    details = details_of(made, [detail("visits", "v1", "10"), detail("visits", "v2", "4.5")])
    weights = {"visits": Decimal("0.5")}
    points = (Decimal("0.5") * 100 * 3 / (1 + 3) * (10 - Decimal("4.5")) / 10).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    listed = tasks(made, weights, details, gains(made, weights, details), {})
    assert listed == [Task("走访：登记", "得 4.5 分，满分 10 分", points)]


def test_tasks_are_what_the_site_can_mend_by_what_it_brings_and_then_what_people_liked_least():
    made = scheme()
    details = details_of(made, DETAILS)
    item = {"source": "audit", "item_type": "t", "counts": 1, "reachable": "pass", "form": "na"}
    failed = [
        item | {"item_id": "1", "name": "许可甲", "guide": "fail", "online": "fail"},
        item | {"item_id": "2", "name": "许可乙", "guide": "pass", "online": "fail"},
        item | {"item_id": "3", "name": "不计", "guide": "fail", "online": "fail", "counts": 0},
    ]
    months = [
        {
            "source": "daily",
            "item": "d2",
            "month": "2007-03",
            "value": Decimal("20"),
            "points": Decimal("0"),
            "max_points": Decimal(10),
        },
        {
            "source": "daily",
            "item": "d2",
            "month": "2007-05",
            "value": Decimal("4"),
            "points": Decimal("8"),
            "max_points": Decimal(10),
        },
    ]
    claims = [
        {
            "source": "claims",
            "item": "s1",
            "claimed_points": Decimal(8),
            "verified_points": Decimal("7.75"),
            "points": Decimal("7.5"),
        }
    ]
    checks = [{"check": "dead_links", "url": "http://x/"}]
    rows = {"claimed_points": claims, "lost_months": months, "failed_items": failed, "failed_checks": checks}
    listed = tasks(made, WEIGHTS, details, gains(made, WEIGHTS, details), rows)
    per_item = Decimal("0.1") * 100 * 3 / (3 * 2 + 4)
    assert [(task.what, task.points) for task in listed] == [
        ("日常：死链", Decimal("4.00")),
        ("开通网上办理：2 项", (2 * per_item / 3).quantize(Decimal("0.01"))),
        ("网站自查：公开", Decimal("1.25")),
        ("补全办事指南：1 项", (per_item / 3).quantize(Decimal("0.01"))),
        ("专家评议评得最低的是“公开”", Decimal("6.00")),
    ]
    why = [task.why for task in listed]
    assert (
        why[0]
        == "2 个月没有得满，最低的是 3月（测得 20，得 0/10 分），最近一次失分是 5月（测得 4）；每多 1 扣 0.5 分；有问题的地址 1 个，见下面“没有通过检测的地址”。怎么改：逐条改正或撤下打不开的链接"
    )
    assert why[1] == "“许可甲”、“许可乙”，全部清单见下面“没有通过核查的事项”"
    assert why[2] == "自报 8 分，核实 7.75 分，计 7.5 分；如实申报可以不被倒扣"


ZERO = RECORDS.replace('kind = "records"\n', 'kind = "records"\nincomplete = "zero"\n')


def gap(item: str, missing: int, periods: str, treatment: str = "zero", source: str = "daily") -> dict:
    return {
        "year": 2007, "site_id": "s1", "source": source, "item": item, "label": item, "unit": "个月", "due": "2007-12-31", "expected": 12,
        "received": 12 - missing, "set_aside": 0, "missing": missing, "periods": periods, "treatment": treatment, "reason": "",
        "approved_by": "", "approved_on": "", "document": "",
    }  # fmt: skip


def lost(item: str, month: str, value: str, points: str, most: int) -> dict:
    return {
        "year": 2007, "site_id": "s1", "source": "daily", "item": item, "month": month, "value": Decimal(value), "points": Decimal(points),
        "max_points": Decimal(most),
    }  # fmt: skip


# Of d1 no month has a value; of d2 ten have, one of them without its full points: (9 × 10 + 8) ÷ 12.
OF_ZEROS = [detail("daily", "d1", "0", 0), detail("daily", "d2", "8.17", 10)]
GAPS = [
    gap("d1", 12, "2007-01 至 2007-12", "waived"),
    gap("d2", 2, "2007-02、2007-11"),
    gap("s2", 1, "", "tell", source="claims"),
]


def test_months_without_a_value_are_a_task_with_the_points_that_their_zeros_take():
    made = scheme_of(ZERO.format(missing="fail"))
    details = details_of(made, OF_ZEROS)
    checks = [{"check": "dead_links", "url": "http://x/"}]
    rows = {"lost_months": [lost("d2", "2007-05", "4", "8", 10)], "failed_checks": checks, "coverage": GAPS}
    whole = Decimal("0.2") * 100 / (20 + 10)
    assert tasks(made, WEIGHTS, details, gains(made, WEIGHTS, details), rows) == [
        Task(
            "日常：报送",
            "12 个月没有值，按 0 分计（1月 至 12月）；每月达到 30 即得满分",
            (whole * 20).quantize(Decimal("0.01"), "ROUND_HALF_UP"),
        ),
        Task(
            "日常：死链",
            "2 个月没有值，按 0 分计（2月、11月）；1 个月没有得满，最低的是 5月（测得 4，得 8/10 分）；每多 1 扣 0.5 分"
            "；有问题的地址 1 个，见下面“没有通过检测的地址”。怎么改：逐条改正或撤下打不开的链接",
            (whole * (10 - Decimal("8.17"))).quantize(Decimal("0.01"), "ROUND_HALF_UP"),
        ),
    ]


def test_what_is_mended_on_a_site_is_not_said_of_months_that_nobody_measured():
    made = scheme_of(ZERO.format(missing="fail"))
    details = details_of(made, [detail("daily", "d2", "5", 6)])
    rows = {
        "lost_months": [],
        "failed_checks": [{"check": "dead_links", "url": "http://x/"}],
        "coverage": [gap("d2", 6, "2007-07 至 2007-12")],
    }
    (task,) = tasks(made, WEIGHTS, details, gains(made, WEIGHTS, details), rows)
    assert (task.what, task.why) == ("日常：死链", "6 个月没有值，按 0 分计（7月 至 12月）")


def test_months_without_a_value_are_no_task_where_they_do_not_count_0():
    made = scheme()
    details = details_of(made, [detail("daily", "d2", "9.8", 10)])
    rows = {"lost_months": [lost("d2", "2007-05", "4", "8", 10)], "failed_checks": [], "coverage": GAPS}
    (task,) = tasks(made, WEIGHTS, details, gains(made, WEIGHTS, details), rows)
    assert (
        task.why.startswith("1 个月没有得满，最低的是 5月（测得 4，得 8/10 分）；每多 1 扣 0.5 分") and "没有值" not in task.why
    )


def test_a_sheet_lists_months_without_a_value_among_those_that_lost_points(tmp_path):
    made = scheme_of(ZERO.format(missing="fail"))
    results = ranked_year(tmp_path, made, {"s1": ("82", "93.75", "27.23", "70")})
    contents = {
        "source_details": [{"year": 2007} | row for row in OF_ZEROS],
        "lost_months": [lost("d2", "2007-05", "4", "8", 10)],
        "coverage": GAPS,
    }
    for table, rows in contents.items():
        path = results / "tables" / f"{table}.parquet"
        pl.DataFrame(rows, schema=pl.read_parquet_schema(path)).write_parquet(path)
    text = sheet(results, made, "s1")
    section = text.split(">日常：27.23</h2>")[1].split("</section>")[0]
    evidence = [re.findall(r'<span class="once">(.*?)</span>', row) for row in section.split("<tr>")[2:]]
    assert evidence == [
        ["1月 至 12月（没有值，计 0 分）"],
        ["2月（没有值，计 0 分）、", "5月（4）、", "11月（没有值，计 0 分）"],
    ]
    first = text.split('<ol class="todo">')[1].split("</li>")[0]
    assert "日常：报送" in first and "最多 +13.33 分" in first and "12 个月没有值，按 0 分计（1月 至 12月）" in first
    assert '<td>日常</td><td>报送</td><td class="number">13.33</td>' in text


def test_sites_that_share_a_rank_share_their_neighbours():
    sites = [site(FULL, "a", "90.00", 1), site(FULL, "b", "85.00", 2), site(FULL, "c", "85.00", 2), site(FULL, "d", "80.50", 4)]
    known = standings({"department": sites})
    assert [(known[name].before and known[name].before.site_id, known[name].to_before) for name in "abcd"] == [
        (None, None), ("a", Decimal("5.00")), ("a", Decimal("5.00")), ("c", Decimal("4.50")),
    ]  # fmt: skip
    assert known["b"].after.site_id == known["c"].after.site_id == "d"


def test_rows_come_site_after_site_and_no_more_than_asked_for():
    rows = SiteRows(iter([{"site_id": name, "n": index} for index, name in enumerate("aabccc")]))
    assert [row["n"] for row in rows.of("a")] == [0, 1]
    assert rows.of("aa") == []
    assert [row["n"] for row in rows.of("c", 2)] == [3, 4]
    assert rows.of("d") == []


def test_rows_are_not_read_before_their_site_is_due():
    read = []

    def stream():
        for index in range(1000):
            read.append(index)
            yield {"site_id": f"{index // 10:03}"}

    rows = SiteRows(stream())
    assert len(rows.of("000")) == 10
    assert len(read) == 11


def sheet(results: Path, scheme: Scheme, site_id: str) -> str:
    tables = Tables(results)
    write_sheets(scheme, tables, ranking(tables, scheme), results / "sites", silent)
    return re.sub(r"\s+", " ", (results / "sites" / f"{site_id}.html").read_text(encoding="utf-8"))


def source_rows(text: str) -> dict[str, list[str]]:
    """The rows of the table of sources: weight, score, mean of the group, points in the composite, points lost, by label."""
    (table,) = re.findall(r'<caption class="quiet">各来源得分</caption>.*?</table>', text)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", table)]
    return {label: cells for label, *cells in rows}


def test_a_sheet_shows_the_numbers_of_the_tables(tmp_path):
    results = small_year(tmp_path)
    text = sheet(results, SCHEME, "s1")
    row = pl.read_parquet(results / "tables" / "composite_scores.parquet").filter(pl.col("site_id") == "s1").row(0, named=True)
    assert f'<span class="big">{row["composite"]}</span> 分' in text
    assert f'第 <span class="big">{row["rank"]}</span> 名' in text
    for source in ("public", "expert", "self_check", "daily_work", "service_audit", "mayor"):
        assert f'<td class="number">{row[source]}</td>' in text
    # What the site claimed, what was verified, what counts.
    assert '<td class="number">8</td><td class="number">7</td><td class="number">7.00</td>' in text


def test_a_change_stands_with_the_parts_that_make_it(tmp_path):
    results = small_year(tmp_path)
    frame = pl.read_parquet(results / "tables" / "composite_scores.parquet")
    row = frame.filter(pl.col("site_id") == "s1").row(0, named=True)
    order = frame["site_id"].to_list()
    before = row["composite"] - Decimal("1.00")
    put(
        results,
        "composite_scores",
        previous_composite=[before if site_id == "s1" else None for site_id in order],
        previous_rank=[2 if site_id == "s1" else None for site_id in order],
    )
    path = results / "tables" / "previous_scores.parquet"
    weights = SCHEME.groups[0].weights
    moved = {"expert": Decimal(-10), "public": Decimal(5)}
    rows = [
        {
            "year": 2007,
            "site_id": "s1",
            "source": source,
            "previous_score": row[source] + moved.get(source, 0),
            "previous_label": source,
        }
        | {"previous_weight": weight, "source_now": source, "same_rules": 1}
        for source, weight in weights.items()
    ]
    pl.DataFrame(rows, schema=pl.read_parquet_schema(path)).write_parquet(path)
    text = sheet(results, SCHEME, "s1")
    assert "综合得分比上年上升 1.00 分，是各来源之和：专家评议 +2.00、公众评议 −1.00。" in text
    assert "“对综合得分的影响”是权重乘以得分的变化，合计就是综合得分的变化。" in text
    assert f"上年 {before} 分，第 2 名" in text
    # Twice as much, and no reason adds up to it.
    put(results, "composite_scores", previous_composite=[before - 1 if site_id == "s1" else None for site_id in order])
    text = sheet(results, SCHEME, "s1")
    assert "综合得分比上年上升 2.00 分，各来源的影响相加不等于这一变化，不逐项列出。" in text
    assert "对综合得分的影响" not in text


_JOINT = "换一批人来评，本网站{}：有九成的把握，全组各网站的名次同时都在各自的范围里，所以范围偏宽。"
SENTENCES = [
    (
        "0.25",
        2,
        4,
        "0.8802",
        _JOINT.format("排在第 2 至第 4 名")
        + "单看本网站，进入前 1 名的可能约 88%。各来源的权重略有变动时，本网站十之八九排第 1 名。",
    ),
    ("0.25", 2, 2, "0", _JOINT.format("排第 2 名") + "单看本网站，几乎不可能进入前 1 名。"),
    ("0.25", 1, 2, "0.0050", "单看本网站，几乎不可能进入前 1 名。"),
    ("0.25", 1, 2, "0.0051", "单看本网站，进入前 1 名的可能约 0.5%。"),
    ("0.25", 1, 2, "0.9949", "单看本网站，进入前 1 名的可能约 99.5%。"),
    ("0.25", 1, 2, "0.9950", "单看本网站，几乎肯定进入前 1 名。"),
    ("0.25", 1, 1, "1", "单看本网站，几乎肯定进入前 1 名。"),
    (None, 1, 2, None, "无法估计名次的误差，本网站可能排在本组的任何一名。各来源的权重"),
    ("0", 1, 1, "1", "<p>各来源的权重略有变动时，本网站十之八九排第 1 名。</p>"),
]


@pytest.mark.parametrize(("error", "low", "high", "odds", "sentence"), SENTENCES)
def test_a_sheet_says_how_sure_the_rank_is(tmp_path, error, low, high, odds, sentence):
    results = small_year(tmp_path / "2007")
    known = [None if word is None else Decimal(word) for word in (error, odds)]
    sites = pl.read_parquet(results / "tables" / "rank_confidence.parquet").height
    put(
        results,
        "rank_confidence",
        se_composite=[known[0]] * sites,
        rank_low=[low] * sites,
        rank_high=[high] * sites,
        p_annex=[known[1]] * sites,
    )
    put(results, "weight_sensitivity", rank_low=[1] * sites, rank_high=[1] * sites)
    assert sentence in sheet(results, SCHEME, "s1")


def test_addresses_are_links_only_where_they_are_web_addresses_and_times_are_local(tmp_path):
    results = small_year(tmp_path)
    urls = ["javascript:alert(1)", 'http://a.example/?x=1&y="2', "data:text/html,x", ""]
    pl.DataFrame(
        {
            "year": 2007, "site_id": "s1", "check": "dead_links", "url": urls, "failures": 3, "confirmed": 2,
            "first_failed": "2007-01-01 02:00:00", "last_failed": "2007-12-31 16:30:00", "last_value": None, "detail": "<b>404</b>",
        },
        schema_overrides={"last_value": pl.Decimal(28, 4)},
    ).write_parquet(results / "tables" / "failed_checks.parquet")  # fmt: skip
    text = sheet(results, SCHEME, "s1")
    assert re.findall(r'href="(?!\.\./|#)([^"]*)"', text) == ["http://a.example/?x=1&amp;y=&#34;2"]
    assert "2007年1月1日 10:00" in text and "2008年1月1日 00:30" in text
    assert "&lt;b&gt;404&lt;/b&gt;" in text and "<b>404" not in text


def test_a_site_with_very_many_failures_gets_a_sheet_of_bounded_length(tmp_path):
    results = small_year(tmp_path)
    count = 10_000
    pl.DataFrame(
        {
            "year": 2007, "site_id": "s1", "check": "dead_links", "url": [f"http://a.example/{number}" for number in range(count)], "failures": 1,
            "confirmed": 1, "first_failed": "2007-01-01 02:00:00", "last_failed": "2007-01-01 02:00:00", "last_value": None, "detail": None,
        },
        schema_overrides={"last_value": pl.Decimal(28, 4), "detail": pl.String},
    ).write_parquet(results / "tables" / "failed_checks.parquet")  # fmt: skip
    text = sheet(results, SCHEME, "s1")
    assert text.count("http://a.example/") == 2 * MOST_ITEMS
    assert "failed_checks.csv" in text


def test_three_times_as_many_sheets_take_hardly_more_memory(tmp_path):
    def peak(count: int) -> int:
        made = scheme()
        scores = {f"s{number:05}": FULL for number in range(count)}
        results = ranked_year(tmp_path / str(count), made, scores)
        frame = (
            pl.DataFrame({"site_id": list(scores), "year": 2007})
            .join(pl.DataFrame(DETAILS).drop("site_id"), how="cross")
            .select("year", "site_id", "source", "item", pl.col("value").cast(pl.Decimal(9, 2)), "base")
        )
        frame.write_parquet(results / "tables" / "source_details.parquet")
        tables = Tables(results)
        groups = ranking(tables, made)
        tracemalloc.start()
        write_sheets(made, tables, groups, results / "sites", silent)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(1 for _ in (results / "sites").iterdir()) == count
        return most

    peak(5)
    few, many = peak(150), peak(450)
    # The list of sites grows with each site; its sheet is gone from memory when it is written.
    assert many - few < 1000 * 300
