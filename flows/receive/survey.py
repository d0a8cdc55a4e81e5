"""Looks at a workbook before the library that reads it does: whether it is harmless, and what the library does not tell.

A workbook is a compressed archive that anyone can send, and the library reserves memory for the rectangle of its cells and
for every copy of a text: a file of 4 KB with cells A1 and XFD1048576 would end the process. So the survey reads the archive
and the sheet as a stream. It finds formulas that were never calculated, errors such as #REF!, numbers shown in percent, what is
hidden, how many rows other sheets have, and every number, with which those of the library are compared.
"""

import re
import zipfile
from array import array
from dataclasses import dataclass, field
from decimal import Decimal

from flows.receive.archive import BLOCK, DAMAGED, Styles, check_archive, defined_name, parser_of, rows_with_cells, worksheets
from flows.receive.chunks import RefusedFile
from flows.receive.handouts import NAME, Mark

LAST_COLUMN = 16_384
_LAST_ROW = 1_048_576

# All texts of the sheet, each as often as a cell shows it.
_MOST_TEXT = 1 << 30
# A sheet may span this many cells however few of them are filled, and beyond it so many times as many as are filled.
_FREE_AREA = 200_000
_AREA_PER_CELL = 50
_MOST_MERGES = 100_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_WHOLE_NUMBER = re.compile(r"[0-9]+(?:\.0*)?")
_TEXT_END = re.compile(rb"</(?:\w+:)?si>")

_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    # Some programs write none, which the library takes as well.
    "",
)
# Kinds of cells whose numbers are compared, and in which the library knows references.
_COMPARED = ("n", "str")
# Where the elements that make a sheet's cells stand.
_PARENTS = {"row": "sheetData", "c": "row", "v": "c", "is": "c", "f": "c"}


@dataclass(frozen=True)
class Area:
    """A merged area of a sheet, rows and columns counted from 1."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass
class Sheet:
    """The results of the survey: number and area of the cells, and the first formula without a value.

    `texts` has the texts of cells (by row and column) for which the library gives a wrong or no text. `numbers` are those of the
    cells with a number, each for the cell `row * LAST_COLUMN + column` in `places`.
    """

    hidden: bool = False
    cells: int = 0
    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    uncalculated: str = ""
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    # Cells with a time at midnight, which the library takes for days.
    midnights: list[tuple[int, int]] = field(default_factory=list)
    numbers: array = field(default_factory=lambda: array("d"))
    places: array = field(default_factory=lambda: array("Q"))
    # The numbers of the shared texts that cells show.
    shared: array = field(default_factory=lambda: array("L"))
    # Rows with a cell that are hidden or filtered out, and the hidden columns as (first, last).
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    # The names of the other sheets with content, and their rows; not those with which a handout came.
    unread: dict[str, int] = field(default_factory=dict)
    mark: Mark | None = None

    def add(self, row: int, column: int) -> None:
        if row == self.last_row and self.first_column <= column <= self.last_column:
            self.cells += 1
            return
        if not (1 <= row <= _LAST_ROW and 1 <= column <= LAST_COLUMN):
            raise RefusedFile(DAMAGED.format("有单元格在工作表之外"))
        if self.cells == 0:
            self.first_row, self.first_column = row, column
        self.cells += 1
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, column), max(self.last_column, column)
        area = (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)
        if area > max(_FREE_AREA, _AREA_PER_CELL * self.cells):
            raise RefusedFile(
                f"第一张工作表的数据散布到第 {self.last_row} 行、第 {column_letters(self.last_column)} 列，"
                "其间几乎全空；请删去远处多余的单元格后重新送来"
            )


def survey(archive: zipfile.ZipFile) -> Sheet:
    """The survey of a workbook's first sheet. Raises `RefusedFile`, or one of `DAMAGES`."""
    check_archive(archive)
    (_, part, hidden), *others = worksheets(archive)
    sheet = _Survey(Styles.of(archive), hidden).of(archive, part)
    _check_texts(archive, sheet)
    sheet.mark = Mark.read(defined_name(archive, NAME))
    own = sheet.mark.sheets if sheet.mark else {}
    sheet.unread = {
        name: rows for name, other, _ in others if (rows := rows_with_cells(archive, other)) and rows != own.get(name)
    }
    return sheet


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _check_texts(archive: zipfile.ZipFile, sheet: Sheet) -> None:
    """Refuses a sheet whose cells show more text than a machine should hold: a text is stored once, and shown any number of
    times."""
    if "xl/sharedStrings.xml" not in archive.namelist() or not sheet.shared:
        return
    stored = archive.getinfo("xl/sharedStrings.xml").file_size
    if stored * len(sheet.shared) <= _MOST_TEXT:
        return
    # With their markup, so rather too long; what matters is what is a thousand times too long.
    lengths, before = array("L"), b""
    with archive.open("xl/sharedStrings.xml") as stream:
        for block in iter(lambda: stream.read(BLOCK), b""):
            *whole, before = _TEXT_END.split(before + block)
            lengths.extend(map(len, whole))
    if sum(lengths[number] for number in sheet.shared if number < len(lengths)) > _MOST_TEXT:
        raise RefusedFile(f"很多单元格重复同几段很长的文字，展开后超过 {_MOST_TEXT >> 20} MB，不像是一份普通的数据；请改送 CSV")


