"""Kinds of sources. A kind is one file of this folder, which holds all that is declared of it: the scheme's keys with their
faults, its raw files, the tables of `ref` that it fills, its items and its traits.

A file defines one subclass of `Source`; the file's name is the kind that a scheme writes. What a kind does stands under the
same file name in the room where it is done: `flows/explain/<kind>.py` takes a score apart, `flows/simulate/<kind>.py` makes up
raw files, `flows/documents/sources/<kind>.py` says what a site may do. `behaviour` finds them by name. In SQL a kind has
models of its own and a line in the unions that lead to its score; `flows.warehouse.kinds` names those that are missing.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from flows.datasets import Dataset, Table

if TYPE_CHECKING:
    from flows.reading.section import Section

# The type of weights, points and maxima in the schema `ref`.
WEIGHT = "decimal(14, 8)"
FULL = Decimal(100)
# What result tables call the sum over groups and item types, so that neither may be called so.
TOTAL = "all"

Rule = Literal["points", "ratio", "deduct"]
Measure = Literal["value", "passed"]

# A row of a table of `ref`: columns that are not named are null.
Row = dict[str, Any]


def row(source: str, thing: object, *same: str, **others: Any) -> Row:
    """A row of a source: columns that are called like the thing's attributes, and others with their values."""
    return {"source": source} | {name: getattr(thing, name) for name in same} | others


@dataclass(frozen=True)
class Aspect:
    """Something ballots and experts rate (评议内容). The weights of a scheme's aspects add up to exactly 1."""

    id: str
    label: str
    weight: Decimal


@dataclass(frozen=True)
class Item:
    """What a source is made of: an aspect, indicator or item type. `most` is the value that loses nothing.

    `each`: it weighs so much for every thing behind its value (a service item), not once for all of them.
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

    `target` is set for the rule `ratio` and `per` for `deduct`. With `from_crawl` the values are those of the crawl
    check of that name instead of the records': its mean `value`, or the share that `passed`.
    """

    rule: Rule
    target: Decimal | None
    per: Decimal | None
    from_crawl: str | None
    measure: Measure


@dataclass(frozen=True)
class Source:
    """A source of scores from 0 to 100, as a scheme writes it; a subclass is a kind.

    Of a kind: `noun` is what people call it, `rating` counts what stands behind an item's value (份评价), `rates_aspects` says
    that its items are the scheme's aspects, `is_sample` that others might have been asked, so that its scores have a standard
    error, and `tables` are those of `ref` that it fills.
    """

    kind: ClassVar[str] = ""
    noun: ClassVar[str]
    rating: ClassVar[str] = ""
    rates_aspects: ClassVar[bool] = False
    is_sample: ClassVar[bool] = False
    tables: ClassVar[tuple[Table, ...]] = ()

    id: str
    label: str

    def __init_subclass__(cls) -> None:
        cls.kind = cls.__module__.rpartition(".")[2]

    @classmethod
    def read(cls, section: "Section", label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        """The source of a scheme's section. What is wrong becomes a fault of the section; `groups` are the scheme's."""
        raise NotImplementedError

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        """Its folders of raw files, the first under its own id."""
        raise NotImplementedError

    def rows(self) -> Mapping[str, list[Row]]:
        """Its rows in each of `tables`, by the table's name."""
        return {}

    def items(self, aspects: Sequence[Aspect]) -> tuple[Item, ...]:
        """What its score is made of; nothing where the score is all that there is."""
        return tuple(Item(aspect.id, aspect.label, FULL, aspect.weight) for aspect in aspects) if self.rates_aspects else ()

    def rules(self) -> tuple:
        """What a score follows from, besides aspects and checks: two years with equal ones are scored alike. Labels, periods
        and what only flags a site are no rules."""
        return ()

    @property
    def checks(self) -> Mapping[str, RecordIndicator]:
        """The crawl checks on which it draws, each with the (first) indicator that is scored by it."""
        return {}


@cache
def kinds() -> Mapping[str, type[Source]]:
    """Every kind by its name: one a file of this folder."""
    found: dict[str, type[Source]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        for thing in vars(importlib.import_module(f"{__name__}.{name}")).values():
            # A file may import the class of another kind.
            if isinstance(thing, type) and issubclass(thing, Source) and thing.kind == name:
                found[name] = thing
    return found


def behaviour(room: str, kind: str) -> Any:
    """The module `flows.<room>.<kind>`: what a kind does in one room of the house. None where there is no such file."""
    name = f"flows.{room}.{kind}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
