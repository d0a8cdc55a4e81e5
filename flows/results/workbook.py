"""All result tables as the sheets of one workbook, for people; the CSV and Parquet files are the canonical form."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from flows.host.scratch import scratch
from flows.scheme import Scheme

# A sheet holds 1 048 576 rows, two of which are its head; a table that does not fit gets a sheet that says where it is.
_MOST_ROWS = 1_048_574
_LONGEST_NAME = 31
# A cell holds no more; what is longer would be left out whole.
_LONGEST_TEXT = 32_767
# Widths are counted in digits; a Chinese character is two digits wide. The arrow of the filter stands beside the text.
_NARROWEST, _WIDEST, _ARROW = 8, 60, 3
# Excel and WPS both have it; the default has no Chinese characters and takes whatever is there.
FONT = {"font_name": "宋体", "font_size": 11, "font_scheme": "none"}
_NOTICE_SHEET = "说明"


def write_workbook(
    frames: Mapping[str, pl.DataFrame], headings: Mapping[str, Mapping[str, str]], scheme: Scheme, path: Path
) -> None:
    """Writes one sheet a table, before them one with the scheme's notice if it has one.

    `headings` are the titles of each table's columns. The head of a sheet has these titles, and in grey below them the
    names of the columns in the files. Text is written as text: nothing in it becomes a formula or a link.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # The library writes into what it is given, and keeps its sheets aside until the end.
    with (
        scratch(path.parent) as aside,
        xlsxwriter.Workbook(path, options | {"default_format_properties": dict(FONT), "tmpdir": str(aside)}) as book,
    ):
        # The file would otherwise carry the time of writing and differ from run to run.
        book.set_properties({"created": datetime(scheme.year + 1, 1, 1)})
        if scheme.notice:
            _write_notice(book, scheme)
        bold, grey = book.add_format({"bold": True}), book.add_format({"font_color": "#808080"})
        for name, frame in frames.items():
            sheet = book.add_worksheet(_sheet_name(name, book.sheetnames))
            if frame.height > _MOST_ROWS:
                sheet.write_string(0, 0, f"共 {frame.height} 行，超出工作表的容量；请看 tables/{name}.csv")
                continue
            heads = [headings[name][column] for column in frame.columns]
            # Where the columns have Chinese names in the files too, one line says it all.
            lines = [(heads, bold)] + ([(frame.columns, grey)] if heads != frame.columns else [])
            _write_head(sheet, lines, frame)
            formats = [_format(book, dtype) for dtype in frame.dtypes]
            for line, row in enumerate(frame.iter_rows(), start=len(lines)):
                for index, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(line, index, cell[:_LONGEST_TEXT])
                    elif cell is not None:
                        sheet.write_number(line, index, cell, formats[index])


def _write_notice(book: xlsxwriter.Workbook, scheme: Scheme) -> None:
    sheet = book.add_worksheet(_NOTICE_SHEET)
    sheet.set_column(0, 0, 100)
    for line, (text, style) in enumerate(((scheme.title, {"font_size": 14}), (scheme.notice, {"font_color": "#C00000"}))):
        # Not every program makes a row as high as what is wrapped in it.
        sheet.set_row(line, 20 * (1 + width_of(text) // 80))
        sheet.write_string(
            line, 0, text[:_LONGEST_TEXT], book.add_format({"bold": True, "text_wrap": True, "valign": "top"} | style)
        )


def _write_head(sheet: Worksheet, lines: list[tuple[list[str], Format]], frame: pl.DataFrame) -> None:
    for line, (names, style) in enumerate(lines):
        for index, name in enumerate(names):
            sheet.write_string(line, index, name[:_LONGEST_TEXT], style)
    for index, column in enumerate(frame.columns):
        heads = [width_of(names[index]) for names, _ in lines]
        sheet.set_column(index, index, min(_WIDEST, max(_NARROWEST, max(heads) + _ARROW, _widest(frame[column]) + 1)))
    sheet.freeze_panes(len(lines), 0)
    if frame.height:
        sheet.autofilter(len(lines) - 1, 0, len(lines) - 1 + frame.height, frame.width - 1)


def width_of(text: str) -> int:
    # Three bytes and two digits wide, where it is Chinese.
    return (len(text.encode()) + len(text)) // 2


def _widest(cells: pl.Series) -> int:
    texts = cells.cast(pl.String).str
    widest = ((texts.len_bytes() + texts.len_chars()) // 2).max()
    return widest if isinstance(widest, int) else 0


def _format(book: xlsxwriter.Workbook, dtype: pl.DataType) -> Format | None:
    if isinstance(dtype, pl.Decimal):
        return book.add_format({"num_format": "0." + "0" * dtype.scale if dtype.scale else "0"})
    return None


def _sheet_name(name: str, taken) -> str:
    """A sheet's name has at most 31 characters and is unique whatever its case."""
    shown = name[:_LONGEST_NAME]
    number = 2
    while shown.lower() in {other.lower() for other in taken}:
        shown = f"{name[: _LONGEST_NAME - 3]}_{number}"
        number += 1
    return shown
