"""A handout (填报表): a workbook that an office hands out and that comes back filled in, as its kind describes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from flows.datasets import Column, Dataset, OneOf
from flows.reading.spelling import fold
from flows.receive.handouts import Mark
from flows.receive.headings import header, of_dataset
from flows.receive.register import Register
from flows.scheme import Scheme
from flows.sources import Source

# What a person can scroll through, and a spreadsheet program opens at once.
MOST_ROWS = 20_000

Cell = str | Decimal
Value = TypeVar("Value")


@dataclass(frozen=True)
class Site:
    """A site of the register and the text by which files name it."""

    id: str
    name: str


@dataclass(frozen=True)
class Outline:
    """What the handouts of a source are made from: its datasets, and the sites that it scores, in the register's order."""

    scheme: Scheme
    source: Source
    datasets: tuple[Dataset, ...]
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Handout:
    """A workbook to be handed out. `name` is that of its file, without the ending.

    `given` are the columns that it fills in itself, each with as many cells as it has rows; `shown` are columns of its own, by
    heading, beside them. `most` names for a column the one of `shown` that has its greatest value in each row. `once` are columns
    that are written once for all rows. Without `given` its rows are all empty, and there are as many as a sheet has. `about` are
    sentences on how to fill it in. `part` says what of a source is asked, where there is more than one thing.
    """

    name: str
    dataset: Dataset
    given: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    shown: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    most: Mapping[str, str] = field(default_factory=dict)
    once: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    part: str = ""

    @property
    def rows(self) -> int:
        return max((len(cells) for cells in self.given.values()), default=0)

    @cached_property
    def headings(self) -> dict[str, str]:
        return headings_of(self.dataset)

    def mark(self, sheets: Mapping[str, int]) -> Mark:
        """By what it is known when it comes back; `sheets` are its other sheets, with their rows."""
        titles = self.headings
        given, once = (tuple(titles[name] for name in names) for names in (self.given, self.once))
        return Mark(self.dataset.name, given, once, tuple(self.shown), sheets)

    def parts(self) -> Iterator["Handout"]:
        """The handout, in several where it has too many rows."""
        if self.rows <= MOST_ROWS:
            yield self
            return
        for number, first in enumerate(range(0, self.rows, MOST_ROWS), start=1):
            given, shown = (
                {name: cells[first : first + MOST_ROWS] for name, cells in columns.items()}
                for columns in (self.given, self.shown)
            )
            yield replace(self, name=f"{self.name}-{number}", given=given, shown=shown)


def headings_of(dataset: Dataset) -> dict[str, str]:
    """The headings of a dataset's columns in a handout, by column: what offices call them, or what the contract does where its
    reader would take one of these words for another column."""
    spoken = {column.name: (*column.labels, *column.titles, column.name)[0] for column in dataset.columns}
    if _is_read(spoken, dataset.columns):
        return spoken
    return {column.name: column.name for column in dataset.columns}


def _is_read(titles: Mapping[str, str], columns: Sequence[Column]) -> bool:
    delivered = header(list(titles.values())) if len(set(titles.values())) == len(titles) else []
    return list(of_dataset(delivered, columns).column_of.values()) == list(titles)


def words(names: Mapping[str, Value]) -> dict[Value, str]:
    """For every value of a closed list the text by which a cell names it: the first of `names` that is read as this value, but a
    number only where there is no other."""
    meant = {fold(text): value for text, value in names.items()}
    found: dict[Value, str] = {}
    for text in sorted(names, key=str.isdecimal):
        if meant[fold(text)] == names[text]:
            found.setdefault(names[text], text)
    return found


def words_of(dataset: Dataset, name: str) -> dict[str, str]:
    """The same for a column of a closed list."""
    meaning = next(column.meaning for column in dataset.columns if column.name == name)
    assert isinstance(meaning, OneOf)
    return words(meaning.names)


def sites_of(register: Register, scheme: Scheme, source: str) -> tuple[Site, ...]:
    """The sites whose groups weigh a source; those of all groups without a source."""
    weighing = {group.id for group in scheme.groups if not source or source in group.weights}
    rows = register.sites.select("site_id", "group", "name").iter_rows()
    return tuple(
        Site(site, name if register.names.get(fold(name)) == site else site) for site, group, name in rows if group in weighing
    )
