"""What a mapping makes of the rows of a file: ids, voters, times, answers, and an account of every row."""

import csv
import io
import re

import pytest

from flows.receive.chunks import RefusedFile
from tests.mapping.exports import BALLOTS, CELLS, GOOGLE, QUALTRICS, WJX, google_table, qualtrics_table, wjx_table
from tests.mapping.homes import mapped_home, take, taken

HEAD = ["号", "时间", "人", "第一局—内容", "第一局—服务", "第二局—内容"]
ROW = ["1", "2030-01-05 10:00:00", "v", "满意", "不满意", ""]
MAPPING = """
[web]
ballot_id = "w-{号}"
voter = "人"
columns = { "时间" = "submitted_at", "{site}—{aspect}" = "{aspect}" }
"""


def _with(line: str, mapping: str = MAPPING) -> str:
    """The mapping with a key in the place of the same key, or added."""
    key = line.partition(" =")[0]
    kept = [old for old in mapping.splitlines() if not old.startswith(f"{key} =")]
    return "\n".join([*kept[:2], line, *kept[2:]]) + "\n"


def _voters(taken) -> list[str]:
    return [row["voter"] for row in taken.rows]


def test_a_row_becomes_a_ballot_for_every_site_that_it_rates_and_keeps_its_line(tmp_path):
    table = [HEAD, ROW, ["2", "2030-01-05 10:01:00", "u", "满意", "", "不满意"]]
    got = taken(tmp_path, table, MAPPING)
    assert [(row["ballot_id"], row["site_id"], row["ratings"], row["line"]) for row in got.rows] == [
        ("w-1/s1", "s1", [1, 2], 2),
        ("w-2/s1", "s1", [1, None], 3),
        ("w-2/s2", "s2", [2, None], 3),
    ]
    assert got.receipt.mapped.mapping == "web" and got.receipt.unknown == ()


def test_rows_that_rate_nothing_are_counted_and_told(tmp_path):
    got = taken(tmp_path, [HEAD, ROW, ["2", "2030-01-05", "u", "", " ", ""], ["3", "2030-01-05", "t", "", "", ""]], MAPPING)
    assert (got.receipt.mapped.rows, got.receipt.mapped.unrated, got.receipt.rows_in) == (3, 2, 1)
    assert got.receipt.file_rows == 3
    assert got.receipt.warnings == ("按映射 [web] 读，文件的 3 行里有 2 行一个值也没有填",)


def test_a_file_in_which_nobody_rated_anything_brings_nothing_and_says_so(tmp_path):
    got = taken(tmp_path, [HEAD, ["1", "2030-01-05", "u", "", "", ""]], MAPPING)
    assert (got.rows, got.faults, got.receipt.mapped.unrated) == ([], [], 1)
    assert got.receipt.warnings == ("按映射 [web] 读，文件的 1 行里有 1 行一个值也没有填",)
    empty = taken(tmp_path / "empty", [HEAD], MAPPING)
    assert (empty.rows, empty.receipt.warnings) == ([], ("只有表头，没有数据行",))


def test_codes_in_cells_stand_for_what_the_mapping_says_and_a_column_may_be_the_same_for_all(tmp_path):
    mapping = """
[one]
ballot_id = "o-{号}"
fixed = { channel = "窗口" }
names = { site = { b1 = "第一局" } }
columns = { "时间" = "submitted_at", "人" = "voter", "哪个" = "site" }
"""
    rows = [["1", "2030-01-05", "v", "B1", "满意"], ["2", "2030-01-05", "v", "s2", ""], ["3", "2030-01-05", "v", "b3", "满意"]]
    got = taken(tmp_path, [["号", "时间", "人", "哪个", "内容"], *rows], mapping)
    # Where each row is a ballot, one without a rating is a ballot too, and is told as everywhere.
    assert [(row["ballot_id"], row["site_id"], row["channel"], row["ratings"]) for row in got.rows] == [
        ("o-1", "s1", "窗口", [1, None]),
        ("o-2", "s2", "窗口", [None, None]),
    ]
    assert got.faults == [(4, "site", "b3")] and got.reasons == ["登记册中没有这个网站"]


