"""An explanation is right whatever has become of the warehouse, fits on a page, and knows what was meant."""

import os
import re
import shutil
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import polars as pl
import pytest

from flows.explain import PAGE, explanation
from flows.explain.search import resembling
from flows.home import Home
from flows.receive.register import read_register
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from tests.conftest import ROOT
from tests.flows.homes import YEAR, contents, small_home, write_rows

SHANGHAI = ROOT / "data" / "shanghai"


@pytest.fixture(scope="module")
def published(small_published):
    """A published home, and the whole explanation of a site from its sound warehouse."""
    return small_published, list(explanation(read_settings(small_published), YEAR, "s1").lines())


@pytest.fixture
def home(published, tmp_path):
    shutil.copytree(published[0], tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def explained(home):
    """The explanation of the site, and the messages to the reader."""
    messages = []
    return list(explanation(read_settings(home), YEAR, "s1", say=messages.append).lines()), messages


@pytest.fixture
def open_elsewhere(home):
    """Another program that has the warehouse open for writing, and has written."""
    body = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("create table main.mine as select 1 as a")
print("open", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", body, str(home / "warehouse.duckdb")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


def test_from_a_sound_warehouse_there_is_nothing_to_say(home, published):
    assert explained(home) == (published[1], [])


def test_where_another_program_has_it_open_a_message_says_which_and_the_explanation_is_the_same(
    home, published, open_elsewhere
):
    lines, (message,) = explained(home)
    assert lines == published[1]
    assert f"进程 {open_elsewhere.pid}" in message and "python" in message and str(home / "warehouse.duckdb") in message


def damage(path, way):
    content = bytearray(path.read_bytes())
    match way:
        case "no database":
            content = bytearray(b"a letter, not a database\n" * 1000)
        case "empty":
            content = bytearray()
        case "cut in its header":
            del content[6000:]
        case "cut in its middle":
            del content[len(content) // 2 :]
        case "cut near its end":
            del content[-300_000:]
        case "damaged in every block":
            for offset in range(4096 * 3 + 500, len(content), 4096):
                content[offset] ^= 0xFF
        case "of another version":
            content[12:20] = (9999).to_bytes(8, "little")
    path.write_bytes(content)


@pytest.mark.parametrize("way", [
    "no database", "empty", "cut in its header", "cut in its middle", "cut near its end", "damaged in every block", "of another version",
])  # fmt: skip
def test_a_warehouse_that_cannot_be_read_is_as_good_as_none(home, published, way):
    damage(home / "warehouse.duckdb", way)
    lines, messages = explained(home)
    assert lines == published[1]
    assert [str(home / "warehouse.duckdb") in message and "读不了" in message for message in messages] == [True]


@pytest.mark.parametrize("way", ["folder", "dangling link", "pipe", "other tables", "other columns"])
def test_other_things_at_the_path_of_the_warehouse_do_not_matter(home, published, way):
    warehouse = home / "warehouse.duckdb"
    if way in ("folder", "dangling link", "pipe"):
        warehouse.unlink()
        {
            "folder": warehouse.mkdir,
            "dangling link": lambda: warehouse.symlink_to("nowhere"),
            "pipe": lambda: os.mkfifo(warehouse),
        }[way]()
    else:
        with duckdb.connect(warehouse) as connection:
            statement = (
                "drop table published.composite_scores" if way == "other tables" else "alter table raw.files drop column sha256"
            )
            connection.execute(statement)
    assert explained(home)[0] == published[1]


def test_the_command_says_it_on_stderr_and_ends_well(run, home, published, open_elsewhere):
    status, out, err = run("explain", YEAR, "s1", "--all", "--data", home)
    assert (status, out.splitlines()) == (0, published[1])
    assert err.startswith("提示：") and f"进程 {open_elsewhere.pid}" in err and "Traceback" not in err


def test_a_new_warehouse_can_be_read_although_another_program_has_the_old_one_open(run, home, open_elsewhere):
    assert (home / "warehouse.duckdb.wal").exists()
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "10"], ["s2", "77"]])
    assert run("yearly", YEAR, "--data", home)[0] == 0
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        assert connection.execute("select score from raw.given_scores where site_id = 's1'").fetchall()[0][0] == 10
    assert explained(home)[1] == []


def test_a_folder_at_the_path_of_the_warehouse_is_refused_before_anything_is_made(run, home):
    shutil.rmtree(home / "drafts")
    (home / "warehouse.duckdb").unlink()
    (home / "warehouse.duckdb").mkdir()
    for command in ("nightly", "yearly"):
        status, _, err = run(command, YEAR, "--data", home)
        assert status == 1 and f"{home / 'warehouse.duckdb'} 是一个文件夹" in err and "Traceback" not in err
    assert not (home / "drafts").exists()


@pytest.mark.parametrize("content", [b"", b"PAR1 no parquet PAR1", None])
def test_published_results_that_cannot_be_read_are_reported_and_do_not_matter(home, published, content):
    path = Home(home).published(YEAR) / "tables" / "composite_scores.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    lines, _ = explained(home)
    (remark,) = [line for line in lines if f"公布的结果 {path} 读不出来" in line]
    assert [line for line in lines if line != remark] == published[1]


