"""CSV and JSON lines, as they are: the encoding by rule, never by guess; every row with its line; broken rows set aside."""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from flows.receive.chunks import ROWS, Chunk, Fault, RefusedFile, header, of_rows

_BLOCK = 1 << 20
_LONGEST_LINE = 4 << 20
_BOMB_SIZE = 256 << 20
_BOMB_RATIO = 100
csv.field_size_limit(_LONGEST_LINE)


def read_csv(path: Path) -> Iterator[Chunk]:
    """The rows of a CSV file (also gzipped) in chunks; a row with the wrong number of fields is broken."""
    with _text(path) as lines:
        reader = csv.reader(lines, strict=True)
        names = _first_row(reader, path)
        rows, places, broken = [], [], []
        for line, row in _rows(reader):
            if isinstance(row, str):
                broken.append(Fault(line, "", "", row))
            elif len(row) != len(names):
                broken.append(Fault(line, "", "", f"字段个数为 {len(row)}，表头有 {len(names)} 列"))
            elif any(row):
                rows.append(row)
                places.append(line)
            if len(rows) + len(broken) >= ROWS:
                yield of_rows(names, rows, places, broken)
                rows, places, broken = [], [], []
        yield of_rows(names, rows, places, broken)


def read_jsonl(path: Path) -> Iterator[Chunk]:
    """The objects of a JSON lines file in chunks. Numbers keep the digits they were written with."""
    names = _keys(path)
    rows, places, broken = [], [], []
    for line, entry in _objects(path):
        if isinstance(entry, str):
            broken.append(Fault(line, "", "", entry))
        else:
            rows.append([entry.get(name) for name in names])
            places.append(line)
        if len(rows) + len(broken) >= ROWS:
            yield of_rows(header(names), rows, places, broken)
            rows, places, broken = [], [], []
    yield of_rows(header(names), rows, places, broken)


def ends_in_the_middle(path: Path) -> bool:
    """Whether the last line has no line end, as when an export was cut short (or was made by hand)."""
    with _open(path) as stream:
        last = b""
        for block in iter(lambda: stream.read(_BLOCK), b""):
            last = block
    return not last.endswith((b"\n", b"\r"))


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _text(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(_open(path), encoding=encoding_of(path), errors="strict", newline="")


def encoding_of(path: Path) -> str:
    """The encoding of a text file: a byte order mark, else strict UTF-8, else strict GB18030, else the file is refused."""
    try:
        if _decodes(path, "utf-8"):
            return "utf-8-sig"
        with _open(path) as stream:
            marked = stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
        if not marked and _decodes(path, "gb18030"):
            return "gb18030"
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise RefusedFile(f"压缩文件不完整或已损坏（{fault}）；请重新传送") from None
    raise RefusedFile("既不是 UTF-8 也不是 GB18030 编码；请另存为 UTF-8 的 CSV 后重新送来")


def _decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file is text in this encoding; on the way, what no honest text file does is refused."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    packed = path.stat().st_size
    size = run = 0
    ascii_only = True
    with _open(path) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            size += len(block)
            if path.suffix.lower() == ".gz" and size > _BOMB_SIZE and size > _BOMB_RATIO * packed:
                raise RefusedFile(f"解压后超过原来的 {_BOMB_RATIO} 倍，疑为恶意压缩文件；请改送未压缩的文件")
            if b"\0" in block:
                raise RefusedFile("含有空字节（NUL），不是文本文件；请从原系统重新导出为 CSV")
            run = run + len(block) if b"\n" not in block and b"\r" not in block else len(block) - block.rfind(b"\n")
            if run > _LONGEST_LINE:
                raise RefusedFile(f"有一行超过 {_LONGEST_LINE >> 20} MB，不像是一行数据；请检查换行符")
            try:
                ascii_only &= decoder.decode(block).isascii()
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        if encoding == "utf-8" and not ascii_only:
            # Cut inside a character, UTF-8 often passes for GB18030, and every name in it for another.
            raise RefusedFile("在一个 UTF-8 字符的中间结束，没有传完；请重新传送") from None
        return False
    return True


def _first_row(reader, path: Path) -> list[str]:
    for line, row in _rows(reader):
        if isinstance(row, str):
            raise RefusedFile(f"表头无法读取：{row}")
        if row[0].lstrip().startswith("<"):
            raise RefusedFile(f"第 {line} 行以“<”开头，像是网页而不是 CSV（导出时可能出错或登录已过期）；请重新导出")
        if any(row):
            return header(row)
    raise RefusedFile("是空文件，连表头都没有；请重新导出")


def _rows(reader) -> Iterator[tuple[int, list[str] | str]]:
    """Each row that is not blank with the line it begins on; a text in its place says why it is not a row."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            text = str(fault)
            if "end of data" in text or "field larger" in text:
                raise RefusedFile(f"第 {line} 行起有引号没有闭合，后面的内容无法分行；请改正或重新导出") from None
            yield line, "引号用得不对，无法分成字段"
        else:
            if row:
                yield line, row


def _objects(path: Path) -> Iterator[tuple[int, dict[str, str | None] | str]]:
    with _text(path) as lines:
        for line, text in enumerate(lines, start=1):
            if not text.strip():
                continue
            try:
                pairs = json.loads(
                    text, object_pairs_hook=_Pairs, parse_float=_whole_or_as_written, parse_int=str, parse_constant=str
                )
            except (ValueError, RecursionError):
                yield line, "不是完整的 JSON"
                continue
            if not isinstance(pairs, _Pairs):
                yield line, "不是 JSON 对象（应为 {…}）"
                continue
            entry = {key: _cell(value) for key, value in pairs}
            if "\\u" in text and not _is_text("".join(f"{key}{value}" for key, value in entry.items())):
                yield line, "含有不成字符的 \\u 转义"
            elif len(entry) < len(pairs):
                yield line, "同一个键出现了不止一次"
            else:
                yield line, entry


def _whole_or_as_written(number: str) -> str:
    """The digits of a JSON number; 5 for 5.0, since data frames turn whole numbers into doubles on the way."""
    return number.removesuffix(".0")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Pairs(list):
    """The pairs of a JSON object, told apart from a JSON list."""


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


def _keys(path: Path) -> list[str]:
    """Every key that occurs, sorted, so that the columns do not depend on the order of the lines."""
    keys: set[str] = set()
    objects = 0
    for _, entry in _objects(path):
        if not isinstance(entry, str):
            keys.update(entry)
            objects += 1
    if not objects:
        raise RefusedFile("没有一行是 JSON 对象；请检查文件格式")
    return sorted(keys)
