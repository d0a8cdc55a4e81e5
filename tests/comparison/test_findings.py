"""What stands out is told with both numbers, and what might be chance or habit is not."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from random import Random

import duckdb
import polars as pl
import pytest

from flows.comparison.amounts import amounts
from flows.comparison.ballots import compare_ballots
from flows.comparison.finding import Finding
from flows.comparison.last_year import LastYear, compare_files, last_year
from flows.comparison.raters import raters
from flows.comparison.repeats import repeats
from flows.comparison.sites import faultless
from flows.home import Home
from flows.scheme.file import parse_scheme
from flows.warehouse.raw import create_raw_tables
from flows.warehouse.ref import create_ref_tables

SCHEME = parse_scheme(
    """
year = 2030
title = "评议"
timezone = "Asia/Shanghai"
[aspects]
content = { label = "内容", weight = 0.5 }
service = { label = "服务", weight = 0.5 }
[groups.g]
label = "组"
publish_top = 1
weights = { votes = 0.5, panel = 0.5 }
[sources.votes]
label = "公众"
kind = "ballots"
opens = 2030-03-01
closes = 2030-03-30
levels = [ { label = "好", points = 100 }, { label = "中", points = 60 }, { label = "差", points = 0 } ]
satisfied = ["好"]
[sources.panel]
label = "专家"
kind = "panel"
""".encode(),
    2030,
    "2030.toml",
)
OPENS = datetime(2030, 3, 1)


class Raw:
    """Raw tables to fill by hand; a file is known by its name."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        create_raw_tables(self.connection)
        create_ref_tables(self.connection)
        self._files: dict[tuple[str, str], int] = {}
        self._rows = 0

    def file(self, dataset: str, name: str, sha256: str = "", rows: int = 0) -> int:
        if (dataset, name) not in self._files:
            self._files[dataset, name] = len(self._files) + 1
            row = [self._files[dataset, name], dataset, name, sha256 or name, rows, rows, 0]
            self.connection.execute("insert into raw.files values (?, ?, ?, ?, ?, ?, ?)", row)
        return self._files[dataset, name]

    def add(self, table: str, file_id: int, rows: Iterable[dict]) -> None:
        for row in rows:
            self._rows += 1
            named = {"file_id": file_id, "line": self._rows, **row}
            columns = ", ".join(f'"{name}"' for name in named)
            values = ", ".join("?" for _ in named)
            self.connection.execute(f"insert into raw.{table} ({columns}) values ({values})", list(named.values()))

    def ballots(self, name: str, number: int, answer: Callable[[Random, int], list[int]], **changed) -> None:
        """Ballots of a file, by day as many, from 9 to 21 o'clock; `changed` sets columns by row."""
        rng = Random(name)
        rows = []
        for each in range(number):
            at = OPENS + timedelta(days=each % 30, hours=1 + rng.randrange(12), seconds=rng.randrange(3600))
            row = {
                "source": "votes",
                "ballot_id": f"{name}{each}",
                "submitted_at": at,
                "submitted_on": at.date(),
                "timed": True,
            }
            row |= {"voter": f"{name}{each}", "site_id": f"s{each % 7}", "ratings": answer(rng, each), "channel": "网"}
            rows.append(row | {column: value(row, each) for column, value in changed.items()})
        self.add("ballots", self.file("votes", name), rows)

    def panel(self, name: str, expert: str, score: Callable[[Random, str], float], sites: int = 10) -> None:
        rng = Random(expert)
        for site in range(sites):
            for aspect in ("content", "service"):
                row = {"source": "panel", "expert_id": expert, "site_id": f"s{site}", "aspect": aspect}
                self.add("panel_scores", self.file("panel", name), [row | {"score": round(score(rng, aspect), 1)}])

    def votes(self, before: LastYear | None = None) -> list[Finding]:
        return list(compare_ballots(self.connection, SCHEME, before))


@pytest.fixture
def raw() -> Raw:
    return Raw()


def usual(rng: Random, _: int) -> list[int]:
    """Mostly satisfied, with the service a little less."""
    return [rng.choices([1, 2, 3], [70, 20, 10])[0], rng.choices([1, 2, 3], [50, 30, 20])[0]]


def names(findings: Iterable[Finding]) -> list[str]:
    return [finding.name for finding in findings]


def test_files_that_are_alike_are_told_nothing_of(raw):
    for name in ("a", "b", "c"):
        raw.ballots(name, 600, usual)
    raw.connection.execute("insert into ref.sites select 's' || range, 'g', 's' || range, null from range(10)")
    for expert in range(8):
        raw.panel("p", f"e{expert}", lambda rng, aspect: rng.gauss(80 if aspect == "content" else 75, 5))
    assert raw.votes() == []
    findings = [*raters(raw.connection, SCHEME), *repeats(raw.connection), *amounts(raw.connection, SCHEME)]
    assert [*findings, *faultless(raw.connection, SCHEME)] == []


