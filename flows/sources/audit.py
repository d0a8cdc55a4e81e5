"""Service items (事项) of every site that were checked one by one (核查)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from flows.datasets import Check, Column, Dataset, Day, Flag, Id, Number, OneOf, Table, Text, names_of, optional, site
from flows.reading.section import Section
from flows.sources import FULL, TOTAL, WEIGHT, Aspect, Item, Row, Source, read_period, row

_CHECK = "pass, fail or na"
_CHECKS = {
    "reachable": ("能否打开", "可访问"),
    "guide": ("办事指南", "指南"),
    "form": ("表格下载",),
    "online": ("网上办理", "在线办理"),
}


@dataclass(frozen=True)
class Audit(Source):
    """`item_types` are the types of service items (事项类型); in the groups of `approval_items_for` approval items (审批事项) count."""

    noun: ClassVar[str] = "核查"
    tables: ClassVar[tuple[Table, ...]] = (
        Table(
            "item_types",
            "Types of service items.",
            (
                ("source", "varchar", "audit source"),
                ("item_type", "varchar", "type"),
                ("label", "varchar", "what it is called"),
                ("weight", WEIGHT, "what an item of it weighs"),
            ),
        ),
        Table(
            "approval_groups",
            "Groups whose approval items count in an audit source.",
            (("source", "varchar", "audit source"), ("group_id", "varchar", "group")),
        ),
    )

    item_types: tuple[Item, ...]
    approval_items_for: tuple[str, ...]
    opens: date | None = None
    closes: date | None = None

    @classmethod
    def read(cls, section: Section, label: str, aspects: Sequence[Aspect], groups: frozenset[str]) -> Self:
        labels = section.labels("item_types")
        weights = section.decimals("item_weights", optional=True)
        for name in weights:
            if name not in labels:
                section.fault(f"item_weights.{name}", "不在 item_types 之中")
        if TOTAL in labels:
            section.fault(f"item_types.{TOTAL}", "是保留名，请换一个")
        types = tuple(Item(name, text, FULL, weights.get(name, Decimal(1)), each=True) for name, text in labels.items())
        approval = section.texts("approval_items_for")
        for name in approval:
            if name not in groups:
                section.fault("approval_items_for", f"方案没有名为“{name}”的组别")
        return cls(section.name, label, types, approval, *read_period(section, optional=True))

    def datasets(self, aspects: Sequence[Aspect], placeholders: tuple[str, ...]) -> tuple[Dataset, ...]:
        item = (
            Column("item_id", Id(), "unique for its site in the source", titles=("事项编号", "事项编码")),
            site(),
            Column("name", Text(), "what the item is called", titles=("事项名称", "事项")),
            Column(
                "item_type",
                OneOf(names_of(self.item_types), "事项类型"),
                "item type of the source",
                titles=("事项类型", "事项类别"),
            ),
            Column("approval", Flag(), "whether it is an approval item", titles=("审批事项", "是否审批事项", "是否审批")),
        )
        return (
            Dataset(
                self.id,
                "audit_items",
                "One row a service item that was checked.",
                (
                    *item,
                    *(Column(name, Check(), _CHECK, filled=False, titles=titles) for name, titles in _CHECKS.items()),
                    optional("forms", Number(at_least=Decimal(0)), "number of forms offered", ("表格数", "表格数量")),
                    optional("sheets", Number(at_least=Decimal(0)), "number of sheets in them", ("表格张数", "张数", "页数")),
                    optional("audited_on", Day(), "day of the check", ("核查日期", "核查时间")),
                    optional("auditor", Text(), "who checked", ("核查人", "核查员")),
                ),
                source=self.id,
                key=("source", "item_id", "site_id"),
            ),
            Dataset(
                f"{self.id}_items",
                "listed_items",
                "One row a service item that is to be checked.",
                item,
                source=self.id,
                key=("source", "item_id", "site_id"),
                about_delivery=True,
            ),
        )

    def rows(self) -> Mapping[str, list[Row]]:
        return {
            "item_types": [row(self.id, each, "label", "weight", item_type=each.id) for each in self.item_types],
            "approval_groups": [row(self.id, self, group_id=group) for group in self.approval_items_for],
        }

    def items(self, aspects: Sequence[Aspect]) -> tuple[Item, ...]:
        return self.item_types

    @property
    def period(self) -> tuple[date | None, date | None]:
        return self.opens, self.closes

    def rules(self) -> tuple:
        return tuple(sorted((each.id, each.weight) for each in self.item_types)), tuple(sorted(self.approval_items_for))
