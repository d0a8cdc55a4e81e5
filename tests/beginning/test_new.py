"""`pingyi new`: a year out of options. It writes a scheme that explains itself, a register and the folders; all of it or nothing."""

import os
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from flows.beginning import begin
from flows.beginning.plan import PlannedSource, Wrong, named, number, shares
from flows.beginning.questions import first_plan, take
from flows.beginning.toml import STATED, scheme_text
from flows.home import Home
from flows.host import disk
from flows.scheme.file import parse_scheme, read_scheme
from flows.scheme.keys import KEYS
from flows.scheme.schema import schema_text
from flows.sources import kinds
from tests.scheme.test_schema import faults

YEAR = 2025
PROGRAMME = [
    "--title",
    "2025年网站评议",
    "--group",
    "部门=4",
    "--source",
    "公众评议=ballots:60",
    "--source",
    "专家评议=panel:40",
]
SOURCE = ["--source", "公众评议=ballots:100"]
EVERY_KIND = (
    "--group", "department:市政府部门=20", "--group", "区县=10", "--source", "公众评议=选票:30", "--source", "专家评议=专家打分:20",
    "--source", "自查=claims:10", "--source", "日常=records:20", "--source", "核查=audit:10", "--source", "上级=given:10",
    "--aspect", "信息公开=37.5%", "--aspect", "网上办事=62.5%", "--weights", "区县=0.5、0.5、0、0、0、0",
    "--set", "自查.indicators=公开=40 办事=60", "--set", "自查.inflation_penalty=0.5",
    "--set", "日常.indicators=报送=20:达到30 差错=10:扣0.5 d9:月度评分=70", "--set", "核查.item_types=在线受理=3 办事指南",
    "--set", "核查.approval_items_for=市政府部门", "--set", "公众评议.period=2025年10月8日 2025/11/5",
    "--set", "公众评议.levels=好=100 中=60 差=0", "--set", "专家评议.trim=0",
)  # fmt: skip


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_writes_the_scheme_the_register_and_a_folder_for_each_dataset(run, folder):
    ran = run("new", YEAR, "--data", folder, *EVERY_KIND)
    assert (ran.status, ran.err) == (0, "")
    assert contents(folder) == sorted(
        ["raw", "raw/2025", "raw/2025/sites.csv", "schemes", "schemes/2025.toml", "schemes/scheme.schema.json"]
        + [f"raw/2025/{name}" for name in ("公众评议", "专家评议", "自查", "自查_verified", "日常", "核查", "上级")]
    )
    assert (folder / "raw/2025/sites.csv").read_bytes() == "\ufeff编号,组别,名称,别名,网址\r\n".encode()
    scheme = read_scheme(Home(folder), YEAR)
    assert [(group.id, group.label, group.publish_top) for group in scheme.groups] == [
        ("department", "市政府部门", 20),
        ("区县", "区县", 10),
    ]
    assert [source.kind for source in scheme.sources] == ["ballots", "panel", "claims", "records", "audit", "given"]
    assert list(scheme.groups[0].weights.values()) == [Decimal(w) for w in ("0.3", "0.2", "0.1", "0.2", "0.1", "0.1")]
    assert list(scheme.groups[1].weights.values()) == [Decimal("0.5"), Decimal("0.5"), 0, 0, 0, 0]
    assert [aspect.weight for aspect in scheme.aspects] == [Decimal("0.375"), Decimal("0.625")]
    voted, judged, claimed, recorded, audited, _ = scheme.sources
    assert [(level.label, level.points, level.satisfied) for level in voted.levels] == [
        ("好", 100, True),
        ("中", 60, False),
        ("差", 0, False),
    ]
    assert [str(day) for day in voted.period] == ["2025-10-08", "2025-11-05"]
    assert (judged.trim_each_side, judged.trim_from) == (0, None)
    assert claimed.inflation_penalty == Decimal("0.5")
    assert [(each.id, each.label, each.max, each.rule, each.target, each.per) for each in recorded.indicators] == [
        ("d01", "报送", 20, "ratio", 30, None),
        ("d02", "差错", 10, "deduct", None, Decimal("0.5")),
        ("d9", "月度评分", 70, "points", None, None),
    ]
    assert [(each.id, each.weight) for each in audited.item_types] == [("在线受理", 3), ("办事指南", 1)]
    assert audited.approval_items_for == ("department",)


