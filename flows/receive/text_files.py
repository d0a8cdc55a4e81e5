"""Reads CSV and JSON lines: every row with its line number. Sets broken rows aside, and lets no quote swallow other rows."""

import csv
import io
import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import polars as pl

from flows.errors import is_text
from flows.receive.chunks import CHARACTERS, Chunk, Fault, RefusedFile, most_rows, of_rows
from flows.receive.content import Content
from flows.receive.encodings import LONGEST_LINE, encoding_of
from flows.receive.headings import MOST_COLUMNS, header, too_many
from flows.receive.lines import Lines, Run

_BLOCK = 1 << 20
_COMMA = ","
# No heading has a line end, so this is none.
_LINE = "\n"
# Tried only where a header of several columns has no comma at all.
_OTHER_DELIMITERS = (";", "\t", "|")
# The line by which Excel declares the delimiter of a file.
_DELIMITER_LINE = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
# From so many columns on a line with one field more or fewer is taken for a row too.
_MANY_COLUMNS = 5
csv.field_size_limit(LONGEST_LINE)


def read_csv(content: Content) -> Iterator[Chunk]:
    """The rows of a CSV file (also gzipped) in chunks; a row with the wrong number of fields is broken."""
    encoding = encoding_of(content)
    with content.read() as stream:
        lines = Lines(stream, encoding)
        delimiter = _delimiter(lines)
        names = _first_row(lines, delimiter)
        gathered = _Gathered(names, delimiter)
        rows = _rows(lines, delimiter, len(names))
        while True:
            run = lines.run(delimiter, len(names), gathered.room)
            if run:
                gathered.add_run(run)
            else:
                row = next(rows, None)
                if row is None:
                    break
                gathered.add(*row, lines)
            if not gathered.room or lines.characters >= gathered.full:
                yield gathered.chunk()
                gathered = _Gathered(names, delimiter, lines.characters)
        yield gathered.chunk()


class _Gathered:
    """The rows of a chunk, as they come: runs of proven lines, and rows that the strict reader has read."""

    def __init__(self, names: list[str], delimiter: str, characters: int = 0) -> None:
        self._names = names
        self._delimiter = delimiter
        self.room = most_rows(len(names))
        self.full = characters + CHARACTERS
        self._runs: list[Run] = []
        self._rows: list[list[str]] = []
        self._numbers: list[int] = []
        self._broken: list[Fault] = []

    def add_run(self, run: Run) -> None:
        self._runs.append(run)
        self._broken += [Fault(line, "", "", self._miscounted(text.count(self._delimiter) + 1)) for line, text in run.apart]
        self.room -= len(run.numbers) + len(run.apart)

    def add(self, line: int, row: list[str] | str, lines: Lines) -> None:
        """Adds a row that begins on this line, or the reason why it is none; `lines` has kept it."""
        if isinstance(row, str):
            self._broken.append(Fault(line, "", "", row))
        elif len(row) != len(self._names):
            self._broken.append(Fault(line, "", "", f"{self._miscounted(len(row))}{_range(line, lines)}"))
        elif any(row):
            self._rows.append(row)
            self._numbers.append(line)
        self.room = max(0, self.room - 1)

    def _miscounted(self, fields: int) -> str:
        return f"字段个数为 {fields}，表头有 {len(self._names)} 列"

    def chunk(self) -> Chunk:
        """The rows in the order of their lines."""
        read = of_rows(self._names, self._rows, self._numbers)
        broken = tuple(sorted(self._broken, key=lambda fault: fault.line))
        proven = b"".join(run.rows for run in self._runs)
        if not proven:
            return replace(read, broken=broken)
        numbers = pl.Series("line", np.concatenate([run.numbers for run in self._runs]), dtype=pl.Int64)
        cells = self._cells(proven, any(run.has_quotes for run in self._runs))
        if len(numbers) != cells.height:
            raise AssertionError(f"{len(numbers)} lines are proven to be rows, and {cells.height} rows were read of them")
        frame = cells.with_columns(numbers.alias(_LINE))
        if self._rows:
            frame = pl.concat([frame, pl.DataFrame([*read.columns.values(), read.lines.alias(_LINE)])]).sort(_LINE)
        return Chunk({name: frame[name] for name in self._names}, frame[_LINE].alias("line"), broken)

    def _cells(self, proven: bytes, has_quotes: bool) -> pl.DataFrame:
        """The cells of proven lines."""
        return pl.read_csv(
            proven,
            has_header=False,
            schema=dict.fromkeys(self._names, pl.String),
            separator=self._delimiter,
            quote_char='"' if has_quotes else None,
            empty_string_is_null=False,
            extra_columns="raise",
            missing_columns="raise",
        )


