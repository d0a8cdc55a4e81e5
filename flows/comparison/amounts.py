"""How many rows there are of what should be alike: of every site, expert, month, day."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from flows.comparison.finding import Finding, listed
from flows.scheme import Scheme
from flows.warehouse.engine import Connection, quoted

# Where so many units have the same number of rows, or about the same, one with fewer than `_SHORT` of it stands out.
_ALIKE, _ABOUT_ALIKE, _SHORT, _LEAST_UNITS, _USUAL = 0.6, 0.9, 0.75, 5, 5
# A gap of days stands out where so many rows would have been usual, in periods of so many days.
_USUAL_DAY, _USUAL_GAP, _LEAST_DAYS = 20, 50, 7
# Of so many scans, a wait of so many times the usual one; of so many values, so many times the mean.
_LEAST_SCANS, _WAIT, _LEAST_VALUES, _TIMES = 20, 2, 20, 5

# The label, the raw table, the unit of which rows are counted.
_GRIDS = (
    ("评分人", "panel_scores", "rows.expert_id"),
    ("网站", "panel_scores", "rows.site_id"),
    ("网站", "claims", "rows.site_id"),
    ("网站", "records", "rows.site_id"),
    ("指标和月份", "records", "rows.indicator || ' ' || rows.month"),
    ("网站和指标", "records", "rows.site_id || ' ' || rows.indicator"),
)


def amounts(connection: Connection, scheme: Scheme) -> Iterator[Finding]:
    for label, table, unit in _GRIDS:
        for source, counts in _counts(connection, table, unit).items():
            yield from _short(source, label, counts)
    for column in ("column", "month"):
        for part, counts in _traffic(connection, column).items():
            yield from _short(part, "栏目" if column == "column" else "月份", counts)
    for check, counts in _checks(connection).items():
        yield from _short(f"crawl/{check}", "网站", counts)
    for source, counts in _items(connection).items():
        yield from _short(source, "网站", counts)
    yield from _days(connection, scheme)
    yield from _months(connection)
    yield from _scans(connection)
    yield from _values(connection)


def _counts(connection: Connection, table: str, unit: str) -> dict[str, dict[str, int]]:
    rows = connection.execute(
        f"select rows.source, {unit} as unit, count(*) from raw.{table} as rows group by rows.source, unit"
    ).fetchall()
    return _by_part(rows)


def _checks(connection: Connection) -> dict[str, dict[str, int]]:
    return _by_part(
        connection.execute('select "check", site_id, count(*) from raw.crawl_checks group by "check", site_id').fetchall()
    )


def _traffic(connection: Connection, unit: str) -> dict[str, dict[str, int]]:
    rows = connection.execute(f"select {quoted(unit)}, count(*) from raw.portal_traffic group by {quoted(unit)}").fetchall()
    return _by_part([("portal_traffic", *row) for row in rows])


def _items(connection: Connection) -> dict[str, dict[str, int]]:
    return _by_part(
        connection.execute("select source, site_id, count(*) from raw.audit_items group by source, site_id").fetchall()
    )


def _by_part(rows: list[tuple]) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = {}
    for part, unit, number in sorted(rows):
        parts.setdefault(part, {})[unit] = number
    return parts


def _short(part: str, label: str, counts: dict[str, int]) -> Iterator[Finding]:
    usual, same = Counter(counts.values()).most_common(1)[0]
    units = sum(abs(number - usual) <= usual / 10 for number in counts.values())
    alike = same >= _ALIKE * len(counts) or units >= _ABOUT_ALIKE * len(counts)
    if len(counts) < _LEAST_UNITS or not alike or usual < _USUAL:
        return
    short = [f"{unit}（{number} 行）" for unit, number in counts.items() if number < _SHORT * usual]
    if short:
        yield Finding(
            "amounts",
            f"{part}/{short[0].partition('（')[0]}" if len(short) == 1 else f"{part}/{label}",
            f"{part} 的各{label}里 {units} 个都是 {usual} 行上下，而 {listed(short)}。请核对文件是否送全。",
        )


def _months(connection: Connection) -> Iterator[Finding]:
    """Months that a source's indicators have, all but some."""
    rows = connection.execute(
        "select source, indicator, month, count(*) from raw.records group by source, indicator, month"
    ).fetchall()
    sources: dict[str, dict[tuple[str, str], int]] = {}
    for source, indicator, month, number in rows:
        sources.setdefault(source, {})[indicator, month] = number
    for source, cells in sorted(sources.items()):
        indicators = sorted({indicator for indicator, _ in cells})
        months = _every_month(min(month for _, month in cells), max(month for _, month in cells))
        lacking = [f"{each} {month}" for each in indicators for month in months if (each, month) not in cells]
        usual, alike = Counter(cells.values()).most_common(1)[0]
        whole = len(indicators) * len(months)
        if lacking and usual >= _USUAL and alike >= _ALIKE * len(cells) and len(cells) >= max(_ALIKE * whole, _LEAST_UNITS):
            yield Finding(
                "amounts",
                f"{source}/{lacking[0]}",
                f"{source} 的 {len(indicators)} 个指标在 {len(months)} 个月里大多有记录，而 {listed(lacking)} 一行也没有。请核对文件是否送全。",
            )


