"""Messages that lead to the fault: what a file really is, where it was cut, which other row it repeats, what it must not show."""

import gzip
import io
import json
import zipfile

import pytest

from flows.errors import OperatorError
from flows.receive.chunks import RefusedFile
from flows.receive.hints import hints
from tests.receive.sheets import honest
from tests.receive.test_personal_data import assert_nowhere

TEXT = "site,indicator,points,evidence\n市财政局,c1,9,依据甲\n市教委,c2,7.5,依据乙\n浦东新区,c1,1,依据丙\n"


def _refused(intake, name, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take(name, content)
    return str(fault.value)


@pytest.mark.parametrize("index", range(3))
def test_gb18030_cut_within_a_character_says_up_to_which_line_it_reads(intake, index):
    cut = [
        TEXT.encode("gb18030").index(word.encode("gb18030")) + len(word.encode("gb18030")) - 1
        for word in ("据甲", "依据乙", "丙")
    ][index]
    message = _refused(intake, "self_check/a.csv", TEXT.encode("gb18030")[:cut])
    assert f"第 1 至 {index + 1} 行按 GB18030 都读得出，第 {index + 2} 行" in message
    assert "没有传完" in message and "不要打开后另存" in message and "另存为" not in message


def test_gb18030_cut_in_its_first_line_says_so(intake):
    message = _refused(intake, "self_check/a.csv", "网站,指标".encode("gb18030")[:-1])
    assert "第 1 行在一个 GB18030 字符的中间断了" in message


def test_utf_8_cut_within_a_character_says_up_to_which_line_it_reads(intake):
    message = _refused(intake, "self_check/a.csv", TEXT.encode()[:-2])
    assert "第 1 至 3 行按 UTF-8 都读得出，第 4 行" in message and "不要打开后另存" in message


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_byte_of_no_encoding_is_reported_by_its_line_also_behind_a_megabyte(intake, newline):
    lines = ["site,indicator,points,evidence", *["s01,c1,9,依据"] * 80_000, "s02,c1,9,"]
    content = newline.join(lines).encode() + b"\xff,\n"
    message = _refused(intake, "self_check/a.csv", content)
    assert "既不是 UTF-8（第 80002 行起）" in message and "GB18030（第 " in message


def test_a_marked_file_with_another_byte_is_reported_by_its_line(intake):
    message = _refused(intake, "self_check/a.csv", b"\xef\xbb\xbf" + TEXT.encode() + "依".encode("gb18030") + b",\n")
    assert "开头标明是 UTF-8，第 5 行" in message


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"PK\x03\x04" + bytes(60), "XLSX 工作簿或 ZIP"), ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(60), ".xls"), ("a.csv", b"PAR1" + bytes(60), "Parquet"),
        ("a.csv", gzip.compress(TEXT.encode() * 20, mtime=0), "gzip"), ("a.csv", b"SQLite format 3\0" + bytes(60), "SQLite"), ("a.xlsx", TEXT.encode(), "压缩包打不开"),
        ("a.xlsx", b"<html></html>", "网页"), ("a.xlsx", b"", "空文件"), ("a.parquet", b"PK\x03\x04" + bytes(60), "XLSX"), ("a.parquet", TEXT.encode(), "没有传完，或已损坏"),
        ("a.csv.gz", TEXT.encode(), "不是 gzip 格式"), ("a.csv.gz", b"PK\x03\x04" + bytes(60), "XLSX"), ("a.jsonl", b"PK\x03\x04" + bytes(60), "XLSX"),
        ("a.xlsx", gzip.compress(TEXT.encode()), "gzip"), ("a.xlsx", b"%PDF-1.7" + bytes(60), "PDF"),
        ("a.csv", b"%PDF-1.7\n1 0 obj <<>> endobj\n" * 3, "PDF"),
    ],
)  # fmt: skip
def test_what_a_file_really_is_is_reported_in_our_own_words(intake, name, content, what):
    message = _refused(intake, f"self_check/{name}", content)
    assert what in message and "请" in message
    assert not [word for word in ("File", "zip file", "Not a", "magic", "Error") if word in message]


def test_a_workbook_with_a_password_is_reported_by_it(intake):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
    message = _refused(intake, "self_check/a.xlsx", content)
    assert "密码" in message and "去掉密码" in message