def test_a_page_has_the_composite_every_source_and_what_is_left_out(run, home, published):
    _, out, _ = run("explain", YEAR, "第一局", "--data", home)
    lines = out.splitlines()
    everything = published[1]
    head = everything.index("")
    assert lines[: len(everything[: everything.index("", head + 1)])] == everything[: everything.index("", head + 1)]
    assert [line for line in lines if line.startswith("【")] == [line for line in everything if line.startswith("【")]
    assert len(lines) <= PAGE + 4
    rows = sum("raw/" in line for line in everything)
    arithmetic = len([line for line in everything if line]) - len(
        [line for line in lines if line and "……另有" not in line and "省去了" not in line]
    )
    steps = arithmetic - rows - sum(line.startswith("  原始数据") for line in everything)
    again = f"pingyi explain {YEAR} 第一局 --data {home}"
    assert (
        lines[-1].startswith(f"这里省去了 {steps} 行计算和 {rows} 行原始数据。")
        and f"{again} --all" in lines[-1]
        and f"{again} --rows N" in lines[-1]
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_rows_limits_the_raw_rows_of_each_source_and_says_how_many_are_left(run, home, published, number):
    _, out, _ = run("explain", YEAR, "s1", "--rows", number, "--data", home)
    sources = out.split("【")[1:]
    whole = "\n".join(published[1]).split("【")[1:]
    for shown, everything in zip(sources, whole, strict=True):
        rows = everything.count("    raw/")
        assert shown.count("    raw/") == min(number, rows)
        assert (f"……另有 {rows - number} 行，用 --all 看全部" in shown) == (rows > number)


def test_raw_rows_say_what_each_figure_is(published):
    text = "\n".join(published[1])
    for row in (
        "选票 b2，计入：内容 满意，服务 不满意",
        "专家 e1评 内容 90 分",
        "公开（c1）自报 9 分",
        "报送（r1）2030-01：20",
        "事项 1 登记（在线受理，审批事项）：通过 1",
    ):
        assert row in text
    assert "所以排第" in text and " + 1 = " not in text.split("【")[0]


def test_checks_stand_with_their_label_and_in_the_schemes_time_zone(home):
    scheme = home / "schemes" / f"{YEAR}.toml"
    rule = 'rule = "ratio", target = 30 }'
    rules = f'{rule}, {{ id = "r2", label = "首页死链", max = 10, rule = "deduct", per = 1, from_crawl = "dead_links" }}'
    scheme.write_text(scheme.read_text(encoding="utf-8").replace(rule, rules), encoding="utf-8")
    checks = [["site", "checked_at", "check", "passed", "value"]]
    checks += [[site, "2030-01-05T20:30:00Z", "dead_links", "false", value] for site, value in (("s1", "3"), ("s2", "1"))]
    write_rows(home, "crawl/night.csv", checks)
    text = "\n".join(explained(home)[0])
    assert "首页死链（dead_links）2030-01-06 04:30 未通过，测得 3" in text
    assert text.count("检测的时刻是北京时间") == 1 and "UTC" not in text


def home_with_gaps(folder, policy=""):
    """The small home with four months due and values for two of them, of one indicator of two, of one site of two."""
    home = small_home(folder)
    scheme = home / "schemes" / f"{YEAR}.toml"
    rule = 'rule = "ratio", target = 30 } ]'
    rules = f'{rule[:-2]}, {{ id = "r2", label = "信箱", max = 5, rule = "points" }} ]'
    rules += f"\nopens = 2030-01-01\ncloses = 2030-04-30\n{policy}"
    text = scheme.read_text(encoding="utf-8")
    assert text.count(rule) == 1
    scheme.write_text(text.replace(rule, rules), encoding="utf-8")
    values = [["s1", "r1", "2030-01", "20"], ["s1", "r1", "2030-03", "30"]]
    write_rows(home, "recorded/records.csv", [["site", "indicator", "month", "value"], *values])
    return home


def recorded(home, site):
    """The lines of the recorded source alone."""
    lines = list(explanation(read_settings(home), YEAR, site).lines())
    begin = next(index for index, line in enumerate(lines) if line.startswith("【日常考查"))
    return lines[begin : lines.index("", begin)]


def to_hundredths(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def explained_score(lines):
    """The score that the steps, added up once more, come to: 100 × Σ mean ÷ Σ maximum, each mean a quotient; None without steps."""
    steps = re.findall(r"满分 ([\d.]+)，.*平均 ([\d.]+) ÷ (\d+) = ", "\n".join(lines))
    if not steps:
        return None
    total = sum(Decimal(points) / Decimal(months) for _, points, months in steps)
    return to_hundredths(100 * total / sum(Decimal(most) for most, _, _ in steps))


def told_score(lines):
    """The score that heads the lines, and the one that their total comes to; None where there is none."""
    head = re.search(r"得分 ([\d.]+|没有)$", lines[0])[1]
    totals = [found[1] for line in lines if (found := re.search(r"得分 = .* = ([\d.]+)，四舍五入到两位小数", line))]
    return None if head == "没有" else Decimal(head), to_hundredths(Decimal(totals[0])) if totals else None


def test_months_without_a_value_stand_with_their_zeros_where_the_scheme_says_so(tmp_path):
    home = home_with_gaps(tmp_path / "home", 'incomplete = "zero"')
    # What somebody accepts counts 0 still.
    waiver = ["recorded", "s1", "r2", "信箱停用", "王某", "2030-05-10"]
    write_rows(home, "waivers/list.csv", [["source", "site", "item", "reason", "approved_by", "approved_on"], waiver])
    lines = recorded(home, "s1")
    # Two of four months have a value, 20 and 30 of 30 at 10 points; of the other indicator, at 5 points, nothing came.
    score = to_hundredths(100 * ((Decimal(10) * 20 / 30 + 10) / 4 + Decimal(0) / 4) / (10 + 5))
    assert (*told_score(lines), explained_score(lines)) == (score, score, score) == (Decimal("27.78"),) * 3
    assert lines[1:7] == [
        "  报送（r1，满分 10，按目标完成率计分）：2 个月有值，2 个月没有值、按 0 分计，平均 16.66666667 ÷ 4 = 4.16666667",
        "    2030-01：20 → 10 × min(20 ÷ 30, 1) = 6.66666667",
        "    2030-03：30 → 10 × min(30 ÷ 30, 1) = 10",
        "    2030-02、2030-04：没有值，按 0 分计",
        "  信箱（r2，满分 5，按值计分）：4 个月没有值、按 0 分计，平均 0 ÷ 4 = 0",
        "    2030-01 至 2030-04：没有值，按 0 分计",
    ]
    # Of this site nothing came at all.
    nothing = recorded(home, "s2")
    given, total = told_score(nothing)
    assert given == total == explained_score(nothing)


def test_months_without_a_value_are_left_out_where_the_scheme_does_not_say_that_they_count_0(tmp_path):
    lines = recorded(home_with_gaps(tmp_path / "home"), "s1")
    score = to_hundredths(100 * ((Decimal(10) * 20 / 30 + 10) / 2) / 10)
    assert (*told_score(lines), explained_score(lines)) == (score, score, score) == (Decimal("83.33"),) * 3
    assert lines[1:5] == [
        "  报送（r1，满分 10，按目标完成率计分）：2 个月平均 16.66666667 ÷ 2 = 8.33333333",
        "    2030-01：20 → 10 × min(20 ÷ 30, 1) = 6.66666667",
        "    2030-03：30 → 10 × min(30 ÷ 30, 1) = 10",
        "  信箱（r2）：没有数据，不计入满分",
    ]


@pytest.fixture(scope="module")
def sites():
    return read_register(Home(SHANGHAI), read_scheme(Home(SHANGHAI), 2007)).sites


@pytest.mark.parametrize(("asked", "first"), [
    ("闵", "q11"), ("市发改", "d01"), ("市发改革委", "d01"), ("Q06", "q06"), ("q6", "q06"), ("d1", "d01"), ("公安", "d11"), ("上海市公安", "d11"),
    ("教育", "d07"), ("静安去", "q06"), ("闵行区网站", "q11"), ("闵 行", "q11"), ("ＱＱ06", "q06"),
])  # fmt: skip
def test_the_site_that_was_meant_is_offered_first(sites, asked, first):
    assert re.search(r"（(\w+)[，）]", resembling(sites, asked)[0])[1] == first


@pytest.mark.parametrize("asked", ["", " ", "浦西", "%", "*", "[", "x" * 3000, "\u200b"])
def test_nothing_is_offered_where_nothing_is_near(sites, asked):
    assert resembling(sites, asked) == []


def test_what_may_mean_several_lists_them_and_counts_the_rest(sites):
    offered = resembling(sites, "区")
    assert len(offered) == 9 and offered[-1] == "另有 10 个相近的"
    assert sum("市政府" in phrase or "人民政府" in phrase for phrase in resembling(sites, "市府")) >= 2


def test_a_register_without_aliases_can_be_searched():
    sites = pl.DataFrame(
        {"site_id": ["a1", "a2"], "name": ["水务局", "民政局"], "aliases": [None, None]},
        schema_overrides={"aliases": pl.String},
    )
    assert resembling(sites, "水务") == ["水务局（a1）"]


def test_an_unknown_site_ends_with_2_and_suggestions(run, home):
    status, _, err = run("explain", YEAR, "第三局", "--data", home)
    assert status == 2 and "没有“第三局”" in err and "第一局（s1）" in err and "第二局（s2）" in err
    status, _, err = run("explain", YEAR, "S1", "--data", home)
    assert status == 2 and "第一局（s1）" in err and "第二局" not in err


def test_explaining_leaves_the_home_as_it_was(run, home):
    damage(home / "warehouse.duckdb", "cut in its middle")
    before = contents(home)
    run("explain", YEAR, "s1", "--data", home)
    assert contents(home) == before
