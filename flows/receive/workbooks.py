"""XLSX workbooks: the first sheet, its first row the header.

A workbook is a compressed archive that anyone can send, and the library that reads it reserves memory for the rectangle
its cells span: 4 KB with cells A1 and XFD1048576 would end the whole process. So the archive and the sheet are surveyed
first, as a stream, and the library only sees what is known to be harmless. The survey also finds what the library
cannot tell from an empty cell: formulas that were never calculated.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from flows.receive.chunks import Chunk, RefusedFile, header, of_rows

_MOST_ENTRIES = 2_000
_MOST_INFLATED = 400 << 20
_BOMB_SIZE = 32 << 20
_BOMB_RATIO = 200
# A sheet may span this many cells however few of them are filled, and beyond it so many times as many as are filled.
_FREE_AREA = 200_000
_AREA_PER_CELL = 50

_DAMAGED = "不是完好的 XLSX 工作簿（{}）；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新送来"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def read_workbook(path: Path) -> Iterator[Chunk]:
    """The first sheet's rows as one chunk. Raises `RefusedFile` for what cannot be read in full and in safety."""
    sheet = _survey(path)
    if sheet.cells == 0:
        raise RefusedFile("第一张工作表是空的，连表头都没有")
    if sheet.uncalculated:
        raise RefusedFile(
            f"单元格 {sheet.uncalculated} 是没有计算结果的公式；请用 Excel 或 WPS 打开并保存一次（让公式算出数值）后重新送来"
        )
    try:
        with CalamineWorkbook.from_path(path) as book:
            first, *rows = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
    except (CalamineError, OSError, ValueError) as fault:
        raise RefusedFile(_DAMAGED.format(str(fault).splitlines()[0])) from None
    names = header([_text(cell) for cell in first])
    filled = [(row, line) for line, row in enumerate(rows, start=sheet.first_row + 1) if any(cell != "" for cell in row)]
    chunk = of_rows(names, [[_text(cell) for cell in row] for row, _ in filled], [line for _, line in filled])
    warnings = ("第一张工作表是隐藏的，仍按合约读了它",) if sheet.hidden else ()
    yield Chunk(chunk.columns, chunk.lines, chunk.broken, warnings)


def _text(cell) -> str:
    """A cell as the text that a CSV file would hold: 5 for the number 5.0, ISO 8601 for dates and times."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case date() | datetime():
            return cell.isoformat()
        case _:
            return str(cell)


@dataclass
class _Sheet:
    """What the survey found: how many cells hold something, where, and the first formula without a value."""

    hidden: bool = False
    cells: int = 0
    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    uncalculated: str = ""

    def add(self, row: int, column: int) -> None:
        if self.cells == 0:
            self.first_row, self.first_column = row, column
        self.cells += 1
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, column), max(self.last_column, column)

    @property
    def area(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def _survey(path: Path) -> _Sheet:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive)
            part, hidden = _first_sheet(archive)
            return _survey_sheet(archive, part, hidden)
    except (zipfile.BadZipFile, EOFError, KeyError, ElementTree.ParseError, expat.ExpatError, OSError) as fault:
        raise RefusedFile(_DAMAGED.format(fault)) from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or inflated > _MOST_INFLATED or (inflated > _BOMB_SIZE and inflated > _BOMB_RATIO * packed):
        raise RefusedFile(
            f"解压后有 {len(entries)} 个部分、{inflated >> 20} MB，超出工作簿的合理大小；请改送 CSV，或删去多余的内容"
        )


def _first_sheet(archive: zipfile.ZipFile) -> tuple[str, bool]:
    """The archive's name of the first worksheet, and whether it is hidden."""
    workbook = _tree(archive, "xl/workbook.xml")
    sheets = [element for element in workbook.iter() if _plain(element.tag) == "sheet"]
    if not sheets:
        raise RefusedFile("工作簿里没有工作表")
    link = next((value for key, value in sheets[0].attrib.items() if _plain(key) == "id" and key != "id"), None)
    for relation in _tree(archive, "xl/_rels/workbook.xml.rels"):
        if relation.get("Id") == link:
            target = relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part, sheets[0].get("state", "visible") != "visible"
    raise RefusedFile(_DAMAGED.format("找不到第一张工作表"))


def _tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    content = archive.read(part)
    if b"<!DOCTYPE" in content:
        raise RefusedFile(_DAMAGED.format("含有 DOCTYPE"))
    return ElementTree.fromstring(content)


def _plain(name: str) -> str:
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def _survey_sheet(archive: zipfile.ZipFile, part: str, hidden: bool) -> _Sheet:
    sheet = _Sheet(hidden=hidden)
    row = column = 0
    kind = ""
    formula = value = calculated = False

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, formula, value, calculated, kind
        match _plain(name):
            case "row":
                row, column = int(attributes.get("r", row + 1)), 0
            case "c":
                place = _REFERENCE.fullmatch(attributes.get("r", ""))
                column = _column_number(place[1]) if place else column + 1
                row = int(place[2]) if place else row
                formula = value = calculated = False
                kind = attributes.get("t", "")
            case "f":
                formula = True
            case "v" | "is":
                text.clear()

    def end(name: str) -> None:
        nonlocal value, calculated
        match _plain(name):
            case "v" | "is":
                value = bool("".join(text))
                # A formula that came out as the empty text has type str and an empty value; that is a result.
                calculated = value or kind == "str"
            case "c" if value or formula:
                sheet.add(row, column)
                if formula and not calculated and not sheet.uncalculated:
                    sheet.uncalculated = f"{_column_letters(column)}{row}"
                if sheet.area > max(_FREE_AREA, _AREA_PER_CELL * sheet.cells):
                    raise RefusedFile(
                        f"第一张工作表的数据散布到第 {sheet.last_row} 行、第 {_column_letters(sheet.last_column)} 列，"
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


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