def test_a_file_with_its_levels_upside_down(raw):
    raw.ballots("a", 600, usual)
    raw.ballots("b", 300, lambda rng, each: [4 - code for code in usual(rng, each)])
    finding = next(finding for finding in raw.votes() if finding.subject == "votes/b")
    assert finding.name == "levels:votes/b"
    assert "“好”占 14%，其余文件里占 60%" in finding.sentence


def test_a_handful_of_odd_ballots_is_no_finding(raw):
    raw.ballots("a", 600, usual)
    raw.ballots("b", 12, lambda rng, each: [3, 3])
    assert raw.votes() == []


def test_two_aspects_in_each_others_place(raw):
    raw.ballots("a", 900, usual)
    raw.ballots("b", 900, lambda rng, each: usual(rng, each)[::-1])
    assert "aspects:votes/b" in names(raw.votes())
    assert "请核对这两列是否对调了" in raw.votes()[-1].sentence


def test_a_files_hours_eight_hours_off(raw):
    raw.ballots("a", 600, usual)
    raw.ballots("b", 600, usual, submitted_at=lambda row, _: row["submitted_at"] + timedelta(hours=8))
    assert [finding for finding in names(raw.votes()) if finding.startswith("times")] == ["times:votes/a", "times:votes/b"]


def test_ballots_that_are_cast_at_night(raw):
    raw.ballots("a", 600, usual, submitted_at=lambda row, _: row["submitted_at"].replace(hour=18))
    assert names(raw.votes()) == ["times:votes"]
    assert "100% 的票交于当地 0 时至 6 时" in raw.votes()[0].sentence


def test_a_mean_that_is_far_from_last_years(raw):
    raw.ballots("a", 600, usual)
    before = LastYear(
        2029, [], {"satisfaction": _frame(source="votes", group="all", aspect="content", ratings=900, score=40.0)}
    )
    assert names(raw.votes(before)) == ["levels:votes"]
    assert "上年 40.0 分" in raw.votes(before)[0].sentence
    before = LastYear(
        2029, [], {"satisfaction": _frame(source="votes", group="all", aspect="content", ratings=900, score=79.0)}
    )
    assert raw.votes(before) == []


def test_an_expert_on_another_scale(raw):
    for expert in range(8):
        raw.panel("p", f"e{expert}", lambda rng, _, by=10 if expert == 3 else 1: rng.gauss(80, 5) / by)
    (finding,) = raters(raw.connection, SCHEME)
    assert (
        finding.name == "raters:panel/p/e3" and "平均 8." in finding.sentence and "别人对同样的网站和内容是" in finding.sentence
    )


def test_a_stern_expert_is_no_finding(raw):
    for expert in range(8):
        raw.panel("p", f"e{expert}", lambda rng, _, off=12 if expert == 3 else 0: rng.gauss(80, 5) - off)
    assert list(raters(raw.connection, SCHEME)) == []


def test_the_same_ballots_under_other_ids(raw):
    raw.ballots("a", 100, usual)
    raw.connection.execute(
        "insert into raw.ballots select * replace (? as file_id, 'z' || ballot_id as ballot_id, 'z' || voter as voter) from raw.ballots",
        [raw.file("votes", "b")],
    )
    first, second = repeats(raw.connection)
    assert [first.name, second.name] == ["repeats:votes/a", "repeats:votes/b"]
    assert "的 100% 除编号外在文件 b 里又有一遍" in first.sentence


def test_many_ballots_of_one_moment_are_no_repeats(raw):
    raw.ballots("a", 300, usual, submitted_at=lambda row, _: OPENS)
    raw.ballots("b", 300, usual, submitted_at=lambda row, _: OPENS)
    assert list(repeats(raw.connection)) == []


def test_an_experts_scores_under_two_names(raw):
    for expert in ("e1", "e2", "e3"):
        raw.panel("p", expert, lambda rng, _: rng.gauss(80, 5))
    raw.connection.execute(
        "insert into raw.panel_scores select * replace ('e9' as expert_id) from raw.panel_scores where expert_id = 'e2'"
    )
    assert names(repeats(raw.connection)) == ["repeats:panel/e2"]


def test_an_expert_who_scored_half_of_the_sites(raw):
    for expert in range(8):
        raw.panel("p", f"e{expert}", lambda rng, _: rng.gauss(80, 5), sites=5 if expert == 3 else 10)
    assert "amounts:panel/e3" in names(amounts(raw.connection, SCHEME))
    assert "7 个都是 20 行上下，而 e3（10 行）" in next(iter(amounts(raw.connection, SCHEME))).sentence


def test_days_without_a_ballot(raw):
    raw.ballots("a", 900, usual)
    raw.connection.execute("delete from raw.ballots where submitted_on between date '2030-03-10' and date '2030-03-12'")
    (finding,) = amounts(raw.connection, SCHEME)
    assert finding.name == "amounts:votes/网/2030-03-10"
    assert "每天通常有 30 张，而 2030-03-10、2030-03-11、2030-03-12 共 0 张" in finding.sentence