class _Survey:
    """The reading of a sheet's XML, element by element."""

    def __init__(self, styles: Styles, hidden: bool) -> None:
        self._styles = styles
        self._sheet = Sheet(hidden=hidden)
        self._parser = parser_of(self._begin, self._end)
        self._names: dict[str, tuple[str, str, int]] = {}
        self._columns: dict[str, int] = {}
        self._value_begins = 0
        self._stack: list[str] = []
        self._text: list[str] = []
        self._row = self._column = 0
        self._row_is_counted = True
        self._row_is_hidden = False
        self._row_is_open = False
        self._kind = self._style = self._value = ""
        self._has_content = self._formula = self._calculated = False
        self._is_number = self._is_unusual = False
        self._values = 0
        self._has_table = self._is_in_table = False
        # What is wrong with the order of rows and cells, told after all that is worse.
        self._disorder = ""

    def of(self, archive: zipfile.ZipFile, part: str) -> Sheet:
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartCdataSectionHandler = self._begin_cdata
        with archive.open(part) as stream:
            self._parser.ParseFile(stream)
        if self._disorder:
            raise RefusedFile(DAMAGED.format(self._disorder))
        return self._sheet

    def _name_of(self, full_name: str) -> tuple[str, str, int]:
        """An element's namespace, its name, and how many bytes its tag has where it has no attributes."""
        parts = full_name.split(" ")
        namespace, name = parts[:2] if len(parts) > 1 else ("", parts[0])
        prefix = len(parts[2].encode()) + 1 if len(parts) > 2 else 0
        self._names[full_name] = namespace, name, prefix + len(name.encode()) + 2
        return self._names[full_name]

    def _begin_cdata(self) -> None:
        if self._stack[-1:] == ["v"]:
            self._is_unusual = True

    def _begin(self, full_name: str, attributes: dict[str, str]) -> None:
        namespace, name, length = self._names.get(full_name) or self._name_of(full_name)
        stack = self._stack
        parent = stack[-1] if stack else ""
        stack.append(name)
        if name in _PARENTS:
            if not self._is_in_table:
                # Beside the table, others may use these names.
                return
            if namespace not in _NAMESPACES or _PARENTS[name] != parent:
                # The library goes by the name alone, and Excel shows nothing of it.
                raise RefusedFile(DAMAGED.format(f"第 {self._row} 行附近有放错地方的 {name} 元素"))
        match name:
            case "c":
                self._begin_cell(attributes)
            case "v" | "is":
                self._values += 1
                if self._values > 1:
                    self._disorder = self._disorder or f"单元格 {self._name} 有不止一个值"
                self._has_content = True
                self._is_number = name == "v"
                if self._kind not in _COMPARED:
                    self._value_begins = self._parser.CurrentByteIndex + length
                self._text.clear()
            case "f":
                self._has_content = self._formula = True
            case "row":
                self._begin_row(attributes)
            case "sheetData":
                if self._has_table or namespace not in _NAMESPACES:
                    raise RefusedFile(DAMAGED.format("有不止一张表"))
                self._has_table = self._is_in_table = True
            case "mergeCell":
                self._add_merged(attributes.get("ref", ""))
            case "col":
                if _is_hidden(attributes, "width"):
                    first, last = int(attributes.get("min", 1)), int(attributes.get("max", LAST_COLUMN))
                    self._sheet.hidden_columns.append((first, last))

    def _begin_row(self, attributes: dict[str, str]) -> None:
        before = self._row
        self._row, self._column = int(attributes.get("r", before + 1)), 0
        if self._row <= before:
            self._disorder = self._disorder or f"第 {self._row} 行出现了两次，或各行的次序是乱的"
        self._row_is_hidden = _is_hidden(attributes, "ht")
        self._row_is_open = "r" not in attributes
        self._row_is_counted = False

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        before = self._column
        if "r" in attributes:
            reference = _REFERENCE.fullmatch(attributes["r"])
            if not reference:
                raise RefusedFile(DAMAGED.format(f"没有名为 {attributes['r']} 的单元格"))
            letters, digits = reference.groups()
            self._column = self._columns.get(letters) or self._columns.setdefault(letters, _column_number(letters))
            row = int(digits)
            if row != self._row and not (self._row_is_open and row > self._row and before == 0):
                self._disorder = self._disorder or f"单元格 {attributes['r']} 不在自己的行里"
            self._row = row
        else:
            self._column += 1
        if self._column <= before:
            self._disorder = self._disorder or f"单元格 {self._name} 出现了两次，或各单元格的次序是乱的"
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._has_content = self._formula = self._calculated = False
        self._is_number = self._is_unusual = False
        self._value, self._values = "", 0

    @property
    def _name(self) -> str:
        return f"{column_letters(self._column)}{self._row}"

    def _end(self, _: str) -> None:
        closed = self._stack.pop()
        if not self._is_in_table:
            return
        match closed:
            case "sheetData":
                self._is_in_table = False
            case "v" | "is" as name:
                self._value = value = "".join(self._text)
                self._calculated = bool(value) or self._kind == "str"
                if name == "v" and self._kind not in _COMPARED:
                    # A comment or a reference within it, at which the library stops.
                    self._is_unusual |= self._parser.CurrentByteIndex - self._value_begins != len(value.encode())
            # The library takes an empty text for a cell like any other, so it counts here as well.
            case "c" if self._has_content:
                self._end_cell()

    def _end_cell(self) -> None:
        sheet, row, column, value = self._sheet, self._row, self._column, self._value
        sheet.add(row, column)
        # A formula that came out as the empty text has type str and an empty value; that is a result.
        if self._formula and not self._calculated and not sheet.uncalculated:
            sheet.uncalculated = self._name
        if value:
            match self._kind:
                case "s" if value.isdecimal() and len(value) < 10:
                    sheet.shared.append(int(value))
                case "s":
                    self._is_unusual = True
                case "e":
                    sheet.texts[row, column] = value
                case "n" if self._style in self._styles.percent:
                    sheet.texts[row, column] = _percent(value)
                case "n" if self._is_number:
                    sheet.numbers.append(float(value))
                    sheet.places.append(row * LAST_COLUMN + column)
                    if self._style in self._styles.clock and _WHOLE_NUMBER.fullmatch(value):
                        sheet.midnights.append((row, column))
            if self._row_is_hidden and not self._row_is_counted:
                self._row_is_counted = True
                sheet.hidden_rows.append(row)
        if self._is_unusual:
            raise RefusedFile(DAMAGED.format(f"单元格 {self._name} 的值写法不寻常，读不准"))

    def _add_merged(self, reference: str) -> None:
        corners = [cell for corner in reference.split(":") if (cell := _REFERENCE.fullmatch(corner))]
        if len(corners) != 2 or reference.count(":") != 1 or len(self._sheet.merged) >= _MOST_MERGES:
            raise RefusedFile(DAMAGED.format("合并单元格的写法不对，或多得不合情理"))
        (left, top), (right, bottom) = ((_column_number(corner[1]), int(corner[2])) for corner in corners)
        self._sheet.merged.append(Area(reference, top, bottom, left, right))


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no height or width."""
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) == "0"


def _percent(number: str) -> str:
    """A number as a sheet shows it in percent. Workbooks hold doubles, whose shortest digits are the ones that were typed."""
    return f"{(Decimal(repr(float(number))) * 100).normalize():f}%"


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