def test_a_faulty_cell_sets_its_site_aside_and_names_it_and_the_line(tmp_path):
    got = taken(
        tmp_path, [HEAD, ["1", "2030-01-05", "v", "满意", "坏", "满意"], ["2", "何时", "u", "满意", "", "满意"]], MAPPING
    )
    assert [row["ballot_id"] for row in got.rows] == ["w-1/s2"]
    assert got.faults == [(2, "service", "坏"), (3, "submitted_at", "何时"), (3, "submitted_at", "何时")]
    assert got.reasons[0] == "不是方案中的档次（第一局）"
    assert [reason[-5:] for reason in got.reasons[1:]] == ["（第一局）", "（第二局）"]


def test_a_row_that_cannot_be_parted_and_a_second_header_are_one_row_each(tmp_path):
    got = taken(tmp_path, [HEAD, ROW, HEAD, ROW[:3]], MAPPING)
    assert (got.receipt.mapped.rows, len(got.rows), [fault[0] for fault in got.faults]) == (3, 1, [3, 4])
    assert "又是一行表头" in got.reasons[0] and "字段个数为 3" in got.reasons[1]


def test_rows_that_are_left_out_are_counted_and_told(tmp_path):
    mapping = _with('leave_out = { "人" = ["试", ""] }')
    got = taken(tmp_path, [HEAD, ROW, [*ROW[:2], " 试 ", *ROW[3:]], [*ROW[:2], "", *ROW[3:]]], mapping)
    assert (len(got.rows), got.receipt.mapped.rows, got.receipt.mapped.left_out) == (1, 3, 2)
    assert "2 行按映射的 leave_out 不计" in got.receipt.warnings[0]


def test_skipped_rows_are_no_rows_and_their_cells_are_headings(tmp_path):
    table = [["a", "b", "c", "d", "e", "f"], HEAD, ["{}"] * 6, ROW]
    got = taken(tmp_path, table, _with("skip = 2"))
    assert [(row["ballot_id"], row["line"]) for row in got.rows] == [("w-1/s1", 4)]
    assert (got.receipt.mapped.rows, got.receipt.unknown) == (1, ())


def test_a_heading_of_the_header_comes_before_one_below_it(tmp_path):
    table = [["号", "时间", "人", "x", "y", "z"], ["时间", "号", "编号", *HEAD[3:]], ROW]
    (row,) = taken(tmp_path, table, _with("skip = 1")).rows
    assert row["ballot_id"] == "w-1/s1"


@pytest.mark.parametrize(
    ("form", "written", "utc"),
    [
        ("%m/%d/%Y %H:%M:%S", "1/5/2030 10:00:00", "2030-01-05 02:00:00"),
        ("%d.%m.%Y %H:%M", "05.01.2030 10:00", "2030-01-05 02:00:00"),
        ("%Y/%m/%d %I:%M:%S %p %z", "2030/01/05 9:08:01 PM GMT+8", "2030-01-05 13:08:01"),
        ("%Y/%m/%d %I:%M:%S %p %z", "2030/01/05 12:08:01 AM GMT+5:30", "2030-01-04 18:38:01"),
        ("%Y/%m/%d %p%I:%M:%S", "2030/1/5 下午1:08:01", "2030-01-05 05:08:01"),
        ("%Y/%m/%d %p%I:%M:%S", "2030/1/5 上午12:08:01", "2030-01-04 16:08:01"),
        ("%m/%d/%Y %H:%M:%S %z", "1/5/2030 10:00:00 -0700", "2030-01-05 17:00:00"),
        ("%m/%d/%Y %H:%M:%S %z", "1/5/2030 10:00:00.25 Z", "2030-01-05 10:00:00.250000"),
        # What needs no format is read as everywhere.
        ("%m/%d/%Y %H:%M:%S", "2030-01-05T10:00:00", "2030-01-05 02:00:00"),
        ("%m/%d/%Y %H:%M:%S", "２０３０年１月５日10时0分", "2030-01-05 02:00:00"),
    ],
)
def test_times_are_read_by_their_format(tmp_path, form, written, utc):
    (row,) = taken(tmp_path, [HEAD, [ROW[0], written, *ROW[2:]]], _with(f'time = "{form}"')).rows
    assert str(row["submitted_at"]) == utc and row["timed"] is True


