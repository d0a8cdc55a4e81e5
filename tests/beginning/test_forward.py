"""`pingyi new --from`: a scheme is carried forward with every comment, its year and its days moved, and nothing else."""

import os
import tomllib

import pytest

from flows.beginning.forward import carry_forward
from flows.errors import OperatorError
from flows.home import Home
from flows.receive.register import read_register
from flows.scheme.file import parse_scheme, read_scheme
from flows.scheme.keys import KEYS
from tests.beginning.test_new import PROGRAMME, contents
from tests.conftest import ROOT
from tests.receive.correct import SCHEME

SHANGHAI, FEDERAL = ROOT / "data" / "shanghai", ROOT / "data" / "us_federal"


_ZONE = 'timezone = "Asia/Shanghai"\n'
# A scheme that leaves it to the default says it from now on.
_WITH_TREATMENT = _ZONE, f'{_ZONE}incomplete = "fail"  # {KEYS["incomplete"].meaning}\n'
_NOW_SAID = "incomplete：没有写（就是 tell，应到而没有到齐的只作提示） → fail（没有补齐或批准就不公布）；自己写明的来源不变"


def forward(changed: tuple[str, str] = ("", ""), year: int = 2008, title: str = ""):
    assert changed[0] in SCHEME
    return carry_forward(SCHEME.replace(*changed, 1), "2007.toml", year, title)


def test_every_line_but_those_of_year_title_and_days_stays(run, folder):
    assert run("new", 2008, "--data", folder, "--from", SHANGHAI).status == 0
    old = (SHANGHAI / "schemes/2007.toml").read_text(encoding="utf-8").splitlines()
    new = (folder / "schemes/2008.toml").read_text(encoding="utf-8").splitlines()
    assert new[0] == "#:schema ./scheme.schema.json"
    assert [(before, after) for before, after in zip(old, new[1:], strict=True) if before != after] == [
        ("year = 2007", "year = 2008"),
        ('title = "2007年上海市政府部门、区县政府网站评议"', 'title = "2008年上海市政府部门、区县政府网站评议"'),
        *((line, line.replace("2007-", "2008-")) for line in old if line.startswith(("opens = 2007-", "closes = 2007-"))),
    ]


def test_register_and_folders_come_along_and_what_changed_is_said(run, folder):
    ran = run("new", 2008, "--data", folder, "--from", SHANGHAI)
    assert (folder / "raw/2008/sites.csv").read_bytes() == (SHANGHAI / "raw/2007/sites.csv").read_bytes()
    scheme = read_scheme(Home(folder), 2008)
    assert read_register(Home(folder), scheme).sites.height == 69
    assert {name.name for name in (folder / "raw/2008").iterdir() if name.is_dir()} == {
        name.name for name in (SHANGHAI / "raw/2007").iterdir() if name.is_dir()
    }
    lines = ran.out.splitlines()
    start = lines.index("与上年相比改了 6 处（注释照原样，其中的年份没有改）：")
    assert lines[start + 1 : start + 7] == [
        "  · year：2007 → 2008",
        "  · title：2007年上海市政府部门、区县政府网站评议 → 2008年上海市政府部门、区县政府网站评议",
        "  · sources.public.opens：2007-11-01 → 2008-11-01",
        "  · sources.public.closes：2007-12-20 → 2008-12-20",
        "  · crawl.opens：2007-01-01 → 2008-01-01",
        "  · crawl.closes：2007-12-31 → 2008-12-31",
    ]
    assert any(line.startswith("  · notice 照抄了，还对不对：原始记录是按公布的结果反推重建的") for line in lines)


def test_a_year_of_the_same_home_is_named_by_its_number(run, folder):
    assert run("new", 2025, "--data", folder, *PROGRAMME).status == 0
    ran = run("new", 2027, "--data", folder, "--from", "2025", "--title", "第三届")
    assert ran.status == 0 and "与 2025 年相比改了 4 处" in ran.out and "title：2025年网站评议 → 第三届" in ran.out
    assert (folder / "schemes/2027.toml").read_text(encoding="utf-8").count("#:schema") == 1
    assert read_scheme(Home(folder), 2027).title == "第三届"


