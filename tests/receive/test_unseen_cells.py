"""What nobody sees who opens a workbook is told with its count; what only a crafted workbook has is refused, never misread."""

import pytest

from flows.receive.chunks import RefusedFile
from tests.receive.sheets import HEADER, archive, honest, number, row, text, with_sheet

pytestmark = pytest.mark.timeout(60)

TABLE = [["site", "score"], ["s01", 88.5], ["s02", 77], ["d01", 5]]
GOOD = row(2, text("A2", "s01"), number("B2", "88.5"))
FOREIGN = 'xmlns:z="http://example.com/another"'


def _warnings(intake, draw):
    taken = intake.take("superior/a.xlsx", honest(draw, TABLE))
    assert len(taken.rows) == 3
    return taken.receipt.warnings


def _refused(intake, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.xlsx", content)
    assert "XLSX" in str(fault.value) and "另存" in str(fault.value)
    return str(fault.value)


def test_the_rows_of_other_sheets_are_counted(intake):
    def draw(book, sheet):
        second, third = book.add_worksheet("第二批"), book.add_worksheet("藏着的")
        for line in range(540):
            second.write_row(line, 0, ["s01", line])
        second.write_blank(600, 0, None, book.add_format({"bold": True}))
        third.write_row(7, 3, ["s02", 1])
        third.hide()
        book.add_worksheet("空的")
        book.add_chartsheet("图")

    (sentence,) = _warnings(intake, draw)
    assert "另有 2 张工作表有 541 行，没有读" in sentence and "第二批（540 行）" in sentence and "藏着的（1 行）" in sentence


def test_hidden_and_filtered_rows_are_counted(intake):
    def draw(book, sheet):
        sheet.autofilter(0, 0, 3, 1)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, 0)
        sheet.set_row(9, None, None, {"hidden": True})

    (sentence,) = _warnings(intake, draw)
    assert "有 2 行是隐藏的，或被筛选掉了" in sentence


def test_a_hidden_header_is_no_hidden_row(intake):
    assert _warnings(intake, lambda book, sheet: sheet.set_row(0, None, None, {"hidden": True})) == ()


def test_hidden_columns_are_counted_where_they_hold_something(intake):
    def draw(book, sheet):
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.set_column(3, 9, None, None, {"hidden": True})

    (sentence,) = _warnings(intake, draw)
    assert "有 1 列是隐藏的（B）" in sentence


def test_what_everybody_sees_is_no_warning(intake):
    def draw(book, sheet):
        sheet.set_row(1, 30)
        sheet.set_column(0, 1, 12)
        book.add_worksheet("空的")

    assert _warnings(intake, draw) == ()


@pytest.mark.parametrize(
    "rows",
    [
        HEADER + row(2, text("A2", "s01"), number("B2", "1"), number("B2", "2")),
        HEADER + row(2, text("A2", "s01"), number("B2", "1")) + row(2, text("A2", "s02"), number("B2", "2")),
        HEADER + row(3, text("A3", "s01"), number("B3", "1")) + row(2, text("A2", "s02"), number("B2", "2")),
        HEADER + row(2, number("B2", "1"), text("A2", "s01")),
        HEADER + row(2, text("A2", "s01"), number("B3", "1")),
        HEADER + row(2, text("A2", "s01"), '<c r="B2"><v>1</v><v>2</v></c>'),
        HEADER + GOOD + f'<z:row {FOREIGN} r="3"><z:c r="A3" t="inlineStr"><z:is><z:t>s02</z:t></z:is></z:c></z:row>',
        HEADER + row(2, text("A2", "s01"), f'<z:c {FOREIGN} r="B2"><z:v>7</z:v></z:c>'),
        HEADER + row(2, text("A2", "s01"), f'<c r="B2"><z:v {FOREIGN}>7</z:v></c>'),
        HEADER + row(2, text("A2", "s01")) + '<c r="B2"><v>7</v></c>',
        HEADER + f"<z:x {FOREIGN}>" + GOOD + "</z:x>",
    ],
    ids=["cell twice", "row twice", "rows astray", "cells astray", "cell of another row", "value twice", "foreign row", "foreign cell",
         "foreign value", "cell in no row", "row in another element"],
)  # fmt: skip
def test_cells_that_the_library_would_read_otherwise_than_excel_refuse_the_file(intake, rows):
    _refused(intake, with_sheet(rows))


