"""The workbooks themselves: what is locked, what may be chosen and typed, and that they follow from the scheme and the register."""

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from flows.datasets import Column, Dataset, IndicatorPoints, Number, OneOf, Text, site
from flows.receive.headings import of_dataset
from flows.templates import write_templates
from flows.templates.fields import field_of
from flows.templates.model import Handout, Site, headings_of, words
from flows.templates.names import file_names
from flows.templates.workbook import workbook
from tests.receive.correct import YEAR
from tests.receive.home import Home
from tests.templates.filling import Workbook


def books(home: Home) -> dict[str, Workbook]:
    folder = home.folder / "templates" / str(YEAR)
    return {path.relative_to(folder).as_posix(): Workbook.of(path) for path in sorted(folder.glob("*/*.xlsx"))}


def test_only_what_is_asked_for_can_be_changed(handouts):
    for name, book in books(handouts.home).items():
        rows = book.rows()
        assert book.is_protected, name
        assert all(book.is_locked(f"{book.column(heading)}1") for heading in book.headings), name
        open_columns = {heading for heading in book.headings if not book.is_locked(f"{book.column(heading)}2")}
        filled = (
            {heading for heading, cell in zip(book.headings, rows[1], strict=True) if cell is not None}
            if len(rows) > 1
            else set()
        )
        assert open_columns == {*book.headings} - filled == set(book.rules), name
        last = len(rows) if len(rows) > 1 else 500
        once = {heading for heading in open_columns if last > 2 and book.is_locked(f"{book.column(heading)}3")}
        assert once == ({"专家", "专家类别", "评议日期"} if name.startswith("expert/") else set()), name
        for heading in open_columns - once:
            assert not book.is_locked(f"{book.column(heading)}{last}"), name
        if len(rows) > 1:
            assert book.is_locked(f"A{last + 1}"), f"{name}: rows below the table would be read as rows of it"