@pytest.mark.parametrize("given", [FEDERAL, FEDERAL / "schemes" / "2024.toml"])
def test_a_home_or_the_file_of_a_scheme_is_named_by_its_path(run, folder, given):
    assert run("new", 2026, "--data", folder, "--from", given).status == 0
    scheme = read_scheme(Home(folder), 2026)
    assert read_register(Home(folder), scheme).sites.height == 2033
    assert str(scheme.crawl.closes) == "2026-12-31" and scheme.crawl.wide == read_scheme(Home(FEDERAL), 2024).crawl.wide


def test_a_scheme_that_lies_alone_comes_without_a_register(run, folder, tmp_path):
    (tmp_path / "sent.toml").write_text(SCHEME, encoding="utf-8")
    assert run("new", 2008, "--data", folder, "--from", tmp_path / "sent.toml").status == 0
    assert (folder / "raw/2008/sites.csv").read_bytes() == "\ufeff编号,组别,名称,别名,网址\r\n".encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("closes = 2007-12-20", "closes = 2008-12-20"),
        ('closes = "2007-12-20"', 'closes = "2008-12-20"'),
        ("closes = '2007-12-20'  # 2007-12-20 起不收", "closes = '2008-12-20'  # 2007-12-20 起不收"),
        ('closes = 2007-12-20\nchannels = ["2007-12-20 的会"]', 'closes = 2008-12-20\nchannels = ["2007-12-20 的会"]'),
    ],
)
def test_days_move_wherever_they_are_values(before, after):
    old, new = SCHEME.replace("closes = 2007-12-20", before, 1), SCHEME.replace("closes = 2007-12-20", after, 1)
    carried = carry_forward(old, "2007.toml", 2008).text
    moved = new.replace("year = 2007", "year = 2008").replace("2007年", "2008年").replace(*_WITH_TREATMENT)
    assert carried == "#:schema ./scheme.schema.json\n" + moved.replace("opens = 2007", "opens = 2008").replace(
        "closes = 2007", "closes = 2008"
    )


def test_the_last_of_february_is_the_last_where_there_is_no_29th():
    text = SCHEME.replace("2007", "2008").replace("opens = 2008-11-01", "opens = 2008-02-29")
    assert "opens = 2009-02-28" in carry_forward(text, "2008.toml", 2009).text
    assert "opens = 2012-02-29" in carry_forward(text, "2008.toml", 2012).text


def test_what_was_confirmed_last_year_is_not_confirmed_for_this_one():
    table = (
        '[comparison]\nlevels = "gate"\nconfirmed = [\n  "levels:public/a.csv",  # 看过 ]\n  "times:public/b.csv",\n]  # 完\n'
    )
    carried = carry_forward(f"{SCHEME}\n{table}", "2007.toml", 2008)
    assert carried.text.endswith('[comparison]\nlevels = "gate"\nconfirmed = []  # 完\n')
    assert "comparison.confirmed：['levels:public/a.csv', 'times:public/b.csv'] → []" in carried.changes


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("zone", [_ZONE, '"timezone" = "Asia/Shanghai"\n', 'timezone = "Asia/Shanghai" # 当地\n'])
def test_a_scheme_that_is_silent_on_what_is_incomplete_says_fail_from_now_on(zone, ending):
    carried = carry_forward(SCHEME.replace(_ZONE, zone).replace("\n", ending), "2007.toml", 2008)
    assert carried.changes[-1] == _NOW_SAID
    assert carried.text.count(f'{ending}incomplete = "fail"  # ') == 1 and carried.text.count("\r\n") in (
        0,
        carried.text.count("\n") - 1,
    )
    scheme = parse_scheme(carried.text.encode(), 2008, "2008.toml")
    assert {source.delivery.incomplete for source in scheme.sources} == {"fail"}


@pytest.mark.parametrize("said", ['incomplete = "tell"', 'incomplete = "fail"', '"incomplete" = "tell"'])
def test_a_scheme_that_says_what_is_incomplete_keeps_it(said):
    carried = forward((_ZONE, f"{_ZONE}{said}\n"))
    assert carried.text.count("incomplete") == 1 and f"{_ZONE}{said}\n" in carried.text
    assert not any("incomplete" in change for change in carried.changes)


