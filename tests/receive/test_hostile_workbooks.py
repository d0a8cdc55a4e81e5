"""XLSX files that are damaged, that cannot be read in full, or that would take the machine with them: refused."""

import io
import random
import struct
import zipfile

import pytest

from flows.receive.chunks import RefusedFile
from tests.receive.home import peak_memory
from tests.receive.sheets import HEADER, archive, honest, number, row, text, with_sheet

GOOD = row(2, text("A2", "s01"), number("B2", "88.5"))
TABLE = honest(lambda book, sheet: None, [["site", "score"], ["s01", 88.5], ["s02", 77]])


def _refused(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.xlsx", content)
    return str(fault.value)


@pytest.mark.parametrize(
    "formula",
    [
        '<c r="B2"><f>1+1</f></c>',
        '<c r="B2"><f>1+1</f><v></v></c>',
        '<c r="B2" t="str"><f>A2</f></c>',
        '<c r="B2"><f t="shared" si="0"/></c>',
    ],
)
def test_a_formula_without_a_value_refuses_the_file_and_names_the_cell(intake, formula):
    message = _refused(
        intake, with_sheet(HEADER + row(2, text("A2", "s01"), formula) + row(3, text("A3", "s02"), '<c r="B3"><f>9</f></c>'))
    )
    assert "单元格 B2" in message and "公式" in message and "Excel" in message


@pytest.mark.parametrize(
    "far",
    [
        number("XFD1048576", "1"),
        text("XFD1048576", "x"),
        text("XFD1048576", ""),
        '<c r="XFD1048576" t="str"><v></v></c>',
        '<c r="XFD1048576" t="e"><v>#N/A</v></c>',
    ],
)
@pytest.mark.parametrize("order", ["alone", "row first"])
def test_four_kilobytes_that_span_seventeen_milliards_of_cells_are_refused(intake, far, order):
    last = row(1_048_576, far)
    content = with_sheet(HEADER + GOOD + last if order == "alone" else last + HEADER + GOOD)
    assert len(content) < 4096
    message = _refused(intake, content)
    assert "1048576" in message and "XFD" in message and "删去" in message


@pytest.mark.parametrize(
    "reference",
    ["xfd1048576", "$XFD$1048576", "XFE1", "A1048577", "AAAA1", "AAAAAA99999999", "A0", "A01", "1A", "", "A-5", "Ａ1", "B2 "],
)
def test_a_cell_that_cannot_be_in_a_sheet_is_refused(intake, reference):
    assert "XLSX" in _refused(intake, with_sheet(HEADER + GOOD + row(3, number(reference, "1"))))


@pytest.mark.parametrize("line", ["abc", "-7", "1.5", "9" * 30, ""])
def test_a_row_that_cannot_be_in_a_sheet_is_refused(intake, line):
    assert "XLSX" in _refused(intake, with_sheet(HEADER + GOOD + f'<row r="{line}"><c><v>1</v></c></row>'))


def test_a_cell_that_only_the_survey_sees_is_refused(intake):
    error = row(9, text("A9", "s02"), '<c r="B9" t="e"><v>#N/A</v></c>')
    assert "XLSX" in _refused(intake, with_sheet(HEADER + GOOD + "</sheetData><sheetData>" + error))


def test_cells_without_references_are_counted_in_their_place(intake):
    plain = '<row><c t="inlineStr"><is><t>site</t></is></c><c t="inlineStr"><is><t>score</t></is></c></row>'
    taken = intake.take(
        "superior/a.xlsx", with_sheet(plain + '<row><c t="inlineStr"><is><t>s01</t></is></c><c><v>5</v></c></row>')
    )
    assert [(row["site_id"], float(row["score"]), row["line"]) for row in taken.rows] == [("s01", 5, 2)]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/image1.png"])
def test_hundreds_of_megabytes_of_zeros_are_refused_in_little_memory(intake, part):
    content = archive({} if "sheet1" in part else {"xl/worksheets/sheet1.xml": HEADER})
    zeros = _with_zeros(content, part, megabytes=300)
    assert len(zeros) < 1 << 20
    intake.take("superior/first.xlsx", TABLE)
    before = peak_memory()
    message = _refused(intake, zeros)
    assert "300 MB" in message and "CSV" in message
    assert peak_memory() - before < 50 << 10


def _with_zeros(content, part, megabytes):
    buffer, block = io.BytesIO(content), bytes(1 << 20)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as file, file.open(part, "w", force_zip64=True) as stream:
        for _ in range(megabytes):
            stream.write(block)
    return buffer.getvalue()


def test_a_part_that_lies_about_its_size_is_refused(intake):
    content = archive({"xl/worksheets/sheet1.xml": HEADER + GOOD, "xl/sharedStrings.xml": bytes(5_000_001)})
    content = content.replace(struct.pack("<L", 5_000_001), struct.pack("<L", 1000))
    assert "XLSX" in _refused(intake, content)


def test_two_thousand_and_one_parts_are_refused(intake):
    assert "2005" in _refused(intake, archive({f"xl/media/{number}": b"" for number in range(2001)}))


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(intake, name, tmp_path):
    path = tmp_path / "two.xlsx"
    path.write_bytes(with_sheet(HEADER + GOOD))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, "<worksheet/>")
    assert "同名" in _refused(intake, path.read_bytes())


_ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("before", ["<!DOCTYPE worksheet>", _ENTITIES])
def test_a_doctype_in_the_sheet_is_refused(intake, before):
    assert "DOCTYPE" in _refused(intake, with_sheet(HEADER + row(2, text("A2", "s01"), text("B2", "1")), before=before))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
def test_a_doctype_in_any_part_that_is_read_whole_is_refused(intake, part):
    assert "DOCTYPE" in _refused(intake, with_sheet(HEADER + GOOD, {part: _ENTITIES + "<a>&c;</a>"}))


def test_a_workbook_cut_at_any_place_is_refused(intake):
    for cut in range(0, len(TABLE), 41):
        assert "XLSX" in _refused(intake, TABLE[:cut])


def test_a_damaged_workbook_is_refused_or_read_rightly_and_nothing_else(intake):
    draw, refused, read = random.Random(2007), 0, 0
    for _ in range(150):
        content = bytearray(TABLE)
        for _ in range(draw.choice([1, 1, 2, 8])):
            content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            taken = intake.take("superior/a.xlsx", bytes(content))
        except RefusedFile as fault:
            assert "请" in str(fault)
            refused += 1
        else:
            assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 88.5), ("s02", 77)]
            read += 1
    assert refused > 50 and read > 10


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"<html>", b"site,score\ns01,88\n", archive({}), archive({"xl/workbook.xml": "<workbook/>"}),
     archive({"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}), archive({"xl/_rels/workbook.xml.rels": "<Relationships/>"})],
    ids=["xls", "html", "csv", "no sheet", "no sheets", "cut xml", "no relation"],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_with_what_to_do(intake, content):
    message = _refused(intake, content)
    assert "工作" in message and ("另存" in message or "没有工作表" in message)