def test_it_says_which_usual_answers_it_took_and_what_to_do_next(run, folder):
    out = run("new", YEAR, "--data", folder, *PROGRAMME).out
    assert "  · 公众评议：评议期的第一天和最后一天：2025-11-01 2025-11-30" in out.splitlines()
    assert "评议的名称" not in out
    assert f"pingyi check {YEAR} --data {folder}" in out and f"pingyi method {YEAR} --data {folder}" in out
    assert "组别写 部门" in out and "raw/2025/sites.csv" in out


def test_who_is_to_come_is_said_by_options(run, folder):
    ran = run("new", YEAR, "--data", folder, *PROGRAMME, "--office", "市政府办公厅", "--set", "公众评议.channels=网络、短信，邮件",
              "--set", "专家评议.experts=9", "--set", "专家评议.min_raters=5", "--set", "公众评议.min_ballots=0")  # fmt: skip
    assert ran.status == 0, ran.err
    scheme = read_scheme(Home(folder), YEAR)
    voted, judged = scheme.sources
    assert (scheme.office, voted.channels, voted.min_ballots) == ("市政府办公厅", ("网络", "短信", "邮件"), None)
    assert (judged.experts, judged.min_raters) == (9, 5)


def test_whoever_says_nothing_of_who_is_to_come_has_nothing_of_it_written(run, folder):
    ran = run("new", YEAR, "--data", folder, *PROGRAMME, "--set", "专家评议.experts=0", "--set", "公众评议.channels=")
    assert ran.status == 0, ran.err
    table = tomllib.loads((folder / "schemes/2025.toml").read_text(encoding="utf-8"))
    keys = table.keys() | table["sources"]["公众评议"].keys() | table["sources"]["专家评议"].keys()
    assert not keys & {"office", "channels", "experts", "min_raters"}
    assert "  · 主持评议的单位，催报函用它落款（不写就空着）：没有写" in ran.out.splitlines()
    assert "  · 专家评议：每个网站每项评议内容至少几位专家评：1" in ran.out.splitlines()


def test_a_year_after_others_says_that_the_nightly_runs_turn_to_it(run, folder):
    assert "每晚运行" not in run("new", 2025, "--data", folder, *PROGRAMME).out
    assert "不再是 2025 年" in run("new", 2026, "--data", folder, *PROGRAMME).out
    assert "每晚运行" not in run("new", 2024, "--data", folder, *PROGRAMME).out


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_makes_a_scheme_that_the_reader_takes(kind):
    plan = first_plan(YEAR)
    take(
        plan,
        lambda: plan.sources.append(PlannedSource("x", "来源", kind)) or plan.weights["部门"].append(Decimal(0)) or _fill(plan),
    )
    assert parse_scheme(scheme_text(plan.table()).encode(), YEAR, "2025.toml").sources[-1].kind == kind


def _fill(plan):
    from flows.beginning.questions import all_questions

    for question in all_questions(plan):
        if question.usual and question.name.startswith("x."):
            question.answer(question.usual)


def whole_scheme() -> str:
    """The text of a new scheme with a source of every kind."""
    from flows.beginning.questions import answer
    from flows.command import parser
    from flows.commands.new import _given

    options = parser().parse_args(["new", str(YEAR), *EVERY_KIND])
    plan = first_plan(YEAR)
    answer(plan, _given(options))
    return scheme_text(plan.table())


def addable() -> list[tuple[str, str]]:
    """Every line of a new scheme that shows a key that may be added, with the table in which it stands."""
    table, found = "", []
    for line in whole_scheme().splitlines():
        if heading := re.fullmatch(r"(?:# )?\[(.+)\]", line):
            table = heading[1]
        elif re.match(r"# [a-z_]+ = ", line):
            found.append((table, line))
    return found


@pytest.mark.parametrize(("table", "line"), addable(), ids=lambda text: text[:40])
def test_a_key_that_is_shown_can_be_added_by_taking_the_sign_away(table, line):
    text = whole_scheme()
    assert text.count(line) >= 1
    lines = text.splitlines()
    start = next(place for place, each in enumerate(lines) if not table or each in (f"[{table}]", f"# [{table}]"))
    lines[start] = lines[start].removeprefix("# ") if table else lines[start]
    place = next(place for place in range(start, len(lines)) if lines[place] == line)
    lines[place] = line.removeprefix("# ")
    parse_scheme("\n".join(lines).encode(), YEAR, "2025.toml")


