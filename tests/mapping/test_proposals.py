"""`pingyi map` proposes a mapping from the file alone, and names what a person must add."""

import os
import re
from pathlib import Path

import pytest

from tests.flows.homes import YEAR, contents, small_home
from tests.mapping.exports import BALLOTS, CELLS, SCORES, Export, exports, qualtrics_table, wjx_table, xlsx
from tests.mapping.homes import lines_of, mapped_home, source_scores
from tests.mapping.test_exports import CARD, PANEL, SHEET

ALL = list(exports())


def _settled(text: str, keys: dict[str, str] | None) -> str:
    """The proposal with the lines that a person writes, in the place of those of the same keys."""
    for key, value in (keys or {}).items():
        line = f"{key} = {value}\n"
        text, count = re.subn(rf"(?m)^{key} = .*\n", lambda _, line=line: line, text)
        text += "" if count else line
    return text


@pytest.mark.parametrize("export", ALL, ids=lambda export: export.name)
def test_the_proposal_for_an_export_reads_it_to_the_scores_of_its_answers(run, tmp_path, export: Export):
    file = tmp_path / export.name
    file.write_bytes(export.content)
    home = small_home(tmp_path / "home")
    status, out, err = run("map", file, YEAR, "--dataset", "voted", "--data", home)
    assert (status, "还差：" in err) == ((1, True) if export.settled else (0, False)), err
    for key in export.settled or {}:
        assert key in err, f"{key} is not asked for"
    mapping = _settled(out, export.settled)
    assert len(lines_of(mapping)) <= 10
    done = mapped_home(tmp_path / "done", f"voted/{export.name}", export.content, mapping)
    assert source_scores(done, "voted") == SCORES


@pytest.mark.parametrize("table", [CARD, SHEET], ids=["card", "sheet"])
def test_the_proposal_for_an_expert_card_reads_it(run, tmp_path, table):
    file = tmp_path / "card.xlsx"
    file.write_bytes(xlsx(table))
    status, out, err = run("map", file, "--dataset", "judged", "--data", small_home(tmp_path / "home"))
    extra = {}
    if table is CARD:
        # What a word is worth, nobody but the office knows; the heading of the experts is none that is known.
        assert status == 1 and "没有找到 expert_id（专家） 在哪一列" in err
        extra = {"answers": '{ "优" = "95" }', "columns": '{ "专家姓名" = "expert_id", "{aspect}得分" = "score" }'}
    else:
        assert status == 0, err
    home = mapped_home(tmp_path / "done", "judged/card.xlsx", file.read_bytes(), _settled(out, extra))
    assert source_scores(home, "judged") == PANEL


def _propose(run, tmp_path, table, *more):
    file = tmp_path / "file.xlsx"
    file.write_bytes(xlsx(table))
    return run("map", file, *more, "--data", small_home(tmp_path / "home"))


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_the_rows_of_headings_that_qualtrics_writes_are_counted(run, tmp_path, kept):
    table = qualtrics_table()
    table[0][-4:] = [f"{site}.{aspect}" for site, aspect in CELLS]
    status, out, err = _propose(run, tmp_path, [table[0], *table[1 : 1 + kept], *table[3:]], "--dataset", "voted")
    assert status == 0 and (f"skip = {kept}\n" in out) == bool(kept), err
    assert f"成为 {BALLOTS} 行，其中 0 行不合格" in err


def test_it_finds_the_dataset_by_what_it_can_read_and_shows_how_it_reads(run, tmp_path):
    status, out, err = _propose(run, tmp_path, wjx_table())
    assert status == 0 and "mappings/voted.toml" in out
    assert f"试读文件的前 4 行，成为 {BALLOTS} 行，其中 0 行不合格" in err
    assert "没有用到的列：1、您的年龄段:" in err


def test_it_writes_nothing_unless_asked_and_never_over_a_file(run, tmp_path):
    before = contents(small_home(tmp_path / "other"))
    _propose(run, tmp_path, wjx_table())
    home = tmp_path / "home"
    assert contents(home) == before
    command = ("map", tmp_path / "file.xlsx", "--data", home)
    status, out, err = run(*command, "--write")
    written = home / "mappings" / "voted.toml"
    assert status == 0 and written.read_text(encoding="utf-8") == out and str(written) in err
    written.write_text("# mine\n", encoding="utf-8")
    status, _, err = run(*command, "--write")
    assert status == 2 and "已经有了" in err and written.read_text(encoding="utf-8") == "# mine\n"


