"""A file of mappings that is wrong is told in whole sentences, all at once, each behind its key."""

import re

import pytest

from flows.errors import OperatorError
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.mapping.homes import store_of, write_mapping


def _faults(tmp_path, text: str, dataset: str = "voted") -> list[str]:
    home = small_home(tmp_path / "home")
    write_mapping(home, dataset, text)
    with pytest.raises(OperatorError) as fault:
        store_of(home)
    assert "评议没有开始" in fault.value.summary
    return [entry.removeprefix(f"mappings/{dataset}.toml：") for entry in fault.value.faults]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('voter = "row"', "voter：应写在一份映射里面"),
        ("[a", "不是有效的 TOML"),
        ("[a]", "a：什么也没有写"),
        ('[a]\nvoters = "x"\nvoter = "row"', "a.voters：不认识的键；这里可用的键：answers、"),
        ('[a]\ncolumns = { "x" = "sites" }', "a.columns.x：voted 没有列“sites”；可用：ballot_id、submitted_at、"),
        ('[a]\ncolumns = { "x" = "site", "y" = "site" }', "a.columns：“site”出现了不止一次"),
        ('[a]\ncolumns = { "x" = "site", "Ｘ" = "voter" }', "a.columns：“x”出现了不止一次"),
        ('[a]\ncolumns = { "{sit}" = "overall" }', "a.columns.{sit}：列名里不能有 {sit}；可用 {aspect}、{site}，{} 代表任意文字"),
        ('[a]\ncolumns = { "{site}{site}" = "overall" }', "a.columns.{site}{site}：{site} 写了不止一次"),
        ('[a]\ncolumns = { "{}a{}b{}c{}d{}" = "site" }', "最多有 4 个 {…}"),
        ('[a]\ncolumns = { "{site}" = "{aspect}" }', "a.columns.{site}：要对应到各项评议内容的列（{aspect}），列名里要有 {aspect}"),
        ('[a]\ncolumns = { "{aspect}" = "overall" }', "a.columns.{aspect}：列名里有 {aspect}，应对应到 {aspect}，现为 overall"),
        ('[a]\ncolumns = { "{site}" = "site" }', "a.columns.{site}：site 已由列名里的 {site} 给出"),
        ('[a]\ncolumns = { "{site}" = "overall", "x" = "site" }', "a.columns.{site}：site 由列名里的 {site} 给出，就不能又由"),
        ('[a]\ncolumns = { "x" = 5 }', "a.columns.x：应为不空的文字，现为 5"),
        ('[a]\nballot_id = "w"', "a.ballot_id：每一行都会是同一个编号"),
        ('[a]\nballot_id = "{来自IP}"', "a.ballot_id：不能含有“来自IP”：那是个人信息"),
        ('[a]\nballot_id = "{我}"\nvoter = "我"', "a.ballot_id：不能含有“我”：那是个人信息"),
        ('[a]\nballot_id = "{x}"\ncolumns = { "y" = "ballot_id" }', "a.ballot_id：columns 或 fixed 里已经有了"),
        ('[a]\nvoter = []', "a.voter：是空的"),
        ('[a]\nvoter = "row"\nfixed = { voter = "x" }', "a.fixed.voter：不能每一行都是同一个"),
        ('[a]\nvoter = "row"\nfixed = { x = "y" }', "a.fixed.x：voted 没有这一列"),
        ('[a]\nvoter = "row"\ntime = "%d %b %Y"', "a.time：不认识 %b；可用：%Y、"),
        ('[a]\nvoter = "row"\ntime = "%d %d %Y"', "a.time：同一个记号写了不止一次"),
        ('[a]\nvoter = "row"\ntime = "%H:%M"', "a.time：至少要有 %Y（年）和 %m（月）"),
        ('[a]\nvoter = "row"\ntime = "%Y-%m-%d %I:%M"', "a.time：12 小时制要用 %I 和 %p"),
        ('[a]\nvoter = "row"\ntime = "%Y-%m %H"', "a.time：有时刻的要有 %d、%H（或 %I）和 %M"),
        ('[a]\nvoter = "row"\nzone = "Shanghai"', "a.zone：没有名为“Shanghai”的时区"),
        ('[a]\nvoter = "row"\nskip = 11', "a.skip：应为0 到 10 的整数，现为 11"),
        ('[a]\nvoter = "row"\nanswers = { A1 = "很好" }', "a.answers.A1：“很好”不是方案中的档次；可用：满意、不满意"),
        ('[a]\nvoter = "row"\nnames = { SQ001 = "第一局" }', "a.names.SQ001：不认识的键；这里可用的键：aspect、site"),
        ('[a]\nvoter = "row"\nnames = { site = { a = "x", A = "y" } }', "a.names.site：“a”出现了不止一次"),
        ('[a]\nvoter = "row"\nleave_out = { x = "y" }', "a.leave_out.x：应为不空的文字列表"),
        ('[a]\nvoter = "row"\nleave_out = ["y"]', "a.leave_out：应为一个表"),
        ('[a]\nvoter = "row"\nblank = "-"', "a.blank：应为文字的列表"),
    ],
)  # fmt: skip
def test_each_fault_is_a_sentence_behind_its_key(tmp_path, text, fault):
    found = _faults(tmp_path, text)
    assert any(entry.startswith(fault) or fault in entry for entry in found), found


