"""CSV bytes: a BOM, strict UTF-8, strict GB18030, in this order; everything else is refused, nothing is guessed."""

import codecs

import pytest

from flows.receive.chunks import RefusedFile

TEXT = "site,indicator,points,evidence\n市财政局,c1,9,依据甲\n市教委,c2,7.5,㐀𠮷é€\n"
LINES = [2, 3]
EVIDENCE = ["依据甲", "㐀𠮷é€"]


def _evidence(taken):
    return [row["evidence"] for row in taken.rows]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_permitted_encodings_and_line_ends_give_the_same_rows(intake, encoding, newline):
    taken = intake.take("self_check/a.csv", TEXT.replace("\n", newline).encode(encoding))
    assert [row["site_id"] for row in taken.rows] == ["s01", "s02"]
    assert _evidence(taken) == EVIDENCE
    assert [row["line"] for row in taken.rows] == LINES
    assert (taken.faults, taken.receipt.warnings) == ([], ())


def test_four_byte_characters_of_gb18030_are_read(intake):
    content = TEXT.encode("gb18030")
    assert "㐀𠮷é€".encode("gb18030") in content and len("𠮷".encode("gb18030")) == 4
    assert _evidence(intake.take("self_check/a.csv", content)) == EVIDENCE


def test_a_gb18030_file_may_begin_with_its_own_byte_order_mark(intake):
    assert _evidence(intake.take("self_check/a.csv", ("\ufeff" + TEXT).encode("gb18030"))) == EVIDENCE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("marked", [True, False])
def test_utf_16_and_32_are_refused_by_their_name(intake, encoding, marked):
    mark = "\ufeff".encode(encoding) if marked and not encoding.endswith(("16", "32")) else b""
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", mark + TEXT.encode(encoding))
    assert f"UTF-{encoding[4:6]}" in str(fault.value) and "另存为“CSV UTF-8" in str(fault.value)


@pytest.mark.parametrize("tail", [b"\xff", b"\x81", b"\xa1\x20", b"\x81\x30\x81"])
def test_bytes_of_neither_encoding_are_refused(intake, tail):
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", TEXT.encode("gb18030") + b"s01,c2,1," + tail)
    assert "UTF-8" in str(fault.value) and "GB18030" in str(fault.value)


def test_after_a_utf_8_mark_only_utf_8_is_tried(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", codecs.BOM_UTF8 + TEXT.encode("gb18030"))
    assert "UTF-8" in str(fault.value)


def test_big5_that_passes_for_gb18030_gives_no_site_another_name(intake):
    content = "site,indicator,points\n市財政局,c1,9\n市教育委員會,c1,8\n".encode("big5")
    content.decode("gb18030")  # which is why it cannot be refused as a file
    taken = intake.take("self_check/a.csv", content)
    assert taken.rows == []
    assert [(line, column) for line, column, _ in taken.faults] == [(2, "site"), (3, "site")]


@pytest.mark.parametrize("position", ["header", "cell", "end"])
def test_a_nul_byte_is_refused_wherever_it_stands(intake, position):
    content = {"header": "site\0,indicator,points\ns01,c1,9\n", "cell": "site,indicator,points\ns01,c1,9\0\n",
               "end": "site,indicator,points\ns01,c1,9\n\0"}[position]  # fmt: skip
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", content)
    assert "NUL" in str(fault.value)


def test_a_line_longer_than_four_megabytes_is_refused(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("self_check/a.csv", "site,indicator,points,evidence\ns01,c1,9," + "长" * (2 << 20) + "\n")
    assert "4 MB" in str(fault.value)


def test_a_bad_byte_behind_a_megabyte_of_good_ones_is_found(intake):
    good = "s01,c1,9,依据\n".encode() * 80_000
    with pytest.raises(RefusedFile):
        intake.take("self_check/a.csv", b"site,indicator,points,evidence\n" + good + b"s01,c1,9,\xff\n")
