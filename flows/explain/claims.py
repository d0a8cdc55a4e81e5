"""How a claims source's score comes about."""

from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, in_hundred, number
from flows.sources.claims import Claims


def explain(rows: Rows, source: Claims) -> Iterator[Line]:
    """Lines for a claims source: the points of each indicator, their sum over the maxima, the rows."""
    labels = {indicator.id: indicator.label for indicator in source.indicators}
    total = maxima = 0
    for indicator, claimed, verified, points, most in rows.of(
        source,
        """
        select points.indicator, claimed_points, verified_points, points.points, points.max_points
        from staged.claimed_points as points
        inner join ref.indicators on indicators.source = points.source and indicators.indicator = points.indicator
        where points.source = ? and points.site_id = ? order by indicators.position
        """,
    ):
        total, maxima = total + points, maxima + most
        arithmetic = _arithmetic(source, claimed, verified, points)
        yield Line("step", f"{labels[indicator]}（{indicator}，满分 {number(most)}）：{arithmetic}")
    yield from in_hundred(total, maxima)
    yield from rows.locations(_claims(rows, source, labels))


def _arithmetic(source: Claims, claimed, verified, points) -> str:
    if claimed is None:
        return "没有自报，0" + (f"（核实 {number(verified)} 不计）" if verified is not None else "")
    if verified is None:
        return f"自报 {number(claimed)}，未经核实，计 {number(points)}"
    if claimed <= verified or not source.inflation_penalty:
        return f"自报 {number(claimed)}，核实 {number(verified)}，计 {number(points)}"
    taken = f"{number(verified)} − {number(source.inflation_penalty)} × ({number(claimed)} − {number(verified)})"
    full = verified - source.inflation_penalty * (claimed - verified)
    floor = f" = {number(full)}，不低于 0" if full < 0 else ""
    return f"自报 {number(claimed)}，核实 {number(verified)}，虚报扣分：{taken}{floor} = {number(points)}"


def _claims(rows: Rows, source: Claims, labels: dict[str, str]) -> Iterator[Location]:
    for table, word in (("claims", "自报"), ("verifications", "核实")):
        for file, line, indicator, points in rows.raw(source, table, "entries.indicator, entries.points"):
            yield Location(file, line, f"{labels[indicator]}（{indicator}）{word} {number(points)} 分")
