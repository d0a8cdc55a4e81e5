"""The workbook: equal bytes, text that stays text, and sheets that have names."""

import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from flows.results import workbook
from flows.results.tables import result_tables
from flows.results.workbook import write_workbook
from flows.scheme import Scheme
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.validation.year import SCHEME

DANGEROUS = ["=1+1", "@SUM(A1)", "+1", "-1", "http://x", "https://x/y?z=1&w=2", "mailto:a@b", "internal:Sheet1!A1", "file:///etc",
    "007", "1e5", "TRUE", "<b>&\"'", "{=A1}", " 两边 ", "多\n行", "'x"]  # fmt: skip


# What the columns of the year's tables are called; others are called what they are.
HEADINGS = {column: title for table in result_tables(SCHEME, read_models(SQL)) for column, title in table.columns.items()}


def xml(path: Path) -> dict[str, str]:
    with ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def sheets(path: Path) -> list[str]:
    return CalamineWorkbook.from_path(path).sheet_names


def written(frames: dict[str, pl.DataFrame], folder: Path, scheme: Scheme = SCHEME) -> Path:
    write_workbook(
        frames,
        {name: {column: HEADINGS.get(column, column) for column in frame.columns} for name, frame in frames.items()},
        scheme,
        folder / "tables.xlsx",
    )
    return folder / "tables.xlsx"


def test_text_is_stored_as_text_and_nothing_in_it_becomes_a_formula_or_a_link(tmp_path):
    path = written({"text": pl.DataFrame(dict.fromkeys(("a", "=1+1"), DANGEROUS))}, tmp_path)
    parts = xml(path)
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet and "<f " not in sheet
    assert [name for name, text in parts.items() if "<hyperlink" in text or "relationships/hyperlink" in text] == []
    assert [name for name in parts if "externalLink" in name or name.startswith("xl/worksheets/_rels")] == []
    assert set(re.findall(r"<c [^>]*?t=\"(\w+)\"", sheet)) == {"inlineStr"}
    assert len(re.findall("<c ", sheet)) == 2 * (1 + len(DANGEROUS))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("text").to_python()
    assert rows == [["a", "=1+1"], *([text, text] for text in DANGEROUS)]


def test_numbers_are_numbers_with_their_decimals_and_nothing_is_an_empty_cell(tmp_path):
    frame = pl.DataFrame(
        {"rank": [1, 2], "score": [Decimal("85.10"), None], "rate": [Decimal("0.6667"), Decimal("1")]},
        schema_overrides={"score": pl.Decimal(9, 2), "rate": pl.Decimal(9, 4)},
    )
    path = written({"numbers": frame}, tmp_path)
    parts = xml(path)
    assert re.findall(r"<v>(.*?)</v>", parts["xl/worksheets/sheet1.xml"]) == ["1", "85.10", "0.6667", "2", "1.0000"]
    assert set(re.findall(r'formatCode="(.*?)"', parts["xl/styles.xml"])) == {"0.00", "0.0000"}
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("numbers").to_python()[2:] == [[1, 85.1, 0.6667], [2, "", 1]]


def test_equal_tables_give_equal_bytes_at_whatever_time(tmp_path):
    frames = {"a": pl.DataFrame({"x": DANGEROUS}), "b": pl.DataFrame({"y": [1]})}
    first = written(frames, tmp_path).read_bytes()
    time.sleep(2.1)  # a zip file tells times to two seconds
    assert written(frames, tmp_path).read_bytes() == first


def test_every_table_is_a_sheet_in_order(tmp_path):
    frame = pl.DataFrame({"x": [1]})
    assert sheets(written({"composite_scores": frame, "annex_市级": frame, "b": frame}, tmp_path)) == [
        "composite_scores", "annex_市级", "b"]  # fmt: skip


def test_a_name_over_31_characters_is_cut_and_stays_unlike_the_others(tmp_path):
    long = "annex_" + "x" * 25
    frames = {name: pl.DataFrame({"x": [name]}) for name in (long, long + "1", long.upper() + "2", "short")}
    path = written(frames, tmp_path)
    assert sheets(path) == [long, long[:28] + "_2", long.upper()[:28] + "_3", "short"]
    book = CalamineWorkbook.from_path(path)
    assert [book.get_sheet_by_index(index).to_python()[1] for index in range(4)] == [[name] for name in frames]


