"""Kinds of sources. Each file of this folder declares a kind: the scheme's keys with their faults, its raw files, the tables
of `ref` that it fills, its items and its traits.

A file defines a single subclass of `Source`; the file's name is the kind as schemes write it. The behaviour of a kind is in
files of the same name in other folders: `flows/explain/<kind>.py` explains a score, `flows/simulate/<kind>.py` generates raw
files, `flows/documents/sources/<kind>.py` advises a site. `behaviour` imports them by name. In SQL a kind has its own models
and a line in the unions that lead to its score; `flows.warehouse.kinds` reports missing lines.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from flows.datasets import Dataset, Table
from flows.reading.spelling import fold, prose

if TYPE_CHECKING:
    from flows.reading.section import Section

# The type of weights, points and maxima in the schema `ref`.
WEIGHT = "decimal(14, 8)"
FULL = Decimal(100)
# The name of the sum over groups and item types in result tables; no group and no item type may have it.
TOTAL = "all"

Rule = Literal["points", "ratio", "deduct"]
Measure = Literal["value", "passed"]

# What becomes of a source in which something that is due did not come: it is told, the year is not published, or it counts 0.
Incomplete = Literal["tell", "fail", "zero"]

# Of ballots and panels, which name the same thing by a column of their own.
CATEGORIES = Table(
    "categories",
    "The channels of ballots and the categories of experts that the scheme lists; none of a source that lists none.",
    (("source", "varchar", "ballots or panel source"), ("category", "varchar", "channel or category")),
)
# What the published table has in their place.
_NO_CATEGORIES = (TOTAL, "unknown", "other")

# A row of a table of `ref`: columns that are not named are null.
Row = dict[str, Any]


def row(source: str, thing: object, *same: str, **others: Any) -> Row:
    """A row of a source: the columns `same` with the attributes of `thing` that have these names, and `others`."""
    return {"source": source} | {name: getattr(thing, name) for name in same} | others


@dataclass(frozen=True)
class Aspect:
    """Something ballots and experts rate (评议内容). The weights of a scheme's aspects add up to exactly 1."""

    id: str
    label: str
    weight: Decimal


@dataclass(frozen=True)
class Item:
    """A part of a source: an aspect, indicator or item type. `most` is the highest value.

    `each`: the weight counts for every thing behind the value (a service item), not only once.
    """

    id: str
    label: str
    most: Decimal
    weight: Decimal
    each: bool = False


@dataclass(frozen=True)
class Indicator:
    """Something that a source is scored on; points run from 0 to `max`."""

    id: str
    label: str
    max: Decimal

    @property
    def item(self) -> Item:
        return Item(self.id, self.label, self.max, self.max)


@dataclass(frozen=True)
class RecordIndicator(Indicator):
    """An indicator with the rule that turns a month's value into points.

    `target` is set for the rule `ratio` and `per` for `deduct`. With `from_crawl` the values come from the crawl
    check of that name and not from records: its mean `value`, or its share of `passed`.
    """

    rule: Rule
    target: Decimal | None
    per: Decimal | None
    from_crawl: str | None
    measure: Measure


@dataclass(frozen=True)
class Delivery:
    """What a scheme says of a source's delivery. `incomplete`: what becomes of a gap. `due` is the last day on which everything
    may still come; None where the scheme does not say. `due_day`: a month's values may come until this day of the next month.
    """

    incomplete: Incomplete = "tell"
    due: date | None = None
    due_day: int | None = None


@dataclass(frozen=True)
class Period:
    """A day or month for which something is due: as it is written (2007-11-01, 2007-11), and the last day on which it may come."""

    name: str
    due: date


