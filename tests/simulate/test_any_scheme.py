"""Years of schemes that the simulation has never seen."""

from random import Random

import duckdb
import numpy as np
import pytest

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.scheme.file import read_scheme
from flows.simulate import simulate
from flows.simulate.electorate import level_shares, with_satisfaction
from flows.sources.ballots import Level

from ..oracle.exact import evaluate
from ..oracle.schemes import generate_scheme
from ..oracle.toml_text import toml_text
from .reading import read_year

YEAR = 2012
ALL_KINDS = """
year = 2012
title = "两类专家、两个投票渠道"
timezone = "America/New_York"
max_quarantined = 0.02
[aspects]
order = { label = "内容", weight = 0.7 }
b = { label = "服务", weight = 0.3 }
[groups.big]
label = "大"
weights = { web = 0.2, app = 0.1, experts = 0.2, watchers = 0.1, claims = 0.1, daily = 0.1, items = 0.1, score = 0.1 }
publish_top = 3
[groups.small]
label = "小"
weights = { app = 0.5, daily = 0.5 }
publish_top = 3
[sources.web]
label = "网上"
kind = "ballots"
opens = 2012-03-01
closes = 2012-03-31
levels = [ { label = "1", points = 0 }, { label = "2", points = 50 }, { label = "3", points = 100 } ]
satisfied = ["3"]
burst_limit = 10
[sources.app]
label = "手机"
kind = "ballots"
opens = 2012-10-20
closes = 2012-11-10
levels = [ { label = "好", points = 100 }, { label = "坏", points = 20 } ]
satisfied = ["好"]
min_seconds = 2
burst_limit = 1
min_ballots = 20
[sources.experts]
label = "专家"
kind = "panel"
[sources.watchers]
label = "监督员"
kind = "panel"
trim_each_side = 2
trim_from = 6
[sources.claims]
label = "自查"
kind = "claims"
indicators = [ { id = "c1", label = "一", max = 7.3 }, { id = "c2", label = "二", max = 0.4 } ]
[sources.daily]
label = "日常"
kind = "records"
indicators = [
  { id = "r1", label = "死链", max = 10, rule = "deduct", per = 0.25, from_crawl = "dead" },
  { id = "r2", label = "可用", max = 10, rule = "ratio", target = 0.99, from_crawl = "up", measure = "passed" },
  { id = "r3", label = "更新", max = 5, rule = "ratio", target = 4 },
]
[sources.items]
label = "事项"
kind = "audit"
item_types = { one = "甲", two = "乙" }
item_weights = { two = 2.5 }
approval_items_for = ["small"]
[sources.score]
label = "外部评分"
kind = "given"
"""


def home_of(folder, text: str):
    (folder / "schemes").mkdir(parents=True)
    (folder / "schemes" / f"{YEAR}.toml").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("case", ["all kinds", *range(5)])
def test_every_site_is_scored_and_every_ballot_is_there(tmp_path, case) -> None:
    text = ALL_KINDS if case == "all kinds" else toml_text(generate_scheme(Random(case), YEAR) | {"missing": "fail"})
    home = home_of(tmp_path, text)
    summary = simulate(Home(home), YEAR, ballots=6_001)
    delivered = read_year(home, YEAR)
    tables = evaluate(delivered.year)
    assert len(tables["composite_scores"]) == summary.sites
    assert all(30 < row["composite"] < 100 and row["flags"] is None for row in tables["composite_scores"])
    assert sum(row["ballots"] for row in tables["ballot_audit"]) == summary.ballots == (6_001 if tables["ballot_audit"] else 0)
    limit = read_scheme(Home(home), YEAR).max_quarantined
    assert all(faulty <= limit * rows for faulty, rows in delivered.set_aside.values())


