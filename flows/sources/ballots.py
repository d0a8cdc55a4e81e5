"""Ballots of the public (选票): every voter rates a site by the aspects, each with a level of the source's own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import (
    Column,
    Dataset,
    HasClock,
    Id,
    LocalDay,
    Personal,
    Rating,
    Ratings,
    Seconds,
    Table,
    Text,
    Time,
    optional,
    site,
)
from flows.reading.section import Section
from flows.reading.spelling import heading
from flows.sources import (
    CATEGORIES,
    WEIGHT,
    Aspect,
    Period,
    Row,
    Source,
    category_rows,
    days,
    read_categories,
    read_period,
    row,
)

# Why ballots are excluded (`staged.ballot_exclusions`), in the order of the rules, and what people call it.
REASONS = {
    "outside_period": "不在评议期内",
    "no_rating": "没有评分",
    "too_fast": "填写过快",
    "burst": "同一来源短时间大量提交",
    "duplicate": "同一人重复评议，只计最后一次",
}
_MOST_LEVELS = 255


@dataclass(frozen=True)
class Level:
    """An answer that a voter can give. `code` counts from 1 in the scheme's order; `points` lie between 0 and 100."""

    code: int
    label: str
    points: Decimal
    satisfied: bool


@dataclass(frozen=True)
class Ballots(Source):
    """`aspects` are the scheme's aspects on its ballots; all aspects where the scheme names none. `channels` are those that
    it lists. So many `quiet_days` in a row without a ballot say nothing."""

    noun: ClassVar[str] = "选票"
    rating: ClassVar[str] = "份评价"
    rates_aspects: ClassVar[bool] = True
    is_sample: ClassVar[bool] = True
    tables: ClassVar[tuple[Table, ...]] = (
        CATEGORIES,
        Table(
            "levels",
            "The answers of a ballots source and what they are worth.",
            (
                ("source", "varchar", "ballots source"),
                ("level", "utinyint", "code, from 1 in the scheme's order"),
                ("label", "varchar", "the answer"),
                ("points", WEIGHT, "0 to 100"),
                ("satisfied", "boolean", "whether it counts into the satisfaction rate"),
            ),
        ),
        Table(
            "ballot_rules",
            "Which ballots of a source count; null where a rule is off.",
            (
                ("source", "varchar", "ballots source"),
                ("opens", "date", "first local day"),
                ("closes", "date", "last local day"),
                ("min_seconds", WEIGHT, "a ballot filled in faster does not count"),
                ("burst_limit", "integer", "most ballots of one origin within a minute"),
                ("min_ballots", "integer", "with fewer valid ballots a site is flagged low_base"),
                ("quiet_days", "integer", "days in a row without a ballot that say nothing; of more of them, all are missing"),
            ),
        ),
    )

    opens: date
    closes: date
    levels: tuple[Level, ...]
    min_seconds: Decimal | None
    burst_limit: int | None
    min_ballots: int | None
    aspects: tuple[str, ...]
    channels: tuple[str, ...] = ()
    quiet_days: int = 2

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        levels = _levels(section)
        opens, closes = read_period(section, optional=False)
        quiet = section.integer("quiet_days", at_least=0, optional=True)
        return cls(
            id=section.name,
            label=label,
            opens=opens or date.min,
            closes=closes or date.max,
            levels=levels,
            min_seconds=section.decimal("min_seconds", at_least=0, optional=True),
            burst_limit=section.integer("burst_limit", at_least=0, optional=True),
            min_ballots=section.integer("min_ballots", at_least=0, optional=True),
            aspects=_asked(section, tuple(aspect.id for aspect in aspects)),
            channels=read_categories(section, "channels"),
            quiet_days=cls.quiet_days if quiet is None else quiet,
        )

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        codes = {str(level.code): level.code for level in self.levels}
        rating = Rating(codes | {level.label: level.code for level in self.levels})
        before = (
            Column("ballot_id", Id(), "unique in the year", titles=("票号", "选票编号", "答卷编号")),
            Column(
                "submitted_at",
                Time(day_only="不算作同一分钟里的集中提交"),
                "when it was sent, UTC",
                titles=("提交时间", "提交答卷时间"),
            ),
            Column("submitted_on", LocalDay("submitted_at"), "the local date of submitted_at"),
            Column(
                "timed",
                HasClock("submitted_at"),
                "whether the file tells the time of day; if not, submitted_at is the day's beginning",
            ),
            Column("voter", Personal(placeholders, alone="ballot_id"), "keyed hash of the voter", titles=("评议人", "投票人")),
            site(),
        )
        after = (
            optional("overall", rating, "level code of the overall rating", ("总体评价", "总体满意度", "总评")),
            # No 来源: in some files it is how a ballot was cast, in others an address.
            optional("channel", Text(self.channels), "how it was cast", ("渠道", "来源渠道", "评议渠道")),
            optional(
                "origin", Personal(placeholders), "keyed hash of where it came from", ("来自IP", "IP", "来源IP", "IP地址")
            ),
            # A number of nine digits or more is no time that anybody took, but may be somebody's own.
            optional(
                "seconds",
                Seconds(at_least=Decimal(0), at_most=Decimal(99_999_999)),
                "seconds the voter took",
                ("所用时间", "用时", "答题时长"),
            ),
        )
        before, after = (_without(columns, aspects) for columns in (before, after))
        ids = tuple(aspect.id for aspect in aspects)
        note = "level code per aspect, in the scheme's order; null where not rated"
        return (
            Dataset(
                self.id,
                "ballots",
                "One row a ballot: one voter rates one site.",
                (
                    *before,
                    *_aspect_columns(aspects, rating, {heading(column.name) for column in (*before, *after)}),
                    Column("ratings", Ratings(ids), note, noun="各项评分"),
                    *after,
                ),
                source=self.id,
                key=("ballot_id",),
                asks=self.aspects,
            ),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        rule = row(self.id, self, "opens", "closes", "min_seconds", "burst_limit", "min_ballots", "quiet_days")
        levels = [row(self.id, level, "label", "points", "satisfied", level=level.code) for level in self.levels]
        return {"ballot_rules": [rule], "levels": levels, "categories": category_rows(self)}

    def asked(self, aspects: Sequence[Aspect]) -> tuple[str, ...]:
        return self.aspects

    @property
    def categories(self) -> tuple[str, ...]:
        return self.channels

    @property
    def period(self) -> tuple[date | None, date | None]:
        return self.opens, self.closes

    def periods(self, first: date, last: date) -> Sequence[Period]:
        return tuple(Period(f"{day}", self.delivery.due or day) for day in days(first, last))

    def rules(self) -> tuple:
        return tuple(level.points for level in self.levels), self.min_seconds, self.burst_limit


def _levels(section: Section) -> tuple[Level, ...]:
    satisfied = section.texts("satisfied", needed=True)
    levels = []
    for code, entry in enumerate(section.entries("levels"), start=1):
        name, points = entry.text("label"), entry.decimal("points", at_least=0, at_most=100)
        entry.finish()
        levels.append(Level(code, name or "", points or Decimal(0), name in satisfied))
    labels = [level.label for level in levels]
    section.must_differ("levels", labels)
    if len(levels) > _MOST_LEVELS:
        section.fault("levels", f"有 {len(levels)} 档，最多 {_MOST_LEVELS} 档")
    for name in satisfied:
        if name not in labels:
            section.fault("satisfied", f"“{name}”不在 levels 之中")
    return tuple(levels)


def _asked(section: Section, aspects: tuple[str, ...]) -> tuple[str, ...]:
    """The aspects that the ballots ask for, in the scheme's order."""
    asked = section.texts("aspects", default=aspects, otherwise="不写这个键就是全部评议内容")
    section.must_differ("aspects", asked)
    for name in asked:
        if name not in aspects:
            section.fault("aspects", f"方案的 [aspects] 中没有“{name}”")
    return tuple(aspect for aspect in aspects if aspect in asked)


def _without(columns: Sequence[Column], aspects: Sequence[Aspect]) -> tuple[Column, ...]:
    """The columns without the titles that are words of the scheme: its own id or label of an aspect wins over what offices
    usually call another column, also where the label is no heading because two aspects have it."""
    words = {heading(word) for aspect in aspects for word in (aspect.id, aspect.label)}
    return tuple(
        replace(column, titles=tuple(title for title in column.titles if heading(title) not in words)) for column in columns
    )


def _aspect_columns(aspects: Sequence[Aspect], rating: Rating, taken: set[str]) -> Iterator[Column]:
    """A column for each aspect. Its heading is the id, or the label where no other column has it."""
    ids = {heading(aspect.id) for aspect in aspects}
    labels = Counter(heading(aspect.label) for aspect in aspects)
    for aspect in aspects:
        label = heading(aspect.label)
        alone = labels[label] == 1 and label not in ids | taken
        yield Column(aspect.id, rating, required=False, filled=False, labels=(aspect.label,) if alone else ())
