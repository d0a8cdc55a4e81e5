"""Experts who score every site by the aspects (专家打分)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Column, Dataset, Day, Id, Number, OneOf, Table, Text, names_of, optional, site
from flows.reading.section import Section
from flows.sources import CATEGORIES, Aspect, Row, Source, category_rows, read_categories, read_period, row


@dataclass(frozen=True)
class Panel(Source):
    """Of `trim_from` scores or more of a site and aspect, the `trim_each_side` highest and lowest are dropped.

    So many `experts` are to give scores, and at least `min_raters` of them each site and aspect; None where the scheme does not
    say. Who rates which site may be told by a list, the second of its datasets.
    """

    noun: ClassVar[str] = "专家打分"
    rating: ClassVar[str] = "个评分"
    rates_aspects: ClassVar[bool] = True
    is_sample: ClassVar[bool] = True
    tables: ClassVar[tuple[Table, ...]] = (
        CATEGORIES,
        Table(
            "panel_rules",
            "How a panel source is trimmed.",
            (
                ("source", "varchar", "panel source"),
                ("trim_each_side", "integer", "how many of the highest and of the lowest are dropped; 0 for none"),
                ("trim_from", "integer", "least number of scores that is trimmed"),
                ("experts", "integer", "experts who are to give scores; null where the scheme does not say"),
                ("min_raters", "integer", "experts who are to rate every site and aspect at least; null likewise"),
            ),
        ),
    )

    trim_each_side: int
    trim_from: int | None
    experts: int | None = None
    min_raters: int | None = None
    opens: date | None = None
    closes: date | None = None
    categories: tuple[str, ...] = ()

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        trim = section.integer("trim_each_side", at_least=0, optional=True) or 0
        least = section.integer("trim_from", at_least=1, optional=True)
        if trim and least is None:
            section.fault("trim_from", f"缺少：trim_each_side = {trim} 要写明自几个评分起去掉最高最低（通常为 5）")
        elif trim and least is not None and least <= 2 * trim:
            section.fault("trim_from", f"为 {least}，两端各去掉 {trim} 个后一个不剩，应大于 {2 * trim}")
        experts = section.integer("experts", at_least=1, optional=True)
        min_raters = section.integer("min_raters", at_least=1, optional=True)
        if experts and min_raters and min_raters > experts:
            section.fault("min_raters", f"为 {min_raters}，而专家一共 {experts} 位")
        opens, closes = read_period(section, optional=True)
        categories = read_categories(section, "categories")
        return cls(section.name, label, trim, least, experts, min_raters, opens, closes, categories)

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        # Experts may be numbered from 0.
        nobody = tuple(text for text in placeholders if not text.isdigit())
        expert = (
            Column(
                "expert_id",
                Id(person=True, placeholders=nobody),
                "expert",
                titles=("专家", "专家编号", "评委", "评委编号"),
            ),
            optional("category", Text(self.categories), "kind of expert", ("专家类别", "类别")),
        )
        return (
            Dataset(
                self.id,
                "panel_scores",
                "One row a score that an expert gave a site for an aspect.",
                (
                    *expert,
                    site(),
                    Column(
                        "aspect", OneOf(names_of(aspects), "评议内容"), "aspect of the scheme", titles=("评议内容", "评议项目")
                    ),
                    Column("score", Number(Decimal(0), Decimal(100)), "0 to 100", titles=("得分", "分数", "评分")),
                    optional("reviewed_on", Day(), "day of the review", ("评议日期", "评审日期", "打分日期")),
                ),
                source=self.id,
            ),
            Dataset(
                f"{self.id}_experts",
                "experts",
                "One row a site that an expert is to rate; without a site, all of them.",
                (*expert, replace(site(), required=False, filled=False)),
                source=self.id,
                about_delivery=True,
            ),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        return {
            "panel_rules": [row(self.id, self, "trim_each_side", "trim_from", "experts", "min_raters")],
            "categories": category_rows(self),
        }

    @property
    def period(self) -> tuple[date | None, date | None]:
        return self.opens, self.closes

    def rules(self) -> tuple:
        return self.trim_each_side, self.trim_from if self.trim_each_side else None