@pytest.mark.parametrize("written", ["13/5/2030 10:00:00", "2/30/2030 10:00:00", "1/5/2030 25:00:00", "1/5/30 10:00:00", "x"])
def test_what_is_no_time_of_the_format_is_set_aside(tmp_path, written):
    got = taken(tmp_path, [HEAD, [ROW[0], written, *ROW[2:]]], _with('time = "%m/%d/%Y %H:%M:%S"'))
    assert got.rows == [] and [fault[:2] for fault in got.faults] == [(2, "submitted_at")]


def test_no_hour_13_stands_on_a_clock_of_twelve(tmp_path):
    got = taken(tmp_path, [HEAD, [ROW[0], "2030/1/5 13:00:00 PM", *ROW[2:]]], _with('time = "%Y/%m/%d %I:%M:%S %p"'))
    assert got.rows == []


def test_times_without_an_offset_are_of_the_zone_and_days_stay_days(tmp_path):
    table = [HEAD, ROW, ["2", "2030-01-05T10:00:00+08:00", *ROW[2:]], ["3", "2030-01-05", *ROW[2:]]]
    rows = taken(tmp_path, table, _with('zone = "UTC"')).rows
    assert [(str(row["submitted_at"]), row["timed"]) for row in rows] == [
        ("2030-01-05 10:00:00", True),
        ("2030-01-05 02:00:00", True),
        ("2030-01-04 16:00:00", False),
    ]


def test_a_voter_is_the_same_person_in_every_row_of_his_and_of_no_other(tmp_path):
    table = [HEAD, [*ROW[:2], "v", *ROW[3:5], "满意"], ["2", *ROW[1:]], ["3", *ROW[1:2], "u", *ROW[3:]]]
    first, second, third, other = _voters(taken(tmp_path, table, MAPPING))
    assert first == second == third != other and "v" not in (first, other)


def test_each_row_may_be_a_person_of_its_own(tmp_path):
    table = [HEAD, [*ROW[:5], "满意"], ["2", *ROW[1:]]]
    first, same, other = _voters(taken(tmp_path, table, _with('voter = "row"')))
    assert first == same != other


def test_several_columns_together_may_stand_for_the_voter(tmp_path):
    head = [*HEAD, "手机"]
    rows = [["甲", "13800138000"], ["甲", "+8613800138000"], ["甲", ""], ["匿名", "13800138000"], ["", ""], ["甲", "1.38E+10"]]
    table = [head, *([str(number), ROW[1], name, *ROW[3:], phone] for number, (name, phone) in enumerate(rows))]
    got = taken(tmp_path, table, _with('voter = ["人", "手机"]'))
    voters = _voters(got)
    # The same person however his number is written; without it, or without his name, he may be another.
    assert voters[0] == voters[1] and len({*voters}) == 3
    assert [fault[:2] for fault in got.faults] == [(6, "voter"), (7, "voter")] and "改写过" in got.reasons[1]


def test_an_address_is_the_same_whatever_place_is_written_behind_it(tmp_path):
    table = [
        HEAD,
        [*ROW[:2], "10.1.2.3(上海-上海)", *ROW[3:]],
        ["2", ROW[1], "10.1.2.3(未知)", *ROW[3:]],
        ["3", ROW[1], "10.1.2.3", *ROW[3:]],
    ]
    assert len({*_voters(taken(tmp_path, table, MAPPING))}) == 1


