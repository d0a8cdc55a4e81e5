"""Writes a handout as a workbook: the rows on the first sheet, how to fill them in on the second, the choices on a hidden third.

Who fills it in can change the cells that it asks for and no others, picks from lists, and is told of a number out of bounds as he
types it. Cells hold no formulas. The same handout gives the same bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from flows.datasets import Column
from flows.receive.handouts import MOST, NAME
from flows.results.workbook import FONT, width_of
from flows.templates.fields import ANY, TEXT, Field
from flows.templates.model import Cell, Handout

HELP, CHOICES = "填写说明", "选项"
_LAST_ROW = 1_048_575
_LONGEST_SHEET = 31
# Of the words that come up beside a cell, and of what a list may hold that stands in no cells.
_LONGEST_TITLE, _LONGEST_WORDS = 32, MOST
_NARROWEST, _FOR_IDS, _FOR_WORDS, _WIDEST = 10, 18, 26, 40
_GIVEN, _HEAD, _OPTIONAL_HEAD, _ASKED = "#EDEDED", "#BDD7EE", "#DDEBF7", "#FFFFFF"
_A4, _MOST_UPRIGHT = 9, 5
_RULES = (
    "白底的格由您填写；灰底的格和表头已经填好、锁住，请不要改动，也不要增删列、合并单元格或另加工作表。",
    "空着的行不必删除。从别处粘贴时请用“选择性粘贴—数值”，否则会盖掉下拉列表和范围检查。",
    "请直接填数，不要写公式。填好后保存为 .xlsx 送回，文件名可以改。",
)


@dataclass(frozen=True)
class _Place:
    """A column of the first sheet: of the contract, or one to be looked at only."""

    title: str
    column: Column | None
    field: Field | None
    cells: "tuple[Cell, ...]" = ()
    is_once: bool = False

    @property
    def is_given(self) -> bool:
        return self.field is None

    @property
    def is_needed(self) -> bool:
        return self.column is None or self.column.filled


def workbook(handout: Handout, fields: dict[str, Field], title: str, label: str, year: int) -> bytes:
    """The bytes of a handout. `fields` has a field for each column that is filled in; `title` and `label` are those of the
    evaluation and of what is asked."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": dict(FONT),
    }
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": f"{title}：{label}", "created": datetime(year, 1, 1)})
        writer = _Writer(book, handout, fields)
        sheets = writer.write(title, label)
        book.define_name(NAME, f"={handout.mark(sheets).written()}")
    return content.getvalue()


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook, handout: Handout, fields: dict[str, Field]) -> None:
        self._book = book
        self._handout = handout
        self._places = list(_places(handout, fields))
        self._formats: dict[tuple, Format] = {}
        # The columns of the sheet of choices.
        self._lists: dict[tuple[str, ...], int] = {}

    def write(self, title: str, label: str) -> dict[str, int]:
        """Writes all sheets; returns the number of rows of each but the first."""
        sheet = self._book.add_worksheet(_sheet_name(label))
        self._write_rows(sheet)
        self._set_up(sheet, f"{title}　{label}")
        sheets = {HELP: self._write_help(title, label)}
        if self._lists:
            sheets[CHOICES] = self._write_choices()
        return sheets

    def _format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"valign": "vcenter", **properties})
        return self._formats[key]

    def _write_rows(self, sheet: Worksheet) -> None:
        rows = self._handout.rows
        for index, place in enumerate(self._places):
            shows = place.field.shows if place.field else ANY
            asked = self._format(
                bg_color=_ASKED, border=1, border_color="#A6A6A6", locked=False, num_format=shows, text_wrap=shows == TEXT
            )
            given = self._format(bg_color=_GIVEN, border=1, border_color="#A6A6A6", text_wrap=True)
            sheet.set_column(index, index, self._width(place), None if rows else asked)
            colour = _HEAD if place.is_needed else _OPTIONAL_HEAD
            sheet.write_string(
                0,
                index,
                place.title,
                self._format(bold=place.is_needed, bg_color=colour, border=1, align="center", text_wrap=True),
            )
            for line in range(1, rows + 1):
                if place.is_given:
                    _write(sheet, line, index, place.cells[line - 1], given)
                else:
                    sheet.write_blank(line, index, None, given if place.is_once and line > 1 else asked)
            if place.field:
                last = 1 if place.is_once else rows or _LAST_ROW
                sheet.data_validation(1, index, last, index, self._validation(place, place.field))

    def _width(self, place: _Place) -> float:
        texts = [place.title, *map(str, place.cells[:200]), *(place.field.choices if place.field else ())]
        is_written = place.field and place.field.shows != ANY and not place.field.choices
        least = _NARROWEST if not is_written else _FOR_IDS if place.is_needed or place.is_once else _FOR_WORDS
        return min(_WIDEST, max(least, *(width_of(text) + 3 for text in texts)))

    def _validation(self, place: _Place, field: Field) -> dict[str, Any]:
        """What a spreadsheet program lets into the cells of a column, with the words for it."""
        told = {
            "input_title": place.title[:_LONGEST_TITLE],
            "input_message": _cut(
                f"{'' if place.is_needed else '选填。'}{field.help}{'（写一次，每一行都算）' if place.is_once else ''}"
            ),
            "error_title": f"{place.title}不对"[:_LONGEST_TITLE],
            "error_message": _cut(f"{place.title}：{field.help}。"),
        }
        if field.choices:
            error = "warning" if field.open else "stop"
            return told | {"validate": "list", "source": self._source(field.choices), "error_type": error}
        if field.is_number:
            most = self._handout.most.get(place.column.name) if place.column else None
            limit = f"=${xl_col_to_name(self._index(most))}2" if most else _plain(field.most)
            return told | {"validate": "decimal", "criteria": "between", "minimum": _plain(field.least), "maximum": limit}
        if field.is_day and field.first and field.last:
            return told | {
                "validate": "date",
                "criteria": "between",
                "minimum": _moment(field.first),
                "maximum": _moment(field.last),
            }
        return told | {"validate": "any"}

    def _index(self, title: str) -> int:
        return next(index for index, place in enumerate(self._places) if place.title == title)

    def _source(self, choices: tuple[str, ...]) -> list[str] | str:
        """The choices in the cell's own list; where they do not fit there, the cells of the hidden sheet that have them."""
        if not any(re.search(r'[,"\n]|^\s|\s$', choice) for choice in choices) and len(",".join(choices)) <= _LONGEST_WORDS:
            return list(choices)
        column = xl_col_to_name(self._lists.setdefault(choices, len(self._lists)))
        return f"='{CHOICES}'!${column}$1:${column}${len(choices)}"

    def _set_up(self, sheet: Worksheet, title: str) -> None:
        # What a row is about stays in sight.
        sheet.freeze_panes(1, max((index for index, place in enumerate(self._places, start=1) if place.is_given), default=0))
        sheet.set_row(0, 24)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_paper(_A4)
        if len(self._places) > _MOST_UPRIGHT:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        # An ampersand begins a code there; the whole may have 255 letters.
        sheet.set_header(f"&C{title[:120].replace('&', '&&')}")
        sheet.set_footer("&C第 &P 页，共 &N 页")

    def _write_help(self, title: str, label: str) -> int:
        sheet = self._book.add_worksheet(HELP)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 76)
        wrapped, bold = self._format(text_wrap=True, valign="top"), self._format(bold=True)
        lines = [(f"{title}：{label}", ""), *((text, "") for text in (*self._handout.about, *_RULES)), ("列", "怎样填写")]
        heads = len(lines)
        lines += [(place.title, _help(place)) for place in self._places]
        for line, (text, more) in enumerate(lines):
            if more:
                form = bold if line == heads - 1 else wrapped
                sheet.write_string(line, 0, text, form)
                sheet.write_string(line, 1, more, form)
                sheet.set_row(line, 18 * (1 + width_of(more) // 74))
            else:
                form = self._format(bold=True, font_size=14, text_wrap=True) if line == 0 else wrapped
                sheet.merge_range(line, 0, line, 1, text, form)
                sheet.set_row(line, (22 if line == 0 else 18) * (1 + width_of(text) // 104))
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return len(lines)

    def _write_choices(self) -> int:
        sheet = self._book.add_worksheet(CHOICES)
        for choices, column in self._lists.items():
            for line, choice in enumerate(choices):
                sheet.write_string(line, column, choice)
        sheet.protect()
        sheet.hide()
        return max(map(len, self._lists))


def _places(handout: Handout, fields: dict[str, Field]) -> Iterator[_Place]:
    """The columns in their order; those that are only shown stand behind the last one that is given."""
    titles = handout.headings
    last = [column.name for column in handout.dataset.columns if column.name in handout.given][-1:]
    for column in handout.dataset.columns:
        name, title = column.name, titles[column.name]
        if name in handout.given:
            yield _Place(title, column, None, tuple(handout.given[name]))
        else:
            yield _Place(title, column, fields[name], is_once=name in handout.once)
        if [name] == last:
            for shown, cells in handout.shown.items():
                yield _Place(shown, None, None, tuple(cells))


def _help(place: _Place) -> str:
    if place.field is None:
        return "已填好" if place.column else "供填写时查看"
    once = "；只写在第一行，每一行都算" if place.is_once else ""
    return f"{'必填' if place.is_needed else '选填'}：{place.field.help}{once}"


def _write(sheet: Worksheet, line: int, index: int, cell: Cell, form: Format) -> None:
    if isinstance(cell, Decimal):
        sheet.write_number(line, index, float(cell), form)
    else:
        sheet.write_string(line, index, cell, form)


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _plain(number: Decimal | None) -> str:
    return f"{number:f}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_WORDS else f"{text[: _LONGEST_WORDS - 1]}…"


def _sheet_name(label: str) -> str:
    """A sheet's name has at most 31 letters, none of them one that stands in references, and is not that of another sheet."""
    name = re.sub(r"[\[\]:*?/\\']", "", label).strip()[:_LONGEST_SHEET].strip()
    return name if name and name.casefold() not in (HELP, CHOICES, "history") else "填报表"
