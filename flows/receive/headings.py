"""Matches the delivered columns to the columns of the contract, and describes the unknown ones.

The comparison ignores case, width, space and invisible characters. A column goes by its name and by what the scheme calls it.
What offices call it (`titles` of `flows.datasets.Column`) counts where a file is not made to the contract, that is, where it
lacks the name of a required column; and also there only for a column that it does not have under its name. So whatever a file
could be read by before offices' own words were known, it is read by still, and a column beside it that happens to have such a
word for its heading stays unknown. No message repeats a heading that looks like data: in a file without a header, names of
persons stand in the first row.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from flows.datasets import Column
from flows.reading.spelling import fold, heading, nearest
from flows.receive.chunks import RefusedFile

MOST_COLUMNS = 2_000

_DATA = re.compile(r"[0-9]{5}|[0-9]+[.:/-][0-9]+|@|^[0-9.]+$")
_LIKE_DATA = "，列名像是数据）"
_LONGEST = 40
# Characters that may separate headings in place of a comma. Here `,` was a full-width comma.
_WRONG_SEPARATORS = {",": "全角逗号", ";": "分号", "\t": "制表符", "|": "竖线"}


def header(names: Sequence[str]) -> list[str]:
    """The headings in one spelling, each one unique. Raises `RefusedFile` where they cannot name columns."""
    if len(names) > MOST_COLUMNS:
        raise RefusedFile(too_many(len(names)))
    tidy = [" ".join(fold(name).split()) for name in names]
    twice = sorted(name for name, count in Counter(tidy).items() if name and count > 1)
    if twice and any(_DATA.search(name) for name in tidy):
        raise RefusedFile("第一行像是数据而不是表头；请在第一行写上列名")
    if twice:
        listed = "、".join(shown(name, tidy.index(name) + 1) for name in twice)
        raise RefusedFile(f"表头中列名重复：{listed}；请改正表头")
    # No contract can ask for a nameless column (a trailing comma, an empty cell above notes), but its cells are kept.
    return [name or nameless(position) for position, name in enumerate(tidy, start=1)]


def too_many(columns: int) -> str:
    """The sentence on a file with more columns than `MOST_COLUMNS`; `columns` may be those seen so far."""
    return f"有 {columns} 列，最多 {MOST_COLUMNS} 列；请检查分隔符和表头"


def nameless(position: int) -> str:
    """The heading of a column without a name. `position` counts from 1."""
    return f"（第 {position} 列）"


@dataclass(frozen=True)
class Unknown:
    """A delivered column that the contract does not know.

    `heading` may be shown to operators; `resembles` is the most similar known name; `aspects` are those whose ratings it may
    hold.
    """

    heading: str
    resembles: str | None
    aspects: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return f"{self.heading}（是不是 {self.resembles}？）" if self.resembles else self.heading


@dataclass(frozen=True)
class Headings:
    """A file's columns: `column_of` maps each known heading, as delivered, to the name of its column; `known` are the headings
    that count in this file, by column."""

    column_of: dict[str, str]
    unknown: tuple[Unknown, ...]
    count: int
    known: Mapping[str, Sequence[str]]

    def missing(self, names: Iterable[str]) -> list[str]:
        present = set(self.column_of.values())
        return [name for name in names if name not in present]

    def described(self) -> str:
        """A sentence that lists the known and the unknown columns, for a file that lacks one."""
        known = "、".join(self.column_of.values()) or "（无）"
        sentence = f"文件有 {self.count} 列，认得的是：{known}"
        if not self.column_of and any(column.heading.endswith(_LIKE_DATA) for column in self.unknown):
            # The first row may hold personal data.
            return f"{sentence}；第一行像是数据而不是表头，请在第一行写上列名"
        if self.unknown:
            sentence += f"；不认得的是：{'、'.join(column.sentence for column in self.unknown)}"
        if self.column_of:
            return sentence
        headings = [column.heading for column in self.unknown]
        separators = [name for mark, name in _WRONG_SEPARATORS.items() if any(mark in text for text in headings)]
        return sentence + (f"；列名之间像是用{'、'.join(separators)}隔开的，应为半角逗号" if separators else "")


def of_dataset(delivered: Sequence[str], columns: Sequence[Column]) -> Headings:
    """Matches the delivered headings to the columns of a dataset. Raises `RefusedFile` as `matched` does."""
    known = {column.name: column.headings for column in columns}
    meant = _meant(known)
    named = {meant[heading(title)] for title in delivered if heading(title) in meant}
    spoken = {column.name: column.titles for column in columns if column.name not in named}
    if any(column.required and column.name not in named for column in columns):
        return matched(delivered, {name: (*titles, *spoken.get(name, ())) for name, titles in known.items()})
    return matched(delivered, known, spoken=spoken)


def matched(
    delivered: Sequence[str],
    known: Mapping[str, Sequence[str]],
    alternatives: Iterable[Sequence[str]] = (),
    spoken: Mapping[str, Sequence[str]] | None = None,
) -> Headings:
    """Matches the delivered headings to the columns; `known` maps a column's name to the headings that it may have.

    An unknown heading is compared with those of the missing columns, of which `spoken` has other headings that do not count. A
    file has at most one column of each of `alternatives`; the others of them do not count as missing. Raises `RefusedFile` where
    two delivered headings mean the same column.
    """
    meant, hinted = _meant(known), _meant(spoken or {})
    column_of = {title: meant[heading(title)] for title in delivered if heading(title) in meant}
    columns = defaultdict(list)
    for title, name in column_of.items():
        columns[name].append(title)
    twice = [f"{'、'.join(titles)} 都是 {name}" for name, titles in columns.items() if len(titles) > 1]
    if twice:
        raise RefusedFile(f"表头中列名重复：{'；'.join(twice)}。请只留一列")
    settled = {name for names in alternatives if any(name in columns for name in names) for name in names}
    free = {title: name for name, titles in known.items() if name not in columns and name not in settled for title in titles}
    unknown = tuple(
        Unknown(shown(title, position), hinted.get(heading(title)) or (nearest(title, free) if free else None))
        for position, title in enumerate(delivered, start=1)
        if title not in column_of
    )
    return Headings(column_of, unknown, len(delivered), known)


def _meant(known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The column of every heading, in the form in which headings are compared."""
    return {heading(title): name for name, titles in known.items() for title in titles}


