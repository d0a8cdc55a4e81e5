"""Declares the raw files: the columns of each dataset, their allowed values, and the order in which faults are reported.

A dataset is a folder `raw/<year>/<name>/`. Everything that reads, checks or describes raw files (the readers, the
warehouse's raw tables, the Great Expectations suites) follows from these declarations: those of a source stand in the file
of its kind (`flows.sources`), all others in the files of this folder.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

# Measured numbers are kept to ten decimals, enough for the eight to which a mean is brought before it is rounded.
NUMBER = "decimal(24, 10)"


@dataclass(frozen=True)
class Meaning:
    """The meaning of a column, which fixes its type in the raw table. `empty_says`: an empty cell has a meaning too."""

    type: ClassVar[str] = "varchar"
    empty_says: ClassVar[bool] = False


@dataclass(frozen=True)
class Text(Meaning):
    """Any text; full-width digits and letters are narrowed. One of `names`, in whatever spelling, is spelt as it is there."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Id(Meaning):
    """An id. An id that a spreadsheet has damaged is a fault, since two ids may have become equal.

    In the id of a `person`, the texts of `placeholders` name nobody.
    """

    person: bool = False
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Personal(Meaning):
    """Personal data that identify a person. Only their keyed hash is stored.

    A text of `placeholders` (匿名, NULL, 0) names nobody, like an empty cell. Where `alone` names an earlier column, such a row
    counts as a person of its own, which that column identifies.
    """

    placeholders: tuple[str, ...] = ()
    alone: str = ""


@dataclass(frozen=True)
class Site(Meaning):
    """A site of the register, by id, name or alias; becomes the `site_id`."""


@dataclass(frozen=True)
class OneOf(Meaning):
    """A value of a closed list. `names` maps every allowed text to its value; `noun` is the word for it in a message."""

    names: dict[str, str]
    noun: str


@dataclass(frozen=True)
class Rating(Meaning):
    """A level, by its label or its code; becomes the code."""

    type: ClassVar[str] = "utinyint"
    codes: dict[str, int]


@dataclass(frozen=True)
class Number(Meaning):
    """A decimal number within bounds (either may be open)."""

    type: ClassVar[str] = NUMBER
    at_least: Decimal | None = None
    at_most: Decimal | None = None


@dataclass(frozen=True)
class Seconds(Number):
    """A duration in seconds, as a number or in words: 36秒, 1分36秒, 1小时2分3秒. So 2分 are two minutes here, and no 2."""


@dataclass(frozen=True)
class IndicatorPoints(Meaning):
    """Points from 0 to the maximum of the indicator that the row names."""

    type: ClassVar[str] = NUMBER
    maxima: dict[str, Decimal]


@dataclass(frozen=True)
class Flag(Meaning):
    """true/false, 是/否, 1/0."""

    type: ClassVar[str] = "boolean"


@dataclass(frozen=True)
class Check(Meaning):
    """pass/fail/na, 通过/不通过/不适用; empty means na."""

    empty_says: ClassVar[bool] = True


@dataclass(frozen=True)
class Month(Meaning):
    """YYYY-MM (2007/11, 2007年11月), from the month `first` to the month `last`; each may be empty."""

    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Day(Meaning):
    """A date, from `first` to `last`; each may be open."""

    type: ClassVar[str] = "date"
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Time(Meaning):
    """An instant; without an offset it is in the scheme's time zone. `day_only` is the consequence
    of a day without a time, for a message."""

    type: ClassVar[str] = "timestamp"
    day_only: str = "同一天的先后看不出来"


@dataclass(frozen=True)
class Observation(Meaning):
    """A scanner's cell: true or false for the verdict of a check, a number for its value, empty for no check."""


@dataclass(frozen=True)
class Columns(Meaning):
    """The columns (栏目) of a site: `kind=address` joined by a vertical bar. `kinds` maps each
    allowed name of a kind to the kind."""

    kinds: dict[str, str]


@dataclass(frozen=True)
class Derived(Meaning):
    """A column of the raw table that no file has. Its values are derived from other columns of the row."""


@dataclass(frozen=True)
class LocalDay(Derived):
    """The day, in the scheme's time zone, of the instant in the column `of`."""

    type: ClassVar[str] = "date"
    of: str


@dataclass(frozen=True)
class LocalMonth(Derived):
    """The month, in the scheme's time zone, of the instant in the column `of`."""

    of: str


@dataclass(frozen=True)
class HasClock(Derived):
    """Whether the instant in the column `of` was written with its time of day."""

    type: ClassVar[str] = "boolean"
    of: str


@dataclass(frozen=True)
class Ratings(Derived):
    """A list of the codes in the columns `of`, which it replaces."""

    type: ClassVar[str] = "utinyint[]"
    of: tuple[str, ...]


@dataclass(frozen=True)
class Observations(Derived):
    """The checks of a scan as one list."""

    type: ClassVar[str] = f'struct("check" varchar, passed boolean, "value" {NUMBER}, not_made varchar)[]'


