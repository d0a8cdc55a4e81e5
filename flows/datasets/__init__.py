"""What a raw file is: a dataset's columns, what may stand in them, and the order in which faults are looked for.

A dataset is a folder `raw/<year>/<name>/`. Everything that reads, checks or describes raw files (the readers, the
warehouse's raw tables, the Great Expectations suites) is derived from the contracts in `flows.datasets.contracts`.
"""

from dataclasses import dataclass, field
from decimal import Decimal

# The one dataset that is a file beside the folders.
REGISTER = "sites"


@dataclass(frozen=True)
class Text:
    """Any text; full-width digits and letters are narrowed."""


@dataclass(frozen=True)
class Id:
    """What tells things apart. An id that a spreadsheet has damaged is refused, since two of them could now be one.

    Where it is a `person`'s, texts of `placeholders` name nobody.
    """

    person: bool = False
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Personal:
    """Personal data, which tell persons apart as an id does: only their keyed hash is ever kept.

    A text of `placeholders` (匿名, NULL, 0) names nobody. It is as good as an empty cell; but where `alone` names an earlier
    column, the row stands for a person of its own, told apart from all others by that column.
    """

    placeholders: tuple[str, ...] = ()
    alone: str = ""


@dataclass(frozen=True)
class Site:
    """A site of the register, by id, name or alias; becomes the `site_id`."""


@dataclass(frozen=True)
class OneOf:
    """One of a closed list. `names` maps what may be written to what it means; `noun` names the thing in a message."""

    names: dict[str, str]
    noun: str


@dataclass(frozen=True)
class Rating:
    """A level, by its label or its code; becomes the code."""

    codes: dict[str, int]


@dataclass(frozen=True)
class Number:
    """A decimal number within bounds (either may be open)."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None


@dataclass(frozen=True)
class IndicatorPoints:
    """Points from 0 to the maximum of the indicator that the row names."""

    maxima: dict[str, Decimal]


@dataclass(frozen=True)
class Flag:
    """true/false, 是/否, 1/0."""


@dataclass(frozen=True)
class Check:
    """pass/fail/na, 通过/不通过/不适用; empty means na."""


@dataclass(frozen=True)
class Month:
    """YYYY-MM."""


@dataclass(frozen=True)
class Day:
    """A date."""


@dataclass(frozen=True)
class Time:
    """An instant; without an offset it is in the scheme's time zone."""


@dataclass(frozen=True)
class Observation:
    """A scanner's cell: true/false says whether its check passed, a number is its value, empty means no check."""


@dataclass(frozen=True)
class Columns:
    """The columns (栏目) of a site: `kind=address` joined by a vertical bar. `kinds` maps what a kind may be called to it."""

    kinds: dict[str, str]


Meaning = (
    Text | Id | Personal | Site | OneOf | Rating | Number | IndicatorPoints | Flag | Check | Month | Day | Time
    | Observation | Columns
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a raw file. `there`: the file is refused without it; `filled`: a row is set aside when it is empty.

    `unless` names an earlier column that stands in for this one: where that is filled, this must be empty. `titles` are other
    headings under which it may stand.
    """

    name: str
    meaning: Meaning
    there: bool = True
    filled: bool = True
    unless: str = ""
    titles: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.name, *self.titles)


@dataclass(frozen=True)
class Dataset:
    """The contract of one folder of raw files.

    `table` is the raw table its rows go to, `source` the scheme's source they belong to (empty for the others), and
    `key` the columns of that table which may occur once only. `aspects` of a ballots source become one list of ratings; `asks`
    are those of them that its ballots ask for.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    source: str = ""
    key: tuple[str, ...] = ()
    aspects: tuple[str, ...] = field(default=())
    asks: tuple[str, ...] = field(default=())

    @property
    def personal(self) -> bool:
        """Whether its rows are about persons: then nothing is kept of them that the contract does not ask for."""
        return any(isinstance(column.meaning, Personal) for column in self.columns)
