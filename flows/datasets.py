"""What a raw file is: the columns of every dataset of a year, in the order in which faults are looked for.

A dataset is a folder `raw/<year>/<name>/`. The scheme decides which there are and what may stand in them; everything
that reads, checks or describes raw files (the readers, the warehouse's raw tables, the Great Expectations suites) is
derived from the contracts made here.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from flows.scheme import Audit, Ballots, Claims, Panel, Records, Scheme, WideCrawl

# The one dataset that is a file beside the folders.
REGISTER = "sites"


@dataclass(frozen=True)
class Text:
    """Any text; full-width digits and letters are narrowed."""


@dataclass(frozen=True)
class Personal:
    """Personal data: only its keyed hash is ever kept."""


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


Meaning = (
    Text | Personal | Site | OneOf | Rating | Number | IndicatorPoints | Flag | Check | Month | Day | Time | Observation
)


@dataclass(frozen=True)
class Column:
    """A column of a raw file. `there`: the file is refused without it; `filled`: a row is set aside when it is empty."""

    name: str
    meaning: Meaning
    there: bool = True
    filled: bool = True


@dataclass(frozen=True)
class Dataset:
    """The contract of one folder of raw files.

    `table` is the raw table its rows go to, `source` the scheme's source they belong to (empty for the others), and
    `key` the columns of that table which may occur once only. `aspects` of a ballots source become one list of ratings.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    source: str = ""
    key: tuple[str, ...] = ()
    aspects: tuple[str, ...] = field(default=())


def optional(name: str, meaning: Meaning) -> Column:
    """A column with a star in the contract: it may be absent, and so may its value."""
    return Column(name, meaning, there=False, filled=False)


def register(scheme: Scheme) -> Dataset:
    groups = {group.id: group.id for group in scheme.groups}
    return Dataset(
        REGISTER,
        "sites",
        (
            Column("site_id", Text()),
            Column("group", OneOf(groups, "组别")),
            Column("name", Text()),
            optional("aliases", Text()),
            optional("url", Text()),
        ),
        key=("site_id",),
    )


def datasets(scheme: Scheme) -> tuple[Dataset, ...]:
    """Every dataset folder that may stand in the year's raw folder, in the scheme's order."""
    made: list[Dataset] = []
    for source in scheme.sources:
        made.append(_OF_KIND[source.kind](scheme, source))
        if isinstance(source, Claims):
            made.append(_verified(source))
    return (*made, _crawl(), _portal_traffic(), _portal_stats())


def _aspect_column(scheme: Scheme) -> Column:
    return Column("aspect", OneOf(_by_id_or_label(scheme.aspects), "评议内容"))


def _by_id_or_label(things) -> dict[str, str]:
    """What may stand for each of the things: its id, and its label where no other has the same."""
    shared = Counter(thing.label for thing in things)
    return {thing.label: thing.id for thing in things if shared[thing.label] == 1} | {thing.id: thing.id for thing in things}


def _ballots(scheme: Scheme, source: Ballots) -> Dataset:
    codes = {str(level.code): level.code for level in source.levels}
    rating = Rating(codes | {level.label: level.code for level in source.levels})
    return Dataset(
        source.id,
        "ballots",
        (
            Column("ballot_id", Text()),
            Column("submitted_at", Time()),
            Column("voter", Personal()),
            Column("site", Site()),
            *(optional(aspect.id, rating) for aspect in scheme.aspects),
            optional("overall", rating),
            optional("channel", Text()),
            optional("origin", Personal()),
            optional("seconds", Number(at_least=Decimal(0))),
        ),
        source=source.id,
        key=("ballot_id",),
        aspects=tuple(aspect.id for aspect in scheme.aspects),
    )


def _panel(scheme: Scheme, source: Panel) -> Dataset:
    return Dataset(
        source.id,
        "panel_scores",
        (
            Column("expert_id", Text()),
            optional("category", Text()),
            Column("site", Site()),
            _aspect_column(scheme),
            Column("score", Number(Decimal(0), Decimal(100))),
            optional("reviewed_on", Day()),
        ),
        source=source.id,
    )


