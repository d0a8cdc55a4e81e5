"""XLSX files: cells of any type are read as the text a CSV file would hold, with the line a person sees."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from flows.receive.chunks import RefusedFile
from tests.receive.sheets import HEADER, honest, number, row, text, with_sheet

TABLE = [["site", "score"], ["s01", 88.5], ["s02", 77]]


def _nothing(book, sheet):
    pass


def _scores(taken):
    return [(row["site_id"], float(row["score"]), row["line"]) for row in taken.rows]


def test_the_first_row_is_the_header_and_line_2_the_first_row(intake):
    taken = intake.take("superior/a.xlsx", honest(_nothing, [*TABLE, ["nobody", 1]]))
    assert _scores(taken) == [("s01", 88.5, 2), ("s02", 77, 3)]
    assert (taken.faults, taken.receipt.warnings) == ([(4, "site", "nobody")], ())


def test_only_the_first_sheet_counts(intake):
    def draw(book, sheet):
        book.add_worksheet("更多").write_row(0, 0, ["site", "score", "s01"])

    assert len(intake.take("superior/a.xlsx", honest(draw, TABLE)).rows) == 2


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
def test_a_hidden_first_sheet_is_read_with_a_warning(intake, hide):
    def draw(book, sheet):
        book.add_worksheet("看得见").activate()
        book.worksheets()[1].set_first_sheet()
        getattr(sheet, hide)()

    taken = intake.take("superior/a.xlsx", honest(draw, TABLE))
    assert len(taken.rows) == 2
    assert len(taken.receipt.warnings) == 1 and "隐藏" in taken.receipt.warnings[0]


def test_hidden_rows_and_columns_are_read_like_others(intake):
    def draw(book, sheet):
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    assert _scores(intake.take("superior/a.xlsx", honest(draw, TABLE))) == [("s01", 88.5, 2), ("s02", 77, 3)]


def test_numbers_as_text_and_text_as_numbers_are_the_same(intake):
    def draw(book, sheet):
        sheet.write_string(1, 1, "88.5")
        sheet.write_string(2, 1, "７７分")

    assert _scores(intake.take("superior/a.xlsx", honest(draw, TABLE))) == [("s01", 88.5, 2), ("s02", 77, 3)]


def test_a_percent_cell_is_what_it_shows(intake):
    def draw(book, sheet):
        for line, form in enumerate(["0%", "0.00%", "0.0%", '0.0"%"', "0\\%"], start=1):
            sheet.write_number(line, 1, 0.925, book.add_format({"num_format": form}))

    rows = [["site", "score"], *[[site] for site in ("s01", "s02", "d01", "s01", "s02")]]
    assert _scores(intake.take("superior/a.xlsx", honest(draw, rows))) == [
        ("s01", 92.5, 2), ("s02", 92.5, 3), ("d01", 92.5, 4), ("s01", 0.925, 5), ("s02", 0.925, 6)]  # fmt: skip


def test_a_percent_cell_has_the_digits_that_were_typed(intake):
    styles = '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="10"/></cellXfs></styleSheet>'
    content = with_sheet(HEADER + row(2, text("A2", "s01"), number("B2", "0.92500000000000004", 1)), {"xl/styles.xml": styles})
    assert intake.take("superior/a.xlsx", content).rows[0]["score"] == Decimal("92.5")


def test_dates_and_times_are_read_by_what_they_are(intake):
    def draw(book, sheet):
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy年m月d日 hh:mm:ss"})
        sheet.write_datetime(1, 1, datetime(2007, 11, 5, 23, 59, 59), moment)
        sheet.write_datetime(2, 1, date(2007, 11, 6), day)
        sheet.write_number(3, 1, 39391.5)  # a date that lost its format is only a number

    header = ["ballot_id", "submitted_at", "voter", "site", "services"]
    rows = [header, *[[f"b{number}", None, "v", "s01", 1] for number in (1, 2, 3)]]
    taken = intake.take("public/a.xlsx", honest(draw, rows))
    assert [(row["submitted_at"], row["submitted_on"]) for row in taken.rows] == [
        (datetime(2007, 11, 5, 15, 59, 59), date(2007, 11, 5)), (datetime(2007, 11, 5, 16), date(2007, 11, 6))]  # fmt: skip
    assert taken.faults == [(4, "submitted_at", "39391.5")]


def test_a_month_may_be_the_date_of_its_first_day(intake):
    def draw(book, sheet):
        form = book.add_format({"num_format": "yyyy-mm"})
        for line, day in enumerate((1, 2), start=1):
            sheet.write_datetime(line, 2, date(2007, 11, day), form)

    rows = [["site", "indicator", "month", "value"], ["s01", "d1", None, 5], ["s02", "d1", None, 5]]
    taken = intake.take("daily_work/a.xlsx", honest(draw, rows))
    assert [row["month"] for row in taken.rows] == ["2007-11"]
    assert [(line, column) for line, column, _ in taken.faults] == [(3, "month")]


def test_whole_numbers_and_booleans_have_no_decimals(intake):
    rows = [
        ["item_id", "site", "name", "item_type", "approval", "reachable", "guide", "form", "online"],
        [17, "s01", "登记", "apply", True, "", "", "", ""],
    ]
    (row_,) = intake.take("service_audit/a.xlsx", honest(_nothing, rows)).rows
    assert (row_["item_id"], row_["approval"]) == ("17", True)


def test_what_a_merged_cell_shows_in_several_rows_is_the_value_of_each(intake):
    def draw(book, sheet):
        sheet.merge_range(1, 1, 2, 1, 88.5)

    taken = intake.take("superior/a.xlsx", honest(draw, [["site", "score"], ["s01"], ["s02"], ["d01", 1]]))
    assert _scores(taken) == [("s01", 88.5, 2), ("s02", 88.5, 3), ("d01", 1, 4)]
    assert len(taken.receipt.warnings) == 1 and "B2:B3" in taken.receipt.warnings[0]


def test_a_cell_merged_across_columns_sets_its_rows_aside_by_its_name(intake):
    def draw(book, sheet):
        sheet.merge_range(2, 1, 3, 2, "8")

    rows = [["site", "indicator", "points"], ["s01", "c1", 9], ["s02"], ["d01"], ["s02", "c1", 7]]
    taken = intake.take("self_check/a.xlsx", honest(draw, rows))
    assert [row["line"] for row in taken.rows] == [2, 5]
    assert taken.faults == [(3, "", ""), (4, "", "")] and all("B3:C4" in reason for reason in taken.reasons)


def test_merged_cells_beside_the_data_and_in_the_heading_are_harmless_and_named_where_a_column_lacks(intake):
    def beside(book, sheet):
        sheet.merge_range(1, 4, 1, 6, "备注")
        sheet.merge_range(5, 0, 9, 0, "")

    assert _scores(intake.take("superior/a.xlsx", honest(beside, [["site", "score"], ["s01", 88.5]]))) == [("s01", 88.5, 2)]

    def above(book, sheet):
        sheet.merge_range(0, 0, 0, 1, "2007年上级评分")

    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/b.xlsx", honest(above, [[], ["site", "score"], ["s01", 88.5]]))
    assert "A1:B1" in str(fault.value) and "site（网站）、score（得分）" in str(fault.value)


@pytest.mark.parametrize("above", [1, 2, 7])
def test_empty_rows_above_the_header_do_not_shift_the_lines(intake, above):
    rows = [*[[] for _ in range(above)], *TABLE, [], ["nobody", 1]]
    taken = intake.take("superior/a.xlsx", honest(_nothing, rows))
    assert _scores(taken) == [("s01", 88.5, above + 2), ("s02", 77, above + 3)]
    assert taken.faults == [(above + 5, "site", "nobody")]


@pytest.mark.parametrize(
    "ghost",
    [
        text("A1", ""),
        '<c r="A1" t="str"><f>""</f><v></v></c>',
        '<c r="A1" s="0"/>',
        '<c r="A1"><v></v></c>',
        '<c r="A1" t="str"><v></v></c>',
    ],
)
def test_cells_that_hold_nothing_above_the_header_do_not_shift_the_lines(intake, ghost):
    rows = row(1, ghost) + row(3, text("A3", "site"), text("B3", "score")) + row(4, text("A4", "s01"), number("B4", "88.5"))
    assert _scores(intake.take("superior/a.xlsx", with_sheet(rows))) == [("s01", 88.5, 4)]


def test_empty_columns_on_the_left_do_not_matter(intake):
    taken = intake.take("superior/a.xlsx", honest(_nothing, [[None, None, *row] for row in TABLE]))
    assert _scores(taken) == [("s01", 88.5, 2), ("s02", 77, 3)]


def test_formatted_empty_rows_at_the_end_are_no_rows(intake):
    rows = HEADER + row(2, text("A2", "s01"), number("B2", "88.5"))
    rows += "".join(row(line, f'<c r="A{line}" s="1"/>', f'<c r="XFD{line}" s="1"/>') for line in (*range(3, 500), 1_048_576))
    taken = intake.take("superior/a.xlsx", with_sheet(rows))
    assert (_scores(taken), taken.receipt.rows_in) == ([("s01", 88.5, 2)], 1)


@pytest.mark.parametrize("result", [88.5, "88.5"])
def test_a_formula_that_was_calculated_is_its_result(intake, result):
    taken = intake.take(
        "superior/a.xlsx", honest(lambda book, sheet: sheet.write_formula(1, 1, "=80+8.5", None, result), TABLE)
    )
    assert _scores(taken) == [("s01", 88.5, 2), ("s02", 77, 3)]


def test_a_formula_whose_result_is_the_empty_text_is_an_empty_cell(intake):
    rows = row(1, text("A1", "site"), text("B1", "score"), text("C1", "note")) + row(
        2, text("A2", "s01"), number("B2", "1"), '<c r="C2" t="str"><f>IF(B2,"","x")</f><v></v></c>'
    )
    assert intake.take("superior/a.xlsx", with_sheet(rows)).rows[0]["other"] == '{"note":""}'


def test_an_error_cell_is_quarantined_as_the_error_it_shows(intake):
    error = '<c r="B{0}" t="e"><f>1/0</f><v>{1}</v></c>'
    rows = HEADER + row(2, text("A2", "s01"), error.format(2, "#DIV/0!")) + row(3, text("A3", "s02"), number("B3", "77"))
    taken = intake.take("superior/a.xlsx", with_sheet(rows + row(4, text("A4", "d01"), error.format(4, "#N/A"))))
    assert _scores(taken) == [("s02", 77, 3)]
    assert taken.faults == [(2, "score", "#DIV/0!"), (4, "score", "#N/A")]


def test_a_header_alone_is_reported(intake):
    taken = intake.take("superior/a.xlsx", honest(_nothing, [["site", "score"]]))
    assert (taken.receipt.rows_in, taken.receipt.warnings) == (0, ("只有表头，没有数据行",))


@pytest.mark.parametrize(
    "rows", ["", row(1, '<c r="A1" s="0"/>'), row(1, text("A1", "")), row(9, '<c r="C9" t="str"><v></v></c>')]
)
def test_a_sheet_without_any_text_is_refused(intake, rows):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.xlsx", with_sheet(rows))
    assert "空" in str(fault.value)
