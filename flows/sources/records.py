"""Monthly records of every site (记录), made by hand or by the crawl checks, which rules turn into points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Column, Dataset, Month, Number, OneOf, Table, Text, names_of, optional, site
from flows.reading.section import Section
from flows.sources import WEIGHT, Aspect, Indicator, Item, Period, RecordIndicator, Row, Rule, Source, days, read_period, row

# What people call the rules.
RULES: Mapping[Rule, str] = {"points": "按值计分", "ratio": "按目标完成率计分", "deduct": "按量扣分"}

INDICATORS = Table(
    "indicators",
    "Indicators of claims and records sources; the rule's columns are null for claims.",
    (
        ("source", "varchar", "claims or records source"),
        ("position", "integer", "place in the source, from 1"),
        ("indicator", "varchar", "indicator"),
        ("label", "varchar", "what it is called"),
        ("max_points", WEIGHT, "points at most"),
        ("rule", "varchar", "how a value becomes points: points, ratio or deduct"),
        ("target", WEIGHT, "ratio: the value that earns the maximum"),
        ("per", WEIGHT, "deduct: points lost for every unit of the value"),
        ("from_crawl", "varchar", "crawl check that gives the values instead of the records"),
        ("measure", "varchar", "from_crawl: mean of the checks' value, or share that passed"),
    ),
)


@dataclass(frozen=True)
class Records(Source):
    noun: ClassVar[str] = "记录"
    by_site: ClassVar[bool] = True
    counts_zero: ClassVar[bool] = True
    monthly: ClassVar[bool] = True
    tables: ClassVar[tuple[Table, ...]] = (INDICATORS,)

    indicators: tuple[RecordIndicator, ...]
    opens: date | None = None
    closes: date | None = None

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        indicators = tuple(_indicator(entry) for entry in section.entries("indicators"))
        section.must_differ("indicators", [indicator.id for indicator in indicators])
        return cls(section.name, label, indicators, *read_period(section, optional=True))

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        return (
            Dataset(
                self.id,
                "records",
                "One row a value measured for a site, indicator and month.",
                (
                    site(),
                    indicator_column(self.indicators),
                    Column("month", Month(), "YYYY-MM", titles=("月份", "年月"), noun="月份"),
                    Column("value", Number(), "in the indicator's own unit", titles=("数值", "值")),
                    optional("recorded_by", Text(), "who recorded it", ("记录人", "填报人")),
                ),
                source=self.id,
                key=("source", "site_id", "indicator", "month"),
            ),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        rule = ("rule", "target", "per", "from_crawl", "measure")
        return {"indicators": [indicator_row(self.id, number, each, *rule) for number, each in enumerate(self.indicators, 1)]}

    def items(self, aspects: Sequence[Aspect]) -> tuple[Item, ...]:
        return tuple(indicator.item for indicator in self.indicators)

    @property
    def period(self) -> tuple[date | None, date | None]:
        return self.opens, self.closes

    def owed_by_site(self, item: str) -> bool:
        # What the crawl measures is for whoever crawls.
        return not any(indicator.id == item and indicator.from_crawl for indicator in self.indicators)

    def periods(self, first: date, last: date) -> Sequence[Period]:
        ends = {day.replace(day=1): day for day in days(first, last)}
        # A month is over with its last day, or with the last day of the source.
        over = {begin: end for begin, end in ends.items() if end in (_end_of_month(end), self.closes)}
        return tuple(Period(f"{begin:%Y-%m}", self._due(end)) for begin, end in over.items())

    def _due(self, end: date) -> date:
        """The last day on which the values of a month may come, which ends on `end`."""
        if self.delivery.due_day is None:
            return self.delivery.due or end
        return end + timedelta(self.delivery.due_day)

    def rules(self) -> tuple:
        zero = ("zero",) if self.delivery.incomplete == "zero" else ()
        return (*zero, *sorted(astuple(replace(indicator, label="")) for indicator in self.indicators))

    @property
    def checks(self) -> Mapping[str, RecordIndicator]:
        indicators: dict[str, RecordIndicator] = {}
        for indicator in self.indicators:
            if indicator.from_crawl:
                indicators.setdefault(indicator.from_crawl, indicator)
        return indicators


def read_indicator(entry: Section) -> Indicator:
    return Indicator(entry.text("id") or "", entry.text("label") or "", entry.decimal("max", above=0) or Decimal(1))


def indicator_column(indicators: Iterable[Indicator]) -> Column:
    return Column("indicator", OneOf(names_of(indicators), "指标"), "indicator of the source", titles=("指标", "指标名称"))


def indicator_row(source: str, position: int, indicator: Indicator, *rule: str) -> Row:
    return row(source, indicator, "label", *rule, position=position, indicator=indicator.id, max_points=indicator.max)


def _indicator(entry: Section) -> RecordIndicator:
    base = read_indicator(entry)
    rule = entry.choice("rule", tuple(RULES))
    target = entry.decimal("target", above=0, optional=rule != "ratio")
    per = entry.decimal("per", above=0, optional=rule != "deduct")
    if target is not None and rule not in (None, "ratio"):
        entry.fault("target", f"规则 {rule} 不用 target，只有 ratio 用")
    if per is not None and rule not in (None, "deduct"):
        entry.fault("per", f"规则 {rule} 不用 per，只有 deduct 用")
    check = entry.text("from_crawl", optional=True)
    stated = entry.choice("measure", ("value", "passed"), optional=True)
    if stated is not None and check is None:
        entry.fault("measure", "只能与 from_crawl 同用")
    entry.finish()
    return RecordIndicator(base.id, base.label, base.max, rule, target, per, check, stated or "value")


def _end_of_month(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