def test_a_source_that_says_it_keeps_it_beside_what_the_scheme_says_now():
    carried = forward(('label = "公众评议"\n', 'label = "公众评议"\nincomplete = "tell"\n'))
    scheme = parse_scheme(carried.text.encode(), 2008, "2008.toml")
    treated = {source.id: source.delivery.incomplete for source in scheme.sources}
    assert treated.pop("public") == "tell" and set(treated.values()) == {"fail"} and carried.changes[-1] == _NOW_SAID


def test_it_is_told_among_the_changes(run, folder, tmp_path):
    (tmp_path / "sent.toml").write_text(SCHEME, encoding="utf-8")
    assert f"  · {_NOW_SAID}" in run("new", 2008, "--data", folder, "--from", tmp_path / "sent.toml").out.splitlines()


def test_texts_that_speak_of_the_old_year_are_told_and_stay():
    carried = forward(('label = "热线评议"', 'label = "2007年热线"'))
    assert 'label = "2007年热线"' in carried.text
    assert carried.doubts == ("sources.hotline.label 里还写着 2007：2007年热线",)
    assert forward(('label = "热线评议"', 'label = "12007号热线"')).doubts == ()


def test_a_title_may_be_written_in_any_way():
    assert tomllib.loads(forward(('"2007年试评议"', '"""\n2007年\\\n  试评议"""')).text)["title"] == "2008年试评议"
    assert tomllib.loads(forward(('"2007年试评议"', "'2007年试评议'")).text)["title"] == "2008年试评议"
    assert forward(title='他说“好”"\\').text.splitlines()[3] == 'title = "他说“好”\\"\\\\"'


@pytest.mark.parametrize(
    "changed",
    [("year = 2007", '"year" = 2007'), ('title = "2007年试评议"', "'title' = '2007年试评议'")],
)
def test_what_cannot_be_changed_with_certainty_is_refused(changed):
    with pytest.raises(OperatorError, match="没有把握自动改到 2008 年"):
        forward(changed)


def test_a_key_inside_a_text_is_no_key():
    text = 'notice = """\nyear = 2007\ntitle = "x"\n"""\n' + SCHEME
    carried = carry_forward(text, "2007.toml", 2008).text
    assert tomllib.loads(carried)["notice"] == 'year = 2007\ntitle = "x"\n' and tomllib.loads(carried)["year"] == 2008


@pytest.mark.parametrize(
    ("other", "status", "expected"),
    [
        ("2006", 2, "没有 2006 年的评议方案"),
        ("nowhere", 2, "找不到"),
        (".", 2, "里没有评议方案"),
        ("broken.toml", 1, "不是有效的 TOML"),
        ("faulty.toml", 1, "方案 faulty.toml 有"),
        ("bytes.toml", 1, "不是 UTF-8"),
        ("pipe.toml", 1, "管道"),
    ],
)
def test_what_cannot_be_carried_forward_is_told_and_nothing_is_written(
    run, folder, tmp_path, monkeypatch, other, status, expected
):
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (work / "broken.toml").write_text("year = ", encoding="utf-8")
    (work / "faulty.toml").write_text("year = 2007\n", encoding="utf-8")
    (work / "bytes.toml").write_bytes(b"year = 2007 # \xff\n")
    os.mkfifo(work / "pipe.toml")
    ran = run("new", 2008, "--data", folder, "--from", other)
    assert ran.status == status and expected in ran.err, ran.err
    assert contents(folder) == []


def test_a_faulty_register_is_not_carried_forward(run, folder, tmp_path):
    other = tmp_path / "other"
    (other / "schemes").mkdir(parents=True)
    (other / "raw/2007").mkdir(parents=True)
    (other / "schemes/2007.toml").write_text(SCHEME, encoding="utf-8")
    (other / "raw/2007/sites.csv").write_text("site_id,group,name\na,bureau,甲\n", encoding="utf-8")
    ran = run("new", 2008, "--data", folder, "--from", other)
    assert ran.status == 1 and "网站登记册" in ran.err and contents(folder) == []
