"""Claims of every site about itself (自查), some of them verified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Column, Dataset, IndicatorPoints, Table, Text, optional, site
from flows.reading.section import Section
from flows.sources import WEIGHT, Aspect, Item, Row, Source, row
from flows.sources.records import INDICATORS, Indicator, indicator_column, indicator_row, read_indicator


@dataclass(frozen=True)
class Claims(Source):
    noun: ClassVar[str] = "自查"
    by_site: ClassVar[bool] = True
    counts_zero: ClassVar[bool] = True
    tables: ClassVar[tuple[Table, ...]] = (
        INDICATORS,
        Table(
            "claim_rules",
            "What an inflated claim costs.",
            (
                ("source", "varchar", "claims source"),
                ("inflation_penalty", WEIGHT, "points lost for every point claimed above the verified ones"),
            ),
        ),
    )

    inflation_penalty: Decimal
    indicators: tuple[Indicator, ...]

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        indicators = []
        for entry in section.entries("indicators"):
            indicators.append(read_indicator(entry))
            entry.finish()
        section.must_differ("indicators", [indicator.id for indicator in indicators])
        penalty = section.decimal("inflation_penalty", at_least=0, default=Decimal(0))
        return cls(section.name, label, penalty or Decimal(0), tuple(indicators))

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        key = ("source", "site_id", "indicator")
        claimed = (
            *self._points("claimed", ("得分", "自评分", "自评得分", "自查得分")),
            optional("evidence", Text(), "what the site refers to", ("依据", "佐证材料", "证明材料")),
        )
        verified = (
            *self._points("verified", ("得分", "核实分", "核实得分", "核定得分")),
            optional("verified_by", Text(), "who verified", ("核实人", "核定人")),
            optional("note", Text(), "remark of the verifier", ("备注", "说明")),
        )
        summary = "One row an indicator that a site claims points for."
        return (
            Dataset(self.id, "claims", summary, claimed, self.id, key),
            Dataset(
                f"{self.id}_verified", "verifications", "One row an indicator whose claim was verified.", verified, self.id, key
            ),
        )

    def _points(self, which: str, titles: tuple[str, ...]) -> tuple[Column, ...]:
        maxima = IndicatorPoints({indicator.id: indicator.max for indicator in self.indicators})
        return (
            site(),
            indicator_column(self.indicators),
            Column("points", maxima, f"{which} points, 0 to the indicator's maximum", titles=titles),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        return {
            "claim_rules": [row(self.id, self, "inflation_penalty")],
            "indicators": [indicator_row(self.id, number, each) for number, each in enumerate(self.indicators, 1)],
        }

    def items(self, aspects: Sequence[Aspect]) -> tuple[Item, ...]:
        return tuple(indicator.item for indicator in self.indicators)

    def rules(self) -> tuple:
        return self.inflation_penalty, tuple(sorted((each.id, each.max) for each in self.indicators))
