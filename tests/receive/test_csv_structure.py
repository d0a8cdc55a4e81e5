"""What stands where in a CSV file: broken rows are set aside with their line, files without a usable header are refused."""

import json

import pytest

from flows.receive.chunks import RefusedFile

HEADER = "site,score\n"


def _scores(taken):
    return [(row["site_id"], float(row["score"]), row["line"]) for row in taken.rows]


@pytest.mark.parametrize("broken", ["s02", "s02,77,x", "s02,77,", "s02,,", ",,,,"])
def test_a_row_with_the_wrong_number_of_fields_is_set_aside_and_the_others_load(intake, broken):
    taken = intake.take("superior/a.csv", f"{HEADER}s01,88\n{broken}\nd01,66\n")
    assert _scores(taken) == [("s01", 88, 2), ("d01", 66, 4)]
    assert taken.faults == [(3, "", "")]
    assert str(broken.count(",") + 1) in taken.reasons[0] and "2" in taken.reasons[0]


@pytest.mark.parametrize("broken", ['"s02"x,77', 's02,"7"7', '"s02" ,77'])
def test_a_stray_quote_breaks_its_own_row_only(intake, broken):
    taken = intake.take("superior/a.csv", f"{HEADER}s01,88\n{broken}\nd01,66\n")
    assert _scores(taken) == [("s01", 88, 2), ("d01", 66, 4)]
    assert taken.faults == [(3, "", "")] and "引号" in taken.reasons[0]


def test_a_quote_inside_an_unquoted_cell_is_part_of_it(intake):
    taken = intake.take("superior/a.csv", f'{HEADER}s01,88\ns0"2,77\n')
    assert _scores(taken) == [("s01", 88, 2)]
    assert taken.faults == [(3, "site", 's0"2')]


@pytest.mark.parametrize("tail", ['"s02,77\nd01,66\n', 's02,"77\n', '"'])
def test_a_quote_that_is_never_closed_refuses_the_file_and_names_its_line(intake, tail):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", f"{HEADER}s01,88\n{tail}")
    assert "第 3 行" in str(fault.value) and "引号" in str(fault.value)


def test_a_cell_may_span_lines_and_the_next_row_has_its_own_line(intake):
    taken = intake.take("self_check/a.csv", 'site,indicator,points,evidence\ns01,c1,9,"一\n二\r\n三"\ns02,c9,1,\nd01,c1,1,x\n')
    assert [(row["site_id"], row["evidence"], row["line"]) for row in taken.rows] == [
        ("s01", "一\n二\r\n三", 2),
        ("d01", "x", 6),
    ]
    assert taken.faults == [(5, "indicator", "c9")]


def test_a_lone_cr_inside_a_row_sets_both_halves_aside_and_shifts_nobody(intake):
    taken = intake.take("superior/a.csv", f"{HEADER}s01,88\ns02\r,77,1\nd01,66\n")
    assert _scores(taken) == [("s01", 88, 2), ("d01", 66, 5)]
    assert [line for line, _, _ in taken.faults] == [3, 4]


@pytest.mark.parametrize("blank", ["\n", "\n\n\n", ",\n", ",\n\n,\n"])
def test_blank_lines_and_rows_of_empty_cells_are_no_rows(intake, blank):
    taken = intake.take("superior/a.csv", f"{HEADER}s01,88\n{blank}s02,77\n{blank}")
    assert [row["site_id"] for row in taken.rows] == ["s01", "s02"]
    assert taken.rows[1]["line"] == 3 + blank.count("\n")
    assert taken.receipt.rows_in == 2