@dataclass(frozen=True)
class Source:
    """A source of scores from 0 to 100 in a scheme; a subclass is a kind.

    The traits of a kind: `noun` is its Chinese name. `rating` is the unit in which the ratings behind an item are counted
    (份评价). `rates_aspects`: its items are the scheme's aspects. `is_sample`: its raters are a sample, so its scores have a
    standard error. `by_site`: each site is answerable for its own part of the delivery; else whoever runs the source is for all
    of it. `counts_zero`: what is missing can count 0. `monthly`: it is delivered month by month. `tables` are the tables of
    `ref` that it fills.
    """

    kind: ClassVar[str] = ""
    noun: ClassVar[str]
    rating: ClassVar[str] = ""
    rates_aspects: ClassVar[bool] = False
    is_sample: ClassVar[bool] = False
    by_site: ClassVar[bool] = False
    counts_zero: ClassVar[bool] = False
    monthly: ClassVar[bool] = False
    tables: ClassVar[tuple[Table, ...]] = ()

    id: str
    label: str
    delivery: Delivery = field(default=Delivery(), kw_only=True)

    def __init_subclass__(cls) -> None:
        cls.kind = cls.__module__.rpartition(".")[2]

    @classmethod
    def read(cls, section: "Section", label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        """Reads the source from its section of a scheme and reports faults to the section; `groups` are the scheme's."""
        raise NotImplementedError

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        """Its folders of raw files, the first under its own id."""
        raise NotImplementedError

    def rows(self) -> Mapping[str, list[Row]]:
        """Its rows in each of `tables`, by the table's name."""
        return {}

    def items(self, aspects: Sequence[Aspect]) -> tuple[Item, ...]:
        """The items of its score; empty where raw files give the score itself."""
        return tuple(Item(aspect.id, aspect.label, FULL, aspect.weight) for aspect in aspects) if self.rates_aspects else ()

    def owed_by_site(self, item: str) -> bool:
        """Whether each site is answerable for its own part of this item."""
        return self.by_site

    def asked(self, aspects: Sequence[Aspect]) -> tuple[str, ...]:
        """The ids of the aspects that its raters are asked for, in the scheme's order."""
        return tuple(aspect.id for aspect in aspects) if self.rates_aspects else ()

    def rules(self) -> tuple:
        """The rules of its scores besides aspects and checks; equal rules in two years mean comparable scores. Labels, periods
        and rules that only flag a site do not count."""
        return ()

    @property
    def categories(self) -> tuple[str, ...]:
        """The channels or categories of its raters that the scheme lists, which are not those of single persons; empty where it
        lists none."""
        return ()

    @property
    def period(self) -> tuple[date | None, date | None]:
        """The first and the last local day of its months and days, where the scheme says them; else they are the year's."""
        return None, None

    def periods(self, first: date, last: date) -> Sequence[Period]:
        """The days or months that are due of its own time so far, which is `first` to `last`; empty where nothing is due by time."""
        return ()

    @property
    def checks(self) -> Mapping[str, RecordIndicator]:
        """The crawl checks that it uses, each with the first indicator that it scores."""
        return {}


def days(first: date, last: date) -> list[date]:
    """The days from `first` to `last`."""
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def read_period(section: "Section", *, optional: bool) -> tuple[date | None, date | None]:
    """The days `opens` and `closes` of a section."""
    opens, closes = section.day("opens", optional=optional), section.day("closes", optional=optional)
    if opens and closes and opens > closes:
        section.fault("closes", f"截止日 {closes} 早于开始日 {opens}")
    return opens, closes


def read_categories(section: "Section", key: str) -> tuple[str, ...]:
    """The list of channels or categories of a section; empty where it has none."""
    names = section.texts(key, otherwise="不写这个键就是不列举")
    section.must_differ(key, [fold(name) for name in names])
    for name in names:
        if not fold(name) or fold(name) in _NO_CATEGORIES:
            section.fault(key, f"“{name}”不能作为名称：结果表用它表示{'合计、未注明或其他' if fold(name) else '没有写'}")
    return tuple(prose(name) for name in names)


def category_rows(source: "Source") -> list[Row]:
    """Its rows of `CATEGORIES`."""
    return [row(source.id, source, category=name) for name in source.categories]


@cache
def kinds() -> Mapping[str, type[Source]]:
    """The class of every kind by the kind's name; each file of this folder declares a kind."""
    classes: dict[str, type[Source]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        things = vars(importlib.import_module(f"{__name__}.{name}")).values()
        # A file may import the class of another kind.
        own = [thing for thing in things if isinstance(thing, type) and issubclass(thing, Source) and thing.kind == name]
        if len(own) != 1:
            raise TypeError(f"flows/sources/{name}.py must define one subclass of Source, and has {len(own)}")
        classes[name] = own[0]
    return classes


def behaviour(room: str, kind: str) -> Any:
    """The module `flows.<room>.<kind>`, with the behaviour of a kind in a room. None where there is no such file."""
    name = f"flows.{room}.{kind}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