def test_an_id_that_a_spreadsheet_has_damaged_sets_its_rows_aside(tmp_path):
    got = taken(tmp_path, [HEAD, ["1.2E+17", *ROW[1:]], ["", *ROW[1:]]], MAPPING)
    assert got.rows == [] and [fault[:2] for fault in got.faults] == [(2, "ballot_id"), (3, "ballot_id")]
    assert "改写过" in got.reasons[0] and "缺少必填的值" in got.reasons[1]


def test_ids_are_the_same_in_a_later_export_of_the_same_answers(tmp_path):
    first = [row["ballot_id"] for row in taken(tmp_path / "1", google_table()[:3], GOOGLE).rows]
    second = [row["ballot_id"] for row in taken(tmp_path / "2", google_table(), GOOGLE).rows]
    assert first and second[: len(first)] == first and len(set(second)) == BALLOTS


def test_a_number_that_is_no_answer_of_the_mapping_is_no_code_of_a_level_either(tmp_path):
    mapping = _with('answers = { "5" = "满意", "1" = "不满意" }')
    rows = [[str(number), *ROW[1:3], answer, "", ""] for number, answer in enumerate(["5", "1.0", "2", "满意"])]
    got = taken(tmp_path, [HEAD, *rows], mapping)
    assert [row["ratings"][0] for row in got.rows] == [1, 2, 1]
    assert got.faults == [(4, "content", "2（映射的 answers 里没有）")]


def test_answers_leave_the_seconds_alone(tmp_path):
    table = [[*HEAD, "用时"], [*ROW[:3], "1", "", "", "1"]]
    (row,) = taken(tmp_path, table, _with('answers = { "1" = "不满意" }')).rows
    assert (row["ratings"], float(row["seconds"])) == ([2, None], 1)


def test_the_overall_rating_of_a_whole_form_is_no_sites(tmp_path):
    got = taken(tmp_path, [[*HEAD, "总体评价"], [*ROW, "满意"]], MAPPING)
    assert got.rows[0]["overall"] is None and [column.heading for column in got.receipt.unknown] == ["总体评价"]


def test_columns_that_nobody_names_are_told_and_not_kept(tmp_path):
    table = [[*HEAD, "微信昵称", "手机号"], [*ROW, "张三", "13800138000"]]
    got = taken(tmp_path, table, _with('ignore = ["微信{}"]'))
    assert [column.heading for column in got.receipt.unknown] == ["手机号"]
    for path in got.receipt.folder.iterdir():
        content = path.read_bytes()
        assert b"13800138000" not in content and "张三".encode() not in content


def test_no_persons_are_in_the_store_in_plain(tmp_path):
    got = taken(tmp_path, wjx_table(), WJX)
    assert len(got.rows) == BALLOTS
    for path in got.receipt.folder.iterdir():
        assert b"10.1.2." not in path.read_bytes()


@pytest.mark.parametrize(
    ("more", "mapping", "told"),
    [
        (["第三局—内容"], MAPPING, "列名里的网站 “第三局”（是不是 第一局？），登记册里没有"),
        ([f"第{number}分局—内容" for number in range(7)], MAPPING, "“第4分局” 等 7 个，登记册里没有"),
        (["s1—服务"], MAPPING, "列“第一局—服务”和“s1—服务”都是 s1 service，请只留一个"),
        ([], MAPPING.replace('"时间" = "submitted_at", ', ""), "没有给出必需的列：submitted_at（提交时间）"),
        (["甲地", "乙地"], MAPPING.replace("{ ", '{ "{}地" = "channel", '), "列“甲地”和“乙地”都是 channel，请只留一个"),
        (["整体"], MAPPING.replace("{ ", '{ "整体" = "content", '), "“整体”是每行一个的 content"),
        (["第一局—内容。"], MAPPING.replace("{ ", '{ "{site}—{}" = "overall", '), "列“第一局—内容”同时符合"),
    ],
)
def test_what_is_wrong_with_the_headings_refuses_the_file_in_words(tmp_path, more, mapping, told):
    with pytest.raises(RefusedFile) as fault:
        taken(tmp_path, [[*HEAD, *more], [*ROW, *["满意" for _ in more]]], mapping)
    assert "按映射 [web] 读不了：" in str(fault.value) and told in str(fault.value)


