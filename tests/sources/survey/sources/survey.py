"""A survey of all who work with the sites (问卷): they score them by the aspects, and each has a weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Column, Dataset, Number, OneOf, Personal, Table, names_of, site
from flows.scheme.section import Section
from flows.sources import WEIGHT, Aspect, Row, Source, row


@dataclass(frozen=True)
class Survey(Source):
    """A respondent weighs no more than `most_weight`."""

    noun: ClassVar[str] = "问卷"
    rating: ClassVar[str] = "份答卷"
    rates_aspects: ClassVar[bool] = True
    tables: ClassVar[tuple[Table, ...]] = (
        Table(
            "survey_rules",
            "How much a respondent of a survey weighs at most.",
            (("source", "varchar", "survey source"), ("most_weight", WEIGHT, "a greater weight counts as this one")),
        ),
    )

    most_weight: Decimal

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        return cls(section.name, label, section.decimal("most_weight", above=0) or Decimal(1))

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        return (
            Dataset(
                self.id,
                "survey_scores",
                "One row a score that a respondent gave a site for an aspect.",
                (
                    Column("respondent", Personal(placeholders), "keyed hash of the respondent", noun="答卷人"),
                    site(),
                    Column("aspect", OneOf(names_of(aspects), "评议内容"), "aspect of the scheme"),
                    Column("score", Number(Decimal(0), Decimal(100)), "0 to 100"),
                    Column("weight", Number(Decimal(0)), "what the respondent weighs"),
                ),
                source=self.id,
                key=("source", "respondent", "site_id", "aspect"),
            ),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        return {"survey_rules": [row(self.id, self, "most_weight")]}

    def rules(self) -> tuple:
        return (self.most_weight,)