def again(columns: Mapping[str, pl.Series], lines: pl.Series, headings: Headings) -> pl.Series:
    """Marks the rows that repeat the header, as in a file that was joined from several exports.

    Raises `RefusedFile` where such a row names the columns in another order: the cells below it belong to other columns.
    """
    meant = _meant(headings.known)
    delivered = list(headings.column_of)
    none = pl.repeat(False, len(lines), dtype=pl.Boolean, eager=True)
    if len(delivered) < 2:
        return none
    spelt = "|".join(re.escape(title) for titles in headings.known.values() for title in titles)
    likely = columns[delivered[0]].str.contains(rf"(?i)^\s*(?:{spelt})\s*$")
    rows = []
    for index in likely.fill_null(False).arg_true():
        names = [meant.get(heading(columns[title][index] or "")) for title in delivered]
        if sum(name is not None for name in names) * 2 <= len(names):
            continue
        if names != list(headings.column_of.values()):
            raise RefusedFile(
                f"第 {lines[index]} 行又是一行表头，而各列的次序与第一行不同：文件是几份列序不同的表拼成的；请分开送来"
            )
        rows.append(index)
    return none.scatter(rows, True) if rows else none


def shown(text: str, position: int) -> str:
    """A heading as a message may show it. One that looks like data may be a person's; its position, from 1, stands for it."""
    if _DATA.search(text):
        return f"（第 {position} 列{_LIKE_DATA}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"