def test_months_of_an_indicator_that_are_missing(raw):
    file = raw.file("daily", "d")
    for month in range(1, 13):
        for indicator in ("i1", "i2") if month != 5 else ("i1",):
            rows = ({"source": "daily", "site_id": f"s{site}", "value": 1, "month": f"2030-{month:02}"} for site in range(6))
            raw.add("records", file, (row | {"indicator": indicator} for row in rows))
    assert "amounts:daily/i2 2030-05" in names(amounts(raw.connection, SCHEME))


def test_a_site_whose_checks_all_passed(raw):
    raw.connection.execute("insert into ref.sites select 's' || range, 'g', '第 ' || range || ' 局', null from range(8)")
    file = raw.file("crawl", "c")
    for site in range(8):
        for day in range(40):
            at = OPENS + timedelta(days=day)
            row = {
                "site_id": f"s{site}",
                "checked_at": at,
                "checked_on": at.date(),
                "month": at.strftime("%Y-%m"),
                "check": "up",
            }
            raw.add("crawl_checks", file, [row | {"passed": site == 2 or day % 5 > 0}])
    (finding,) = faultless(raw.connection, SCHEME)
    assert finding.name == "sites:crawl/s2" and "第 2 局（s2）在 crawl 的 40 次检查里没有一次不通过" in finding.sentence


def test_a_file_of_last_year_a_short_dataset_and_a_channel_that_is_gone(raw):
    raw.file("votes", "a", "same", 100)
    raw.ballots("a", 100, usual)
    inputs = [
        {"dataset": "votes", "file": "old", "sha256": "same", "rows_in": 100},
        {"dataset": "panel", "file": "p", "sha256": "x", "rows_in": 300},
    ]
    participation = _frame(source=["votes"] * 3, category=["all", "网", "短信"], ratings=[400, 200, 200])
    found = list(compare_files(raw.connection, SCHEME, LastYear(2029, inputs, {"participation": participation})))
    assert names(found) == ["repeats:votes/a", "amounts:panel", "amounts:votes/短信"]
    assert "panel 今年有 0 行，上年有 300 行" in found[1].sentence
    assert "今年有 0 行，占 0%；上年 200 行，占 50%" in found[2].sentence


def test_a_site_that_always_passes_this_year(raw):
    file = raw.file("crawl", "c")
    for site in range(8):
        for day in range(50):
            at = datetime.combine(date(2030, 1, 1), datetime.min.time()) + timedelta(days=day)
            row = {
                "site_id": f"s{site}",
                "checked_at": at,
                "checked_on": at.date(),
                "month": at.strftime("%Y-%m"),
                "check": "up",
            }
            raw.add("crawl_checks", file, [row | {"passed": site == 2 or day % 5 > 0}])
    sites = [f"s{site}" for site in range(8)]
    counts = _frame(site_id=sites, check=["up"] * 8, passed=[40] * 8, failed=[10] * 8)
    (finding,) = compare_files(raw.connection, SCHEME, LastYear(2029, [], {"check_counts": counts}))
    assert finding.name == "sites:crawl/up/s2" and "今年 50 次里通过 100%，上年 50 次里通过 80%" in finding.sentence


def test_tables_of_last_year_that_lack_a_column_are_not_compared(raw):
    raw.ballots("a", 100, usual)
    assert list(compare_files(raw.connection, SCHEME, LastYear(2029, [], {"participation": _frame(source=["votes"])}))) == []


def test_what_is_no_number_in_last_years_tables_is_not_compared(raw):
    raw.ballots("a", 100, usual)
    participation = _frame(source=["votes"] * 3, category=["all", "网", None], ratings=["many", None, "5"])
    portal = _frame(column=[["a"]], views=[1])
    before = LastYear(2029, [], {"participation": participation, "portal_columns": portal})
    assert list(compare_files(raw.connection, SCHEME, before)) == []


def test_a_manifest_of_last_year_that_somebody_wrote_is_no_fault(tmp_path):
    tables = tmp_path / "results" / "2029" / "tables"
    tables.mkdir(parents=True)
    _frame(site_id="s1").write_csv(tables / "composite_scores.csv")
    for text in (
        "",
        "[]",
        '{"inputs": 3}',
        '{"inputs": [1, {"dataset": "a", "file": "b", "sha256": "c", "rows_in": "9"}]}',
        "[" * 9000,
    ):
        (tables.parent / "manifest.json").write_text(text, encoding="utf-8")
        found = last_year(Home(tmp_path), 2030)
        assert found and found.inputs == []


def _frame(**columns) -> pl.DataFrame:
    return pl.DataFrame({name: value if isinstance(value, list) else [value] for name, value in columns.items()})