def test_all_kinds_have_every_reason_that_the_scheme_knows(tmp_path) -> None:
    home = home_of(tmp_path, ALL_KINDS)
    simulate(Home(home), YEAR, ballots=6_000)
    audit = {(row["source"], row["reason"]): row["ballots"] for row in evaluate(read_year(home, YEAR).year)["ballot_audit"]}
    missing = {key for key, ballots in audit.items() if ballots == 0}
    assert missing == {("web", "too_fast")}  # the one rule that is off


def test_a_register_of_the_wanted_size_is_spread_like_the_scheme(tmp_path) -> None:
    home = home_of(tmp_path, ALL_KINDS.replace('label = "大"', 'label = "大"\nsites = 90'))
    with pytest.raises(UsageError, match=r"groups\.big 的 sites 应改为 40（现为 90）"):
        simulate(Home(home), YEAR, sites=50, ballots=100)
    assert not (home / "raw").exists()
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text(scheme.read_text("utf-8").replace("sites = 90", "sites = 40"), "utf-8")
    # Of 40 stated and 20 usual sites, 50 are 33 and 17.
    with pytest.raises(UsageError, match="应改为 33（现为 40）"):
        simulate(Home(home), YEAR, sites=50, ballots=100)
    assert simulate(Home(home), YEAR, sites=60, ballots=5_000).sites == 60
    assert len((home / "raw" / str(YEAR) / "sites.csv").read_text("utf-8").splitlines()) == 1 + 60


def test_millions_of_ballots_are_one_table(tmp_path) -> None:
    """The rules of the method, written once more in SQL, exclude as many ballots of the Parquet files as were meant."""
    home = home_of(tmp_path, ALL_KINDS)
    steps: list[tuple[str, int, int]] = []
    summary = simulate(Home(home), YEAR, ballots=1_300_001, tell=lambda *step: steps.append(step))
    web = home / "raw" / str(YEAR) / "web"
    assert {path.suffix for path in web.iterdir()} == {".parquet"}
    left = (
        duckdb.connect()
        .execute(
            """
        with cast_ballots as (select *, submitted_at::date as day from read_parquet($1)),
        inside as (select * from cast_ballots where day between '2012-03-01' and '2012-03-31'),
        rated as (select * from inside where "order" is not null or b is not null),
        calm as (
            select * from rated
            qualify origin is null or count(*) over (partition by origin, date_trunc('minute', submitted_at)) <= 10
        )
        select
            (select count(distinct ballot_id) from cast_ballots), (select count(*) from cast_ballots),
            (select count(*) from inside), (select count(*) from rated), (select count(*) from calm),
            (select count(distinct (voter, site)) from calm), (select count(distinct site) from calm)
        """,
            [f"{web}/*.parquet"],
        )
        .fetchall()[0]
    )
    assert left[0] == left[1] == 650_000
    assert summary.ballots == 1_300_001
    shares = -np.diff(left[1:6]) / left[0]
    assert shares == pytest.approx([0.006, 0.008, 0.012, 0.018], rel=0.05)
    assert left[6] == 20
    assert [step for step in steps if step[0] == "网上"][-1] == ("网上", 650_000, 650_000)


def test_levels_have_the_mean_that_was_asked_for() -> None:
    levels = tuple(Level(code, str(code), points, code < 3) for code, points in enumerate((100, 80, 60, 30, 0), start=1))
    means = np.array([[3.0, 50.0], [86.0, 98.5]])
    shares = level_shares(levels, means)
    assert (shares * [100, 80, 60, 30, 0]).sum(axis=-1) == pytest.approx(means)
    assert shares.sum(axis=-1) == pytest.approx(np.ones((2, 2)))
    assert with_satisfaction(levels, shares, np.full((2, 2), 0.96))[..., :2].sum(axis=-1) == pytest.approx(
        np.full((2, 2), 0.96)
    )


@pytest.mark.parametrize("options", [{"seed": -1}, {"ballots": 0}, {"sites": 1}])
def test_options_out_of_range_are_refused(tmp_path, options) -> None:
    with pytest.raises(OperatorError, match="--"):
        simulate(Home(home_of(tmp_path, ALL_KINDS)), YEAR, **options)