def test_an_old_workbook_under_the_name_of_a_new_one_is_reported(intake):
    assert ".xls" in _refused(intake, "self_check/a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))


def test_a_workbook_cut_short_says_that_it_was_cut(intake):
    buffer = io.BytesIO(honest(lambda book, sheet: None, [["site", "score"], ["s01", 1]]))
    assert zipfile.is_zipfile(buffer)
    assert "没有传完" in _refused(intake, "superior/a.xlsx", buffer.getvalue()[:-200])


def test_a_formula_without_a_value_is_reported_with_the_columns_that_lack(intake):
    message = _refused(intake, "superior/a.xlsx", _uncalculated())
    assert "缺少必需的列：score（得分）；" in message and "scroe（是不是 score？）" in message and "公式" in message


def _uncalculated():
    from tests.receive.sheets import row, text, with_sheet

    return with_sheet(row(1, text("A1", "site"), text("B1", "scroe")) + row(2, text("A2", "s01"), '<c r="B2"><f>1+1</f></c>'))


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("America/New_York", "2007-03-11 02:30:00"),
        ("Asia/Shanghai", "1986-05-04 02:30:00"),
        ("America/Sao_Paulo", "2007-10-14"),
        ("Europe/Berlin", "2007-03-25T02:00"),
    ],
)
def test_a_time_that_the_clocks_skip_is_reported_as_that(home, zone, written):
    home.change_scheme('"Asia/Shanghai"', f'"{zone}"')
    taken = home.take("public/a.csv", f"ballot_id,submitted_at,voter,site,services\nb1,{written},v1,s01,1\n")
    assert taken.faults == [(2, "submitted_at", written)]
    assert "拨快时钟" in taken.reasons[0] and zone in taken.reasons[0] and "ISO 8601" not in taken.reasons[0]


BALLOTS = "ballot_id,submitted_at,voter,site,disclosure,services,overall\n"


def _reasons(home):
    with home.loaded("public") as connection:
        return connection.execute("select file, line, reason from raw.quarantine order by file, line").fetchall()


def test_a_row_that_repeats_another_names_it_and_says_that_they_are_the_same(home):
    rows = [f"c{number},2007-11-05 10:00:00,v{number},s01,满意,一般,满意\n" for number in range(4)]
    home.put("public/export-1.csv", BALLOTS + "".join(rows[:2]))
    home.put("public/export-2.csv", BALLOTS + "".join(rows))
    reasons = _reasons(home)
    (file,) = {file for file, _, _ in reasons}
    other = {"export-1.csv": "export-2.csv", "export-2.csv": "export-1.csv"}[file]
    assert [reason for _, _, reason in reasons] == [
        f"与 {other} 第 {line} 行的 ballot_id 相同，只能有一行；两行完全相同" for line in (2, 3)
    ]


@pytest.mark.parametrize(
    ("second", "differing"),
    [("b1,2007-11-06 10:00:00,13800000001,s01,满意,一般,满意", "submitted_at"), ("b1,2007-11-05 10:00:00,13800000002,s02,满意,一般,满意", "voter、site"),
     ("b1,2007-11-05 10:00:00,13800000001,s01,一般,一般,不满意", "各项评分、overall"), ("b1,2007-11-05 10:00:00,13800000001,s01,满意,一般,满意", "")],
)  # fmt: skip
def test_a_row_that_shares_an_id_says_in_which_columns_they_differ(home, second, differing):
    first = "b1,2007-11-05 10:00:00,13800000001,s01,满意,一般,满意"
    home.put("public/web.csv", f"{BALLOTS}{first}\n{second}\n")
    ((_, line, reason),) = _reasons(home)
    assert reason.startswith(f"与 本文件 第 {5 - line} 行的 ballot_id 相同，只能有一行；")
    assert reason.endswith(f"两行的 {differing} 不同" if differing else "两行完全相同")


def test_a_cumulative_export_is_reported_once_and_not_row_by_row(home):
    home.change_scheme("max_quarantined = 0.5", "max_quarantined = 0.1")
    rows = [f"c{number},2007-11-05 10:00:00,v{number},s01,满意,一般,满意\n" for number in range(40)]
    home.put("public/export-1.csv", BALLOTS + "".join(rows[:20]))
    home.put("public/export-2.csv", BALLOTS + "".join(rows))
    with home.loaded("public") as connection, pytest.raises(OperatorError) as fault:
        home.check(connection, "public")
    (sentence,) = fault.value.faults
    assert "累计导出" in fault.value.summary and "只留最新的一份" in fault.value.summary
    assert (
        "20 行（如第 2 行 ballot_id 列“c0”）：与 export-" in sentence
        and "的 ballot_id 相同，只能有一行；两行完全相同" in sentence
    )


def test_a_row_of_another_source_is_reported_with_its_folder(home):
    row = "z1,2007-11-05 10:00:00,v,s01,满意,一般,满意\n"
    home.put("public/a.csv", BALLOTS + row)
    home.put("hotline/a.csv", BALLOTS + row)
    with home.loaded("public", "hotline") as connection:
        ((dataset, reason),) = connection.execute("select dataset, reason from raw.quarantine").fetchall()
    other = {"public": "hotline", "hotline": "public"}[dataset]
    assert reason == f"与 {other}/a.csv 第 2 行的 ballot_id 相同，只能有一行；两行的 来源 不同"


