"""The tasks of a site for service items that failed a check."""

from collections.abc import Iterator
from decimal import Decimal

from flows.documents import words
from flows.documents.numbers import EXACT, rounded
from flows.documents.tasks import Losses, Task
from flows.sources import FULL
from flows.sources.audit import Audit

_EXAMPLES = 3


def tasks(source: Audit, losses: Losses) -> Iterator[Task]:
    weights = {type_.id: type_.weight for type_ in source.item_types}
    total = sum((detail.weight for detail in losses.details), Decimal(0))
    what = {
        "reachable": "修复打不开的办事页面", "guide": "补全办事指南", "form": "修复表格下载", "online": "开通网上办理",
    }  # fmt: skip
    counting = [row for row in losses.rows["failed_items"] if row["source"] == source.id and row["counts"]]
    for check, label in what.items():
        items = [row for row in counting if row[check] == "fail"]
        if not items or not total:
            continue
        # An item is worth the share of its checks that passed, so one check of three is a third of it.
        parts = Decimal(0)
        for row in items:
            made = sum(row[name] in ("pass", "fail") for name in words.ITEM_CHECKS)
            parts += EXACT.divide(weights[row["item_type"]], Decimal(made))
        names = "、".join(f"“{row['name']}”" for row in items[:_EXAMPLES])
        more = f"等 {len(items)} 项" if len(items) > _EXAMPLES else ""
        yield Task(
            f"{label}：{len(items)} 项",
            f"{names}{more}，全部清单见下面“没有通过核查的事项”",
            rounded(EXACT.divide(losses.share * parts * FULL, total), 2),
        )