@dataclass(frozen=True)
class Column:
    """A column of a raw file and of its raw table. `required`: the file is refused without it. `filled`: a row is set
    aside where its cell is empty.

    `note` becomes the column's comment in the database. `unless` names an earlier column that replaces this one: where it has a
    value, this must be empty. `labels` are headings that the scheme gives the column; they are as good as its name. `titles` are
    what offices call it: they count only where a file does not have the column under its name (`flows.receive.headings`). `noun`
    is its word in a message, if not its name.
    """

    name: str
    meaning: Meaning
    note: str = ""
    required: bool = True
    filled: bool = True
    unless: str = ""
    labels: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    noun: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Its headings under the contract and the scheme."""
        return (self.name, *self.labels)

    @property
    def offered(self) -> str:
        """Its headings in a message that asks for it."""
        return f"{self.name}（{self.titles[0]}）" if self.titles else self.name

    @property
    def label(self) -> str:
        """The name of the column in a message."""
        return self.meaning.noun if isinstance(self.meaning, OneOf) else self.noun or self.name

    @property
    def stored(self) -> str:
        """Its name in the raw table."""
        return "site_id" if isinstance(self.meaning, Site) else self.name

    @property
    def sql_type(self) -> str:
        never_null = self.meaning.empty_says or (self.filled and not self.unless)
        return f"{self.meaning.type}{' not null' if never_null else ''}"


def optional(name: str, meaning: Meaning, note: str, titles: tuple[str, ...] = ()) -> Column:
    """A column with a star in the contract: it may be absent, and so may its value."""
    return Column(name, meaning, note, required=False, filled=False, titles=titles)


def site() -> Column:
    return Column("site", Site(), "site of the register", titles=("网站", "评议网站", "网站名称", "被评网站"), noun="网站")


def names_of(things: Iterable[Any]) -> dict[str, str]:
    """Maps every allowed name of the things to their ids: the id itself, and the label where only one thing has it."""
    things = tuple(things)
    shared = Counter(thing.label for thing in things)
    return {thing.label: thing.id for thing in things if shared[thing.label] == 1} | {thing.id: thing.id for thing in things}


def within(dataset: "Dataset", opens: date, closes: date) -> "Dataset":
    """The dataset with rows of that time only: a month or day outside of it is a fault."""

    def bounded(column: Column) -> Column:
        match column.meaning:
            case Month():
                return replace(column, meaning=Month(f"{opens:%Y-%m}", f"{closes:%Y-%m}"))
            case Day():
                return replace(column, meaning=Day(opens, closes))
        return column

    return replace(dataset, layout=tuple(map(bounded, dataset.layout)))


@dataclass(frozen=True)
class Table:
    """A table of the schema `raw` or `ref`: its summary, and its columns as (name, SQL type, note)."""

    name: str
    summary: str
    columns: tuple[tuple[str, str, str], ...]


_SOURCE = ("source", "varchar not null", "source of the scheme")
_ORIGIN = (
    ("file_id", "integer not null", "raw.files"),
    ("line", "bigint not null", "line in the file, as its reader counts them"),
)
_ITEMS = ("indicator", "aspect", "item_type")
_OTHER = ("other", "varchar", "columns that the contract does not list, as JSON")


@dataclass(frozen=True)
class Dataset:
    """The contract of one folder of raw files.

    `table` is the raw table of its rows, `summary` describes a row. `layout` has the columns in their order, with the derived
    columns. `source` is the scheme's source of the rows; empty for datasets without a source. `key` has the columns of the raw
    table that are unique together. `asks` are the rating columns (see `Ratings`) of the aspects on its ballots. `about_delivery`:
    its rows say what is to be delivered, or what need not be, and are no part of a score.
    """

    name: str
    table: str
    summary: str
    layout: tuple[Column, ...]
    source: str = ""
    key: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    about_delivery: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a file."""
        return tuple(column for column in self.layout if not isinstance(column.meaning, Derived))

    @property
    def derived(self) -> tuple[Column, ...]:
        """The columns of the raw table that no file has."""
        return tuple(column for column in self.layout if isinstance(column.meaning, Derived))

    @property
    def item(self) -> str:
        """The column that says which part of its source a row is about; empty where there is none."""
        return next((column.name for column in self.columns if column.name in _ITEMS), "")

    @property
    def rated(self) -> tuple[str, ...]:
        """The columns that the raw table replaces by a list."""
        return next((column.meaning.of for column in self.derived if isinstance(column.meaning, Ratings)), ())

    @property
    def personal(self) -> bool:
        """Whether its rows are about persons. Then columns that the contract does not list are not stored."""
        return any(isinstance(column.meaning, Personal) for column in self.columns)

    @property
    def names_persons(self) -> bool:
        """Whether its raw files name persons: voters, whom reading hides, or experts."""
        return self.personal or any(isinstance(column.meaning, Id) and column.meaning.person for column in self.columns)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns of the contract that the raw table has, in its order."""
        return tuple(column for column in self.layout if column.name not in self.rated)

    @property
    def raw_table(self) -> Table:
        """Its raw table: the columns, with the source before them and the origin of the row behind."""
        columns = tuple((column.stored, column.sql_type, column.note) for column in self.stored)
        source = (_SOURCE,) if self.source else ()
        other = () if self.personal else (_OTHER,)
        return Table(self.table, self.summary, (*source, *columns, *_ORIGIN, *other))
