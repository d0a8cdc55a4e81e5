"""Hostile deliveries by the hundred: made by code, the same for one seed."""

import csv
import gzip
import io
import json
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.receive.sheets import HEADER, archive, honest, number, row, text, with_sheet

TABLE = (("site", "score"), ("s01", "88.5"), ("s02", "77"), ("d01", "66"))
PLAIN = "".join(f"{','.join(line)}\n" for line in TABLE)
BOOK = honest(lambda book, sheet: None, TABLE)
_CONTROLS = ("\x1b[31m", "\r\n错误：一切正常", "\u202e", "\x00", "\u200b", "\ufeff", "\t", "\x9b", "\u2028")


@dataclass(frozen=True)
class Hostile:
    """A delivery of the dataset `superior`: its file's name, and its content or what makes the file in the folder."""

    name: str
    content: bytes | Callable[[Path], object]
    what: str

    def put(self, folder: Path) -> Path:
        path = folder / self.name
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def _later(make: Callable[[], bytes]) -> Callable[[Path], object]:
    """What takes long to make is made when it is needed."""
    return lambda path: path.write_bytes(make())


def corpus(seed: int) -> Iterator[Hostile]:
    rng = Random(f"corpus {seed}")
    for make in (_texts, _cells, _packed, _json_lines, _parquet, _books, _names, _irregular):
        yield from make(rng)


def _texts(rng: Random) -> Iterator[Hostile]:
    encodings = [
        "utf-8",
        "utf-8-sig",
        "gb18030",
        "gbk",
        "big5",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-7",
        "latin-1",
        "shift_jis",
        "euc_kr",
        "cp037",
        "hz",
    ]
    named = PLAIN.replace("s01", "市财政局").replace("\n", ",备注é\n")
    for encoding in encodings:
        for separator in (",", ";", "\t", "|", " ", "，", "\x1f"):
            content = named.replace(",", separator).encode(encoding, "replace")
            yield Hostile("a.csv", content, f"{encoding} {separator!r}")
    for end in ("\n", "\r\n", "\r", "\n\r", "\x0b", "\x0c", "\x85", "\u2028", "\x1e", "\n\n\n"):
        yield Hostile("a.csv", PLAIN.replace("\n", end).encode(), f"line end {end!r}")
        yield Hostile("a.csv", PLAIN.replace("\n", end).rstrip().encode(), f"line end {end!r}, cut")
    half = len(PLAIN) // 2
    yield Hostile("a.csv", named[:half].encode("utf-8") + named[half:].encode("gb18030"), "two encodings")
    yield Hostile("a.csv", b"", "empty")
    yield Hostile("a.csv", b"\n" * 1000, "line ends only")
    yield Hostile("a.csv", b"\xef\xbb\xbf", "a BOM only")
    yield Hostile("a.csv", PLAIN.encode() * 1000, "headings again and again")
    yield Hostile("a.csv", b"site,score\n" + b"s01," + b"9" * (8 << 20) + b"\n", "a cell of 8 MB")
    yield Hostile("a.csv", ",".join(["site", "score", *map(str, range(5_000))]).encode() + b"\n", "5 000 columns")
    yield Hostile("a.csv", b"site,score\n" + b"," * 200_000 + b"\n", "200 000 commas")
    for place in range(24):
        content = bytearray(rng.randbytes(rng.choice((40, 400, 40_000))))
        yield Hostile("a.csv", bytes(content), f"random bytes {place}")
        letters = "".join(
            chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x4E00, 0x9FFF), rng.randrange(0x2000, 0x2070))))
            for _ in range(300)
        )
        yield Hostile("a.csv", f"site,score\n{letters}\n".encode(), f"random letters {place}")
    for name in (
        "a.txt",
        "a.xls",
        "a.doc",
        "a.zip",
        "a.csv.part",
        "a",
        ".csv",
        "a.CSV",
        "a.csv.gz.gz",
        "a.json",
        "~$a.xlsx",
        "a.csv~",
        "Thumbs.db",
    ):
        yield Hostile(name, PLAIN.encode(), f"the name {name}")


