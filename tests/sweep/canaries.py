"""Persons in every place of the ballots' files, and whether anything outside the raw files tells one of them."""

import base64
import gzip
import hashlib
import io
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from urllib.parse import quote

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.commands import Ran, run
from tests.flows.homes import YEAR, small_home
from tests.receive.sheets import honest

from .outcome import Outcome

HEADER = ["ballot_id", "submitted_at", "voter", "site", "content", "service", "channel", "origin", "seconds"]
_TIME = "2030-01-02 10:00:00"


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    phone: str
    card: str
    address: str
    mail: str

    @property
    def numbers(self) -> tuple[str, ...]:
        return self.phone, self.card, self.address, self.mail

    @property
    def all(self) -> tuple[str, ...]:
        return (self.name, *self.numbers)


def somebody(rng: Random) -> Person:
    letters = "".join(chr(rng.randrange(0x5000, 0x9E00)) for _ in range(4))
    phone = f"1{rng.choice('3589')}{rng.randrange(10**9):09d}"
    card = f"3101{rng.randrange(10**13):013d}X"
    # Of four groups of three digits, so that no other number looks like it.
    address = ".".join(str(rng.randrange(200, 255)) for _ in range(4))
    return Person(letters, phone, card, address, f"{rng.randrange(10**9)}q@mail{rng.randrange(10**6)}.example")


def ballot(number: int, voter: str = "v1", origin: str = "", channel: str = "web", **others: str) -> list[str]:
    cells = {
        "ballot_id": f"c{number}",
        "submitted_at": _TIME,
        "voter": voter,
        "site": "s1",
        "content": "满意",
        "service": "满意",
    }
    cells |= {"channel": channel, "origin": origin, "seconds": "30"}
    return list((cells | others).values())


def _csv(rows: Iterable[list[str]], encoding: str = "utf-8") -> bytes:
    return "".join(f"{','.join(row)}\n" for row in rows).encode(encoding)


def _json(rows: Iterable[list[str]], head: list[str] = HEADER) -> bytes:
    return "".join(json.dumps(dict(zip(head, row, strict=False)), ensure_ascii=False) + "\n" for row in rows).encode()


def _parquet(rows: list[list[str]], head: list[str] = HEADER, metadata: dict[str, str] | None = None) -> bytes:
    table = pa.table({name: pa.array(list(column)) for name, column in zip(head, zip(*rows, strict=True), strict=True)})
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), buffer)
    return buffer.getvalue()


def _book(rows: list[list[str]], draw: Callable = lambda book, sheet: None) -> bytes:
    return honest(draw, rows)


def places(rng: Random) -> Iterator[tuple[str, str, bytes, tuple[str, ...]]]:
    """Every place with the name of its file, the file, and what must be nowhere else."""
    formats: dict[str, Callable[[list[list[str]]], bytes]] = {
        "csv": lambda rows: _csv([HEADER, *rows]),
        "csv.gz": lambda rows: gzip.compress(_csv([HEADER, *rows]), mtime=0),
        "jsonl": _json,
        "parquet": _parquet,
        "xlsx": lambda rows: _book([HEADER, *rows]),
    }
    for ending, write in formats.items():
        for what in ("voter", "origin"):
            for place in range(5):
                person = somebody(rng)
                value = person.all[place]
                yield f"{what} {place} {ending}", ending, write([ballot(rng.randrange(10**6), **{what: value})]), (value,)
    for heading in (
        "Voter",
        "ip",
        "IP地址",
        "姓名",
        "手机号",
        "身份证号",
        "备注",
        "origin ",
        "voter_name",
        "email",
        "单位",
        "",
    ):
        for ending in ("csv", "jsonl", "parquet", "xlsx"):
            person = somebody(rng)
            head, rows = [*HEADER, heading or "x"], [[*ballot(rng.randrange(10**6)), " ".join(person.all)]]
            content = {"csv": lambda h=head, r=rows: _csv([h, *r]), "jsonl": lambda h=head, r=rows: _json(r, h), "parquet": lambda h=head, r=rows: _parquet(r, h), "xlsx": lambda h=head, r=rows: _book([h, *r])}[ending]()  # fmt: skip
            yield f"a column {heading} {ending}", ending, content, person.all
    good = [ballot(rng.randrange(10**6), voter=f"w{place}") for place in range(6)]

    def beside(row: str | list[str], encoding: str = "utf-8") -> bytes:
        return _csv([HEADER, *good], encoding) + (f"{row}\n" if isinstance(row, str) else f"{','.join(row)}\n").encode(encoding)

    for number in range(3):
        for what, make in _ROWS.items():
            person = somebody(rng)
            value = person.numbers[number]
            yield (
                f"{what} {number}",
                "csv",
                beside(make(value, ballot(rng.randrange(10**6), voter=value, origin=person.address))),
                (value, person.address),
            )
        for cell in ("submitted_at", "site", "content", "seconds"):
            person = somebody(rng)
            value = person.numbers[number]
            for ending in ("csv", "jsonl", "xlsx"):
                rows = [*good, ballot(rng.randrange(10**6), **{cell: value})]
                yield f"in {cell} {number} {ending}", ending, formats[ending](rows), (value,)
    for encoding in ("gb18030", "utf-8-sig"):
        person = somebody(rng)
        yield (
            f"a voter in {encoding}",
            "csv",
            beside(ballot(rng.randrange(10**6), voter=person.name, origin=person.address), encoding),
            (person.name, person.address),
        )
    yield from _whole_files(rng, good)


