"""All result tables as the sheets of one workbook, for people; the CSV and Parquet files are the canonical form."""

from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

# A sheet holds 1 048 576 rows; a table that does not fit gets a sheet that says where it is.
_MOST_ROWS = 1_048_575
_LONGEST_NAME = 31
# A cell holds no more; what is longer would be left out whole.
_LONGEST_TEXT = 32_767


def write_workbook(frames: dict[str, pl.DataFrame], year: int, path: Path) -> None:
    """Writes one sheet a table. Text is written as text: nothing in it becomes a formula or a link."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        # The file would otherwise carry the time of writing and differ from run to run.
        book.set_properties({"created": datetime(year + 1, 1, 1)})
        bold = book.add_format({"bold": True})
        for name, frame in frames.items():
            sheet = book.add_worksheet(_sheet_name(name, book.sheetnames))
            sheet.freeze_panes(1, 0)
            if frame.height > _MOST_ROWS:
                sheet.write_string(0, 0, f"共 {frame.height} 行，超出工作表的容量；请看 tables/{name}.csv")
                continue
            for place, column in enumerate(frame.columns):
                sheet.write_string(0, place, column, bold)
            formats = [_format(book, dtype) for dtype in frame.dtypes]
            for line, row in enumerate(frame.iter_rows(), start=1):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(line, place, cell[:_LONGEST_TEXT])
                    elif cell is not None:
                        sheet.write_number(line, place, cell, formats[place])


def _format(book: xlsxwriter.Workbook, dtype: pl.DataType):
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
