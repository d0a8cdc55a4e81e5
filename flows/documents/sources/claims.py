"""The claims of a site, their verification, and the tasks that follow."""

from collections.abc import Iterator

from flows.documents.numbers import plain, short
from flows.documents.tables import Row, Rows
from flows.documents.tasks import Losses, Task
from flows.sources.claims import Claims


def evidence(source: Claims, rows: Rows, year: int) -> dict[str, Row]:
    """By indicator its row of the claims."""
    return {row["item"]: row for row in rows["claimed_points"] if row["source"] == source.id}


def tasks(source: Claims, losses: Losses) -> Iterator[Task]:
    rows = evidence(source, losses.rows, losses.year)
    for indicator in source.indicators:
        points, row = losses.worth.get(indicator.id), rows.get(indicator.id)
        if points is None or row is None:
            continue
        claimed, verified = row["claimed_points"], row["verified_points"]
        if claimed is None:
            why = f"没有申报，按 0 分计；满分 {plain(indicator.max)} 分"
        elif verified is not None and claimed > verified:
            points_words = f"自报 {short(claimed, 2)} 分，核实 {short(verified, 2)} 分，计 {short(row['points'], 2)} 分"
            why = f"{points_words}；如实申报可以不被倒扣"
        else:
            why = f"计 {short(row['points'], 2)} 分，满分 {plain(indicator.max)} 分"
        yield Task(f"{source.label}：{indicator.label}", why, points)
