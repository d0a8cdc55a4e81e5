"""Workbooks for tests: honest ones by xlsxwriter, and any sheet XML that someone might send."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime

import xlsxwriter

_MAIN = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN}><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def honest(draw: Callable, rows: Sequence[Sequence] = ()) -> bytes:
    """A workbook as a spreadsheet program saves it: `rows` on its first sheet, then what `draw(book, sheet)` does to it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2007, 1, 1)})
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
        draw(book, sheet)
    return buffer.getvalue()


def archive(parts: dict[str, str | bytes]) -> bytes:
    """A workbook of these parts beside the usual ones."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {**_PARTS, **parts}.items():
            # Without the time at which it was made.
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def with_sheet(rows: str, parts: dict[str, str | bytes] | None = None, before: str = "") -> bytes:
    """A workbook whose first sheet has this XML for its rows."""
    sheet = f"{before}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"
    return archive({"xl/worksheets/sheet1.xml": sheet, **(parts or {})})


def row(line: int, *cells: str) -> str:
    return f'<row r="{line}">{"".join(cells)}</row>'


def text(reference: str, words: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{words}</t></is></c>'


def number(reference: str, digits: str, style: int = 0) -> str:
    return f'<c r="{reference}" s="{style}"><v>{digits}</v></c>'


HEADER = row(1, text("A1", "site"), text("B1", "score"))
