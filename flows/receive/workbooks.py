"""Reads XLSX workbooks: the first sheet, whose first row is the header.

A workbook is a compressed archive that anyone can send, and the library that reads it reserves memory for the rectangle
of its cells: a file of 4 KB with cells A1 and XFD1048576 would end the whole process. So a survey reads the archive and the
sheet first, as a stream, and the library reads only harmless files. The survey also finds what the library does not report:
formulas that were never calculated, errors such as #REF!, and numbers shown in percent.
"""

import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from flows.receive.chunks import Chunk, Fault, RefusedFile, of_rows
from flows.receive.headings import header, shown
from flows.receive.magic import is_encrypted, what_it_is

_MOST_ENTRIES = 2_000
_MOST_INFLATED = 400 << 20
_BOMB_SIZE = 32 << 20
_BOMB_RATIO = 200
# A sheet may span this many cells however few of them are filled, and beyond it so many times as many as are filled.
_FREE_AREA = 200_000
_AREA_PER_CELL = 50

_DAMAGED = "不是完好的 XLSX 工作簿（{}）；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新送来"
_PASSWORD = "有打开密码；请去掉密码、另存为 .xlsx 后重新送来"
_OLD = "不是 XLSX 工作簿，{}；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新送来"
# Excel keeps 15 digits of a number. Beyond them it is written with an exponent, so that no id is made of it.
_LARGEST_EXACT = 10**15
_MOST_MERGES = 100_000
_GLANCE = 1 << 18
_MOST_SHOWN = 3
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError,
    EOFError, KeyError, OSError, RuntimeError, ValueError,
)  # fmt: skip
_FAULTS = (
    ((zipfile.BadZipFile, EOFError, zlib.error), "压缩包打不开，多半没有传完"),
    ((ElementTree.ParseError, expat.ExpatError), "其中的 XML 不完整"),
    ((KeyError,), "缺少工作簿应有的部分"),
    ((RuntimeError,), "其中的部分加了密"),
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_PERCENT_FORMATS = {"9", "10"}
# m/d/yy h:mm, the one built-in format of a day with its time.
_CLOCK_FORMATS = {"22"}
_WHOLE_NUMBER = re.compile(r"[0-9]+(?:\.0*)?")


def read_workbook(path: Path) -> Iterator[Chunk]:
    """The first sheet's rows as one chunk. Raises `RefusedFile` for files that cannot be read completely and safely.

    The value of a merged area of one column is the value of each of its rows; a row in which an area spans several columns is
    broken. A formula without a value refuses the file after its rows have been read, so that all faults are reported together.
    """
    sheet = _survey(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            page = book.get_sheet_by_index(0)
            top, left = page.start or (0, 0)
            rows = [[_text(cell) for cell in row] for row in page.to_python(skip_empty_area=True)]
        for (row, column), text in sheet.texts.items():
            rows[row - 1 - top][column - 1 - left] = text
        for row, column in sheet.midnights:
            rows[row - 1 - top][column - 1 - left] += "T00:00:00"
    except (CalamineError, OSError, ValueError, IndexError) as fault:
        raise RefusedFile(_DAMAGED.format(_words(fault))) from fault
    filled = [(row, line) for line, row in enumerate(rows, start=top + 1) if any(row)]
    if not filled and not sheet.uncalculated:
        raise RefusedFile("第一张工作表是空的，连表头都没有")
    if filled:
        yield _chunk(sheet, rows, filled, top, left)
    if sheet.uncalculated:
        raise RefusedFile(
            f"单元格 {sheet.uncalculated} 是没有计算结果的公式；请用 Excel 或 WPS 打开并保存一次（让公式算出数值）后重新送来"
        )


def _chunk(sheet: "_Sheet", rows: list[list[str]], filled: list[tuple[list[str], int]], top: int, left: int) -> Chunk:
    names = header(filled[0][0])
    warnings = ["第一张工作表是隐藏的，仍按合约读了它"] if sheet.hidden else []
    if sheet.unread:
        unread = "、".join(shown(name, position) for position, name in enumerate(sheet.unread, start=2))
        warnings.append(f"只读第一张工作表；还有 {len(sheet.unread)} 张有内容的没有读：{unread}")
    merged, wide = _merged(sheet, rows, filled[0], top, left)
    warnings += merged
    sound = [(row, line) for row, line in filled[1:] if line not in wide]
    broken = [Fault(line, "", "", wide[line]) for _, line in filled[1:] if line in wide]
    chunk = of_rows(names, [row for row, _ in sound], [line for _, line in sound], broken)
    return Chunk(chunk.columns, chunk.lines, chunk.broken, tuple(warnings))


def _merged(
    sheet: "_Sheet", rows: list[list[str]], heading: tuple[list[str], int], top: int, left: int
) -> tuple[list[str], dict[int, str]]:
    """Fills merged areas of a single column down, in `rows`. Returns warnings, and a reason for each line that is broken since an
    area spans several of its columns."""
    titles, header_line = heading
    warnings: list[str] = []
    filled: list[str] = []
    wide: dict[int, str] = {}
    for name, lines, across in sheet.merged:
        first, last = max(lines.start, top + 1), min(lines.stop - 1, top + len(rows))
        columns = [column for column in across if 0 <= column - 1 - left < len(titles)]
        if not columns or first > last:
            continue
        if first <= header_line:
            warnings.append(f"表头有合并的单元格 {name}；表头应只占一行，每列一个名称")
            continue
        value = rows[first - 1 - top][columns[0] - 1 - left]
        if not value:
            continue
        if sum(bool(titles[column - 1 - left]) for column in columns) > 1:
            wide |= dict.fromkeys(range(first, last + 1), f"单元格 {name} 横跨几列合并，看不出各列是什么；请取消合并、逐列填写")
            continue
        for line in range(first + 1, last + 1):
            rows[line - 1 - top][columns[0] - 1 - left] = value
        filled.append(name)
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


@dataclass
class _Sheet:
    """The results of the survey: number and area of the cells, and the first formula without a value.

    `texts` has the texts of cells (by row and column) for which the library gives a wrong or no text.
    """

    hidden: bool = False
    cells: int = 0
    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    uncalculated: str = ""
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    # Merged areas: the name, the rows and the columns.
    merged: list[tuple[str, range, range]] = field(default_factory=list)
    # Cells with a time at midnight, which the library takes for days.
    midnights: list[tuple[int, int]] = field(default_factory=list)
    # The names of the other sheets with content.
    unread: list[str] = field(default_factory=list)

    def add(self, row: int, column: int) -> None:
        if not (1 <= row <= _LAST_ROW and 1 <= column <= _LAST_COLUMN):
            raise RefusedFile(_DAMAGED.format("有单元格在工作表之外"))
        if self.cells == 0:
            self.first_row, self.first_column = row, column
        self.cells += 1
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, column), max(self.last_column, column)

    @property
    def area(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def _survey(path: Path) -> _Sheet:
    what = what_it_is(path, expected=b"PK")
    if what and not zipfile.is_zipfile(path):
        raise RefusedFile(_PASSWORD if is_encrypted(path) else _OLD.format(what))
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive)
            (_, part, hidden), *others = _worksheets(archive)
            sheet = _survey_sheet(archive, part, _Styles.of(archive), hidden)
            sheet.unread = [name for name, other, _ in others if _has_cells(archive, other)]
            return sheet
    except _DAMAGES as fault:
        raise RefusedFile(_DAMAGED.format(_words(fault))) from fault


def _words(fault: Exception) -> str:
    """The fault that a library raised, in words for people who have never seen its messages."""
    return next((words for kinds, words in _FAULTS if isinstance(fault, kinds)), "其中的内容读不出来")


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise RefusedFile(_DAMAGED.format("有两个同名的部分"))
    if not {entry.compress_type for entry in entries} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RefusedFile(_DAMAGED.format("压缩方法不对"))
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or inflated > _MOST_INFLATED or (inflated > _BOMB_SIZE and inflated > _BOMB_RATIO * packed):
        raise RefusedFile(
            f"解压后有 {len(entries)} 个部分、{inflated >> 20} MB，超出工作簿的合理大小；请改送 CSV，或删去多余的内容"
        )


def _worksheets(archive: zipfile.ZipFile) -> list[tuple[str, str, bool]]:
    """Every worksheet in the workbook's order: its name, its part of the archive, and whether it is hidden."""
    workbook = _tree(archive, "xl/workbook.xml")
    sheets = [element for element in workbook.iter() if _plain(element.tag) == "sheet"]
    if not sheets:
        raise RefusedFile("工作簿里没有工作表")
    relations = _tree(archive, "xl/_rels/workbook.xml.rels")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    worksheets = []
    for sheet in sheets:
        link = next((value for key, value in sheet.attrib.items() if _plain(key) == "id" and key != "id"), None)
        if link not in targets:
            raise RefusedFile(_DAMAGED.format("找不到第一张工作表"))
        target = targets[link]
        part = target.lstrip("/") if target.startswith(("/", "xl/")) else str(PurePosixPath("xl") / target)
        worksheets.append((sheet.get("name", ""), part, sheet.get("state", "visible") != "visible"))
    return worksheets


def _has_cells(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether the beginning of a sheet has a cell with content. A chart has no part of this kind."""
    if part not in archive.namelist():
        return False
    with archive.open(part) as stream:
        return re.search(rb"<(?:\w+:)?v>|<(?:\w+:)?is>", stream.read(_GLANCE)) is not None


@dataclass(frozen=True)
class _Styles:
    """The cell styles (by number) under which 0.925 is shown as 92.5%, and those that show the time of day."""

    percent: frozenset[str] = frozenset()
    clock: frozenset[str] = frozenset()

    @classmethod
    def of(cls, archive: zipfile.ZipFile) -> "_Styles":
        if "xl/styles.xml" not in archive.namelist():
            return cls()
        elements = [(_plain(element.tag), element) for element in _tree(archive, "xl/styles.xml").iter()]
        # What stands in quotes or brackets or after a backslash is only text around the number.
        codes = {
            element.get("numFmtId"): re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", element.get("formatCode", "")).lower()
            for tag, element in elements
            if tag == "numFmt"
        }
        percents = _PERCENT_FORMATS | {number for number, code in codes.items() if "%" in code}
        clocks = _CLOCK_FORMATS | {number for number, code in codes.items() if "h" in code and "y" in code}
        styles = next((list(element) for tag, element in elements if tag == "cellXfs"), [])
        chosen = [style.get("numFmtId") for style in styles]
        return cls(
            frozenset(str(index) for index, number in enumerate(chosen) if number in percents),
            frozenset(str(index) for index, number in enumerate(chosen) if number in clocks),
        )


def _tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    content = archive.read(part)
    if b"<!DOCTYPE" in content:
        raise RefusedFile(_DAMAGED.format("含有 DOCTYPE"))
    return ElementTree.fromstring(content)


def _plain(name: str) -> str:
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def _survey_sheet(archive: zipfile.ZipFile, part: str, styles: _Styles, hidden: bool) -> _Sheet:
    sheet = _Sheet(hidden=hidden)
    row = column = 0
    kind = style = value = ""
    has_content = formula = calculated = False

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, style, value, has_content, formula, calculated
        match _plain(name):
            case "row":
                row, column = int(attributes.get("r", row + 1)), 0
            case "c":
                reference = _REFERENCE.fullmatch(attributes["r"]) if "r" in attributes else None
                if "r" in attributes and not reference:
                    raise RefusedFile(_DAMAGED.format(f"没有名为 {attributes['r']} 的单元格"))
                column = _column_number(reference[1]) if reference else column + 1
                row = int(reference[2]) if reference else row
                kind, style = attributes.get("t", "n"), attributes.get("s", "0")
                has_content, formula, calculated, value = False, False, False, ""
            case "mergeCell":
                _add_merged(sheet, attributes.get("ref", ""))
            case "f":
                has_content = formula = True
            case "v" | "is":
                has_content = True
                text.clear()

    def end(name: str) -> None:
        nonlocal value, calculated
        match _plain(name):
            case "v" | "is":
                value = "".join(text)
                calculated = bool(value) or kind == "str"
            # The library takes an empty text for a cell like any other, so it counts here as well.
            case "c" if has_content:
                sheet.add(row, column)
                # A formula that came out as the empty text has type str and an empty value; that is a result.
                if formula and not calculated and not sheet.uncalculated:
                    sheet.uncalculated = f"{xl_col_to_name(column - 1)}{row}"
                if value and kind == "e":
                    sheet.texts[row, column] = value
                elif value and kind == "n" and style in styles.percent:
                    sheet.texts[row, column] = _percent(value)
                elif kind == "n" and style in styles.clock and _WHOLE_NUMBER.fullmatch(value):
                    sheet.midnights.append((row, column))
                if sheet.area > max(_FREE_AREA, _AREA_PER_CELL * sheet.cells):
                    raise RefusedFile(
                        f"第一张工作表的数据散布到第 {sheet.last_row} 行、第 {xl_col_to_name(sheet.last_column - 1)} 列，"
                        "其间几乎全空；请删去远处多余的单元格后重新送来"
                    )

    def refuse_doctype(*_) -> None:
        raise RefusedFile(_DAMAGED.format("含有 DOCTYPE"))

    text: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse_doctype
    with archive.open(part) as stream:
        parser.ParseFile(stream)
    return sheet


def _add_merged(sheet: _Sheet, reference: str) -> None:
    corners = [cell for corner in reference.split(":") if (cell := _REFERENCE.fullmatch(corner))]
    if len(corners) != 2 or reference.count(":") != 1 or len(sheet.merged) >= _MOST_MERGES:
        raise RefusedFile(_DAMAGED.format("合并单元格的写法不对，或多得不合情理"))
    (left, top), (right, bottom) = ((_column_number(corner[1]), int(corner[2])) for corner in corners)
    sheet.merged.append((reference, range(top, bottom + 1), range(left, right + 1)))


def _percent(number: str) -> str:
    """A number as a sheet shows it in percent. Workbooks hold doubles, whose shortest digits are the ones that were typed."""
    return f"{(Decimal(repr(float(number))) * 100).normalize():f}%"


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