def test_a_new_scheme_names_every_key_that_its_sources_may_have():
    text = whole_scheme()
    named_keys = set(re.findall(r"(?m)^(?:# )?([a-z_]+) = ", text)) | set(re.findall(r"(?m)^#   ([a-z_]+)：", text))
    free = {name.rpartition(".")[2] for name in KEYS if not name.startswith(("crawl.wide", "crawl.confirm."))}
    inside = {"aspects", "groups", "sources", "crawl", "comparison", "weight", "wide", "*"}
    assert free - inside - named_keys == set()


def test_editors_find_the_schema_beside_the_scheme_and_the_scheme_keeps_it(run, folder):
    run("new", YEAR, "--data", folder, *EVERY_KIND)
    first = (folder / "schemes/2025.toml").read_text(encoding="utf-8").splitlines()[0]
    schema = (folder / "schemes" / first.removeprefix("#:schema ")).read_text(encoding="utf-8")
    assert schema == schema_text()
    assert faults((folder / "schemes/2025.toml").read_text(encoding="utf-8")) == []


def test_whatever_must_not_rest_on_a_default_is_stated():
    table = tomllib.loads(whole_scheme())
    assert STATED and {name: table[name] for name in STATED} == STATED
    assert whole_scheme().startswith("#:schema ./scheme.schema.json\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([*SOURCE, "--group", "部门"], "名称=值"),
        ([*SOURCE, "--group", "部门=多"], "部门 公布的名次数应为数字"),
        ([*SOURCE, "--group", "部门=0"], "groups.部门.publish_top：应为不小于 1 的整数，现为 0"),
        ([*SOURCE, "--group", "部门=3", "--group", "部门=4"], "“部门”出现了不止一次"),
        ([*PROGRAMME, "--set", "专家评议.trim=0", "--set", "专家评议.trim=1 5"], "专家评议.trim 写了不止一次"),
        ([*PROGRAMME, "--set", "timezone=UTC", "--timezone", "UTC"], "timezone 写了不止一次"),
        (["--group", "部门=3"], "请用选项写明 --source"),
        (["--group", "部门=3", "--source", "公众=balots:100"], "没有“balots”这个种类，应为 audit（核查）"),
        (["--group", "部门=3", "--source", "公众=ballots:60", "--source", "专家=panel:30"], "权重之和为 90，应恰为 1，或以百分数计恰为 100"),
        (["--group", "部门=3", "--source", "公众=ballots:60", "--source", "专家=panel"], "有的来源写了权重"),
        (["--group", "部门=3", "--source", "sites=given:1"], "sources.sites：是保留名，请换一个"),
        ([*PROGRAMME, "--timezone", "北京"], "timezone：没有名为“北京”的时区"),
        ([*PROGRAMME, "--aspect", "公开=0.5", "--aspect", "办事=0.6"], "评议内容：权重之和为 1.1"),
        ([*PROGRAMME, "--set", "公众评议.period=2025-11-20 2025-11-01"], "sources.公众评议.closes：截止日 2025-11-01 早于开始日 2025-11-20"),
        ([*PROGRAMME, "--set", "公众评议.period=下周 2025-11-01"], "“下周”应为日期"),
        ([*PROGRAMME, "--set", "公众评议.levels=好=101"], "points：为 101，应不大于 100"),
        ([*PROGRAMME, "--set", "公众评议.satisfied=极好"], "“极好”不在 levels 之中"),
        ([*PROGRAMME, "--set", "专家评议.trim=2 4"], "trim_from：为 4，两端各去掉 2 个后一个不剩"),
        ([*PROGRAMME, "--set", "专家评议.trim=2"], "应写两个数"),
        ([*PROGRAMME, "--set", "专家评议.experts=很多"], "应有几位专家应为数字，现为“很多”"),
        ([*PROGRAMME, "--set", "专家评议.min_raters=0"], "min_raters：应为不小于 1 的整数，现为 0"),
        ([*PROGRAMME, "--set", "专家评议.experts=3", "--set", "专家评议.min_raters=4"], "min_raters：为 4，而专家一共 3 位"),
        ([*PROGRAMME, "--set", "公众评议.channels=网络 other"], "sources.公众评议.channels：“other”不能作为名称"),
        ([*PROGRAMME, "--from", "2024", "--office", "甲"], "--from 只能与 --title 同用，不能与"),
        ([*PROGRAMME, "--set", "专家评议.colour=2"], "没有“专家评议.colour”这一项，有的是"),
        ([*PROGRAMME, "--set", "专家评议"], "--set 应写成 名称=值"),
        ([*PROGRAMME, "--weights", "部门=50"], "写了 1 个权重，来源有 2 个：公众评议、专家评议"),
        ([*PROGRAMME, "--from", "2024"], "--from 只能与 --title 同用"),
        ([], "没有人可问"),
        (["--group", "部门=3", "--source", "自查=claims"], "还缺 自查.indicators"),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_scheme_is_told_and_nothing_is_written(run, folder, words, expected):
    ran = run("new", YEAR, "--data", folder, *words)
    assert ran.status == 2 and expected in ran.err, ran.err
    assert contents(folder) == []


def test_all_that_is_wrong_is_told_at_once(run, folder):
    ran = run("new", YEAR, "--data", folder, *PROGRAMME, "--timezone", "北京", "--aspect", "甲=x", "--set", "专家评议.trim=9 9")
    assert "选项有 3 处要改" in ran.err and len([line for line in ran.err.splitlines() if line.startswith("  · ")]) == 3


@pytest.mark.parametrize("year", [1899, 10000, -1])
def test_a_year_that_cannot_be_is_refused(run, folder, year):
    ran = run("new", "--data", folder, *PROGRAMME, "--", year)
    assert ran.status == 2 and "1900 到 9999" in ran.err and contents(folder) == []


def test_nothing_that_is_there_is_written_over(run, folder):
    for name, text in (("raw/2025/sites.csv", "编号,组别,名称\na,部门,甲\n"), ("schemes/scheme.schema.json", "{}")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    ran = run("new", YEAR, "--data", folder, *PROGRAMME)
    assert ran.status == 0 and "已经有的没有动：schemes/scheme.schema.json、raw/2025/sites.csv" in ran.out
    assert "登记册 raw/2025/sites.csv（原来就有的）" in ran.out
    assert (folder / "raw/2025/sites.csv").read_text(encoding="utf-8").endswith("a,部门,甲\n")
    assert (folder / "schemes/scheme.schema.json").read_text(encoding="utf-8") == "{}"
    before = (folder / "schemes/2025.toml").read_bytes()
    again = run("new", YEAR, "--data", folder, "--group", "区县=4", "--source", "专家=panel:1")
    assert again.status == 2 and "2025 年已有评议方案" in again.err
    assert (folder / "schemes/2025.toml").read_bytes() == before


def test_a_file_in_the_place_of_a_folder_is_told_and_stays(run, folder):
    (folder / "raw/2025").mkdir(parents=True)
    (folder / "raw/2025/专家评议").write_text("x", encoding="utf-8")
    ran = run("new", YEAR, "--data", folder, *PROGRAMME)
    assert ran.status == 2 and "raw/2025/专家评议 应是文件夹" in ran.err
    assert contents(folder) == ["raw", "raw/2025", "raw/2025/专家评议"]


@pytest.mark.parametrize("written", ["50/50", "50、50", "50,50", "0.5 0.5", "５０％；５０％"])
def test_the_weights_of_a_group_are_written_in_any_way(run, folder, written):
    assert run("new", YEAR, "--data", folder, *PROGRAMME, "--weights", f"部门={written}").status == 0
    assert list(read_scheme(Home(folder), YEAR).groups[0].weights.values()) == [Decimal("0.5"), Decimal("0.5")]


def test_an_indicator_may_take_its_values_from_the_crawl(run, folder):
    indicators = "首页死链=10:扣0.5:dead_links 首页可用＝90：达到1：reachable：passed"
    ran = run(
        "new",
        YEAR,
        "--data",
        folder,
        "--group",
        "部门=1",
        "--source",
        "日常=records:100",
        "--set",
        f"日常.indicators={indicators}",
    )
    assert ran.status == 0, ran.err
    (source,) = read_scheme(Home(folder), YEAR).sources
    assert [(each.rule, each.from_crawl, each.measure) for each in source.indicators] == [
        ("deduct", "dead_links", "value"),
        ("ratio", "reachable", "passed"),
    ]
    assert (folder / "raw/2025/crawl").is_dir() and "aspects" not in (folder / "schemes/2025.toml").read_text(
        encoding="utf-8"
    ).split("[comparison]")[0]


@pytest.mark.parametrize(
    ("indicators", "expected"),
    [
        ("死链=10:扣1:dead_links:half", "measure：为 'half'，应为 value、passed 之一"),
        ("死链=10:扣1:a:passed:b", "冒号太多"),
        ("死链=10:减1", "计分办法没有看懂"),
        ("死链=10:达到0", "target：为 0，应大于 0"),
    ],
)
def test_an_indicator_that_is_none_is_told(run, folder, indicators, expected):
    ran = run(
        "new",
        YEAR,
        "--data",
        folder,
        "--group",
        "部门=1",
        "--source",
        "日常=records:100",
        "--set",
        f"日常.indicators={indicators}",
    )
    assert ran.status == 2 and expected in ran.err and contents(folder) == []


@pytest.mark.parametrize("link", ["schemes", "raw", "raw/2025", "raw/2025/专家评议"])
def test_nothing_is_written_behind_a_link(run, folder, tmp_path, link):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / link).parent.mkdir(parents=True, exist_ok=True)
    (folder / link).symlink_to(elsewhere)
    before = contents(folder)
    ran = run("new", YEAR, "--data", folder, *PROGRAMME)
    assert ran.status == 1 and "是链接" in ran.err and str(folder / link) in ran.err
    assert contents(folder) == before and list(elsewhere.iterdir()) == []


def test_a_scheme_that_is_a_link_to_nowhere_is_not_written_through(run, folder, tmp_path):
    (folder / "schemes").mkdir()
    (folder / "schemes/2025.toml").symlink_to(tmp_path / "nowhere")
    assert run("new", YEAR, "--data", folder, *PROGRAMME).status == 2
    assert not (tmp_path / "nowhere").exists() and contents(folder) == ["schemes", "schemes/2025.toml"]


@pytest.mark.parametrize("number_", range(1, 4))
def test_what_cannot_be_written_to_its_end_leaves_nothing(folder, monkeypatch, number_):
    """The disk is full at each of the files in turn."""
    written = 0
    link = os.link

    def full(*arguments):
        nonlocal written
        written += 1
        if written == number_:
            raise OSError(28, "No space left on device")
        link(*arguments)

    monkeypatch.setattr(disk.os, "link", full)
    (folder / "kept.txt").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="No space"):
        begin(Home(folder), first_plan(YEAR))
    assert contents(folder) == ["kept.txt"]
    monkeypatch.undo()
    begin(Home(folder), first_plan(YEAR))
    assert "schemes/2025.toml" in contents(folder)