def _delimiter(lines: Lines) -> str:
    """The delimiter: the one that a first line `sep=` declares, else a comma, else the only other one in the header."""
    lines.begin()
    for line in lines:
        declaration = _DELIMITER_LINE.match(line.strip("\r\n"))
        if declaration and declaration[1] in (_COMMA, *_OTHER_DELIMITERS):
            return declaration[1]
        if line.strip():
            break
    written = lines.kept[-1] if lines.kept else ""
    lines.back_to(0)
    # Where commas cannot part it, quotes are closed before something else.
    if _fields(written, _COMMA) in (None, 1) and not written.lstrip().startswith("<"):
        certain = [mark for mark in _OTHER_DELIMITERS if (_fields(written, mark) or 0) > 1]
        if len(certain) == 1:
            return certain[0]
    return _COMMA


def _fields(line: str, delimiter: str) -> int | None:
    """How many fields a line has when it is read by itself; None where its quotes do not close."""
    try:
        return len(next(csv.reader([line.rstrip("\r\n")], strict=True, delimiter=delimiter), []))
    except csv.Error:
        return None


def _first_row(lines: Lines, delimiter: str) -> list[str]:
    for line, row in _rows(lines, delimiter, None):
        if isinstance(row, str):
            raise RefusedFile(f"表头无法读取：{row}")
        if row[0].lstrip().startswith("<"):
            raise RefusedFile(f"第 {line} 行以“<”开头，像是网页而不是 CSV（导出时可能出错或登录已过期）；请重新导出")
        if any(delimiter in cell and _LINE_END.search(cell) for cell in row):
            raise RefusedFile(f"表头（第 {line} 行起）有引号没有闭合，把后面的行也算成了列名；请改正")
        if any(row):
            return header(row)
    raise RefusedFile("是空文件，连表头都没有；请重新导出")


def _rows(lines: Lines, delimiter: str, width: int | None) -> Iterator[tuple[int, list[str] | str]]:
    """Each row that is not blank, with the number of its first line. For a broken row, a text that gives the reason.

    Where a quote swallows text that looks like rows of `width` fields, only the line of the quote is broken, and reading
    continues at the next line.
    """
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        line = lines.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            text = str(fault)
            if "end of data" in text or "field larger" in text:
                raise RefusedFile(f"第 {line} 行起有引号没有闭合，后面的内容无法分行；请改正或重新导出") from None
            reason = f"引号用得不对，无法分成字段{_and_goes_on(line, lines)}"
        else:
            if not _swallows(lines.kept, row, delimiter, width):
                if row:
                    yield line, row
                continue
            reason = f"引号没有闭合，会吞掉后面的行{_and_goes_on(line, lines)}"
        lines.back_to(1)
        reader = csv.reader(lines, strict=True, delimiter=delimiter)
        yield line, reason


def _swallows(kept: list[str], row: list[str], delimiter: str, width: int | None) -> bool:
    """Whether a row of several lines swallows other rows: a line within one of its cells has the number of fields of a row.

    The last line counts too where the first line has the number of fields of a row: then each line holds one half of a pair of
    quotes. In an honest row, a wrapped cell with a delimiter in it divides the fields of the row between the two lines.
    """
    if len(kept) == 1 or width is None or width < 2:
        return False
    slack = 1 if width >= _MANY_COLUMNS else 0
    wrapped = [cell for cell in row if _LINE_END.search(cell)]
    behind = [line for cell in wrapped for line in _LINE_END.split(cell)[1:]]
    if any(delimiter in cell for cell in wrapped) and abs(kept[0].count(delimiter) + 1 - width) <= slack:
        behind.append(kept[-1])
    return any(abs(_parts(line, delimiter) - width) <= slack for line in behind)


