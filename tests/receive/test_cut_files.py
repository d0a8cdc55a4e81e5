"""Half-written files, cut at every byte: refused, or all whole lines are right and a warning reports the last line."""

import gzip
import json

import pytest

from flows.receive.chunks import RefusedFile

TEXT = 'site,indicator,points,evidence\n市财政局,c1,9.5,依据甲\ns02,c2,7.25,"乙,""丙"""\nd01,c1,10,丁\n'
WHOLE = [("s01", "c1", "9.5", "依据甲"), ("s02", "c2", "7.25", '乙,"丙"'), ("d01", "c1", "10", "丁")]


def _rows(taken):
    return [(row["site_id"], row["indicator"], f"{row['points'].normalize():f}", row["evidence"]) for row in taken.rows]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_cut_at_any_byte_never_loads_a_wrong_value_unannounced(intake, encoding, newline):
    content = TEXT.replace("\n", newline).encode(encoding)
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    loaded = 0
    for cut in range(len(content)):
        try:
            taken = intake.take("self_check/a.csv", content[:cut])
        except RefusedFile as fault:
            assert str(fault)
            continue
        complete = sum(end <= cut for end in ends) - 1
        rows = _rows(taken)
        warned = any("没有换行符" in warning for warning in taken.receipt.warnings)
        if complete < 1 and taken.receipt.rows_in == 0:
            assert taken.receipt.warnings == ("只有表头，没有数据行",)
            continue
        # Between the two bytes of a CRLF the last line is whole although its end is not.
        whole = max(complete, 0) + (content[cut - 1 : cut] == b"\r")
        assert rows[:whole] == WHOLE[:whole]
        assert len(rows) <= whole or warned
        assert [line for line, _, _ in taken.faults] in ([], [whole + 2])
        loaded += 1
    assert loaded > 20


def test_the_warning_names_what_to_look_at(intake):
    taken = intake.take("superior/a.csv", "site,score\ns01,88.5\ns02,7")
    assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 88.5), ("s02", 7)]
    (warning,) = taken.receipt.warnings
    assert "最后一行" in warning and "核对" in warning


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\n\n"])
def test_a_file_that_ends_with_a_line_end_has_no_warning(intake, ending):
    assert intake.take("superior/a.csv", "site,score\ns01,88.5" + ending).receipt.warnings == ()


@pytest.mark.parametrize("ending", ["", "\n"])
def test_gzip_changes_nothing_about_the_last_line(intake, ending):
    content = gzip.compress(("site,score\ns01,88.5" + ending).encode(), mtime=0)
    assert len(intake.take("superior/a.csv.gz", content).receipt.warnings) == (0 if ending else 1)


def test_utf_8_cut_inside_a_character_is_not_taken_for_gb18030(intake):
    content = "site,indicator,points,evidence\ns01,c1,9,公开依据".encode()[:-2]
    content.decode("gb18030")  # it would pass
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", content)
    assert "没有传完" in str(fault.value) and "重新传送" in str(fault.value)


def test_gb18030_whose_only_chinese_character_is_the_last_is_still_read(intake):
    content = b"site,indicator,points,evidence\ns01,c1,9," + b"\xe6\x84"
    assert intake.take("self_check/a.csv", content).rows[0]["evidence"] == b"\xe6\x84".decode("gb18030")


def test_a_gzip_file_cut_at_any_byte_is_refused(intake):
    content = gzip.compress(TEXT.encode(), mtime=0)
    for cut in range(len(content)):
        with pytest.raises(RefusedFile) as fault:
            intake.take("self_check/a.csv.gz", content[:cut])
        assert ("压缩文件" in str(fault.value)) == (cut > 0)


@pytest.mark.parametrize("index", [-1, -5, 20, 40])
def test_a_gzip_file_with_a_changed_byte_is_refused(intake, index):
    content = bytearray(gzip.compress(TEXT.encode(), mtime=0))
    content[index] ^= 0x55
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv.gz", bytes(content))
    assert "重新传送" in str(fault.value)


def test_a_csv_file_under_the_name_of_a_gzip_file_is_refused(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv.gz", TEXT)
    assert "压缩文件" in str(fault.value)


def test_a_jsonl_file_cut_at_any_byte_loads_whole_lines_only(intake):
    names = ("site", "indicator", "points", "evidence")
    content = "".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n" for row in WHOLE).encode()
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content)):
        whole = sum(end - 1 <= cut for end in ends)  # the line is whole before its line end
        if whole == 0 or not _is_utf_8(content[:cut]):
            with pytest.raises(RefusedFile):
                intake.take("self_check/a.jsonl", content[:cut])
            continue
        taken = intake.take("self_check/a.jsonl", content[:cut])
        assert _rows(taken) == WHOLE[:whole]
        between = cut in (*ends, *(end - 1 for end in ends))
        assert [line for line, _, _ in taken.faults] == ([] if between else [whole + 1])


def _is_utf_8(content):
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
