"""A year in which something is due and did not come: what the scheme and a waiver make of it, in a run from file to result."""

import csv
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.coverage import Coverage, read_coverage
from flows.errors import GateError, OperatorError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import accounting, pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.run_tables import read_warnings
from tests.flows.homes import YEAR, small_home, write_rows

MONTHS = [f"{YEAR}-{month:02}" for month in range(1, 13)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")


def say(home: Path, top: str = "", **sources: str) -> None:
    """Adds lines to the scheme, at its top and to its sources."""
    path = home / "schemes" / f"{YEAR}.toml"
    text = path.read_text(encoding="utf-8")
    text = f"{top}\n{text}"
    for source, lines in sources.items():
        assert f"[sources.{source}]\n" in text
        text = text.replace(f"[sources.{source}]\n", f"[sources.{source}]\n{lines}\n")
    path.write_text(text, encoding="utf-8")


def accept(home: Path, *rows: tuple[str, str, str]) -> None:
    """Accepts gaps: source, site and item."""
    listed = [[*row, "没有建立这项工作", "王主任", "2031-01-05", "〔2031〕2号"] for row in rows]
    write_rows(home, "waivers/accepted.csv", [["来源", "网站", "分项", "理由", "批准人", "批准日期", "依据"], *listed])


def run(home: Path) -> list[str]:
    """Evaluates the year as for a publication; returns its warnings."""
    settings = read_settings(home)
    with aside(settings, read_scheme(settings.home, YEAR), nullcontext(silent)) as evaluation:
        run_here(pipeline(evaluation))
        return read_warnings(evaluation.connection)


def account(home: Path) -> Coverage:
    settings = read_settings(home)
    scheme = read_scheme(settings.home, YEAR)
    with aside(settings, scheme, nullcontext(silent)) as evaluation:
        run_here(step for step in accounting(evaluation) if not step.check)
        return read_coverage(evaluation.connection, scheme)


def test_a_scheme_that_says_nothing_is_told_of_every_gap_and_published(home):
    told = [warning for warning in run(home) if "只作提示" in warning]
    assert [warning.partition("（")[0] for warning in told] == ["公众评议", "专家评议", "日常考查"]
    assert told[2].startswith("日常考查（recorded）缺 22 个月（第一局、第二局，2 个网站），只作提示；")


def test_a_year_with_a_gap_is_not_published_and_names_who_owes_what_with_the_effect_on_score_and_rank(home):
    say(home, 'incomplete = "fail"')
    with pytest.raises(GateError) as refused:
        run(home)
    assert refused.value.exit_status == 3
    assert refused.value.summary.startswith(f"{YEAR} 年已经算出结果，但应到的没有到齐（4 家），没有公布")
    owners = [fault.partition("：")[0] for fault in refused.value.faults]
    assert owners == ["公众评议（voted）的组织者", "专家评议（judged）的组织者", "第一局（s1）", "第二局（s2）"]
    # 20 of 30 earn 66.67, which over twelve months is 5.56: 73.947 − 0.2 × 66.67 + 0.2 × 5.56 = 61.725.
    assert refused.value.faults[2] == (
        "第一局（s1）：日常考查（recorded）缺 11 个月：报送 11 个月（应有 12）：2030-02 至 2030-12；"
        "缺的部分现在不计，综合得分 73.95、第 2 名；按 0 分计，综合得分 61.73、第 2 名。"
    )


def test_what_somebody_accepts_in_writing_stops_nothing_and_is_told(home):
    say(home, 'incomplete = "fail"')
    accept(home, ("公众评议", "", ""), ("judged", "", ""), ("日常考查", "第一局", "报送"), ("日常考查", "s2", ""))
    told = [warning for warning in run(home) if "同意缺报" in warning]
    assert [warning.partition("（")[0] for warning in told] == ["公众评议", "专家评议", "日常考查"]
    found = account(home)
    gap = next(gap for debt in found.debts if debt.site_id == "s1" for part in debt.parts for gap in part.gaps)
    assert (gap.treatment, gap.reason, gap.approved_by, gap.approved_on) == (
        "waived",
        "没有建立这项工作",
        "王主任",
        "2031-01-05",
    )


def test_a_waiver_that_meets_no_gap_is_told_with_its_file_and_row(home):
    accept(home, ("日常考查", "第一局", "报送"), ("日常考查", "第一局", "报 送 数"), ("网站自查", "s2", ""))
    told = [warning for warning in run(home) if "没有对上" in warning]
    assert [warning.partition("没有对上")[0] for warning in told] == [
        f"raw/{YEAR}/waivers/accepted.csv 第 3 行同意的缺报（日常考查、s1、报 送 数）",
        f"raw/{YEAR}/waivers/accepted.csv 第 4 行同意的缺报（网站自查、s2）",
    ]


@pytest.mark.parametrize("empty", ["理由", "批准人", "批准日期"])
def test_a_waiver_without_reason_name_or_day_accepts_nothing(home, empty):
    say(home, recorded='incomplete = "fail"')
    row = {"来源": "日常考查", "网站": "", "分项": "", "理由": "没有", "批准人": "王主任", "批准日期": "2031-01-05"} | {
        empty: ""
    }
    write_rows(
        home, "waivers/accepted.csv", [list(row), list(row.values()), [*list(row.values())[:3], "另一条", "李", "2031-02-30"]]
    )
    say(home, "")
    path = home / "schemes" / f"{YEAR}.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("max_quarantined = 0.5", "max_quarantined = 1"), encoding="utf-8")
    with pytest.raises(GateError) as refused:
        run(home)
    assert len(refused.value.faults) == 2


def test_months_count_0_where_the_scheme_says_so(home):
    say(home, recorded='incomplete = "zero"')
    found = {debt.site_id: debt.parts[0].effect for debt in account(home).debts if debt.site_id}
    # 20 ÷ 30 of 10 points in one of twelve months: 100 × 6.67 ÷ 12 ÷ 10.
    assert found["s1"].composite == found["s1"].zero
    settings = read_settings(home)
    with aside(settings, read_scheme(settings.home, YEAR), nullcontext(silent)) as evaluation:
        run_here(pipeline(evaluation))
        scores = dict(
            evaluation.connection.execute(
                "select site_id, score from scored.source_scores where source = 'recorded'"
            ).fetchall()
        )
    assert {site: float(score) for site, score in scores.items()} == {"s1": round(200 / 3 / 12, 2), "s2": round(50 / 12, 2)}


def test_during_the_year_effects_are_told_although_a_source_is_still_to_come(home):
    for path in (home / "raw" / str(YEAR) / "given").iterdir():
        path.unlink()
    settings = read_settings(home)
    scheme = read_scheme(settings.home, YEAR)
    with aside(settings, scheme, nullcontext(silent), as_of=date(YEAR, 7, 1)) as evaluation:
        run_here(step for step in accounting(evaluation) if not step.check)
        found = read_coverage(evaluation.connection, scheme)
    (part,) = (part for debt in found.debts if debt.site_id == "s1" for part in debt.parts)
    # Five of the six months that are over; 88.13 of the given score is not there: (73.95 − 8.81) ÷ 0.9.
    assert [(gap.missing, gap.expected) for gap in part.gaps] == [(5, 6)]
    assert part.effect.composite == round(Decimal("65.134") / Decimal("0.9"), 2)


def test_when_everything_came_there_is_no_gap(home):
    days = [f"{YEAR}-01-{day:02}" for day in range(1, 32)]
    ballots = [
        [f"b{site}{day}", f"{day} 10:00:00", f"v{site}{day}", site, "满意", "满意"] for day in days for site in ("s1", "s2")
    ]
    write_rows(home, "voted/web.csv", [["ballot_id", "submitted_at", "voter", "site", "content", "service"], *ballots])
    values = [[site, "r1", month, "20"] for site in ("s1", "s2") for month in MONTHS]
    write_rows(home, "recorded/records.csv", [["site", "indicator", "month", "value"], *values])
    scores = [["e1", site, aspect, "80"] for site in ("s1", "s2") for aspect in ("content", "service")]
    write_rows(home, "judged/panel.csv", [["expert_id", "site", "aspect", "score"], *scores])
    say(home, 'incomplete = "fail"', judged="experts = 1\nmin_raters = 1", voted="min_ballots = 31\nquiet_days = 0")
    assert not any("缺" in warning for warning in run(home))
    assert account(home).debts == ()


def test_a_channel_that_falls_silent_is_a_gap_of_that_channel(home):
    days = [f"{YEAR}-01-{day:02}" for day in range(1, 32)]
    rows = [
        [f"{channel}{day}", f"{day} 10:00:00", f"v{channel}{day}", "s1", "满意", channel]
        for day in days
        for channel in ("网络", "短信")
        if channel == "短信" or not f"{YEAR}-01-08" <= day <= f"{YEAR}-01-14"
    ]
    write_rows(home, "voted/web.csv", [["ballot_id", "submitted_at", "voter", "site", "content", "channel"], *rows])
    say(home, voted='channels = ["网络", "短信"]\naspects = ["content"]')
    (debt,) = (debt for debt in account(home).debts if debt.name.startswith("公众评议"))
    assert (
        debt.sentence
        == "公众评议（voted）的组织者：缺 7 天、1 项：网络 7 天（应有 31）：2030-01-08 至 2030-01-14、得分（第二局）。"
    )


def test_listed_experts_and_items_are_due(home):
    write_rows(home, "judged_experts/list.csv", [["专家", "网站"], ["e1", "s1"], ["e2", ""]])
    items = [["1", "s1", "登记", "在线受理", "是"], ["9", "s1", "注销", "在线受理", "是"]]
    write_rows(home, "audited_items/list.csv", [["事项编号", "网站", "事项名称", "事项类型", "审批事项"], *items])
    parts = {debt.name: debt.parts[0] for debt in account(home).debts if not debt.site_id}
    assert [(gap.site_id, gap.label, gap.missing) for gap in parts["专家评议（judged）"].gaps if not gap.site_id] == [
        ("", "专家", 1)
    ]
    assert [(gap.site_id, gap.label, gap.missing, gap.expected) for gap in parts["办事核查（audited）"].gaps] == [
        ("s1", "在线受理", 1, 2)
    ]


def test_faults_of_the_schemes_words_are_told_together(home):
    say(home, 'incomplete = "zero"', voted='incomplete = "zero"\ndue_day = 3', recorded="due = 2030-12-31\ndue_day = 40")
    with pytest.raises(OperatorError) as refused:
        read_scheme(read_settings(home).home, YEAR)
    assert [fault.partition("：")[0] for fault in refused.value.faults] == [
        "incomplete",
        "sources.voted.incomplete",
        "sources.voted.due_day",
        "sources.recorded.due_day",
    ]


def test_a_gap_is_in_the_result_tables_of_a_published_year(home, evaluate_year):
    results = evaluate_year(home, YEAR)
    with (results / "tables" / "coverage.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {(row["source"], row["site_id"], row["item"]): row for row in csv.DictReader(file)}
    assert rows["recorded", "s1", "r1"]["missing"] == "11"
    assert "没有到的材料" in (results / "sites" / "s1.html").read_text(encoding="utf-8")
    assert "应到的都到了吗" in (results / "index.html").read_text(encoding="utf-8")