def _every_month(first: str, last: str) -> list[str]:
    """The months from one to another, as YYYY-MM."""
    begins, ends = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begins, ends + 1)]


def _days(connection: Connection, scheme: Scheme) -> Iterator[Finding]:
    """Days of a ballots source's period on which a channel brought next to nothing."""
    rows = connection.execute(
        """
        select source, coalesce(channel, '') as channel, submitted_on, count(*)
        from raw.ballots group by source, coalesce(channel, ''), submitted_on
        """
    ).fetchall()
    voted = {name for name, *_ in rows}
    for source in (source for source in scheme.sources if source.id in voted):
        opens, closes = source.period
        if opens is None or closes is None:
            continue
        channels: dict[str, dict[date, int]] = {}
        for name, channel, day, number in sorted(rows):
            if name == source.id and opens <= day <= closes:
                channels.setdefault(channel, {})[day] = number
        for channel, days in channels.items():
            yield from _gaps(source.id, source.label, channel, days, opens, closes)


def _gaps(source: str, label: str, channel: str, days: dict[date, int], opens: date, closes: date) -> Iterator[Finding]:
    usual = median(days.values())
    every_day = [opens + timedelta(days=number) for number in range((closes - opens).days + 1)]
    if usual < _USUAL_DAY or len(every_day) < _LEAST_DAYS or len(days) < len(every_day) / 2:
        return
    poor = [day for day in every_day if days.get(day, 0) < usual / 10]
    if len(poor) * usual >= _USUAL_GAP:
        shown = listed([day.isoformat() for day in poor])
        through = f"经“{channel}”" if channel else ""
        yield Finding(
            "amounts",
            f"{source}/{channel or '-'}/{poor[0]}",
            f"{label}{through}的票每天通常有 {usual:.0f} 张，而 {shown} 共 {sum(days.get(day, 0) for day in poor)} 张。"
            "请核对这些天的文件是否送全。",
        )


def _scans(connection: Connection) -> Iterator[Finding]:
    """Days between scans that come at regular intervals, where one wait is several times the usual one."""
    rows = connection.execute("select distinct checked_on from raw.crawl_checks order by checked_on").fetchall()
    days = [day for (day,) in rows]
    waits = [(after - before).days for before, after in pairwise(days)]
    if len(waits) < _LEAST_SCANS:
        return
    usual = median(waits)
    if sum(wait == usual for wait in waits) < _ABOUT_ALIKE * len(waits):
        return
    for before, after in pairwise(days):
        if (after - before).days > _WAIT * usual:
            yield Finding(
                "amounts",
                f"crawl/{before}",
                f"网站检测通常每 {usual:g} 天一次，而 {before} 至 {after} 相隔 {(after - before).days} 天。请核对文件是否送全。",
            )


def _values(connection: Connection) -> Iterator[Finding]:
    """Values of an indicator that are many times larger or smaller in one file than in the others, site by site."""
    rows = connection.execute(
        """
        select records.source, records.indicator, files.file, count(*), sum(cast(records.value as double))
        from raw.records
        inner join raw.files on files.file_id = records.file_id
        group by records.source, records.indicator, files.file
        """
    ).fetchall()
    parts: dict[tuple[str, str], dict[str, tuple[int, float]]] = {}
    for source, indicator, file, number, total in sorted(rows):
        parts.setdefault((source, indicator), {})[file] = number, total / number
    for (source, indicator), files in parts.items():
        for file, (number, mean) in files.items():
            others = [other for name, (rows_of, other) in files.items() if name != file and rows_of >= _LEAST_VALUES]
            if not others:
                continue
            usual = median(others)
            far = min(mean, usual) >= 0 and max(mean, usual) > _TIMES * min(mean, usual)
            if number >= _LEAST_VALUES and far and max(mean, usual) * number >= _USUAL_GAP:
                yield Finding(
                    "amounts",
                    f"{source}/{file}/{indicator}",
                    f"{source} 的文件 {file} 里指标 {indicator} 平均 {mean:.4g}，其余文件里 {usual:.4g}。请核对单位。",
                )