def _cells(rng: Random) -> Iterator[Hostile]:
    quotes = (
        '"',
        '""',
        '"""',
        'a"b',
        '"a"b',
        '"a',
        'a"',
        '"a\nb"',
        '"a""b"',
        '\\"',
        "“88”",
        "'88'",
        '"\x00"',
        '="88"',
        "`",
        '"88"',
        '" 88 "',
    )
    numbers = ["NaN", "inf", "-inf", "1e999", "1e-999", "1E2", "0x58", "0b1", "1_0", "+88", "-0", "-88", ".5", "5.", "1,5", "1.234,5", "8.8.8", "８８", "八十八", "٨٨", "८८", "Ⅷ", "½", "88%", "88‰", "88分", "--8", "8-", "1/2", "(88)", "$88", "88e", "88.", "2007-11-01", "true", "null", "None", "#N/A", "#REF!", "=1+1", "@SUM(A1)", "88\u200b", "\xa088", "88\u3000", "8\xa08", "1e1000000"]  # fmt: skip
    for cell in (*quotes, *numbers, "9" * 40, "0." + "1" * 400, "9" * 100_000, *_CONTROLS):
        yield Hostile("a.csv", f"site,score\ns01,{cell}\ns02,77\n".encode(), f"the score {cell[:20]!r}")
        yield Hostile("a.csv", f"site,score\n{cell},88\ns02,77\n".encode(), f"the site {cell[:20]!r}")
    for heading in (
        *_CONTROLS,
        "score",
        "Score ",
        "ｓｃｏｒｅ",
        "得分",
        "",
        " ",
        "=cmd|' /C calc'!A0",
        "x" * 100_000,
        '"',
        "site\nscore",
    ):
        yield Hostile("a.csv", f"site,{heading}\ns01,88\n".encode(), f"the heading {heading[:20]!r}")
        yield Hostile("a.csv", f"site,score,{heading}\ns01,88,1\n".encode(), f"one more heading {heading[:20]!r}")
    for line in (
        "s01",
        "s01,88,x,y",
        ",",
        "",
        " ",
        ",,,,",
        "s01,88\x00",
        "\x1a",
        "s01\t88",
        "# s01,88",
        "s01,88\\",
        "合计,231.5",
        "---,---",
    ):
        yield Hostile("a.csv", f"site,score\n{line}\ns02,77\n".encode(), f"the line {line!r}")


def _packed(rng: Random) -> Iterator[Hostile]:
    whole = gzip.compress(PLAIN.encode(), mtime=0)
    for cut in range(0, len(whole), 5):
        yield Hostile("a.csv.gz", whole[:cut], f"gzip cut at {cut}")
    head = gzip.compress(b"site,score\n", mtime=0)
    yield Hostile("a.csv.gz", _later(lambda: head + gzip.compress(b"s01,88\n" * (1 << 20), mtime=0) * 45), "a bomb of rows")
    yield Hostile("a.csv.gz", _later(lambda: head + gzip.compress(bytes(1 << 20), mtime=0) * 300), "a bomb of zeros")
    yield Hostile("a.csv.gz", _later(lambda: head + gzip.compress(b"9" * (1 << 20), mtime=0) * 300), "a bomb of one line")
    yield Hostile("a.csv.gz", gzip.compress(whole, mtime=0), "gzip in gzip")
    yield Hostile("a.csv.gz", whole + b"\0" * 1000, "zeros behind")
    yield Hostile("a.csv.gz", whole + b"garbage", "garbage behind")
    yield Hostile("a.csv.gz", whole * 2000, "two thousand members")
    yield Hostile("a.csv.gz", whole[:3] + b"\x08" + whole[4:10] + b"../../etc/passwd\0" + whole[10:], "a name inside")
    yield Hostile("a.csv.gz", whole[:3] + b"\x04" + whole[4:10] + b"\xff\xff" + whole[10:], "an extra field that lies")
    yield Hostile("a.csv.gz", whole[:-8] + struct.pack("<LL", 0, 0), "no checksum")
    yield Hostile("a.csv.gz", whole[:-4] + struct.pack("<L", 1 << 31), "a size that lies")
    yield Hostile("a.csv.gz", zlib.compress(PLAIN.encode()), "zlib")
    yield Hostile("a.jsonl.gz", whole, "a name that is not taken")
    yield Hostile("a.xlsx", whole, "gzip for a workbook")
    yield Hostile("a.csv", whole, "gzip without the name")
    for place in range(16):
        spoilt = bytearray(whole)
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
        yield Hostile("a.csv.gz", bytes(spoilt), f"a bit of gzip {place}")


