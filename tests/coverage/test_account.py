"""`pingyi coverage`: the account on a terminal, as CSV and JSON, and as reminder letters."""

import csv
import io
import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.commands import run
from tests.flows.homes import YEAR, small_home, write_rows


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The small home in a year that is over, with a scheme that lets nothing be forgotten, and a waiver."""
    home = small_home(tmp_path_factory.mktemp("account"))
    for path in (home / "schemes" / f"{YEAR}.toml", *(home / "raw" / str(YEAR)).rglob("*.csv")):
        path.write_text(path.read_text(encoding="utf-8").replace(f"{YEAR}", "2020"), encoding="utf-8")
    (home / "schemes" / f"{YEAR}.toml").rename(home / "schemes" / "2020.toml")
    (home / "raw" / str(YEAR)).rename(home / "raw" / "2020")
    scheme = home / "schemes" / "2020.toml"
    scheme.write_text('incomplete = "fail"\noffice = "市政府办公厅"\n' + scheme.read_text(encoding="utf-8"), encoding="utf-8")
    waiver = write_rows(
        home,
        "waivers/accepted.csv",
        [
            ["来源", "网站", "分项", "理由", "批准人", "批准日期"],
            ["日常考查", "第一局", "", "没有建立", "王主任", "2021-01-05"],
        ],
    )
    (home / "raw" / "2020" / "waivers").mkdir()
    waiver.rename(home / "raw" / "2020" / "waivers" / "accepted.csv")
    return home


def test_the_terminal_tells_who_owes_what_and_what_is_accepted(home):
    status, out, err = ran_of(["coverage", "2020", "--data", home])
    assert (status, err) == (3, "")
    lines = out.splitlines()
    assert re.fullmatch(r"2020年试评议：到件，截至 \d{4}-\d{2}-\d{2}", lines[0])
    (row,) = (line.split() for line in lines if line.strip().startswith("日常考查（recorded） "))
    assert row == ["日常考查（recorded）", "24", "个月", "2", "22", "11", "2020-12-31"]
    assert "应到而没有到（没有补齐就不公布）：3 家" in lines
    assert "同意缺报：1 家" in lines and lines[-1].startswith("  · 第一局（s1）：日常考查（recorded）缺 11 个月")


def test_csv_and_json_have_every_gap(home):
    status, out, _ = ran_of(["coverage", "2020", "--data", home, "--csv"])
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 3
    assert {row["欠交的单位"] for row in rows} == {
        "公众评议（voted）的组织者",
        "专家评议（judged）的组织者",
        "第一局（s1）",
        "第二局（s2）",
    }
    status, out, _ = ran_of(["coverage", "2020", "--data", home, "--json"])
    found = json.loads(out)
    assert (status, found["publishable"], found["complete"]) == (3, False, False)
    assert [debt["owner"] for debt in found["owed"]] == list(dict.fromkeys(row["欠交的单位"] for row in rows))
    (part,) = found["owed"][-1]["parts"]
    assert (part["gaps"][0]["missing"], part["effect"]["rank"], part["effect"]["rank_zero"]) == (11, 1, 2)


def test_letters_go_to_everyone_who_owes_or_to_one(home, tmp_path):
    status, out, _ = ran_of(["coverage", "2020", "--data", home, "--letters", tmp_path / "all"])
    assert status == 0 and out.startswith("写了 3 份催报函")
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    # The first department's gap is accepted.
    assert names == ["001-voted.docx", "002-judged.docx", "003-s2-第二局.docx"]
    status, _, _ = ran_of(["coverage", "2020", "--data", home, "--letters", tmp_path / "one", "--to", "第二局"])
    assert status == 0 and [path.name for path in (tmp_path / "one").iterdir()] == ["001-s2-第二局.docx"]
    assert (tmp_path / "one" / "001-s2-第二局.docx").read_bytes() == (tmp_path / "all" / names[2]).read_bytes()
    text = _text(tmp_path / "all" / names[2])
    for part in (
        "市政府办公厅",
        "关于补报2020年试评议材料的函",
        "第二局：",
        "一、日常考查缺 11 个月，报送期限为2020年12月31日。",
        "缺报的部分没有补齐或者没有批准免报以前，评议结果不能公布。",
        "附件：缺报清单",
        "日常考查：报送，2020-02 至 2020-12",
        "11 个月",
    ):
        assert part in text, part
    assert "综合得分" not in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", "第一局", "--letters", "{new}"], "没有要写的催报函"),
        (["--to", "没有这家", "--letters", "{new}"], "没有叫“没有这家”的网站或来源"),
        (["--to", "第二局"], "--to 要与 --letters 同用"),
        (["--letters", "{there}"], "不覆盖原来的"),
    ],
)
def test_what_cannot_be_written_is_refused_in_words(home, tmp_path, words, sentence):
    there = tmp_path / "there"
    there.mkdir()
    filled = [word.format(new=tmp_path / "new", there=there) for word in words]
    status, out, err = ran_of(["coverage", "2020", "--data", home, *filled])
    assert (status, out) == (2, "") and sentence in err
    assert not (tmp_path / "new").exists() and list(there.iterdir()) == []


def test_nothing_that_is_awaited_stops_a_year_that_is_still_to_come(tmp_path):
    home = small_home(tmp_path / "home")
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text('incomplete = "fail"\n' + scheme.read_text(encoding="utf-8"), encoding="utf-8")
    status, out, _ = ran_of(["coverage", YEAR, "--data", home])
    assert status == 0 and "未到期限" in out and "没有补齐就不公布" not in out


def ran_of(words: list) -> tuple[int, str, str]:
    ran = run(*words)
    return ran.status, ran.out, ran.err


def _text(path: Path) -> str:
    with ZipFile(path) as package:
        return re.sub(r"<[^>]+>", "", package.read("word/document.xml").decode("utf-8"))
