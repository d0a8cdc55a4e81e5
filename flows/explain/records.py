"""How a records source's score comes about."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from flows.explain.rows import Line, Location, Rows, in_hundred, number
from flows.host.zones import zone_words
from flows.sources.records import RULES, RecordIndicator, Records


def explain(rows: Rows, source: Records) -> Iterator[Line]:
    """Lines for a records source: each indicator's months, values and points, their sum over the maxima, the rows."""
    months = defaultdict(list)
    for indicator, month, value, points, checks in rows.of(
        source,
        """
        select points.indicator, points.month, points.value, points.points, months.checks
        from staged.monthly_points as points
        inner join staged.monthly_values as months
            on months.source = points.source and months.site_id = points.site_id
            and months.indicator = points.indicator and months.month = points.month
        where points.source = ? and points.site_id = ? order by points.indicator, points.month
        """,
    ):
        months[indicator].append((month, value, points, checks))
    uncounted = _uncounted_checks(rows)
    zeros = _zero_months(rows, source)
    total = maxima = 0
    for indicator in source.indicators:
        given = months.get(indicator.id, [])
        missing, periods = zeros.get(indicator.id, (0, ""))
        divisor = len(given) + missing
        if not divisor:
            yield Line("step", f"{indicator.label}（{indicator.id}）：没有数据，不计入满分")
            continue
        points_of_all = sum((points for _, _, points, _ in given), Decimal(0))
        mean = points_of_all / divisor
        total, maxima = total + mean, maxima + indicator.max
        heading = f"{indicator.label}（{indicator.id}，满分 {number(indicator.max)}，{_rule(indicator)}）"
        counted = _counted_months(len(given), missing)
        yield Line("step", f"{heading}：{counted}平均 {number(points_of_all)} ÷ {divisor} = {number(mean)}")
        for month, value, points, checks in given:
            seen = f"（{checks} 次检测{_uncounted(uncounted, indicator.from_crawl, month)}）" if indicator.from_crawl else ""
            yield Line("detail", f"{month}：{number(value)}{seen} → {_arithmetic(indicator, value)} = {number(points)}")
        if missing:
            yield Line("detail", f"{periods}：没有值，按 0 分计")
    yield from in_hundred(total, maxima)
    checks = list(_checks(rows, source))
    remark = f"检测的时刻是{zone_words(rows.scheme.zone)}" if checks else ""
    yield from rows.locations([*_records(rows, source), *checks], remark)


def _zero_months(rows: Rows, source: Records) -> dict[str, tuple[int, str]]:
    """By indicator how many due months without a value count 0, and which; none where the scheme does not say so."""
    if source.delivery.incomplete != "zero":
        return {}
    # Only what has points is part of the score: an indicator of which no month came may have none.
    counted = rows.of(
        source,
        """
        select due.item, due.missing, due.periods
        from staged.periods_due as due
        inner join scored.indicator_points as points
            on points.source = due.source and points.site_id = due.site_id and points.indicator = due.item
        where due.source = ? and due.site_id = ? and due.missing > 0
        """,
    )
    return {indicator: (missing, periods) for indicator, missing, periods in counted}


def _counted_months(given: int, missing: int) -> str:
    if not missing:
        return f"{given} 个月"
    return f"{f'{given} 个月有值，' if given else ''}{missing} 个月没有值、按 0 分计，"


def _uncounted_checks(rows: Rows) -> dict[tuple[str, str, str], int]:
    """By check, month and outcome, how many checks of the period did not count: not made, or failures without confirmation."""
    counted = rows.query(
        """
        select checks."check", checks.month, checks.outcome, count(*) from staged.crawl_checks as checks
        where checks.site_id = ? and checks.in_period and not checks.counts
        group by checks."check", checks.month, checks.outcome
        """,
        rows.site_id,
    )
    return {row[:3]: row[3] for row in counted}


