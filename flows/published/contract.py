"""Reads the contract of a published table from its file in `sql/published/`.

Every table that a file there builds is published. `sql/README.md` says what the lines above its select declare, and what the
note behind a column says: `composites.rank,  -- 名次 | 1 to sites | within the group`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from flows.errors import OperatorError

# The words with which a line above the select may begin.
PUBLISHED_WORDS = ("title", "position", "order", "key", "rows", "needs", "tables", "unpublished")
_BY_SOURCE = "a column a source"
_NOTE = re.compile(r"^\s*(?P<expression>.*?)\s+-- (?P<note>.+)$")
_NAME = re.compile(r'(?:\bas\s+|\.)(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+)),?$')
_BOUND = r"-?\d+(?:\.\d+)?|-?10\^\d+|sites"
_RANGE = re.compile(rf"(?:(?P<least>{_BOUND}) to (?P<most>{_BOUND})|from (?P<only>{_BOUND}))$")
_COUNT = re.compile(r"(?:(?P<times>\d+) \* )?(?P<what>sites|groups|weights|(?:\w+ )?sources)$")
_TABLES = re.compile(r"(?P<prefix>\w+)<(?P<column>\w+)>$")
# The upper bound of a range without one: no counted or measured number is larger.
_LARGEST = "10^14"


class ModelFault(OperatorError):
    """A model file breaks the rules of `sql/`. Meant for whoever edits it, so it speaks English and names the file."""


@dataclass(frozen=True)
class Range:
    """Bounds of a number: numbers as they are written, `10^14`, or `sites` for the number of registered sites."""

    least: str
    most: str


@dataclass(frozen=True)
class OneOf:
    """The allowed values of a column; `year`, `groups`, `sources` and `<table of ref> sources` stand for the scheme's."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class PublishedColumn:
    """A column of a published table: its name, its Chinese title, its bounds, and whether a cell may be empty."""

    name: str
    title: str
    bounds: Range | OneOf | None
    optional: bool
    by_source: bool = False


@dataclass(frozen=True)
class RowCount:
    """How many rows a table has: so many times the sites, groups, weights or sources; at least one where `of` is empty."""

    times: int
    of: str


@dataclass(frozen=True)
class Contract:
    """The declarations of a file of `sql/published/` about the table that it publishes.

    Where the table is published as several tables, `tables` is the prefix of their names and the column whose values follow it.
    """

    title: str
    position: int | None
    order: tuple[str, ...]
    key: tuple[str, ...]
    rows: RowCount | None
    needs: str | None
    tables: tuple[str, str] | None
    unpublished: frozenset[str]
    columns: tuple[PublishedColumn, ...]

    @property
    def published(self) -> tuple[PublishedColumn, ...]:
        """The columns that are in the published files."""
        out = self.unpublished | ({self.tables[1]} if self.tables else set())
        return tuple(column for column in self.columns if column.name not in out)


def header_lines(text: str) -> list[str]:
    """The comment lines at the top of a model file."""
    return [line[3:] for line in takewhile(lambda line: line.startswith("-- "), text.splitlines())]


def declared(lines: list[str], word: str) -> list[str]:
    """The texts of the header's lines that begin with this word."""
    return [line.partition(":")[2].strip() for line in lines if line.startswith(f"{word}:")]


def column_notes(text: str) -> Iterator[tuple[str, str]]:
    """The lines of the last select that have a note, each as its SQL expression and its note."""
    for line in re.split(r"(?m)^select$", text)[-1].splitlines():
        if re.match(r"^from\b", line):
            break
        if match := _NOTE.match(line):
            yield match["expression"], match["note"]


def read_contract(text: str, name: str) -> Contract:
    """The contract of the table that the model file publishes. Raises `ModelFault`, in words, where it is none."""
    lines = header_lines(text)
    header = {word: _only(lines, word, name) for word in PUBLISHED_WORDS}
    if not header["title"]:
        raise ModelFault(f"{name}: what is published needs a line '-- title: …' with what people call it")
    if header["position"] and not header["position"].isdecimal():
        raise ModelFault(f"{name}: the position must be a whole number, not '{header['position']}'")
    if not re.fullmatch(r"(ref\.\w+)?", header["needs"]):
        raise ModelFault(f"{name}: '-- needs: {header['needs']}' must name a table of the schema ref")
    columns = tuple(_column(expression, note, name) for expression, note in column_notes(text))
    grain = _names(",".join(declared(lines, "grain")))
    tables = _tables(header["tables"], name)
    contract = Contract(
        title=header["title"],
        position=int(header["position"]) if header["position"] else None,
        order=_names(header["order"]) or tuple(column for column in grain if not tables or column != tables[1]),
        key=_names(header["key"]) or tuple(column for column in grain if column != "year"),
        rows=_rows(header["rows"], name),
        needs=header["needs"] or None,
        tables=tables,
        unpublished=frozenset(_names(header["unpublished"])),
        columns=columns,
    )
    _check(contract, name)
    return contract


