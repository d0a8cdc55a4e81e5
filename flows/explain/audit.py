"""How an audit source's score comes about."""

from collections import defaultdict
from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, in_hundred, number
from flows.sources.audit import Audit


def explain(rows: Rows, source: Audit) -> Iterator[Line]:
    """Lines for an audit source: the items of each type with their results, the weighted mean, the rows."""
    types = {type_.id: type_ for type_ in source.item_types}
    by_type = defaultdict(list)
    locations = []
    for dataset, file, line, item, name, item_type, approval, passes, fails, result, counts in rows.of(
        source,
        """
        select
            files.dataset, files.file, raw_items.line, items.item_id, raw_items.name, items.item_type, items.approval,
            items.passes, items.fails, items.result, items.counts
        from staged.service_items as items
        inner join raw.audit_items as raw_items
            on raw_items.source = items.source and raw_items.site_id = items.site_id and raw_items.item_id = items.item_id
        inner join raw.files on files.file_id = raw_items.file_id
        where items.source = ? and items.site_id = ?
        """,
    ):
        if counts:
            by_type[item_type].append(result)
            note = f"通过 {passes} ÷ ({passes} + {fails}) = {number(result)}，权重 {number(types[item_type].weight)}"
        elif result is None:
            note = "各项检查都不适用，不计"
        else:
            note = "审批事项，本组不计"
        kind = f"{types[item_type].label}{'，审批事项' if approval else ''}"
        locations.append(Location(f"{dataset}/{file}", line, f"事项 {item} {name}（{kind}）：{note}"))
    total = weights = 0
    for type_ in source.item_types:
        results = by_type.get(type_.id)
        if results:
            total, weights = total + type_.weight * sum(results), weights + type_.weight * len(results)
            yield Line(
                "step",
                f"{type_.label}（{type_.id}，权重 {number(type_.weight)}）："
                f"{len(results)} 项，结果之和 {number(sum(results))}，加权 {number(type_.weight * sum(results))}",
            )
    yield from in_hundred(total, weights)
    yield from rows.locations(locations)