def test_a_table_of_31_characters_keeps_its_name(tmp_path):
    assert sheets(written({"n" * 31: pl.DataFrame({"x": [1]})}, tmp_path)) == ["n" * 31]


@pytest.mark.parametrize(("rows", "fits"), [(2, True), (3, False)])
def test_a_table_that_does_not_fit_says_where_it_is(tmp_path, monkeypatch, rows, fits):
    monkeypatch.setattr(workbook, "_MOST_ROWS", 2)
    path = written({"big": pl.DataFrame({"x": list(range(rows))}), "next": pl.DataFrame({"y": [7]})}, tmp_path)
    book = CalamineWorkbook.from_path(path)
    note = [["共 3 行，超出工作表的容量；请看 tables/big.csv"]]
    assert book.get_sheet_by_name("big").to_python() == ([["x"], [0], [1]] if fits else note)
    assert book.get_sheet_by_name("next").to_python() == [["y"], [7]]


def test_a_text_that_a_cell_cannot_hold_is_cut(tmp_path):
    path = written({"long": pl.DataFrame({"x": ["长" * 40_000]})}, tmp_path)
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("long").to_python()[1] == ["长" * 32_767]


SCORES = pl.DataFrame(
    {
        "year": [2007],
        "site_id": ["s1"],
        "name": ["市质量技术监督局"],
        "public": [Decimal("85.10")],
        "composite": [Decimal("85.10")],
        "flags": ["x" * 99],
    }
)


def test_a_sheet_has_its_heads_in_chinese_and_in_grey_their_names_in_the_files(tmp_path):
    path = written({"composite_scores": SCORES, "annex_department": pl.DataFrame({"序号": [1], "网站": ["甲"]})}, tmp_path)
    book = CalamineWorkbook.from_path(path)
    assert book.get_sheet_by_name("composite_scores").to_python()[:2] == [
        ["年度", "编号", "名称", "公众评议", "综合得分", "标注"],
        ["year", "site_id", "name", "public", "composite", "flags"],
    ]
    # Where the files have Chinese heads too, once is enough.
    assert book.get_sheet_by_name("annex_department").to_python() == [["序号", "网站"], [1, "甲"]]
    parts = xml(path)
    scores, annex = (parts[f"xl/worksheets/sheet{number}.xml"] for number in (1, 2))
    assert 'ySplit="2"' in scores and 'ySplit="1"' in annex
    assert '<autoFilter ref="A2:F3"' in scores and '<autoFilter ref="A1:B2"' in annex
    assert (
        set(re.findall(r'<name val="(.*?)"', parts["xl/styles.xml"])) == {"宋体"} and 'rgb="FF808080"' in parts["xl/styles.xml"]
    )


def test_columns_are_as_wide_as_what_is_in_them_within_reason(tmp_path):
    sheet = xml(written({"composite_scores": SCORES}, tmp_path))["xl/worksheets/sheet1.xml"]
    widths = [float(width) for width in re.findall(r'<col [^>]*?width="(.*?)"', sheet)]
    # Year, id, eight Chinese characters, scores, and a text of 99 letters.
    assert widths[2] >= 16 and all(8 <= width < 14 for width in widths[:2]) and 60 <= widths[5] < 61


def test_a_table_without_rows_has_its_heads_and_no_filter(tmp_path):
    path = written({"sites": pl.DataFrame(schema={"site_id": pl.String, "other": pl.Int64})}, tmp_path)
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("sites").to_python() == [["编号", "other"], ["site_id", "other"]]
    assert "autoFilter" not in xml(path)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("notice", ["得分是编的。", "=1+1", "http://x/", "<b>&\"'", "长" * 200])
def test_a_notice_is_a_sheet_before_all_others(tmp_path, notice):
    frames = {"说明": pl.DataFrame({"x": [1]}), "b": pl.DataFrame({"y": [2]})}
    path = written(frames, tmp_path, replace(SCHEME, notice=notice))
    assert sheets(path) == ["说明", "说明_2", "b"]
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [[SCHEME.title], [notice]]
    assert "<f>" not in xml(path)["xl/worksheets/sheet1.xml"]


def test_without_a_notice_there_is_no_such_sheet(tmp_path):
    assert SCHEME.notice == "" and sheets(written({"b": pl.DataFrame({"y": [2]})}, tmp_path)) == ["b"]
