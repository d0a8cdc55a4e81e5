"""What is read many lines at once is what the strict reader reads line by line: rows, their lines, and what is broken."""

import gzip
import random

import polars as pl
import pytest

from flows.receive import lines as module
from flows.receive import text_files
from flows.receive.chunks import RefusedFile
from flows.receive.content import opened_content
from flows.receive.deliveries import sha256_of
from flows.receive.lines import Lines
from flows.receive.text_files import read_csv

_CELLS = [
    "",
    "1",
    "s01",
    "甲",
    " ",
    "a b",
    '"x"',
    '""',
    '"a,b"',
    '"a;b"',
    '"甲\n乙"',
    '"c""d"',
    '"',
    'e"f',
    '"g"h',
    ' "i"',
    "é",
    "\t",
]
_ENDS = ["\n"] * 8 + ["\r\n", "\r", "\n\n", "\r\n\r\n"]


def _written(draw: random.Random, delimiter: str) -> str:
    """Lines with all that can go wrong in them, most of them good."""
    width = draw.randint(1, 4)
    newline = draw.choice(["\n", "\r\n"])
    header = delimiter.join(f"h{number}" for number in range(width))
    text = draw.choice(["", "", "\ufeff"]) + header + newline
    for _ in range(draw.randint(0, 12)):
        good = draw.random() < 0.7
        cells = draw.choices(_CELLS[:7] if good else _CELLS, k=width if good else draw.randint(0, 5))
        text += delimiter.join(cells) + (newline if good else draw.choice(_ENDS))
    return text if draw.random() < 0.7 else text.removesuffix(newline)


def _read(path, most: int | None = None) -> object:
    """Everything that the reader says of a file: each row with its line and what is broken, in the order in which they come."""
    told: list[object] = []
    try:
        with opened_content(path, None, sha256_of(path)) as content:
            for chunk in read_csv(content):
                names = list(chunk.columns)
                assert most is None or len(chunk.lines) <= most
                told += zip(chunk.lines, *(chunk.columns[name] for name in names), strict=True)
                told += sorted((fault.line, fault.reason) for fault in chunk.broken)
    except RefusedFile as fault:
        return str(fault)
    return told


def _strictly(path, monkeypatch) -> object:
    with monkeypatch.context() as strict:
        strict.setattr(Lines, "run", lambda *_: None)
        return _read(path)


@pytest.mark.parametrize("block", [7, 64, 4 << 20])
def test_any_text_is_read_as_the_strict_reader_reads_it(tmp_path, monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    draw = random.Random(block)
    many = 0
    for number in range(700):
        text = _written(draw, draw.choice(",,,;\t"))
        encoding = "gb18030" if draw.random() < 0.2 and "é" not in text and "\ufeff" not in text else "utf-8"
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode(encoding))
        told, strictly = _read(path), _strictly(path, monkeypatch)
        assert told == strictly, (number, text)
        many += isinstance(told, list) and len(told) > 3
    assert many > 300


@pytest.mark.parametrize("faulty", [0, 0.01, 0.2])
def test_chunks_are_as_long_as_they_may_be_and_their_rows_are_in_order(tmp_path, monkeypatch, faulty):
    draw = random.Random(1)
    monkeypatch.setattr(text_files, "most_rows", lambda columns: 100)
    rows = []
    for number in range(2_000):
        odd = draw.choice([f'{number},"a""b",x', f'{number},"a\nb",x', f"{number},x"]) if draw.random() < faulty else ""
        rows.append(odd or f"{number},v{number % 7},甲")
    path = tmp_path / "a.csv"
    path.write_text("id,v,w\n" + "\n".join(rows), encoding="utf-8")
    told = _read(path, 100)
    assert sorted(told) == sorted(_strictly(path, monkeypatch)) and len(told) == 2_000
    lines = [row[0] for row in told if len(row) == 4]
    assert lines == sorted(lines)


def test_most_of_a_file_is_read_without_the_strict_reader(tmp_path, monkeypatch):
    """Else all of this is for nothing."""
    asked = []
    ordinary = Lines.__next__
    monkeypatch.setattr(Lines, "__next__", lambda lines: asked.append(lines.number) or ordinary(lines))
    rows = [f'{number},"v,{number}",甲' for number in range(1_000)] + ["too,few", "x,y,z,too many", 'a,"b""c",d', "", ",,"]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(("id,v,w\r\n" + "\r\n".join(rows) + "\r\n").encode()))
    told = _read(path)
    assert len(told) == 1_003 and told[0] == (2, "0", "v,0", "甲")
    # The header, and the row with the doubled quote.
    assert len(asked) <= 4


def test_an_end_of_a_line_is_one_wherever_a_block_ends(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    for end in ("\n", "\r\n", "\r"):
        path.write_bytes(f"a,b{end}1,2{end}3,4{end}".encode())
        for block in range(1, 14):
            monkeypatch.setattr(module, "_BLOCK", block)
            assert _read(path) == [(2, "1", "2"), (3, "3", "4")], (end, block)


def test_rows_that_are_not_as_many_as_were_proven_are_never_loaded(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    ordinary = pl.read_csv
    monkeypatch.setattr(pl, "read_csv", lambda *arguments, **options: ordinary(*arguments, **options).head(1))
    with pytest.raises(AssertionError, match="2 lines are proven to be rows, and 1 rows"):
        _read(path)