@cache
def columns_beside_sources(folder: Path) -> frozenset[str]:
    """The other columns of the published tables that have a column for each source; `folder` is `sql/`."""
    names: set[str] = set()
    for path in sorted((folder / "published").glob("*.sql")):
        columns = read_contract(path.read_text(encoding="utf-8"), f"published.{path.stem}").published
        if any(column.by_source for column in columns):
            names |= {column.name for column in columns if not column.by_source}
    return frozenset(names)


def _check(contract: Contract, name: str) -> None:
    columns = {column.name: column for column in contract.columns}
    published = {column.name for column in contract.published}
    for word, used, known in (
        ("order", contract.order, published),
        ("key", contract.key, columns),
        ("unpublished", contract.unpublished, columns),
    ):
        for column in used:
            if column not in known:
                raise ModelFault(
                    f"{name}: the {word} names {column}, which is not a column{' that is published' if word == 'order' else ''}"
                )
    if contract.tables:
        split = columns.get(contract.tables[1])
        if split is None or not isinstance(split.bounds, OneOf):
            raise ModelFault(
                f"{name}: one table for each {contract.tables[1]} needs a column of that name whose note says 'of …'"
            )


def _only(lines: list[str], word: str, name: str) -> str:
    texts = declared(lines, word)
    if len(texts) > 1:
        raise ModelFault(f"{name}: the line '-- {word}:' stands there {len(texts)} times")
    return texts[0] if texts else ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(column.strip() for column in text.split(",") if column.strip())


def _rows(text: str, name: str) -> RowCount | None:
    if not text:
        return None
    if text == "some":
        return RowCount(1, "")
    count = _COUNT.match(text)
    if not count:
        raise ModelFault(
            f"{name}: '-- rows: {text}' must be some, or sites, groups, weights, sources or sources of a table of ref"
        )
    return RowCount(int(count["times"] or 1), count["what"])


def _tables(text: str, name: str) -> tuple[str, str] | None:
    if not text:
        return None
    match = _TABLES.match(text)
    if not match:
        raise ModelFault(f"{name}: '-- tables: {text}' must be a name with the column that ends it, like annex_<group_id>")
    return match["prefix"], match["column"]


def _column(expression: str, note: str, name: str) -> PublishedColumn:
    match = _NAME.search(expression)
    if not match:
        raise ModelFault(f"{name}: the line '{expression}' must end with its column's name")
    column = match["quoted"] or match["plain"]
    parts = [part.strip() for part in note.split(" | ")]
    if len(parts) not in (2, 3) or not re.search(r"[\u4e00-\u9fff]", parts[0]):
        raise ModelFault(
            f"{name}: the note of {column} must begin with what people call it, in Chinese: '-- 名次 | within the group', "
            "or with its bounds '-- 名次 | 1 to sites | within the group'"
        )
    bounds = parts[1] if len(parts) == 3 else ""
    if bounds == _BY_SOURCE:
        return PublishedColumn(column, parts[0], None, optional=True, by_source=True)
    optional = bounds.endswith("or empty")
    return PublishedColumn(column, parts[0], _bounds(bounds.removesuffix("or empty").strip(), column, name), optional)


def _bounds(text: str, column: str, name: str) -> Range | OneOf | None:
    if not text:
        return None
    if text.startswith("of "):
        return OneOf(_names(text.removeprefix("of ")))
    match = _RANGE.match(text)
    if not match:
        raise ModelFault(
            f"{name}: the bounds of {column} are '{text}'; they must be like '1 to sites', 'from 0', 'of groups, all' or '{_BY_SOURCE}'"
        )
    return Range(match["only"], _LARGEST) if match["only"] else Range(match["least"], match["most"])