_ROWS: dict[str, Callable[[str, list[str]], str | list[str]]] = {
    "a row to the left": lambda value, row: row[1:],
    "a row to the right": lambda value, row: [row[0], "", *row[1:]],
    "one field too many": lambda value, row: [*row, value],
    "two fields too few": lambda value, row: row[:3],
    "a stray quote": lambda value, row: ",".join([row[0], f'"{row[1]}"x', *row[2:]]),
    "a quote in the voter": lambda value, row: ",".join([*row[:2], f'"{value}"x', *row[3:]]),
    "no ballot_id": lambda value, row: ["", *row[1:]],
    "everything wrong": lambda value, row: ["", "x", value, "?", "?", "?", "?", value, "x"],
    "twice": lambda value, row: ",".join(row) + "\n" + ",".join(row),
    "other separators": lambda value, row: ";".join(row),
    "a person alone": lambda value, row: value,
    "spaces around": lambda value, row: [*row[:2], f"  {value}\u3000", *row[3:]],
}


def _whole_files(rng: Random, good: list[list[str]]) -> Iterator[tuple[str, str, bytes, tuple[str, ...]]]:
    def one() -> tuple[Person, list[str]]:
        person = somebody(rng)
        return person, ballot(rng.randrange(10**6), voter=person.phone, origin=person.address)

    person, row = one()
    yield "no heading", "csv", _csv([row, row]), (person.phone, person.address)
    person, row = one()
    yield "an open quote", "csv", (f'{",".join(HEADER)}\n"{",".join(row)}\n').encode(), (person.phone, person.address)
    person, row = one()
    yield "a gzip that is cut", "csv.gz", gzip.compress(_csv([HEADER, row] * 50), mtime=0)[:-12], (person.phone, person.address)
    person, row = one()
    packed = gzip.compress(_csv([HEADER, ballot(rng.randrange(10**6))]), mtime=0)
    yield (
        "the name in gzip",
        "csv.gz",
        packed[:3] + b"\x08" + packed[4:10] + person.name.encode() + b"\0" + packed[10:],
        (person.name,),
    )
    person, row = one()
    cells = json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False)
    for what, line in {
        "a broken line of JSON": cells[:-1],
        "JSON in JSON": f'{{"ballot": {cells}}}',
        "a list of JSON": f"[{cells}]",
        "a key of JSON": f'{{"ballot_id": "q{rng.randrange(10**6)}", "{person.phone}": 1}}',
        "a person alone in JSON": f'"{person.phone}"',
    }.items():
        yield what, "jsonl", _json(good) + f"{line}\n".encode(), (person.phone, person.address)
    person, row = one()
    heading = [*HEADER, person.phone]
    yield "a number as a heading", "csv", _csv([heading, [*ballot(rng.randrange(10**6)), "1"]]), (person.phone,)
    draws: dict[str, Callable[[Person], Callable]] = {
        "a second sheet": lambda person: lambda book, sheet: book.add_worksheet("另").write_row(0, 0, list(person.all)),
        "a hidden sheet": lambda person: lambda book, sheet: _hide(book, person),
        "a comment": lambda person: lambda book, sheet: sheet.write_comment(1, 1, " ".join(person.all)),
        "the author": lambda person: lambda book, sheet: book.set_properties({"author": person.name, "comments": person.phone}),
        "a defined name": lambda person: lambda book, sheet: book.define_name("x", f'="{person.phone}"'),
        "the header of pages": lambda person: lambda book, sheet: sheet.set_header(f"&C{person.phone}"),
        "a column behind": lambda person: lambda book, sheet: sheet.write_row(1, 12, list(person.all)),
        "a row far below": lambda person: (
            lambda book, sheet: sheet.write_row(40, 2, [person.phone, "", "", "", "", person.address])
        ),
    }
    for what, draw in draws.items():
        person = somebody(rng)
        yield what, "xlsx", _book([HEADER, ballot(rng.randrange(10**6))], draw(person)), person.all
    person, row = one()
    yield (
        "the metadata of Parquet",
        "parquet",
        _parquet([ballot(rng.randrange(10**6))], metadata={"who": " ".join(person.all)}),
        person.all,
    )
    person, row = one()
    yield "a workbook that is damaged", "xlsx", _book([HEADER, row])[:-200], (person.phone, person.address)