def _json_lines(rng: Random) -> Iterator[Hostile]:
    good = '{"site": "s02", "score": 77}\n'
    for depth in (10, 200, 990, 5_000, 100_000, 2_000_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            inner = "1" if opening != "[" else ""
            yield Hostile(
                "a.jsonl",
                f'{{"site": "s01", "score": 88, "x": {opening * depth}{inner}{closing * depth}}}\n{good}'.encode(),
                f"{depth} deep {opening}",
            )
    for value in ["1e400", "-1e400", "NaN", "Infinity", "1E-400", "0x58", "088", ".5", "+1", "1.0000000000000000000001", "true", "null", "[]", "{}", "[88]", '{"a":1}', '"\\ud800"', '"\\u0000"', '"\\x"', "'88'", "88,", '"88', '88"', '"8\\u00a08"', "undefined", "1__0"]:  # fmt: skip
        yield Hostile("a.jsonl", f'{{"site": "s01", "score": {value}}}\n{good}'.encode(), f"JSON {value}")
        yield Hostile("a.jsonl", f'{{"site": {value}, "score": 88}}\n{good}'.encode(), f"JSON site {value}")
    yield Hostile("a.jsonl", f'{{"site": "s01", "score": {"9" * 5_000}}}\n{good}'.encode(), "5 000 digits")
    yield Hostile("a.jsonl", f'{{"site": "s01", "score": 1e{"9" * 5_000}}}\n{good}'.encode(), "an exponent of 5 000 digits")
    yield Hostile(
        "a.jsonl", "".join(f'{{"site": "s01", "score": 1, "k{place}": 1}}\n' for place in range(3_000)).encode(), "3 000 keys"
    )
    yield Hostile(
        "a.jsonl",
        ('{"site": "s01", "score": 1, ' + ", ".join(f'"{place}": 1' for place in range(50_000)) + "}\n").encode(),
        "50 000 keys in a line",
    )
    yield Hostile("a.jsonl", b'{"site": "s01", "score": 1, "x": "' + b"x" * (6 << 20) + b'"}\n', "a line of 6 MB")
    for line in ("", "[]", "{}", "null", "1", '"x"', "{", "}", '{"site": "s01"', '{"site": "s01", "site": "s02", "score": 1}', "[{}]", "// no", "\x1e{}", '{"": 1}', '{"score": 1, "Score": 2, "site": "s01"}'):  # fmt: skip
        yield Hostile("a.jsonl", f"{good}{line}\n{good}".encode(), f"the line {line[:30]}")
    for encoding in ("utf-16", "utf-8-sig", "gb18030", "utf-32", "latin-1"):
        yield Hostile(
            "a.jsonl", '{"site": "s01", "score": 88, "备注": "é"}\n'.encode(encoding, "replace"), f"JSON in {encoding}"
        )
    yield Hostile("a.jsonl", json.dumps([{"site": "s01", "score": 1}] * 100_000).encode(), "one list of all")


def _table(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _parquet(rng: Random) -> Iterator[Hostile]:
    values: list[tuple[str, Callable[[], pa.Array]]] = [
        ("date32 max", lambda: pa.array([2**31 - 1], pa.int32()).cast(pa.date32())),
        ("date32 min", lambda: pa.array([-(2**31)], pa.int32()).cast(pa.date32())),
        ("date64 max", lambda: pa.array([2**62], pa.int64()).view(pa.date64())),
        *((f"timestamp {unit}", lambda unit=unit: pa.array([2**62], pa.timestamp(unit))) for unit in ("s", "ms", "us", "ns")),
        *((f"timestamp {zone}", lambda zone=zone: pa.array([0], pa.timestamp("us", zone))) for zone in ("UTC", "+99:59", "Mars/Olympus", "")),
        *((f"duration {unit}", lambda unit=unit: pa.array([2**62], pa.duration(unit))) for unit in ("s", "ns")),
        ("time32", lambda: pa.array([86_399], pa.time32("s"))),
        ("time64 too late", lambda: pa.array([2**62], pa.int64()).view(pa.time64("ns"))),
        ("decimal256", lambda: pa.array([Decimal("9" * 70)], pa.decimal256(76, 0))),
        ("decimal scale", lambda: pa.array([Decimal(1)], pa.decimal128(38, 37))),
        ("half", lambda: pa.array([1.5], pa.float32()).cast(pa.float16())),
        ("nan", lambda: pa.array([float("nan")])),
        ("uint64", lambda: pa.array([2**64 - 1], pa.uint64())),
        ("null", lambda: pa.nulls(1)),
        ("bool", lambda: pa.array([True])),
        ("binary", lambda: pa.array([b"\xff\xfe\x00"])),
        ("binary that is no text", lambda: pa.array([b"\xff" * 1000])),
        ("large string", lambda: pa.array(["x" * (5 << 20)], pa.large_string())),
        ("fixed binary", lambda: pa.array([b"abcd"], pa.binary(4))),
        ("list", lambda: pa.array([[1, 2, None]])),
        ("list of times", lambda: pa.array([[2**62]], pa.list_(pa.timestamp("us")))),
        ("struct", lambda: pa.array([{"a": 1, "b": {"c": [1]}}])),
        ("empty struct", lambda: pa.array([{}], pa.struct([]))),
        ("map", lambda: pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))),
        ("dictionary", lambda: pa.array(["88"]).dictionary_encode()),
        ("deep list", lambda: _nested(40)),
        ("text that cuts a terminal", lambda: pa.array(["".join(_CONTROLS)])),
        ("a repeated megabyte", lambda: pa.DictionaryArray.from_arrays(pa.array([0] * 3_000, pa.int32()), pa.array(["x" * (1 << 20)]))),
    ]  # fmt: skip
    for what, make in values:
        for column in ("score", "site", "note"):
            try:
                array = make()
                good = {"site": ["s01"] * len(array), "score": ["88"] * len(array)}
                content = _table(**good | {column: array})
            except (pa.ArrowException, OverflowError, ValueError, KeyError):
                continue
            yield Hostile("a.parquet", content, f"Parquet {what} as {column}")
    whole = _table(site=["s01", "s02"] * 500, score=[88.5, 77.0] * 500)
    for place in range(40):
        spoilt = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 8, 64))):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        yield Hostile("a.parquet", bytes(spoilt), f"damaged Parquet {place}")
    for cut in range(0, len(whole), max(1, len(whole) // 16)):
        yield Hostile("a.parquet", whole[:cut], f"Parquet cut at {cut}")
    for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(whole)):
        yield Hostile("a.parquet", whole[:-8] + struct.pack("<L", size) + b"PAR1", f"a footer of {size}")
    yield Hostile("a.parquet", b"PARE" + whole[4:-4] + b"PARE", "encrypted")
    yield Hostile("a.parquet", _table(site=[], score=[]), "no rows")
    yield Hostile("a.parquet", _table(), "no columns")
    yield Hostile(
        "a.parquet", _table(**{"site": ["s01"], "score": [1], **{f"c{place}": [1] for place in range(3_000)}}), "3 000 columns"
    )
    doubled = pa.table([pa.array(["s01"]), pa.array([1]), pa.array([2])], names=["site", "score", "score"])
    buffer = io.BytesIO()
    pq.write_table(doubled, buffer)
    yield Hostile("a.parquet", buffer.getvalue(), "one column twice")
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, pa.schema([("site", pa.string()), ("score", pa.int64())])) as writer:
        for _ in range(2_000):
            writer.write_table(pa.table({"site": ["s01"], "score": [1]}))
    yield Hostile("a.parquet", buffer.getvalue(), "2 000 groups of rows")
    buffer = io.BytesIO()
    pl.DataFrame({"site": ["s01"], "score": [date(2007, 1, 1)], "x": [timedelta(days=1)], "y": [datetime(1, 1, 1)]}).write_ipc(
        buffer
    )
    yield Hostile("a.parquet", buffer.getvalue(), "Arrow's own format")