def test_two_mappings_that_fit_refuse_the_file(tmp_path):
    with pytest.raises(RefusedFile, match=r"同时符合映射 \[web\]、\[other\]"):
        taken(tmp_path, [HEAD, ROW], MAPPING + MAPPING.replace("[web]", "[other]"))


def test_a_mapping_that_does_not_fit_says_what_is_lacking(tmp_path):
    with pytest.raises(RefusedFile) as fault:
        taken(tmp_path, [["号", "人", "第一局—内容"], ["1", "v", "满意"]], MAPPING)
    assert "缺少必需的列" in str(fault.value) and "最接近的是 [web]，文件里没有 “时间”" in str(fault.value)


def test_of_several_mappings_the_one_that_fits_is_used(tmp_path):
    other = '[other]\nballot_id = "o-{序}"\ncolumns = { "别的" = "submitted_at" }\n'
    assert taken(tmp_path, [HEAD, ROW], other + MAPPING).receipt.mapped.mapping == "web"


def test_a_file_made_to_the_contract_is_read_by_no_mapping(tmp_path):
    table = [["ballot_id", "submitted_at", "voter", "site", *HEAD], ["b", "2030-01-05", "v", "s1", *ROW]]
    got = taken(tmp_path, table, MAPPING)
    assert got.receipt.mapped is None and [row["ballot_id"] for row in got.rows] == ["b"]


@pytest.mark.parametrize("file", ["voted/file.csv", "voted/file.jsonl"])
def test_chunks_are_seamless(tmp_path, monkeypatch, file):
    """A file that is read in many parts gives the rows that it gives in one."""
    import json

    import flows.receive.chunks as chunks
    from flows.receive.chunks import RefusedFile as Refused
    from flows.receive.reader import answer

    rows = [[str(number), ROW[1], f"v{number % 7}", "满意", "", "不满意" if number % 3 else ""] for number in range(100)]
    if file.endswith("csv"):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([HEAD, *rows])
        content = text.getvalue().encode()
    else:
        content = "\n".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in rows).encode()
    home = mapped_home(tmp_path / "home", file, content, MAPPING)
    whole = take(home)

    def read(task, known, context):
        said = answer(task, context)
        if "refused" in said:
            raise Refused(said["refused"])

    monkeypatch.setattr("flows.receive.store.read_apart", read)
    for module in ("flows.receive.text_files", "flows.receive.mapped"):
        monkeypatch.setattr(f"{module}.most_rows", lambda columns: 7)
    assert chunks.ROWS > 100
    (home / "mappings" / "voted.toml").write_text(_with('blank = ["-"]'), encoding="utf-8")
    parted = take(home)
    assert parted.rows == whole.rows and len(whole.rows) == 100 + 66
    assert parted.receipt.mapped == whole.receipt.mapped


_OFF = "按映射 [qualtrics] 读不了：skip = 2 说表头下面 2 行不是数据，而"


def _qualtrics(tmp_path, taken_out: set[int]):
    """What becomes of the export without some of its rows below the header; its headings name sites and aspects themselves."""
    table = qualtrics_table()
    table[0][-4:] = [f"{site}.{aspect}" for site, aspect in CELLS]
    mapping = QUALTRICS.replace('"请评价下列网站，{site} - {aspect}"', '"{site}.{aspect}"')
    return taken(tmp_path, [row for number, row in enumerate(table) if number not in taken_out], mapping)


