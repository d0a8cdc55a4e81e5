"""Which delivered column is which of the contract's, and what is said of the others.

Headings are compared without regard to case, width, space and characters that nobody sees. A heading that looks like data is
never repeated: in a file without a header, persons stand where the headings should.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from flows.reading.spelling import fold, heading, nearest
from flows.receive.chunks import RefusedFile

MOST_COLUMNS = 2_000

_DATA = re.compile(r"[0-9]{5}|[0-9]+[.:/-][0-9]+|@|^[0-9.]+$")
_LIKE_DATA = "，列名像是数据）"
_LONGEST = 40
# What headings may be parted by where they should be by a comma. A comma within one was a full-width one.
_WRONG_SEPARATORS = {",": "全角逗号", ";": "分号", "\t": "制表符", "|": "竖线"}


def header(names: Sequence[str]) -> list[str]:
    """The header's names as they may be asked for, or `RefusedFile` where they cannot name columns."""
    tidy = [" ".join(fold(name).split()) for name in names]
    if len(tidy) > MOST_COLUMNS:
        raise RefusedFile(f"有 {len(tidy)} 列，最多 {MOST_COLUMNS} 列；请检查分隔符和表头")
    twice = sorted({name for name in tidy if name and tidy.count(name) > 1})
    if twice and any(_DATA.search(name) for name in tidy):
        raise RefusedFile("第一行像是数据而不是表头；请在第一行写上列名")
    if twice:
        told = "、".join(shown(name, tidy.index(name) + 1) for name in twice)
        raise RefusedFile(f"表头中列名重复：{told}；请改正表头")
    # A nameless column (a trailing comma, an empty cell above notes) can't be asked for, but its cells are kept.
    return [name or nameless(place) for place, name in enumerate(tidy, start=1)]


def nameless(place: int) -> str:
    return f"（第 {place} 列）"


@dataclass(frozen=True)
class Unknown:
    """A delivered column that the contract does not know: its heading as it may be shown, the name it resembles, and the aspects
    whose ratings it may hold."""

    heading: str
    resembles: str | None
    aspects: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return f"{self.heading}（是不是 {self.resembles}？）" if self.resembles else self.heading


@dataclass(frozen=True)
class Headings:
    """A file's columns: `found` maps each delivered heading that is known to its column, `unknown` are the others."""

    found: dict[str, str]
    unknown: tuple[Unknown, ...]
    count: int

    def missing(self, names: Iterable[str]) -> list[str]:
        there = set(self.found.values())
        return [name for name in names if name not in there]

    def described(self) -> str:
        """What was found, for a file that lacks something."""
        known = "、".join(self.found.values()) or "（无）"
        said = f"文件有 {self.count} 列，认得的是：{known}"
        if not self.found and any(one.heading.endswith(_LIKE_DATA) for one in self.unknown):
            # Persons may stand here.
            return f"{said}；第一行像是数据而不是表头，请在第一行写上列名"
        if self.unknown:
            said += f"；不认得的是：{'、'.join(one.sentence for one in self.unknown)}"
        separators = [what for mark, what in _WRONG_SEPARATORS.items() if any(mark in one.heading for one in self.unknown)]
        return said + (f"；列名之间像是用{'、'.join(separators)}隔开的，应为半角逗号" if separators and not self.found else "")


def matched(
    delivered: Sequence[str], known: Mapping[str, Sequence[str]], alternatives: Iterable[Sequence[str]] = ()
) -> Headings:
    """The delivered headings held against the headings of each known column.

    An unknown one is compared with those that were not found; where one of `alternatives` was, with none of them. Raises `RefusedFile` where two delivered columns are one and the same.
    """
    meant = {heading(title): name for name, titles in known.items() for title in titles}
    found = {one: meant[heading(one)] for one in delivered if heading(one) in meant}
    columns = defaultdict(list)
    for one, name in found.items():
        columns[name].append(one)
    twice = [f"{'、'.join(ones)} 都是 {name}" for name, ones in columns.items() if len(ones) > 1]
    if twice:
        raise RefusedFile(f"表头中列名重复：{'；'.join(twice)}。请只留一列")
    settled = {name for names in alternatives if any(name in columns for name in names) for name in names}
    free = {title: name for name, titles in known.items() if name not in columns and name not in settled for title in titles}
    unknown = tuple(
        Unknown(shown(one, place), nearest(one, free) if free else None)
        for place, one in enumerate(delivered, start=1)
        if one not in found
    )
    return Headings(found, unknown, len(delivered))


def again(
    columns: Mapping[str, pl.Series], lines: pl.Series, headings: Headings, known: Mapping[str, Sequence[str]]
) -> pl.Series:
    """The rows that are the header once more, as where exports were joined.

    Raises `RefusedFile` where such a row names the columns in another order: from there on nothing stands where it seems to.
    """
    meant = {heading(title): name for name, titles in known.items() for title in titles}
    delivered = list(headings.found)
    none = pl.repeat(False, len(lines), dtype=pl.Boolean, eager=True)
    if len(delivered) < 2:
        return none
    spelt = [title.lower() for titles in known.values() for title in titles]
    likely = columns[delivered[0]].str.strip_chars().str.to_lowercase().is_in(spelt)
    rows = []
    for place in likely.fill_null(False).arg_true():
        named = [meant.get(heading(columns[one][place] or "")) for one in delivered]
        if sum(name is not None for name in named) * 2 <= len(named):
            continue
        if named != list(headings.found.values()):
            raise RefusedFile(
                f"第 {lines[place]} 行又是一行表头，而各列的次序与第一行不同：文件是几份列序不同的表拼成的；请分开送来"
            )
        rows.append(place)
    return none.scatter(rows, True) if rows else none


def shown(text: str, place: int) -> str:
    """A heading as it may be repeated: not where it looks like data, which may be a person's."""
    if _DATA.search(text):
        return f"（第 {place} 列{_LIKE_DATA}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"