def test_it_writes_behind_no_link(run, tmp_path):
    _propose(run, tmp_path, wjx_table())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "home" / "mappings").symlink_to(elsewhere)
    status, _, err = run("map", tmp_path / "file.xlsx", "--write", "--data", tmp_path / "home")
    assert status == 1 and "是链接" in err and not list(elsewhere.iterdir())


def test_a_file_that_needs_no_mapping_is_said_to_need_none(run, tmp_path):
    head = ["票号", "提交时间", "评议人", "网站", "内容", "服务"]
    status, out, err = _propose(run, tmp_path, [head, ["1", "2030-01-05", "v", "第一局", "满意", "满意"]], "--dataset", "voted")
    assert (status, out) == (0, "") and "不需要映射" in err


def test_no_persons_are_shown(run, tmp_path):
    table = wjx_table()
    table[0] += ["3、您的手机号：", "4、您的满意程度（内容）"]
    for number, row in enumerate(table[1:]):
        row += [f"1380013800{number}", f"1380013801{number}"]
    _, out, err = _propose(run, tmp_path, table, "--dataset", "voted")
    assert "1380013" not in out + err and "10.1.2." not in out + err


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["1/5/2030 10:00:00", "2/5/2030 10:00:00"], "分不清月和日"),
        (["1月5日", "1月6日"], "看不懂时间"),
    ],
)
def test_times_that_may_be_two_or_none_are_asked_for(run, tmp_path, times, told):
    table = [["Timestamp", "您对第一局网站的评价 [内容]"], *([time, "满意"] for time in times)]
    status, out, err = _propose(run, tmp_path, table, "--dataset", "voted")
    assert status == 1 and told in err and "time" in err and "time =" not in out


def test_answers_that_are_numbers_are_said_to_be_read_in_the_schemes_order(run, tmp_path):
    table = [["Timestamp", "您对第一局网站的评价 [内容]"], ["2030-01-05 10:00:00", "1"], ["2030-01-06 10:00:00", "2"]]
    status, _, err = _propose(run, tmp_path, table, "--dataset", "voted")
    assert status == 0 and "1 是满意、2 是不满意" in err


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("web.csv", b"<html>", 1, "像是网页"),
        ("empty.csv", b"", 1, "是空文件"),
        ("book.xls", b"\xd0\xcf\x11\xe0", 2, "不接受这种格式"),
        ("book.xlsx", b"PK\x03\x04nothing", 1, "book.xlsx"),
        ("other.csv", "甲,乙\n1,2\n".encode(), 2, "--dataset"),
    ],
)
def test_a_file_that_tells_nothing_is_refused_in_words(run, tmp_path, name, content, status, told):
    (tmp_path / name).write_bytes(content)
    ended, out, err = run("map", tmp_path / name, "--data", small_home(tmp_path / "home"))
    assert (ended, out) == (status, "") and told in err and "Traceback" not in err


def test_what_is_no_file_is_told(run, tmp_path):
    home = small_home(tmp_path / "home")
    os.mkfifo(tmp_path / "pipe.csv")
    for name, told in (("missing.csv", "不见了"), ("pipe.csv", "管道")):
        status, _, err = run("map", tmp_path / name, "--data", home)
        assert status == 1 and told in err


def test_an_unknown_dataset_is_told_with_those_that_there_are(run, tmp_path):
    status, _, err = _propose(run, tmp_path, wjx_table(), "--dataset", "voters")
    assert status == 2 and "voted" in err and "judged" in err


def test_a_file_in_the_folder_of_a_dataset_is_of_it(run, tmp_path):
    home = small_home(tmp_path / "home")
    file: Path = home / "raw" / str(YEAR) / "judged" / "file.xlsx"
    file.write_bytes(xlsx(SHEET))
    _, out, _ = run("map", file, "--data", home)
    assert "mappings/judged.toml" in out