def test_no_cell_is_a_formula_and_no_sheet_is_open(handouts):
    for name, book in books(handouts.home).items():
        sheets = [part for path, part in book.parts.items() if path.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(book.sheets) and not any(b"<f>" in part or b"<f " in part for part in sheets), name
        assert all(b"<sheetProtection" in part for part in sheets), name
        assert not any("vba" in path.lower() or "external" in path.lower() for path in book.parts), name
        assert b"hidden" not in sheets[0]


def test_the_first_sheet_is_the_table_and_the_second_says_how_to_fill_it_in(handouts):
    book = handouts.book("self_check", "s02_市教育委员会.xlsx")
    assert list(book.sheets) == ["网站自查", "填写说明"]
    assert book.rows() == [
        ["网站", "指标", "满分", "得分", "依据"],
        ["市教育委员会", "公开", 10, None, None],
        ["市教育委员会", "办事", 7.5, None, None],
    ]
    told = [" ".join(str(cell) for cell in row if cell) for row in book.rows(book.tree("xl/worksheets/sheet2.xml"))]
    assert told[0] == "2007年试评议：网站自查"
    assert "网站：市教育委员会" in told
    assert list(handouts.book("self_check_verified").sheets) == ["网站自查（核实）", "填写说明"]
    assert "得分 必填：0 到该指标满分的数" in told and "依据 选填：文字" in told


def test_it_is_printed_on_a4_with_its_header_on_every_page_and_has_a_font_of_windows(handouts):
    for name, book in books(handouts.home).items():
        sheet = ElementTree.tostring(book.sheet, encoding="unicode")
        assert re.search(r'pageSetup [^>]*paperSize="9"', sheet) and "fitToPage" in sheet, name
        assert "Print_Titles" in book.parts["xl/workbook.xml"].decode(), name
        assert 'state="frozen"' in sheet, name
        if name.startswith("expert/"):
            assert 'xSplit="4"' in sheet and 'ySplit="1"' in sheet
        fonts = set(re.findall(r'<(?:name|rFont) val="([^"]*)"', book.parts["xl/styles.xml"].decode()))
        assert fonts == {"宋体"}, name


def test_bounds_and_choices_are_those_of_the_scheme(handouts):
    claims = handouts.book("self_check").rules["得分"]
    assert (claims.cells, claims.kind, claims.least, claims.most) == ("D2:D3", "decimal", "0", "$C2")
    assert handouts.book("self_check").given("满分") == [10, 7.5]
    score = handouts.book("superior").rules["得分"]
    assert (score.kind, score.least, score.most, score.cells) == ("decimal", "0", "100", "B2:B4")
    assert "0 到 100" in score.prompt and "0 到 100" in score.error
    audit = handouts.book("service_audit").rules
    assert audit["事项类型"].choices == ("在线受理", "状态查询")
    assert audit["网站"].choices == ("市财政局", "市教育委员会")
    assert audit["审批事项"].choices == ("是", "否")
    assert (audit["核查日期"].kind, audit["核查日期"].least, audit["核查日期"].most) == ("date", "39083", "39447")
    assert handouts.book("public").rules["信息公开"].choices == ("满意", "一般", "不满意")
    assert handouts.book("public").rules["网站"].choices == ("市财政局", "市教育委员会", "浦东新区")


def test_a_month_is_asked_for_once_and_none_outside_the_period(home):
    home.change_scheme('kind = "records"\n', 'kind = "records"\nopens = 2007-11-15\ncloses = 2008-01-10\n')
    write_templates(home.home, YEAR, only=["daily_work"])
    book = books(home)["daily_work/daily_work.xlsx"]
    assert book.given("月份") == ["2007-11", "2007-12", "2008-01"] * 2
    assert book.given("计分办法") == ["满分 20，按目标完成率计分，目标 30"] * 6


def test_what_the_crawl_measures_is_nobodys_to_fill_in(home):
    home.change_scheme(
        '{ id = "d1", label = "报送", max = 20, rule = "ratio", target = 30 }',
        '{ id = "d1", label = "死链", max = 20, rule = "deduct", per = 1, from_crawl = "dead_links" }',
    )
    summary = write_templates(home.home, YEAR, only=["daily_work"])
    assert (summary.files, summary.nothing) == ({}, ("daily_work",))
    assert summary.sentence == "2007年试评议：没有要做的填报表。"
    assert [remark.partition("（")[0] for remark in summary.remarks] == ["daily_work 没有要人填写的内容"]


def test_only_sites_whose_groups_weigh_a_source_are_asked(handouts):
    assert handouts.names("self_check") == ["s01_市财政局.xlsx", "s02_市教育委员会.xlsx"]
    assert handouts.book("superior").given("网站") == ["市财政局", "市教育委员会", "浦东新区"]


def test_things_of_one_label_go_by_their_ids(home):
    home.change_scheme('label = "办事", max = 7.5', 'label = "公开", max = 7.5')
    write_templates(home.home, YEAR, only=["self_check"])
    book = books(home)["self_check/s01_市财政局.xlsx"]
    assert book.given("指标") == ["c1", "c2"]
    for line in (2, 3):
        book.put("得分", line, line)
    taken = home.take("self_check/back.xlsx", book.saved())
    assert [(row["indicator"], row["points"]) for row in taken.rows] == [("c1", 2), ("c2", 3)]


def test_names_that_are_markup_or_formulas_stay_names(home):
    strange = ['<局> & "处" ]]>', "=1+1", "_x0041_局", "甲,乙", "a/b:c*d?.xlsx", "12306"]
    rows = "".join(f'x{number},department,"{name.replace(chr(34), chr(34) * 2)}"\n' for number, name in enumerate(strange))
    home.change_scheme("sites = 2\n", f"sites = {len(strange)}\n")
    home.put("sites.csv", f"site_id,group,name\n{rows}d01,district,浦东新区\n")
    write_templates(home.home, YEAR, only=["self_check", "service_audit"])
    found = books(home)
    assert [name for name in found if name.startswith("self_check/")] == [
        "self_check/x0__局_____处_____.xlsx",
        "self_check/x1__1_1.xlsx",
        "self_check/x2__x0041_局.xlsx",
        "self_check/x3_甲_乙.xlsx",
        "self_check/x4_a_b_c_d_.xlsx.xlsx",
        "self_check/x5_12306.xlsx",
    ]
    for number, name in enumerate(found):
        if name.startswith("self_check/"):
            book = found[name]
            book.put("得分", 2, 1)
            taken = home.take(f"self_check/{number}.xlsx", book.saved())
            assert [row["site_id"] for row in taken.rows] == [name.partition("/")[2].partition("_")[0]]
    audit = found["service_audit/service_audit.xlsx"]
    assert list(audit.sheets.values())[-1] == "hidden"
    assert audit.rules["网站"].choices[1:] == tuple(strange[1:])


def test_files_of_two_sites_are_two_on_every_system():
    sites = [
        Site("A1", "局"),
        Site("a1", "局"),
        Site(".x", ".x"),
        Site("q", "很长" * 200),
        Site("s", "CON"),
        Site("p%/", "甲\n乙."),
    ]
    names = file_names(sites)
    assert names[:3] == ["A1_局", "a1_局-2", "x"]
    assert len({name.casefold() for name in names}) == len(sites)
    assert all(len(name.encode()) < 200 and not re.search(r'[\\/:*?"<>|%\n]|^[.~]|[. ]$', name) for name in names)


def test_a_list_that_does_not_fit_into_a_cell_stands_in_a_hidden_sheet():
    choices = tuple(f"第{number}号网站" for number in range(100))
    dataset = Dataset("d", "d", "", (site(), Column("value", Number())))
    fields = {column.name: field_of(column, dataset, [Site(name, name) for name in choices]) for column in dataset.columns}
    book = Workbook(workbook(Handout("d", dataset), fields, "评议", "表", 2007))
    assert book.sheets == {"表": "visible", "填写说明": "visible", "选项": "hidden"}
    assert book.rules["网站"].choices == choices
    assert all(len(rule.least) <= 257 for rule in book.rules.values())


def test_words_of_a_list_are_those_that_the_reader_takes_for_the_value():
    # The reader takes the last of two texts that it cannot tell apart.
    assert words({"ａ": "x", "a": "y", "x": "x", "1": "one", "一": "one"}) == {"y": "a", "x": "x", "one": "一"}


def test_headings_are_the_contracts_where_those_of_offices_would_mean_another_column():
    plain = Dataset("d", "d", "", (Column("score", Number(), titles=("分",)), Column("points", Number())))
    assert headings_of(plain) == {"score": "分", "points": "points"}
    # All that is required goes by its name, so no word of offices counts.
    optional = replace(
        plain, layout=(Column("score", Number()), Column("note", Text(), required=False, filled=False, titles=("备注",)))
    )
    assert headings_of(optional) == {"score": "score", "note": "note"}
    twice = replace(plain, layout=(Column("score", Number(), titles=("分",)), Column("points", Number(), titles=("分",))))
    assert headings_of(twice) == {"score": "score", "points": "points"}


def test_headings_of_every_dataset_are_read_as_their_columns(handouts):
    for name, book in books(handouts.home).items():
        dataset = handouts.home.dataset(name.partition("/")[0])
        columns = of_dataset(book.headings, dataset.columns)
        assert set(columns.column_of.values()) == {column.name for column in dataset.columns}, name


def test_points_without_an_indicator_that_is_given_go_up_to_the_largest_maximum():
    maxima = IndicatorPoints({"a": Decimal(5), "b": Decimal("7.5")})
    dataset = Dataset("d", "d", "", (Column("indicator", OneOf({"a": "a", "b": "b"}, "指标")), Column("points", maxima)))
    field = field_of(dataset.columns[1], dataset, [])
    assert (field.least, field.most) == (0, Decimal("7.5"))


def test_a_table_too_long_for_a_person_is_handed_out_in_parts():
    dataset = Dataset("d", "d", "", (site(), Column("value", Number())))
    rows = [f"s{number}" for number in range(45_000)]
    parts = list(Handout("d", dataset, {"site": rows}, {"满分": [Decimal(1)] * len(rows)}).parts())
    assert [(part.name, part.rows) for part in parts] == [("d-1", 20_000), ("d-2", 20_000), ("d-3", 5_000)]
    assert [cell for part in parts for cell in part.given["site"]] == rows
    assert [len(part.shown["满分"]) for part in parts] == [20_000, 20_000, 5_000]


def test_the_same_year_gives_the_same_bytes(handouts, home):
    write_templates(home.home, YEAR)
    here, there = ({name: book.parts for name, book in books(each).items()} for each in (home, handouts.home))
    assert here == there
    files = [sorted(each.folder.glob("templates/*/*/*.xlsx")) for each in (home, handouts.home)]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


@pytest.mark.parametrize("label", ["a/b[c]:d*e?f\\g'", "选项", "History", "长" * 50, "''"])
def test_a_label_that_no_sheet_may_have_is_none(home, label):
    home.change_scheme(
        'label = "上级评分"', f"label = {label!r}" if "'" not in label else f'label = "{label}"'.replace("\\", "\\\\")
    )
    write_templates(home.home, YEAR, only=["superior"])
    (first, *_) = books(home)["superior/superior.xlsx"].sheets
    assert 0 < len(first) <= 31 and not re.search(r"[\[\]:*?/\\']", first) and first.casefold() not in ("选项", "history")