def _uncounted(uncounted: dict[tuple[str, str, str], int], check: str, month: str) -> str:
    words = {"次未通过未经确认": uncounted.get((check, month, "failed")), "次没有做": uncounted.get((check, month, "not_made"))}
    return "".join(f"，另有 {count} {word}" for word, count in words.items() if count)


def _rule(indicator: RecordIndicator) -> str:
    crawled = f"，取自检测 {indicator.from_crawl} 的{'通过率' if indicator.measure == 'passed' else '平均值'}"
    return RULES[indicator.rule] + (crawled if indicator.from_crawl else "")


def _arithmetic(indicator: RecordIndicator, value) -> str:
    most = number(indicator.max)
    match indicator.rule:
        case "ratio" if indicator.target:
            return f"{most} × min({number(value)} ÷ {number(indicator.target)}, 1)"
        case "deduct" if indicator.per:
            return f"{most} − {number(indicator.per)} × {number(value)}，不低于 0"
        case _:
            return f"{number(value)}，限于 0 到 {most}"


def _records(rows: Rows, source: Records) -> Iterator[Location]:
    labels = {indicator.id: indicator.label for indicator in source.indicators}
    columns = "entries.indicator, entries.month, entries.value"
    for file, line, indicator, month, value in rows.raw(source, "records", columns):
        yield Location(file, line, f"{labels[indicator]}（{indicator}）{month}：{number(value)}")


def _checks(rows: Rows, source: Records) -> Iterator[Location]:
    """Every delivered row of the checks that the source draws on, and whether it counts."""
    labels: dict[str, list[str]] = defaultdict(list)
    for indicator in source.indicators:
        if indicator.from_crawl:
            labels[indicator.from_crawl].append(indicator.label)
    if not labels:
        return
    for dataset, file, line, check, checked_at, outcome, value, not_made, in_period, counts, repeats in rows.query(
        f"""
        with delivered as (
            select checks.file_id, checks.line, checks."check", checks.checked_at, coalesce(checks.url, '') as url,
                checks.passed, checks.value, checks.not_made
            from raw.crawl_checks as checks
            where checks.site_id = ?
            union all
            select scans.file_id, scans.line, made.seen."check", scans.checked_at, '' as url,
                made.seen.passed, made.seen.value, made.seen.not_made
            from raw.crawl_scans as scans
            cross join unnest(scans.checks) as made (seen)
            where scans.site_id = ?
        )
        select files.dataset, files.file, delivered.line, delivered."check", delivered.checked_at, checks.outcome,
            delivered.value, delivered.not_made, checks.in_period, checks.counts,
            row_number() over (
                partition by checks."check", checks.checked_at, checks.url, checks.place
                order by files.dataset, files.file, delivered.line
            ) > 1 as repeats
        from delivered
        inner join raw.files on files.file_id = delivered.file_id
        inner join staged.crawl_checks as checks
            on checks.site_id = ? and checks."check" = delivered."check" and checks.checked_at = delivered.checked_at
            and checks.url = delivered.url and checks.value is not distinct from delivered.value
            and (checks.outcome = 'passed') = (delivered.passed is true and delivered.not_made is null)
            and (checks.outcome = 'failed') = (delivered.passed is false and delivered.not_made is null)
        where delivered."check" in ({", ".join("?" for _ in labels)})
        """,
        *[rows.site_id] * 3,
        *labels,
    ):
        measured = [] if value is None else [f"测得 {number(value)}"]
        verdict = {"passed": ["通过"], "failed": ["未通过"], "measured": [], "not_made": [f"没有做（{not_made}）"]}[outcome]
        if not in_period:
            remark = ["不在检测期内，不计"]
        elif repeats:
            remark = ["重复送来，已计一次"]
        elif outcome == "failed" and not counts:
            remark = ["未经确认，不计"]
        else:
            remark = []
        result = "，".join([*verdict, *measured, *remark])
        local = checked_at.replace(tzinfo=UTC).astimezone(rows.scheme.zone)
        yield Location(f"{dataset}/{file}", line, f"{'、'.join(labels[check])}（{check}）{local:%Y-%m-%d %H:%M} {result}")
