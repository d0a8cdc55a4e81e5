"""Scores from another office (given)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Column, Dataset, Number, site
from flows.reading.section import Section
from flows.sources import Aspect, Source


@dataclass(frozen=True)
class Given(Source):
    noun: ClassVar[str] = "外部评分"

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        return cls(section.name, label)

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        return (
            Dataset(
                self.id,
                "given_scores",
                "One row a site's score that someone else computed.",
                (site(), Column("score", Number(Decimal(0), Decimal(100)), "0 to 100", titles=("得分", "分数", "评分"))),
                source=self.id,
                key=("source", "site_id"),
            ),
        )