def test_a_second_table_in_a_sheet_is_refused(intake):
    _refused(intake, with_sheet(HEADER + GOOD + "</sheetData><sheetData>" + row(3, text("A3", "s02"), number("B3", "1"))))


@pytest.mark.parametrize(
    "digits",
    ["88&#46;125", "&#56;8", "88<!-- . -->.125", "<![CDATA[88]]>", "88<?x?>5", "\n88\n", "1_0", "８８", "0x10", "&#x38;"],
)
def test_a_number_that_is_written_unusually_is_never_read_as_another(intake, digits):
    _refused(intake, with_sheet(HEADER + row(2, text("A2", "s01"), number("B2", digits))))


def test_the_cell_is_named(intake):
    assert "B2" in _refused(intake, with_sheet(HEADER + row(2, text("A2", "s01"), number("B2", "88&#46;125"))))


@pytest.mark.parametrize("digits", ["39391&#46;5", "39391<!--x-->.5", "-1", "&#51;9391"])
def test_a_day_that_is_written_unusually_is_never_read_as_another(intake, digits):
    styles = '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'
    rows = HEADER + row(2, text("A2", "s01"), number("B2", digits, 1))
    _refused(intake, with_sheet(rows, {"xl/styles.xml": styles}))


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2" t="s"><v>&#48;</v></c>',
        '<c r="B2" t="s"><v>0<!-- x --></v></c>',
        '<c r="B2" t="s"><v>-1</v></c>',
        '<c r="B2" t="b"><v>&#49;</v></c>',
        '<c r="B2" t="str"><v><![CDATA[9]]>1</v></c>',
        '<c r="B2" t="d"><v>2007-11&#45;05</v></c>',
    ],
)
def test_other_cells_that_are_written_unusually_are_refused(intake, cell):
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/sharedStrings.xml": '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>7</t></si></sst>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    }
    _refused(intake, with_sheet(HEADER + row(2, text("A2", "s01"), cell), parts))


def test_texts_with_references_are_read_as_what_they_mean(intake):
    rows = row(1, text("A1", "site"), text("B1", "score"), text("C1", "note"))
    rows += row(2, text("A2", "s&#48;1"), '<c r="B2" t="str"><v>8&#56;</v></c>', text("C2", "甲&amp;乙"))
    (taken,) = intake.take("superior/a.xlsx", with_sheet(rows)).rows
    assert (taken["site_id"], int(taken["score"]), taken["other"]) == ("s01", 88, '{"note":"甲&乙"}')


def test_names_that_others_use_behind_the_table_are_no_cells(intake):
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    behind = f"<extLst><ext><z:row {FOREIGN}><z:f>A1</z:f><z:c><z:v>9</z:v></z:c></z:row></ext></extLst>"
    sheet = f"<worksheet {main}><sheetData>{HEADER + GOOD}</sheetData>{behind}</worksheet>"
    taken = intake.take("superior/a.xlsx", archive({"xl/worksheets/sheet1.xml": sheet}))
    assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 88.5)]


def test_a_prefix_before_every_name_changes_nothing(intake):
    main = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cells = '<x:c r="A{0}" t="inlineStr"><x:is><x:t>{1}</x:t></x:is></x:c><x:c r="B{0}" t="{3}"><x:v>{2}</x:v></x:c>'
    rows = "".join(
        f'<x:row r="{line}">{cells.format(line, site, score, kind)}</x:row>'
        for line, site, score, kind in ((1, "site", "score", "str"), (2, "s01", "88.5", "n"), (3, "s02", "1", "b"))
    )
    sheet = f"<x:worksheet {main}><x:sheetData>{rows}</x:sheetData></x:worksheet>"
    taken = intake.take("superior/a.xlsx", archive({"xl/worksheets/sheet1.xml": sheet}))
    assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 88.5)]
    assert taken.faults == [(3, "score", "true")]