def _nested(depth: int) -> pa.Array:
    value: object = 1
    kind = pa.int64()
    for _ in range(depth):
        value, kind = [value], pa.list_(kind)
    return pa.array([value], kind)


def _books(rng: Random) -> Iterator[Hostile]:
    good = row(2, text("A2", "s01"), number("B2", "88.5"))
    cells = {
        "a formula without a value": '<c r="B2"><f>1+1</f></c>',
        "a formula with a value": '<c r="B2"><f>1+1</f><v>88</v></c>',
        "an error": '<c r="B2" t="e"><v>#N/A</v></c>',
        "a date in words": '<c r="B2" t="d"><v>2007-11-01</v></c>',
        "a boolean": '<c r="B2" t="b"><v>1</v></c>',
        "a shared string that is not there": '<c r="B2" t="s"><v>99999999</v></c>',
        "a negative shared string": '<c r="B2" t="s"><v>-1</v></c>',
        "a style that is not there": '<c r="B2" s="4000000000"><v>88</v></c>',
        "a type that is none": '<c r="B2" t="zzz"><v>88</v></c>',
        "two values": '<c r="B2"><v>88</v><v>1</v></c>',
        "a cell twice": '<c r="B2"><v>88</v></c><c r="B2"><v>1</v></c>',
        "a reference entity": '<c r="B2"><v>88&#46;125</v></c>',
        "an unknown entity": '<c r="B2"><v>&x;</v></c>',
        "a CDATA": '<c r="B2"><v><![CDATA[88]]></v></c>',
        "a comment": '<c r="B2"><v>8<!-- 1 -->8</v></c>',
        "an instruction": '<c r="B2"><v>8<?x y?>8</v></c>',
        "a foreign cell": '<x:c xmlns:x="urn:x" r="B2"><x:v>1</x:v></x:c>',
        "a foreign row": '</row><x:row xmlns:x="urn:x" r="3"><c r="B3"><v>1</v></c></x:row><row r="4">',
        "rich text": '<c r="B2" t="inlineStr"><is><r><t>8</t></r><r><t>8</t></r></is></c>',
        "phonetic text": '<c r="B2" t="inlineStr"><is><t>88</t><rPh sb="0" eb="1"><t>x</t></rPh></is></c>',
        "a number without end": f'<c r="B2"><v>{"9" * 100_000}</v></c>',
        "1e999": '<c r="B2"><v>1e999</v></c>',
        "controls": '<c r="B2" t="inlineStr"><is><t>_x001B_[31m&#13;&#10;错误：一切正常</t></is></c>',
        "far away": '<c r="XFD1048576"><v>1</v></c>',
        "no reference": '<c r=""><v>1</v></c>',
        "a place that is none": '<c r="AAAA99999999"><v>1</v></c>',
        "a column backwards": '<c r="B2"><v>88</v></c><c r="A2"><v>1</v></c>',
    }
    for what, cell in cells.items():
        yield Hostile("a.xlsx", with_sheet(HEADER + row(2, text("A2", "s01"), cell)), what)
        yield Hostile(
            "a.xlsx",
            with_sheet(HEADER + good + row(3, text("A3", "s02"), cell.replace('B2"', 'B3"').replace('A2"', 'A3"'))),
            f"{what}, below",
        )
    parts: dict[str, dict[str, str | bytes]] = {
        "styles without end": {"xl/styles.xml": "<s>" + "<a/>" * 2_000_000 + "</s>"},
        "styles that are no XML": {"xl/styles.xml": b"\xff\xfe\x00"},
        "shared strings that are no XML": {"xl/sharedStrings.xml": b"\0" * 1000},
        "300 MB of zeros": {"xl/media/image1.png": bytes(300 << 20)},
        "a part above": {"../../../../tmp/pingyi-was-here": b"x"},
        "an absolute part": {"/etc/pingyi": b"x"},
        "2 001 parts": {f"xl/media/{place}": b"" for place in range(2001)},
        "no workbook": {"xl/workbook.xml": ""},
        "no relation": {"xl/_rels/workbook.xml.rels": "<Relationships/>"},
        "a relation outside": {"xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="http://127.0.0.1:9/x" TargetMode="External"/></Relationships>'},
        "a relation to itself": {"xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="workbook.xml"/></Relationships>'},
        "entities": {"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'},
        "macros": {"xl/vbaProject.bin": rng.randbytes(1000)},
    }  # fmt: skip
    for what, content in parts.items():
        whole = {"xl/worksheets/sheet1.xml": with_sheet_xml(good), **content}
        yield Hostile("a.xlsx", _later(lambda whole=whole: archive(whole)) if "zeros" in what else archive(whole), what)
    draws: dict[str, Callable] = {
        "a second sheet": lambda book, sheet: book.add_worksheet("另一张").write_row(0, 0, ["s02", 9]),
        "a hidden second sheet": lambda book, sheet: _hidden(book).write_row(0, 0, ["s02", 9]),
        "a very hidden sheet": lambda book, sheet: _hidden(book, very=True).write_row(0, 0, ["s02", 9]),
        "hidden rows": lambda book, sheet: sheet.set_row(2, None, None, {"hidden": True}),
        "a hidden column": lambda book, sheet: sheet.set_column(1, 1, None, None, {"hidden": True}),
        "merged cells": lambda book, sheet: sheet.merge_range(1, 1, 3, 1, 88),
        "a filter": lambda book, sheet: sheet.autofilter(0, 0, 3, 1),
        "a comment beside": lambda book, sheet: sheet.write_comment(1, 1, "x" * 10_000),
        "a link": lambda book, sheet: sheet.write_url(1, 2, "file:///etc/passwd"),
        "a formula": lambda book, sheet: sheet.write_formula(1, 1, '=WEBSERVICE("http://127.0.0.1:9")', None, 88),
        "a chart sheet": lambda book, sheet: book.add_chartsheet(),
        "a line left free above": lambda book, sheet: sheet.write_row(9, 0, ["s01", 1]),
    }  # fmt: skip
    for what, draw in draws.items():
        yield Hostile("a.xlsx", honest(draw, TABLE), f"a workbook with {what}")
    for cut in range(0, len(BOOK), len(BOOK) // 24):
        yield Hostile("a.xlsx", BOOK[:cut], f"a workbook cut at {cut}")
    for place in range(40):
        spoilt = bytearray(BOOK)
        for _ in range(rng.choice((1, 1, 2, 8))):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        yield Hostile("a.xlsx", bytes(spoilt), f"damaged workbook {place}")
    for what, content in {"xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "html": b"<html><table><tr><td>site</td></tr></table>", "csv": PLAIN.encode(), "pdf": b"%PDF-1.7\n", "rar": b"Rar!\x1a\x07\0"}.items():  # fmt: skip
        yield Hostile("a.xlsx", content, f"{what} for a workbook")
        yield Hostile("a.csv", content, f"{what} for CSV")
        yield Hostile("a.parquet", content, f"{what} for Parquet")
        yield Hostile("a.jsonl", content, f"{what} for JSON")


def with_sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{HEADER}{rows}</sheetData></worksheet>'


def _hidden(book, very: bool = False):
    sheet = book.add_worksheet("暗")
    if very:
        sheet.very_hidden()
    else:
        sheet.hide()
    return sheet


def _names(rng: Random) -> Iterator[Hostile]:
    names = [f"x{control}y.csv" for control in _CONTROLS if control != "\x00"]
    names += ["-rf.csv", "--help.csv", "$(id).csv", "`id`.csv", "a;b.csv", "a b.csv", "a'b\".csv", "*.csv", "[1].csv", "?.csv", "%2e%2e.csv", "a\\b.csv", "😀.csv", "é.csv", "e\u0301.csv", "NUL.csv", "con.csv", "a.csv.csv", " .csv", "…csv.csv", "<b>.csv", "=1+1.csv", "{{7*7}}.csv", "名" * 80 + ".csv", "x" * 250 + ".csv"]  # fmt: skip
    for name in names:
        yield Hostile(name.replace("/", "_"), PLAIN.encode(), f"the name {name[:30]!r}")

    def bytewise(path: Path) -> None:
        with open(os.fsencode(path.parent) + b"/\xff\xfe.csv", "wb") as file:  # noqa: PTH123
            file.write(PLAIN.encode())

    yield Hostile("\udcff\udcfe.csv", bytewise, "a name that is no text")


def _irregular(rng: Random) -> Iterator[Hostile]:
    def sparse(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(2 << 30)

    def bound(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            here = Path.cwd()
            os.chdir(path.parent)
            try:
                listener.bind(path.name)
            finally:
                os.chdir(here)

    makers: dict[str, Callable[[Path], object]] = {
        "a pipe": os.mkfifo,
        "a sparse file": sparse,
        "a socket": bound,
        **{f"a link to {target}": lambda path, target=target: path.symlink_to(target) for target in ("/dev/zero", "/dev/urandom", "/dev/null", "/etc/passwd", "/proc/self/mem", "nowhere", "a.csv", "..")},
        "a hard link": lambda path: os.link(path.parent / "good.csv", path),
    }  # fmt: skip
    for what, make in makers.items():
        yield Hostile("a.csv", make, what)
        yield (
            Hostile("a.xlsx", make, f"{what} for a workbook")
            if what != "a link to a.csv"
            else Hostile("b.csv", make, f"{what} that is not there")
        )


def csv_of(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
