"""Small years that went wrong in the open, each evaluated whole: the right result, or the sentence that leads to the fault."""

from contextlib import nullcontext
from decimal import Decimal

import pytest

from flows.errors import OperatorError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.settings import read_settings
from flows.warehouse.exclusions import exclusion_hints
from tests.receive.home import Home
from tests.receive.sheets import honest

YEAR = 2007
SCHEME = """
year = 2007
title = "试评议"
timezone = "Asia/Shanghai"
[aspects]
disclosure = { label = "信息公开", weight = 0.4 }
services = { label = "网上办事", weight = 0.6 }
[groups.department]
label = "市政府部门"
publish_top = 2
weights = { public = 1 }
[sources.public]
label = "公众评议"
kind = "ballots"
opens = 2007-11-01
closes = 2007-12-20
levels = [ { label = "满意", points = 100 }, { label = "一般", points = 60 }, { label = "不满意", points = 0 } ]
satisfied = ["满意"]
min_seconds = 5
burst_limit = 20
"""
HEAD = "ballot_id,submitted_at,voter,site,disclosure,services"
SITES = ("a01", "a02", "a03")


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    (made.folder / "schemes").mkdir(parents=True)
    made.write_scheme(SCHEME)
    made.put("sites.csv", "site_id,group,name\na01,department,市教育委员会\na02,department,市水务局\na03,department,市民政局\n")
    return made


def evaluated(home):
    """The composites of the three sites, and the sentences about excluded ballots."""
    with aside(read_settings(home.folder), home.scheme, nullcontext(silent)) as evaluation:
        # The rows are few and the suites many; what becomes of them is shown in tests/validation.
        run_here(step for step in pipeline(evaluation) if step.name not in ("validate raw", "gates"))
        rows = evaluation.connection.execute("select site_id, composite from scored.composites order by site_id").fetchall()
        return [composite for _, composite in rows], exclusion_hints(evaluation.connection)


def stopped(home):
    with pytest.raises(OperatorError) as fault:
        evaluated(home)
    return str(fault.value)


def ballots(count, row):
    """So many ballots, in turn for each site."""
    return "".join(row(number, SITES[number % 3]) + "\n" for number in range(count))


def test_ids_that_a_spreadsheet_made_alike_stop_the_run(home):
    rows = ballots(
        9, lambda n, site: f"B{n},2007-11-{n + 1:02} 10:00:00,3.10101E+17,{site},{'满意' if n < 6 else '不满意'},满意"
    )
    home.put("public/web.csv", f"{HEAD}\n{rows}")
    assert "9 行（如第 2 行 voter 列）：号码被表格软件改写过" in stopped(home)


def test_so_do_the_numbers_of_a_workbook(home):
    rows = [[f"B{n}", f"2007-11-{n + 1:02} 10:00:00", 310101198001010000 + n, SITES[n % 3], "满意", "满意"] for n in range(9)]
    home.put("public/kiosk.xlsx", honest(lambda book, sheet: None, [HEAD.split(","), *rows]))
    assert "9 行（如第 2 行 voter 列）：号码被表格软件改写过" in stopped(home)


SPLIT = {"a01": ("满意", "不满意"), "a02": ("满意", "满意"), "a03": ("满意", "一般")}


@pytest.mark.parametrize("heading", ["Services", "网上办事", " ＳＥＲＶＩＣＥＳ "])
def test_a_heading_spelt_in_another_way_loses_no_rating(home, heading):
    home.put("public/web-1.csv", f"{HEAD}\n" + ballots(6, lambda n, site: f"1-{n},2007-11-01 10:00:00,v{n},{site},满意,满意"))
    rows = ballots(24, lambda n, site: f"2-{n},2007-11-02 10:00:00,w{n},{site},{','.join(SPLIT[site])}")
    home.put("public/web-2.csv", f"{HEAD.replace('services', heading)}\n{rows}")
    services = {
        site: (2 * 100 + 8 * {"满意": 100, "一般": 60, "不满意": 0}[rated]) / Decimal(10) for site, (_, rated) in SPLIT.items()
    }
    assert evaluated(home)[0] == [Decimal(40) + Decimal("0.6") * services[site] for site in SITES]


