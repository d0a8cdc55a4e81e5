"""How a records source's score comes about."""

from collections import defaultdict
from collections.abc import Iterator

from flows.explain.rows import Place, Rows, number
from flows.scheme import RecordIndicator, Records


def explain_records(rows: Rows, source: Records) -> Iterator[str]:
    """Lines for a records source: each indicator's months, values and points, their sum over the maxima, the rows."""
    months = defaultdict(list)
    for indicator, month, value, points, checks in rows.query(
        """
        select points.indicator, points.month, points.value, points.points, months.checks
        from staged.monthly_points as points
        inner join staged.monthly_values as months
            on months.source = points.source and months.site_id = points.site_id
            and months.indicator = points.indicator and months.month = points.month
        where points.source = ? and points.site_id = ? order by points.indicator, points.month
        """,
        source.id,
        rows.site_id,
    ):
        months[indicator].append((month, value, points, checks))
    total = maxima = 0
    for indicator in source.indicators:
        given = months.get(indicator.id)
        if not given:
            yield f"  {indicator.label}（{indicator.id}）：没有数据，不计入满分"
            continue
        mean = sum(points for _, _, points, _ in given) / len(given)
        total, maxima = total + mean, maxima + indicator.max
        yield f"  {indicator.label}（{indicator.id}，满分 {number(indicator.max)}，{_rule(indicator)}）"
        for month, value, points, checks in given:
            seen = f"（{checks} 次检测）" if indicator.from_crawl else ""
            yield f"    {month}：{number(value)}{seen} → {_arithmetic(indicator, value)} = {number(points)}"
        yield f"    {len(given)} 个月平均：{number(sum(points for _, _, points, _ in given))} ÷ {len(given)} = {number(mean)}"
    if maxima:
        yield f"  得分 = 100 × {number(total)} ÷ {number(maxima)} = {number(100 * total / maxima)}，四舍五入到两位小数"
    yield from rows.places([*_records(rows, source), *_checks(rows, source)])


def _rule(indicator: RecordIndicator) -> str:
    words = {"points": "按值计分", "ratio": "按目标完成率计分", "deduct": "按量扣分"}
    drawn = f"，取自检测 {indicator.from_crawl} 的{'通过率' if indicator.measure == 'passed' else '平均值'}"
    return words[indicator.rule] + (drawn if indicator.from_crawl else "")


def _arithmetic(indicator: RecordIndicator, value) -> str:
    most = number(indicator.max)
    match indicator.rule:
        case "points":
            return f"{number(value)}，限于 0 到 {most}"
        case "ratio":
            return f"{most} × min({number(value)} ÷ {number(indicator.target)}, 1)"
        case _:
            return f"{most} − {number(indicator.per)} × {number(value)}，不低于 0"


def _records(rows: Rows, source: Records) -> Iterator[Place]:
    for dataset, file, line, indicator, month, value in rows.query(
        """
        select files.dataset, files.file, records.line, records.indicator, records.month, records.value
        from raw.records inner join raw.files on files.file_id = records.file_id
        where records.source = ? and records.site_id = ?
        """,
        source.id,
        rows.site_id,
    ):
        yield Place(f"{dataset}/{file}", line, f"{indicator} {month} {number(value)}")


def _checks(rows: Rows, source: Records) -> Iterator[Place]:
    drawn = sorted({indicator.from_crawl for indicator in source.indicators if indicator.from_crawl})
    for dataset, file, line, check, checked_at, passed, value in rows.query(
        """
        select files.dataset, files.file, checks.line, checks."check", checks.checked_at, checks.passed, checks.value
        from raw.crawl_checks as checks inner join raw.files on files.file_id = checks.file_id
        where checks.site_id = ? and list_contains(?, checks."check")
        """,
        rows.site_id,
        drawn,
    ):
        verdict = {True: "通过", False: "未通过", None: ""}[passed]
        measured = "" if value is None else f" {number(value)}"
        yield Place(f"{dataset}/{file}", line, f"{check} {checked_at:%Y-%m-%d %H:%M}（UTC）{verdict}{measured}")