def _claims(scheme: Scheme, source: Claims) -> Dataset:
    return Dataset(
        source.id,
        "claims",
        (*_indicator_points(source), optional("evidence", Text())),
        source=source.id,
        key=("source", "site_id", "indicator"),
    )


def _verified(source: Claims) -> Dataset:
    return Dataset(
        f"{source.id}_verified",
        "verifications",
        (*_indicator_points(source), optional("verified_by", Text()), optional("note", Text())),
        source=source.id,
        key=("source", "site_id", "indicator"),
    )


def _indicator_points(source: Claims) -> tuple[Column, ...]:
    return (
        Column("site", Site()),
        Column("indicator", OneOf(_by_id_or_label(source.indicators), "指标")),
        Column("points", IndicatorPoints({indicator.id: indicator.max for indicator in source.indicators})),
    )


def _records(scheme: Scheme, source: Records) -> Dataset:
    return Dataset(
        source.id,
        "records",
        (
            Column("site", Site()),
            Column("indicator", OneOf(_by_id_or_label(source.indicators), "指标")),
            Column("month", Month()),
            Column("value", Number()),
            optional("recorded_by", Text()),
        ),
        source=source.id,
        key=("source", "site_id", "indicator", "month"),
    )


def _audit(scheme: Scheme, source: Audit) -> Dataset:
    checks = tuple(Column(name, Check(), filled=False) for name in ("reachable", "guide", "form", "online"))
    return Dataset(
        source.id,
        "audit_items",
        (
            Column("item_id", Text()),
            Column("site", Site()),
            Column("name", Text()),
            Column("item_type", OneOf(_by_id_or_label(source.item_types), "事项类型")),
            Column("approval", Flag()),
            *checks,
            optional("forms", Number(at_least=Decimal(0))),
            optional("sheets", Number(at_least=Decimal(0))),
            optional("audited_on", Day()),
            optional("auditor", Text()),
        ),
        source=source.id,
        key=("source", "item_id", "site_id"),
    )


def _given(scheme: Scheme, source) -> Dataset:
    return Dataset(
        source.id,
        "given_scores",
        (Column("site", Site()), Column("score", Number(Decimal(0), Decimal(100)))),
        source=source.id,
        key=("source", "site_id"),
    )


def _crawl() -> Dataset:
    return Dataset(
        "crawl",
        "crawl_checks",
        (
            Column("site", Site()),
            Column("checked_at", Time()),
            Column("check", Text()),
            Column("passed", Flag()),
            optional("url", Text()),
            optional("value", Number()),
            optional("detail", Text()),
        ),
    )


def wide_crawl(wide: WideCrawl) -> Dataset:
    """The contract of a scanner's own table, its site and time columns already renamed to `site` and `checked_at`.

    A check's column may be absent: scanners add and drop columns over a year.
    """
    return Dataset(
        "crawl",
        "crawl_checks",
        (
            Column("site", Site()),
            Column("checked_at", Time()),
            *(optional(check, Observation()) for check in wide.checks),
        ),
    )


def _portal_traffic() -> Dataset:
    return Dataset(
        "portal_traffic",
        "portal_traffic",
        (Column("column", Text()), Column("month", Month()), Column("views", Number(at_least=Decimal(0)))),
        key=("column", "month"),
    )


def _portal_stats() -> Dataset:
    return Dataset(
        "portal_stats",
        "portal_stats",
        (
            Column("metric", Text()),
            Column("value", Number()),
            optional("unit", Text()),
            optional("previous", Number()),
        ),
        key=("metric",),
    )


_OF_KIND = {
    "ballots": _ballots,
    "panel": _panel,
    "claims": _claims,
    "records": _records,
    "audit": _audit,
    "given": _given,
}
