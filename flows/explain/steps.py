"""How a site's composite comes about, step by step (methods 2 and 8)."""

from collections.abc import Iterator

from flows.explain.rows import number
from flows.warehouse.engine import Connection


def explain_steps(connection: Connection, site_id: str) -> Iterator[str]:
    """A line for every step of a site that has a composite, and one for their total."""
    rows = connection.execute(
        """
        select steps.source, steps.label, steps.weight, steps.weight_base, steps.counted_weight, steps.score, steps.amount,
            steps.total, composites.composite
        from scored.composite_steps as steps
        inner join scored.composites on composites.site_id = steps.site_id
        where steps.site_id = ? order by steps.position
        """,
        [site_id],
    ).fetchall()
    for source, label, weight, base, counted, score, amount, _, _ in rows:
        if source is None:
            yield f"  {label}：{number(amount)}"
        elif score is not None:
            scaled = f" ÷ {number(base)}" if base != 1 else ""
            yield f"  {label}（{source}）：{number(weight)}{scaled} × {score} = {number(amount)}"
        elif not weight:
            yield f"  {label}（{source}）：权重为 0，没有得分也不影响综合得分"
        else:
            treated = "按 0 计" if counted else "不计，其余来源的权重按比例补足"
            yield f"  {label}（{source}）：{number(weight)} × 没有得分，{treated}"
    *_, total, composite = rows[-1]
    yield f"  合计 {number(total)} → {composite}"