def test_an_id_that_may_be_a_persons_is_not_shown_where_it_comes_twice(home):
    rows = "".join(f"13912345678,2007-11-05 10:00:00,v{number},s01,满意,一般,满意\n" for number in range(2))
    home.put("public/a.csv", BALLOTS + rows)
    with home.loaded("public") as connection:
        ((value, reason),) = connection.execute("select value, reason from raw.quarantine").fetchall()
    assert value == "（不显示：可能是个人信息）" and "139" not in reason


def test_a_file_cut_in_its_last_row_says_what_became_of_it(intake):
    (warning,) = intake.take("superior/a.csv", "site,score,note\ns01,1,\ns02,2").receipt.warnings
    assert "没有传完" in warning and "不完整，已作为不合格行搁置" in warning
    (warning,) = intake.take("superior/b.csv", "site,score,note\ns01,1,\ns02,2,x").receipt.warnings
    assert "没有传完" in warning and "已按完整的行读入" in warning


def test_every_kind_of_fault_of_a_file_is_reported_at_once_with_how_often_it_comes(home):
    rows = "".join(f"查无此站,{200 + number}\n" for number in range(7)) + "s01,不是数\ns02,5\n"
    home.put("superior/scores.csv", f"site,score\n{rows}")
    with home.loaded("superior") as connection, pytest.raises(OperatorError) as fault:
        home.check(connection, "superior")
    (sentence,) = fault.value.faults
    assert (
        "7 行（如第 2 行 site 列“查无此站”）" in sentence
        and "7 行（如第 2 行 score 列“200”）" in sentence
        and "第 9 行 score 列“不是数”" in sentence
    )


def test_refused_files_and_files_with_too_many_faulty_rows_come_in_one_error(home):
    home.put("superior/scores.csv", "site,score\n?,1\n")
    home.put("expert/a.csv", "site\n")
    with home.loaded() as connection, pytest.raises(OperatorError) as fault:
        home.check(connection)
    assert [sentence.split("：")[0] for sentence in fault.value.faults] == [
        "raw/2007/expert/a.csv",
        "raw/2007/superior/scores.csv",
    ]
    assert "1 个文件无法接收，有 1 个文件的不合格行太多" in fault.value.summary


PRIVATE = {"手机号": "13912345678", "姓名": "欧阳锋某", "来自IP": "203.0.113.77", "email": "ouyang@example.cn"}


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx"])
def test_of_columns_that_nobody_asked_for_ballots_keep_the_names_only(home, name):
    (home.raw / "public" / "web.csv").unlink()
    cells = {
        "ballot_id": "b1",
        "submitted_at": "2007-11-05T10:00:00",
        "voter": "v1",
        "site": "s01",
        "disclosure": "满意",
        "services": "满意",
    } | PRIVATE
    content = {
        "a.csv": ",".join(cells) + "\n" + ",".join(cells.values()) + "\n",
        "a.jsonl": json.dumps(cells, ensure_ascii=False) + "\n",
        "a.xlsx": honest(lambda book, sheet: None, [list(cells), list(cells.values())]),
    }[name]
    home.put(f"public/{name}", content)
    (sentence,) = hints(home.scheme, home.receive("public"))
    assert all(column in sentence for column in PRIVATE) and "没有保存内容" in sentence
    with home.loaded("public") as connection:
        connection.execute("copy raw.ballots to ? (format csv)", [str(home.folder / "ballots.csv")])
        connection.execute("checkpoint")
    assert_nowhere(home, *PRIVATE.values())


SHIFTED = {
    "one to the left": "b1,2007-11-05 10:00:00,s01,13912345678,满意,203.0.113.77",
    "the voter in the site": "b1,2007-11-05 10:00:00,市财政局,欧阳锋某,满意,",
    "an identity number for a level": "b1,2007-11-05 10:00:00,v1,s01,11010519491231002X,",
    "a mail address for a time": "b1,ouyang@example.cn,v1,s01,满意,",
    "an address for a level": "b1,2007-11-05 10:00:00,v1,s01,2001:db8:0:1:1:1:1:1,",
}


@pytest.mark.parametrize("row", SHIFTED.values(), ids=SHIFTED.keys())
def test_what_may_be_a_persons_is_not_shown_in_quarantine_although_it_stands_in_another_column(intake, row):
    taken = intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,services,origin\n{row}\n")
    ((_, _, value),) = taken.faults
    assert value == "（不显示：可能是个人信息）"
    assert all(
        "139" not in str(part) and "欧阳" not in str(part) for part in (taken.faults, taken.reasons, taken.receipt.findings)
    )


def test_what_is_nobodys_is_shown_as_it_stands(intake):
    taken = intake.take(
        "public/a.csv",
        "ballot_id,submitted_at,voter,site,services\nb1,2007-11-05 10:00:00,v1,市財政局,满意\nb2,2007-11-05 10:00:00,v1,s01,一半\n",
    )
    assert [value for _, _, value in taken.faults] == ["市財政局", "一半"]
