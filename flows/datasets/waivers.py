"""Waivers: the gaps that somebody accepts, each with the reason, the name and the day."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flows.datasets import Column, Dataset, Day, Number, OneOf, Text, names_of, optional, site

WAIVERS = "waivers"


def waivers(sources: Iterable[Any]) -> Dataset:
    """The contract of waivers for the gaps of these sources of a scheme."""
    return Dataset(
        WAIVERS,
        WAIVERS,
        "One row a gap, or several of a source, that somebody accepts.",
        (
            Column("source", OneOf(names_of(sources), "来源"), "source of the scheme", titles=("来源", "评分来源")),
            replace(site(), required=False, filled=False),
            optional(
                "item", Text(), "what is missing, by its id or label; all of it where empty", ("分项", "缺报分项", "指标")
            ),
            optional(
                "most",
                Number(at_least=Decimal(0)),
                "so much of it at most, in the unit of the gap",
                ("最多", "数量", "最多缺多少"),
            ),
            Column("reason", Text(), "why it is accepted", titles=("理由", "原因", "同意缺报的理由")),
            Column("approved_by", Text(), "who accepts it", titles=("批准人", "同意人", "签字人")),
            Column("approved_on", Day(), "day on which it was accepted", titles=("批准日期", "日期", "同意日期")),
            optional("document", Text(), "document that says so", ("依据", "文号", "依据文件")),
        ),
        about_delivery=True,
    )
