"""Reads XLSX workbooks: the first sheet, whose first row is the header, after a survey of it (`flows.receive.survey`)."""

import math
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from flows.receive.archive import DAMAGED, DAMAGES, words
from flows.receive.chunks import Chunk, Fault, RefusedFile, of_rows
from flows.receive.content import Content
from flows.receive.headings import header, shown
from flows.receive.magic import is_encrypted, what_it_is
from flows.receive.survey import LAST_COLUMN, Sheet, column_letters, survey

_PASSWORD = "有打开密码；请去掉密码、另存为 .xlsx 后重新送来"
_OLD = "不是 XLSX 工作簿，{}；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新送来"
# Excel keeps 15 digits of a number. Beyond them it is written with an exponent, so that no id is made of it.
_LARGEST_EXACT = 10**15
_MOST_SHOWN = 3
# The day before the first one of a workbook, and what those of old programs for Macintosh have instead; in days. A tenth of a
# second is more than what a double loses.
_EPOCH = datetime(1899, 12, 30)
_OTHER_EPOCH = 1462
_MARCH_1900 = 61
_CLOSE = 0.1 / 86400


def read_workbook(content: Content) -> Iterator[Chunk]:
    """The first sheet's rows as one chunk. Raises `RefusedFile` for files that cannot be read completely and safely.

    The value of a merged area of one column is the value of each of its rows; a row in which an area spans several columns is
    broken. A formula without a value refuses the file after its rows have been read, so that all faults are reported together.
    """
    with content.anywhere() as stream:
        what = what_it_is(content, expected=b"PK")
        if what and not zipfile.is_zipfile(stream):
            raise RefusedFile(_PASSWORD if is_encrypted(content) else _OLD.format(what))
        try:
            with zipfile.ZipFile(stream) as archive:
                sheet = survey(archive)
            stream.seek(0)
            with CalamineWorkbook.from_filelike(stream) as book:
                page = book.get_sheet_by_index(0)
                top, left = page.start or (0, 0)
                cells = page.to_python(skip_empty_area=True)
            _compare(sheet, cells, top, left)
            rows = [[_text(cell) for cell in row] for row in cells]
            for (row, column), text in sheet.texts.items():
                rows[row - 1 - top][column - 1 - left] = text
            for row, column in sheet.midnights:
                rows[row - 1 - top][column - 1 - left] += "T00:00:00"
        except (CalamineError, *DAMAGES) as fault:
            if isinstance(fault, OSError) and fault.errno:
                raise
            raise RefusedFile(DAMAGED.format(words(fault))) from fault
    filled = [(row, line) for line, row in enumerate(rows, start=top + 1) if any(row)]
    if not filled and not sheet.uncalculated:
        raise RefusedFile("第一张工作表是空的，连表头都没有")
    if filled:
        yield _chunk(sheet, rows, filled, top, left)
    if sheet.uncalculated:
        raise RefusedFile(
            f"单元格 {sheet.uncalculated} 是没有计算结果的公式；请用 Excel 或 WPS 打开并保存一次（让公式算出数值）后重新送来"
        )


def _compare(sheet: Sheet, cells: list[list], top: int, left: int) -> None:
    """Refuses a workbook of whose numbers the library has made others, as it does where one is written in an unusual way."""
    for place, number in zip(sheet.places, sheet.numbers, strict=True):
        row, column = divmod(place, LAST_COLUMN)
        if column == 0:
            row, column = row - 1, LAST_COLUMN
        cell = cells[row - 1 - top][column - 1 - left]
        if cell != number and not _is_date_of(cell, number):
            raise RefusedFile(DAMAGED.format(f"单元格 {column_letters(column)}{row} 里的数写法不寻常，读不准"))


def _is_date_of(cell: object, number: float) -> bool:
    """Whether a cell is the day, the time or the duration that a number stands for."""
    match cell:
        case datetime():
            days = (cell - _EPOCH) / timedelta(days=1)
        case date():
            days = float((cell - _EPOCH.date()).days)
        case time():
            return abs((datetime.combine(_EPOCH, cell) - _EPOCH) / timedelta(days=1) - number) < _CLOSE
        case timedelta():
            return abs(cell / timedelta(days=1) - number) < _CLOSE
        case _:
            return False
    # The first two months of 1900 have a day too many in every workbook.
    shifts = (0, -1, -_OTHER_EPOCH) if number < _MARCH_1900 else (0, -_OTHER_EPOCH)
    return any(abs(days + shift - number) < _CLOSE for shift in shifts)