def test_the_documentation_lists_the_keys_that_there_are(tmp_path):
    table = (
        (ROOT / "data" / "README.md").read_text(encoding="utf-8").partition("### Mappings")[2].partition("**The account.**")[0]
    )
    documented = {key for row in re.findall(r"(?m)^\| (`.+?) \|", table) for key in re.findall(r"`(\w+)`", row)}
    (fault,) = [fault for fault in _faults(tmp_path, '[a]\nvoter = "row"\nunknown = 1\n') if fault.startswith("a.unknown")]
    assert documented == set(fault.partition("这里可用的键：")[2].split("、"))


def test_all_faults_come_at_once(tmp_path):
    home = small_home(tmp_path / "home")
    write_mapping(home, "voted", '[a]\nskip = -1\ntime = "x"\n[b]\ncolumns = { x = "y" }\n')
    write_mapping(home, "judged", '[c]\nvoter = "row"\n')
    with pytest.raises(OperatorError) as fault:
        store_of(home)
    where = [entry.partition("：")[0] for entry in fault.value.faults]
    assert where == ["mappings/voted.toml"] * 4 + ["mappings/judged.toml"] and "5 处错误" in fault.value.summary


def test_scores_are_answered_with_numbers(tmp_path):
    found = _faults(tmp_path, '[a]\ncolumns = { x = "score" }\nanswers = { "优" = "很好" }\n', "judged")
    assert found == ['a.answers.优：“很好”应是分数，如 "95"']


def test_what_is_not_utf_8_or_very_deep_is_told(tmp_path):
    home = small_home(tmp_path / "home")
    path = write_mapping(home, "voted", "")
    for content, told in (
        ('["映射"]'.encode("gb18030"), "不是 UTF-8"),
        (b"a = " + b"[" * 100_000, "TOML"),
        (b"x" * (1 << 21), "上限 1 MB"),
    ):
        path.write_bytes(content)
        with pytest.raises(OperatorError) as fault:
            store_of(home)
        assert told in str(fault.value) or "深得不合情理" in str(fault.value)


def test_a_mapping_that_is_a_link_out_of_the_home_is_not_read(tmp_path):
    home = small_home(tmp_path / "home")
    path = write_mapping(home, "voted", "")
    path.unlink()
    (tmp_path / "outside.toml").write_text('[a]\nvoter = "row"\n', encoding="utf-8")
    path.symlink_to(tmp_path / "outside.toml")
    with pytest.raises(OperatorError, match="通到数据目录以外的链接"):
        store_of(home)


def test_the_years_own_mappings_stand_in_the_place_of_every_years(tmp_path):
    home = small_home(tmp_path / "home")
    write_mapping(home, "voted", '[every]\nvoter = "row"\n')
    own = home / "mappings" / str(YEAR) / "voted.toml"
    own.parent.mkdir()
    own.write_text('[own]\nvoter = "row"\n', encoding="utf-8")
    store, _ = store_of(home)
    assert [mapping.name for mapping in store.mappings["voted"]] == ["own"]