def test_blank_lines_before_the_header_are_skipped(intake):
    taken = intake.take("superior/a.csv", f"\n,\n{HEADER}s01,88\nnobody,1\n")
    assert (_scores(taken), taken.faults) == ([("s01", 88, 4)], [(5, "site", "nobody")])


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE html>\n<html></html>\n",
        "\ufeff<html>",
        "  \n",
        "\n\n<html><body>登录</body></html>",
        "\t<?xml version='1.0'?>\n",
    ],
)
def test_an_error_page_named_csv_is_refused(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", content)
    assert "网页" in str(fault.value) if "<" in content else "site" in str(fault.value)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.xlsx", "a.parquet"])
def test_an_empty_file_is_refused_in_every_format(intake, name):
    with pytest.raises(RefusedFile):
        intake.take(f"superior/{name}", b"")


@pytest.mark.parametrize("content", ["", "\n", "\r\n\r\n", "\ufeff", ",,\n"])
def test_a_file_without_a_header_line_is_refused_as_empty(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", content)
    assert "空文件" in str(fault.value)


@pytest.mark.parametrize("content", ["site,score", "site,score\n", "\ufeffsite,score\r\n\r\n", "site,score\n,\n"])
def test_a_header_alone_loads_nothing_and_says_so(intake, content):
    taken = intake.take("superior/a.csv", content)
    assert (taken.rows, taken.faults, taken.receipt.rows_in) == ([], [], 0)
    assert taken.receipt.warnings == ("只有表头，没有数据行",)


@pytest.mark.parametrize(
    ("header", "missing", "there"),
    [
        ("site", ["score（得分）"], ["site"]),
        ("SITE,points", ["score（得分）"], ["site"]),
        ("网站,点数", ["score（得分）"], ["site"]),
        ("site，score", ["site（网站）", "score（得分）"], []),
        ("site;score,x", ["site（网站）", "score（得分）"], []),
        ("site\tscore;x", ["site（网站）", "score（得分）"], []),
    ],
)
def test_a_missing_required_column_refuses_the_file_and_is_reported(intake, header, missing, there):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", f"{header}\ns01,88\n")
    message = str(fault.value)
    assert f"缺少必需的列：{'、'.join(missing)}；" in message and f"认得的是：{'、'.join(there) or '（无）'}" in message


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_quoted_fields_may_be_parted_by_another_mark_with_commas_within_them(intake, mark, bom):
    rows = [["site", "score", "备注, 一,二"], ["s01", "88", "a,b"], ["s02", "77,", ""]]
    content = bom + "".join(mark.join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    taken = intake.take("superior/a.csv", content)
    assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 88)]
    assert taken.faults == [(3, "score", "77,")]


@pytest.mark.parametrize("header", ['"site","score","备注;x', '"site,"score;x'])
def test_a_header_whose_quotes_are_wrong_is_parted_by_nothing_else(intake, header):
    with pytest.raises(RefusedFile, match="引号"):
        intake.take("superior/a.csv", f"{header}\ns01,88,1\n")


@pytest.mark.parametrize("header", ["site,score,score", "site, site ,score", "site,score,ｓｃｏｒｅ", "site,score,x,x"])
def test_a_header_that_names_a_column_twice_is_refused(intake, header):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", f"{header}\n" + "s01,1,1,1\n"[: 2 * header.count(",") + 4])
    assert "重复" in str(fault.value)


def test_a_header_of_two_thousand_and_one_columns_is_refused(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", ",".join(f"c{number}" for number in range(2001)) + "\n")
    assert "2001" in str(fault.value)


def test_columns_go_by_name_in_any_order_and_any_width_of_letters(intake):
    taken = intake.take("self_check/a.csv", " points ,ｅｖｉｄｅｎｃｅ,\u200bindicator,site\n9,甲,c1,s01\n8,乙,c9,s01\n")
    (row,) = taken.rows
    assert (row["site_id"], row["indicator"], float(row["points"]), row["evidence"]) == ("s01", "c1", 9, "甲")
    assert taken.faults == [(3, "indicator", "c9")]


def test_columns_that_the_contract_does_not_list_are_kept_as_json(intake):
    taken = intake.take("superior/a.csv", 'site,备注,score,,line\ns01,"说""明",88,甲,7\ns02,,77,,\n')
    assert [json.loads(row["other"]) for row in taken.rows] == [
        {"备注": '说"明', "（第 4 列）": "甲", "line": "7"},
        {"备注": "", "（第 4 列）": "", "line": ""},
    ]
    assert [row["line"] for row in taken.rows] == [2, 3]


def test_without_such_columns_there_is_no_json(intake):
    assert intake.take("superior/a.csv", f"{HEADER}s01,88\n").rows[0]["other"] is None


def test_lines_stay_right_beyond_the_rows_that_are_read_at_a_time(intake, read_here, monkeypatch):
    monkeypatch.setattr("flows.receive.chunks.ROWS", 3)
    lines = "".join(f"{'s01' if number % 2 else '?'},{number}\n" for number in range(2, 12))
    taken = intake.take("superior/a.csv", HEADER + lines)
    assert [row["line"] for row in taken.rows] == [3, 5, 7, 9, 11]
    assert [line for line, _, _ in taken.faults] == [2, 4, 6, 8, 10]
    assert all(float(row["score"]) == row["line"] for row in taken.rows)