def test_a_home_that_is_not_there_is_made_where_there_is_a_folder_to_make_it_in(run, tmp_path):
    assert run("new", YEAR, "--data", tmp_path / "own", *PROGRAMME).status == 0
    assert (tmp_path / "own" / "schemes" / f"{YEAR}.toml").is_file()
    ran = run("new", YEAR, "--data", tmp_path / "nowhere" / "own", *PROGRAMME)
    assert (ran.status, ran.out) == (2, "") and "没有数据目录" in ran.err
    # What is refused leaves no folder behind.
    assert run("new", YEAR, "--data", tmp_path / "other", *PROGRAMME[:-2], "--aspect", "服务=70").status != 0
    assert not (tmp_path / "other").exists()


def test_an_empty_register_is_refused_and_says_where_to_fill_it_in(run, folder):
    run("new", YEAR, "--data", folder, *PROGRAMME)
    ran = run("check", YEAR, "--data", folder)
    assert ran.status == 1 and ran.out == ""
    assert (
        "sites.csv 还是空的" in ran.err
        and "从第 2 行起" in ran.err
        and "编号、组别、名称 必填" in ran.err
        and "组别写 部门" in ran.err
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["60", "40"], ["0.6", "0.4"]),
        (["６０％", "40 %"], ["0.6", "0.4"]),
        (["33.3", "33.3", "33.4"], ["0.333", "0.333", "0.334"]),
        ([".5", "0.5"], ["0.5", "0.5"]),
        (["1"], ["1"]),
        (["100"], ["1"]),
    ],
)
def test_weights_are_fractions_or_percentages_exactly(texts, expected):
    assert shares(texts, "来源") == [Decimal(text) for text in expected]


@pytest.mark.parametrize("text", ["", "一", "1e9", "nan", "1,5", "--1", "0x10"])
def test_what_is_no_number_is_said(text):
    with pytest.raises(Wrong, match="应为数字"):
        number(text, "权重")


def test_an_id_is_what_is_written_before_the_colon_or_the_letters_of_the_name():
    assert [(each.id, each.label, each.value) for each in (named("d1：部门（市）＝3", ""), named("部门（市）=3", ""))] == [
        ("d1", "部门（市）", "3"),
        ("部门市", "部门（市）", "3"),
    ]