def _chunk(sheet: Sheet, rows: list[list[str]], filled: list[tuple[list[str], int]], top: int, left: int) -> Chunk:
    names = header(filled[0][0])
    warnings = ["第一张工作表是隐藏的，仍按合约读了它"] if sheet.hidden else []
    warnings += _unread(sheet)
    warnings += _hidden(sheet, filled, left + 1, left + len(names))
    merged, wide = _merged(sheet, rows, filled[0], top, left)
    warnings += merged
    sound = [(row, line) for row, line in filled[1:] if line not in wide]
    broken = [Fault(line, "", "", wide[line]) for _, line in filled[1:] if line in wide]
    chunk = of_rows(names, [row for row, _ in sound], [line for _, line in sound], broken)
    return Chunk(chunk.cells, chunk.lines, chunk.broken, tuple(warnings), sheet.mark)


def _unread(sheet: Sheet) -> list[str]:
    """A sentence on the other sheets with content, none of which is read, and on their rows."""
    if not sheet.unread:
        return []
    listed = "、".join(
        f"{shown(name, position)}（{rows} 行）" for position, (name, rows) in enumerate(sheet.unread.items(), start=2)
    )
    return [f"只读第一张工作表；另有 {len(sheet.unread)} 张工作表有 {sum(sheet.unread.values())} 行，没有读：{listed}"]


def _hidden(sheet: Sheet, filled: list[tuple[list[str], int]], first: int, last: int) -> list[str]:
    """Sentences on the rows and columns that nobody sees who looks at the sheet; they are read like the others."""
    header_line = filled[0][1]
    rows = sum(line > header_line for line in sheet.hidden_rows)
    hidden = {
        column
        for begin, end in sheet.hidden_columns
        for column in range(max(begin, first), min(end, last) + 1)
        if any(row[column - first] for row, _ in filled)
    }
    sentences = []
    if rows:
        sentences.append(f"有 {rows} 行是隐藏的，或被筛选掉了，照样读了，请核对该不该计")
    if hidden:
        letters = "、".join(column_letters(column) for column in sorted(hidden)[:_MOST_SHOWN])
        rest = " 等" if len(hidden) > _MOST_SHOWN else ""
        sentences.append(f"有 {len(hidden)} 列是隐藏的（{letters}{rest}），照样读了，请核对该不该计")
    return sentences


def _merged(
    sheet: Sheet, rows: list[list[str]], heading: tuple[list[str], int], top: int, left: int
) -> tuple[list[str], dict[int, str]]:
    """Fills merged areas of a single column down, in `rows`. Returns warnings, and a reason for each line that is broken since an
    area spans several of its columns."""
    titles, header_line = heading
    warnings: list[str] = []
    filled: list[str] = []
    wide: dict[int, str] = {}
    for area in sheet.merged:
        first, last = max(area.first_row, top + 1), min(area.last_row, top + len(rows))
        columns = [column for column in range(area.first_column, area.last_column + 1) if 0 <= column - 1 - left < len(titles)]
        if not columns or first > last:
            continue
        if first <= header_line:
            warnings.append(f"表头有合并的单元格 {area.name}；表头应只占一行，每列一个名称")
            continue
        value = rows[first - 1 - top][columns[0] - 1 - left]
        if not value:
            continue
        if sum(bool(titles[column - 1 - left]) for column in columns) > 1:
            wide |= dict.fromkeys(
                range(first, last + 1), f"单元格 {area.name} 横跨几列合并，看不出各列是什么；请取消合并、逐列填写"
            )
            continue
        for line in range(first + 1, last + 1):
            rows[line - 1 - top][columns[0] - 1 - left] = value
        filled.append(area.name)
    if filled:
        rest = f" 等 {len(filled)} 处" if len(filled) > _MOST_SHOWN else ""
        warnings.append(f"合并的单元格（{'、'.join(filled[:_MOST_SHOWN])}{rest}）里的值，已算作其中每一行的值，请核对")
    return warnings, wide


def _text(cell) -> str:
    """A cell as the text that a CSV file would hold: 5 for the number 5.0, ISO 8601 for dates and times."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case int() | float() if abs(cell) >= _LARGEST_EXACT and math.isfinite(cell):
            return f"{float(cell):.14E}"
        case float() if cell.is_integer():
            return str(int(cell))
        case date() | datetime():
            return cell.isoformat()
        case _:
            return str(cell)
