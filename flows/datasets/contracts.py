"""The contract of every dataset of a year, made from its scheme."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from flows.datasets import (
    REGISTER,
    Check,
    Column,
    Columns,
    Dataset,
    Day,
    Flag,
    Id,
    IndicatorPoints,
    Meaning,
    Month,
    Number,
    OneOf,
    Personal,
    Rating,
    Site,
    Text,
    Time,
)
from flows.scheme import Audit, Ballots, Claims, Panel, Records, Scheme
from flows.scheme.spelling import heading

# What a column (栏目) of a site may be called in the register, and the kind that it is.
_COLUMN_KINDS = {"news": "news", "动态": "news", "notices": "notices", "公告": "notices", "policy": "policy", "政策": "policy"}


def optional(name: str, meaning: Meaning) -> Column:
    """A column with a star in the contract: it may be absent, and so may its value."""
    return Column(name, meaning, there=False, filled=False)


def register(scheme: Scheme) -> Dataset:
    groups = {group.id: group.id for group in scheme.groups}
    return Dataset(
        REGISTER,
        "sites",
        (
            Column("site_id", Id()),
            Column("group", OneOf(groups, "组别")),
            Column("name", Text()),
            optional("aliases", Text()),
            optional("url", Text()),
            optional("columns", Columns(_COLUMN_KINDS)),
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
    before = (
        Column("ballot_id", Id()),
        Column("submitted_at", Time()),
        Column("voter", Personal(scheme.placeholders, alone="ballot_id")),
        Column("site", Site()),
    )
    after = (
        optional("overall", rating),
        optional("channel", Text()),
        optional("origin", Personal(scheme.placeholders)),
        optional("seconds", Number(at_least=Decimal(0))),
    )
    taken = {heading(column.name) for column in (*before, *after)}
    return Dataset(
        source.id,
        "ballots",
        (*before, *_aspect_columns(scheme, rating, taken), *after),
        source=source.id,
        key=("ballot_id",),
        aspects=tuple(aspect.id for aspect in scheme.aspects),
        asks=source.aspects,
    )


def _aspect_columns(scheme: Scheme, rating: Rating, taken: set[str]) -> Iterator[Column]:
    """A column an aspect, under its id or its label; a label that names something else too is no heading."""
    ids = {heading(aspect.id) for aspect in scheme.aspects}
    labels = Counter(heading(aspect.label) for aspect in scheme.aspects)
    for aspect in scheme.aspects:
        label = heading(aspect.label)
        alone = labels[label] == 1 and label not in ids | taken
        yield Column(aspect.id, rating, there=False, filled=False, titles=(aspect.label,) if alone else ())


def _panel(scheme: Scheme, source: Panel) -> Dataset:
    return Dataset(
        source.id,
        "panel_scores",
        (
            # Experts may be numbered from 0.
            Column(
                "expert_id", Id(person=True, placeholders=tuple(text for text in scheme.placeholders if not text.isdigit()))
            ),
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
            Column("item_id", Id()),
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
            optional("not_made", Text()),
            Column("passed", Flag(), unless="not_made"),
            optional("url", Text()),
            optional("value", Number()),
            optional("detail", Text()),
        ),
    )


def scans() -> Dataset:
    """The contract of a scanner's own table in the dataset `crawl`, under the names that its columns have with us.

    Its checks are the scheme's `[crawl] wide`; `flows.receive.scans` reads them.
    """
    return Dataset("crawl", "crawl_scans", (Column("site", Site()), Column("checked_at", Time())))


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
