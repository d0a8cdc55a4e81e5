"""A workbook as somebody fills it in with a spreadsheet program: values go into cells that are not locked, and it is saved anew."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_X = f"{{{MAIN}}}"
_EPOCH = datetime(1899, 12, 30)

Value = str | int | float | date | None


@dataclass(frozen=True)
class Rule:
    """What a spreadsheet program lets into a column's cells."""

    cells: str
    kind: str
    choices: tuple[str, ...]
    least: str
    most: str
    prompt: str
    error: str


class Workbook:
    """The first sheet of a workbook, `parts` being all of its archive."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.sheet = self.tree("xl/worksheets/sheet1.xml")
        shared = self.tree("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in self.parts else ()
        # A character that could be misread is written by its number.
        self._texts = [
            re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), "".join(text.itertext())) for text in shared
        ]
        self._is_open = [
            (lock := style.find(f"{_X}protection")) is not None and lock.get("locked") == "0"
            for style in self._found(self.tree("xl/styles.xml"), "cellXfs")
        ]

    @classmethod
    def of(cls, path: Path) -> "Workbook":
        return cls(path.read_bytes())

    def tree(self, part: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[part])

    @staticmethod
    def _found(tree: ElementTree.Element, name: str) -> ElementTree.Element:
        found = tree.find(f"{_X}{name}")
        assert found is not None
        return found

    @property
    def sheets(self) -> dict[str, str]:
        """The sheets by name, and whether each is visible."""
        listed = self._found(self.tree("xl/workbook.xml"), "sheets")
        return {sheet.get("name", ""): sheet.get("state", "visible") for sheet in listed}

    @property
    def is_protected(self) -> bool:
        protection = self.sheet.find(f"{_X}sheetProtection")
        return protection is not None and protection.get("sheet") == "1" and protection.get("password") is None

    def rows(self, sheet: ElementTree.Element | None = None) -> list[list[Value]]:
        """The values of the cells that are there, row by row."""
        table = self._found(self.sheet if sheet is None else sheet, "sheetData")
        return [[self._value(cell) for cell in row] for row in table]

    def _value(self, cell: ElementTree.Element) -> Value:
        value = cell.findtext(f"{_X}v")
        if value is None:
            return "".join(cell.itertext()) or None
        return self._texts[int(value)] if cell.get("t") == "s" else float(value)

    @property
    def headings(self) -> list[str]:
        return [str(value) for value in self.rows()[0]]

    def column(self, heading: str) -> str:
        return chr(ord("A") + self.headings.index(heading))

    def given(self, heading: str) -> list[Value]:
        """What the workbook itself has in a column, below the heading."""
        index = self.headings.index(heading)
        return [row[index] for row in self.rows()[1:]]

    def is_locked(self, reference: str) -> bool:
        cell = self._cell(reference)
        if cell is not None:
            return not self._is_open[int(cell.get("s", 0))]
        number = _number(reference)
        columns = [
            column for column in self.sheet.iter(f"{_X}col") if int(column.get("min", 0)) <= number <= int(column.get("max", 0))
        ]
        return not any(self._is_open[int(column.get("style", 0))] for column in columns)

    def put(self, heading: str, line: int, value: Value) -> None:
        """Types a value into the column's cell on a line, counted from 1 for the header, unless the sheet is closed there."""
        reference = f"{self.column(heading)}{line}"
        assert self.is_protected and not self.is_locked(reference), f"{reference} is locked"
        self.force(reference, value)

    def force(self, reference: str, value: Value) -> None:
        """Puts a value into a cell, locked or not."""
        cell = self._cell(reference)
        if cell is None:
            cell = self._new_cell(reference)
        for part in list(cell):
            cell.remove(part)
        cell.attrib.pop("t", None)
        match value:
            case None:
                pass
            case str():
                cell.set("t", "inlineStr")
                ElementTree.SubElement(ElementTree.SubElement(cell, f"{_X}is"), f"{_X}t").text = value
            case datetime():
                ElementTree.SubElement(cell, f"{_X}v").text = repr((value - _EPOCH).total_seconds() / 86400)
            case date():
                ElementTree.SubElement(cell, f"{_X}v").text = str((value - _EPOCH.date()).days)
            case _:
                ElementTree.SubElement(cell, f"{_X}v").text = str(value)

    def _cell(self, reference: str) -> ElementTree.Element | None:
        return next((cell for cell in self.sheet.iter(f"{_X}c") if cell.get("r") == reference), None)

    def _new_cell(self, reference: str) -> ElementTree.Element:
        table, line = self._found(self.sheet, "sheetData"), int(re.sub("[A-Z]", "", reference))
        row = next((row for row in table if row.get("r") == str(line)), None)
        if row is None:
            row = ElementTree.SubElement(table, f"{_X}row", {"r": str(line)})
        number = _number(reference)
        styles = [
            column.get("style", "0")
            for column in self.sheet.iter(f"{_X}col")
            if int(column.get("min", 0)) <= number <= int(column.get("max", 0))
        ]
        cell = ElementTree.Element(f"{_X}c", {"r": reference, "s": styles[0] if styles else "0"})
        before = sum(_number(other.get("r", "")) < number for other in row)
        row.insert(before, cell)
        return cell

    @property
    def rules(self) -> dict[str, Rule]:
        """The rule of each column, by heading."""
        found = {}
        for rule in self.sheet.iter(f"{_X}dataValidation"):
            cells = rule.get("sqref", "")
            least, most = (rule.findtext(f"{_X}{name}") or "" for name in ("formula1", "formula2"))
            found[self.headings[_number(cells) - 1]] = Rule(
                cells,
                rule.get("type", "any"),
                self._choices(least) if rule.get("type") == "list" else (),
                least,
                most,
                rule.get("prompt", ""),
                rule.get("error", ""),
            )
        return found

    def _choices(self, formula: str) -> tuple[str, ...]:
        if formula.startswith('"'):
            return tuple(formula.strip('"').split(","))
        sheet, letter, last = re.fullmatch(r"'(.+)'!\$([A-Z])\$1:\$\2\$(\d+)", formula).groups()
        part = f"xl/worksheets/sheet{list(self.sheets).index(sheet) + 1}.xml"
        cells = {cell.get("r"): self._value(cell) for cell in self.tree(part).iter(f"{_X}c")}
        return tuple(str(cells[f"{letter}{line}"]) for line in range(1, int(last) + 1))

    def saved(self, **parts: bytes) -> bytes:
        """The workbook as it is now; `parts` are put in the place of those of its archive."""
        ElementTree.register_namespace("", MAIN)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in (self.parts | parts).items():
                archive.writestr(name, ElementTree.tostring(self.sheet) if name == "xl/worksheets/sheet1.xml" else part)
        return content.getvalue()


def _number(reference: str) -> int:
    """The number of a cell's column, from 1."""
    letters = re.match("[A-Z]+", reference)
    assert letters
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