def test_a_heading_misspelt_stops_the_run_and_is_reported(home):
    home.put("public/web-1.csv", f"{HEAD}\n" + ballots(6, lambda n, site: f"1-{n},2007-11-01 10:00:00,v{n},{site},满意,满意"))
    rows = ballots(24, lambda n, site: f"2-{n},2007-11-02 10:00:00,w{n},{site},{','.join(SPLIT[site])}")
    home.put("public/web-2.csv", f"{HEAD.replace('services', 'serivces')}\n{rows}")
    sentence = stopped(home)
    assert "30 票中有 24 票没有 网上办事（services）的评分" in sentence and "serivces（是不是 services？）" in sentence


def test_rules_find_their_columns_however_these_are_headed(home):
    rows = ballots(60, lambda n, site: f"B{n},2007-11-05 10:00:00,v{n},{site},满意,满意,10.1.2.3,1")
    home.put("public/web.csv", f"{HEAD},Origin,Seconds\n{rows}")
    sentence = stopped(home)
    assert "收到 60 票，没有一票有效：填写过快（too_fast）60 票" in sentence and "补齐" not in sentence


def test_a_stray_quote_is_reported_by_its_lines(home):
    rows = ballots(
        12,
        lambda n, site: (
            f"B{n},2007-11-{n + 1:02} 10:00:00,v{n},{site},满意,满意," + ('"网站' if n == 2 else '网站"' if n == 8 else "网站")
        ),
    )
    home.put("public/web.csv", f"{HEAD},channel\n{rows}")
    sentence = stopped(home)
    assert "12 行中有 1 行不合格" in sentence and "第 4 行：引号没有闭合，会吞掉后面的行" in sentence


def test_days_are_in_no_burst(home):
    home.put("public/web.csv", f"{HEAD}\n" + ballots(6, lambda n, site: f"W{n},2007-11-02 10:00:00,w{n},{site},满意,满意"))
    rows = ballots(75, lambda n, site: f"K{n},2007-11-{1 + n // 25:02},k{n},{site},不满意,不满意,10.1.2.3")
    home.put("public/kiosk.csv", f"{HEAD},origin\n{rows}")
    composites, hints = evaluated(home)
    assert composites == [Decimal("7.41")] * 3 and hints == []  # 2 of 27 ballots of each site


def test_where_one_reason_takes_more_than_a_fifth_it_is_reported_with_all_counts(home):
    rows = ballots(30, lambda n, site: f"B{n},2007-11-05 10:{n:02}:00,v{n},{site},满意,满意,{1 if n < 7 else 60}")
    home.put("public/web.csv", f"{HEAD},seconds\n{rows}")
    (sentence,) = evaluated(home)[1]
    assert (
        "注意：公众评议（public）的 30 票中有 7 票没有计入，有效 23 票；填写过快（too_fast）7 票" in sentence
        and "min_seconds" in sentence
    )
    home.put(
        "public/web.csv", f"{HEAD},seconds\n{rows.replace('v6', 'v6').replace(',a01,满意,满意,1', ',a01,满意,满意,60', 1)}"
    )
    assert evaluated(home)[1] == []  # 6 of 30 are no more than a fifth


def test_ballots_all_outside_the_period_are_reported_by_their_days(home):
    home.put(
        "public/web.csv", f"{HEAD}\n" + ballots(6, lambda n, site: f"B{n},1980-01-0{n + 1} 00:00:00,v{n},{site},满意,满意")
    )
    sentence = stopped(home)
    assert (
        "不在评议期内（outside_period）6 票" in sentence
        and "1980-01-01 至 1980-01-06" in sentence
        and "2007-11-01 至 2007-12-20" in sentence
    )
    assert "补齐" not in sentence


def test_a_site_whose_ballots_are_all_excluded_is_reported_with_their_reasons(home):
    rows = ballots(9, lambda n, site: f"B{n},2007-{'10' if site == 'a02' else '11'}-05 10:00:00,v{n},{site},满意,满意")
    home.put("public/web.csv", f"{HEAD}\n{rows}")
    assert "市水务局（a02）没有 公众评议（public）的得分，它的 3 票都没有计入：不在评议期内（outside_period）3 票" in stopped(
        home
    )


def test_ballots_of_nobody_all_count(home):
    rows = ballots(
        90,
        lambda n, site: (
            f"B{n},2007-11-05 10:00:00,{'匿名' if n % 30 else f'v{n}'},{site},{'满意' if n < 60 else '不满意'},满意"
        ),
    )
    home.put("public/web.csv", f"{HEAD}\n{rows}")
    assert evaluated(home)[0] == [Decimal("86.67")] * 3  # 40 % of 66.67 and 60 % of 100