def test_a_ballot_in_the_place_of_a_row_of_headings_refuses_the_file(tmp_path):
    with pytest.raises(RefusedFile) as fault:
        _qualtrics(tmp_path / "one", {2})
    assert str(fault.value) == (
        f"{_OFF}第 7 行像是数据（“RecordedDate”一列是时间“2030-01-04 18:08:01”），跳过就丢了。"
        "请把这份文件里表头下面的说明行补回去（或重新导出）；文件本来就没有这些行的，请在映射里删去 skip 或改小"
    )
    with pytest.raises(RefusedFile) as fault:
        _qualtrics(tmp_path / "both", {1, 2})
    assert f"{_OFF}第 2 行像是数据（" in str(fault.value) and "；第 3 行像是数据（" in str(fault.value)
    assert len(_qualtrics(tmp_path / "none", set()).rows) == BALLOTS


_NO_TIMES = '[card]\nskip = 1\ncolumns = { "专家" = "expert_id", "{aspect}得分" = "score" }\n'
_CARD = ["专家", "网站", "内容得分", "服务得分"]


@pytest.mark.parametrize(
    ("row", "sign"),
    [
        (["甲", "第一局", "", ""], "“网站”一列是登记册里的网站“第一局”"),
        (["甲", "s1", "9O", "优"], "“网站”一列是登记册里的网站“s1”"),
        # Who judges and whom is said, or nobody knows what these would be.
        (["专家姓名", "网站名称", "满分100", "满分100"], ""),
        (["", "", "100", "100"], ""),
        (["满分", "", "100", "100"], ""),
        (["姓名", "名称", "100", "100"], ""),
    ],
)
def test_a_row_that_is_skipped_is_data_where_a_cell_says_so(tmp_path, row, sign):
    table = [_CARD, row, ["乙", "第二局", "90", "80"]]
    if sign:
        with pytest.raises(RefusedFile, match=re.escape(f"第 2 行像是数据（{sign}）")):
            taken(tmp_path, table, _NO_TIMES, "judged/card.csv")
    else:
        got = taken(tmp_path, table, _NO_TIMES, "judged/card.csv")
        assert [row["line"] for row in got.rows] == [3, 3] and not got.faults


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["甲", "内容", "90", ""], "“第一局”一列是数字“90”"),
        (["专家", "内容", "得分", "得分"], ""),
        (["满分", "", "100", "100"], ""),
    ],
)
def test_numbers_are_data_in_a_row_that_has_all_that_it_needs(tmp_path, cells, sign):
    table = [["专家", "评议内容", "第一局", "第二局"], cells, ["乙", "服务", "80", "70"]]
    mapping = '[sheet]\nskip = 1\ncolumns = { "{site}" = "score" }\n'
    if sign:
        with pytest.raises(RefusedFile, match=re.escape(f"第 2 行像是数据（{sign}）")):
            taken(tmp_path, table, mapping, "judged/sheet.csv")
    else:
        assert [row["line"] for row in taken(tmp_path, table, mapping, "judged/sheet.csv").rows] == [3, 3]


def test_a_level_is_data_and_the_number_of_a_question_is_none(tmp_path):
    head, row = ["号", "时间", "人", "第一局—内容"], ["1", "", "v", "满意"]
    with pytest.raises(RefusedFile, match=re.escape("第 2 行像是数据（“第一局—内容”一列是档次“满意”）")):
        taken(tmp_path / "level", [head, row, ROW[:4]], _with("skip = 1"))
    got = taken(tmp_path / "number", [head, ["", "", "", "1"], ROW[:4]], _with("skip = 1"))
    assert [row["line"] for row in got.rows] == [3]


def test_a_time_in_the_form_of_the_mapping_is_one_in_a_row_that_is_skipped_too(tmp_path):
    mapping = "\n".join([*_with("skip = 1").splitlines()[:2], 'time = "%m/%d/%Y %H:%M"', *_with("skip = 1").splitlines()[2:]])
    with pytest.raises(RefusedFile, match="“时间”一列是时间“1/5/2030 10:00”"):
        taken(tmp_path, [HEAD, ["1", "1/5/2030 10:00", "v", "", "", ""]], mapping)