def _parts(line: str, delimiter: str) -> int:
    """The number of fields in a line that may hold one half of a pair of quotes."""
    fields = _fields(line, delimiter)
    return fields if fields is not None else line.count(delimiter) + 1


def _and_goes_on(line: int, lines: Lines) -> str:
    last = line + len(lines.kept) - 1
    return f"（第 {line}–{last} 行）；只搁置这一行，从第 {line + 1} 行起另读" if last > line else ""


def _range(line: int, lines: Lines) -> str:
    last = line + len(lines.kept) - 1
    return f"（第 {line}–{last} 行是一行）" if last > line else ""


def read_jsonl(content: Content) -> Iterator[Chunk]:
    """The objects of a JSON lines file in chunks. Numbers keep the digits they were written with."""
    names = _keys(content)
    headings = header(names)
    most, size = most_rows(len(names)), 0
    rows, line_numbers, broken = [], [], []
    for line, entry, length in _objects(content):
        if isinstance(entry, str):
            broken.append(Fault(line, "", "", entry))
        else:
            rows.append([entry.get(name) for name in names])
            line_numbers.append(line)
        size += length
        if len(rows) + len(broken) >= most or size >= CHARACTERS:
            yield of_rows(headings, rows, line_numbers, broken)
            rows, line_numbers, broken, size = [], [], [], 0
    yield of_rows(headings, rows, line_numbers, broken)


def ends_in_the_middle(content: Content) -> bool:
    """Whether the last line has no line end, as when an export was cut short (or was made by hand)."""
    last = content.ends(1)
    if content.is_packed:
        unpacked = content.opened()
        while block := unpacked.read(_BLOCK):
            last = block
    return not last.endswith((b"\n", b"\r"))


@contextmanager
def _text(content: Content) -> Generator[io.TextIOWrapper]:
    encoding = encoding_of(content)
    with content.read() as stream:
        yield io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")


def _objects(content: Content) -> Iterator[tuple[int, dict[str, str | None] | str, int]]:
    """Each line that is not blank: its number, its object or the reason why it has none, and its length."""
    with _text(content) as lines:
        for line, text in enumerate(lines, start=1):
            if text.strip():
                yield line, _object(text), len(text)


def _object(text: str) -> dict[str, str | None] | str:
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_float=_whole_or_as_written, parse_int=str, parse_constant=str)
        if not isinstance(pairs, _Pairs):
            return "不是 JSON 对象（应为 {…}）"
        # Most values are texts; a call for each of them would take a tenth of the time.
        entry = {key: value if type(value) is str else _cell(value) for key, value in pairs}
    except RecursionError:
        return "JSON 里一层套一层，深得不合情理"
    except ValueError:
        return "不是完整的 JSON"
    if "\\u" in text and not is_text("".join(f"{key}{value}" for key, value in entry.items())):
        return "含有不成字符的 \\u 转义"
    return "同一个键出现了不止一次" if len(entry) < len(pairs) else entry


def _whole_or_as_written(number: str) -> str:
    """The digits of a JSON number; 5 for 5.0, since data frames turn whole numbers into doubles on the way."""
    return number.removesuffix(".0")


class _Pairs(list):
    """The pairs of a JSON object, of another type than a JSON list."""


def _cell(value) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return json.dumps(_nested(value), ensure_ascii=False)


def _nested(value):
    """Objects and lists within a cell, as they were written."""
    match value:
        case _Pairs():
            return {key: _nested(part) for key, part in value}
        case list():
            return [_nested(part) for part in value]
        case _:
            return value


def _keys(content: Content) -> list[str]:
    """Every key that occurs, sorted, so that the columns do not depend on the order of the lines."""
    keys: set[str] = set()
    objects = 0
    for _, entry, _ in _objects(content):
        if not isinstance(entry, str):
            keys.update(entry)
            objects += 1
            if len(keys) > MOST_COLUMNS:
                raise RefusedFile(too_many(len(keys)))
    if not objects:
        raise RefusedFile("没有一行是 JSON 对象；请检查文件格式")
    return sorted(keys)