def _hide(book, person: Person) -> None:
    sheet = book.add_worksheet("暗")
    sheet.hide()
    sheet.write_row(0, 0, list(person.all))


COMMANDS = (("yearly", YEAR), ("nightly", YEAR), ("check", YEAR, "--rows", 1000), ("status",), ("status", "--json"), ("explain", YEAR, "s1", "--all"), ("scrub", "--full"))  # fmt: skip


def canaries(folder: Path, number: int, seed: int, commands: Sequence[Sequence[object]] = COMMANDS) -> Iterator[Outcome]:
    """Puts persons into a year's ballots, runs what an office runs, and looks for them everywhere but in the raw files."""
    chosen = list(places(Random(f"canaries {seed}")))
    if number and number < len(chosen):
        chosen = [chosen[place] for place in sorted(Random(f"canaries {seed} of {number}").sample(range(len(chosen)), number))]
    home = small_home(folder / "canaries")
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text(
        scheme.read_text(encoding="utf-8").replace("max_quarantined = 0.5", "max_quarantined = 1"), encoding="utf-8"
    )
    ballots = home / "raw" / str(YEAR) / "voted"
    paths = {}
    for place, (what, ending, content, values) in enumerate(chosen):
        paths[f"p{place:04d}.{ending}"] = (what, values)
        (ballots / f"p{place:04d}.{ending}").write_bytes(content)
    said = [run("check", YEAR, "--data", home)]
    # What cannot be received keeps the year from being evaluated.
    for name in paths:
        if f"voted/{name}：" in said[0].err and "提示" not in said[0].err.partition(f"voted/{name}：")[0].rsplit("\n", 1)[-1]:
            (ballots / name).unlink()
    said += [run(*command, "--data", home) for command in commands]
    found = dict(search(home, said, [value for _, values in paths.values() for value in values]))
    trouble = next((ran for ran in said if ran.traceback), None)
    evaluated = (home / "warehouse.duckdb").exists()
    shutil.rmtree(home, ignore_errors=True)
    for what, values in paths.values():
        tried = Outcome("canaries", what)
        leaked = [f"{value}: {found[value]}" for value in values if value in found]
        if trouble:
            tried = replace(tried, failure="traceback", seen=trouble.traceback)
        elif not evaluated:
            tried = replace(tried, failure="lost", seen=f"nothing was evaluated that could be searched: {said[1].said}")
        yield replace(tried, failure="canary", seen="; ".join(leaked)) if leaked else tried


def forms(value: str) -> set[bytes]:
    """A value as it may stand in a file."""
    plain = value.encode()
    found = {value.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    found |= {json.dumps(value)[1:-1].encode(), quote(value).encode(), plain.hex().encode()}
    # Without the letters at either end, which depend on what stands beside it.
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain)[(shift + 2) * 4 // 3 :]
        found.add(coded[: len(plain) * 4 // 3 - 4])
    # A hash without a key is as good as the number.
    found |= {getattr(hashlib, name)(plain).hexdigest().encode() for name in ("md5", "sha1", "sha256")}
    return {form for form in found if len(form) >= 6}


def search(home: Path, said: Iterable[Ran], values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each value that stands anywhere outside the raw files, with where."""
    # Byte by byte a letter: so many texts are looked for at once by a library that knows texts only.
    value_of = {form.decode("latin-1"): value for value in values for form in forms(value)}
    texts = [(f"what command {number} says", f"{ran.said}{ran.log}{ran.shown}".encode()) for number, ran in enumerate(said)]
    files = (
        (str(path.relative_to(home)), path) for path in sorted(home.rglob("*")) if path.is_file() and not path.is_symlink()
    )
    for where, content in (
        *texts,
        *((name, content) for name, path in files if not name.startswith("raw/") for content in unfolded(path)),
    ):
        for match in pl.Series([content.decode("latin-1")]).str.extract_many(list(value_of))[0]:
            yield value_of[match], where


def unfolded(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what they unfold to."""
    content = path.read_bytes()
    yield content
    if path.suffix == ".parquet":
        yield repr(pl.read_parquet(path, glob=False).to_dict(as_series=False)).encode()
        yield repr(pq.read_schema(path).metadata).encode()
    elif path.suffix == ".gz":
        yield gzip.decompress(content)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.execute(
                "select schema_name || '.\"' || table_name || '\"' from duckdb_tables()"
            ).fetchall():
                yield repr(connection.execute(f"from {table}").fetchall()).encode()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif path.suffix == ".pdf":
        for match in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            try:
                yield zlib.decompress(match[1])
            except zlib.error:
                continue
