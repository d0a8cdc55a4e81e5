"""A scanner's own table: one row a site and scan, a check in every column that the scheme's `[crawl] wide` names."""

from collections.abc import Iterable, Iterator

import polars as pl

from flows.datasets import Column, Observation, Site, Time
from flows.receive.chunks import Chunk, RefusedFile
from flows.receive.meanings import NUMBER, Context, observed_flag, observed_number, read, words
from flows.receive.typed import FirstFaults, TypedRows, other_columns, with_local_day
from flows.scheme import WideCheck, WideCrawl

_EMPTY = "没有值"


def is_scan(chunk: Chunk, wide: WideCrawl) -> bool:
    """Whether a crawl file is a scanner's own table: it has the scanner's site column and not the contract's own ones."""
    return wide.site in chunk.columns and not {"check", "passed"} <= chunk.columns.keys()


def typed_scans(chunks: Iterable[Chunk], wide: WideCrawl, context: Context) -> Iterator[TypedRows]:
    """Types every chunk: one row a scan, its checks as one list. Raises `RefusedFile` where a needed column is missing.

    The column of a check may be missing, since scanners add and drop columns over a year; not the site, the time, a
    column on which a check depends, or all checks.
    """
    for chunk in chunks:
        _must_be_complete(chunk, wide)
        yield _typed_chunk(chunk, wide, context)


def _must_be_complete(chunk: Chunk, wide: WideCrawl) -> None:
    there = [check for check in wide.checks if _column(check, chunk)]
    needed = {wide.site: "crawl.wide.site", wide.checked_at: "crawl.wide.checked_at"} | {
        column: f"crawl.wide.checks.{check.name}.when" for check in there for column, _ in check.when
    }
    missing = [f"{column}（方案的 {key}）" for column, key in needed.items() if column not in chunk.columns]
    if missing:
        raise RefusedFile(f"缺少必需的列：{'、'.join(missing)}；请补齐，或改正方案")
    if not there:
        columns = "、".join(column for check in wide.checks for column in check.columns)
        raise RefusedFile(f"没有方案 crawl.wide.checks 中任何一项检测的列（{columns}）；请补齐，或改正方案")


def _column(check: WideCheck, chunk: Chunk) -> str | None:
    return next((column for column in check.columns if column in chunk.columns), None)


def _typed_chunk(chunk: Chunk, wide: WideCrawl, context: Context) -> TypedRows:
    first = FirstFaults(len(chunk.lines))
    used = {wide.site, wide.checked_at}
    rows: dict[str, pl.Series] = {}
    for name, column, meaning in (("site_id", wide.site, Site()), ("checked_at", wide.checked_at, Time())):
        texts = chunk.columns[column]
        reading = read(texts, meaning, context, {})
        reasons = reading.reasons.set(reading.values.is_null() & reading.reasons.is_null(), "缺少必填的值")
        first.note(Column("site" if name == "site_id" else name, meaning), texts, reasons)
        rows[name] = reading.values
    checks = []
    for check in wide.checks:
        column = _column(check, chunk)
        used.update(name for name, _ in check.when)
        if column is not None:
            used.add(column)
            checks.append(_seen(check, chunk, column, context, first))
    frame = pl.DataFrame([series.alias(name) for name, series in rows.items()])
    frame = with_local_day(frame, context.timezone).with_columns(
        _lists(checks).alias("checks"), line=chunk.lines, other=other_columns(chunk, used)
    )
    return TypedRows(frame.filter(first.none), (*chunk.broken, *first.faults(chunk.lines)), chunk.warnings)


def _seen(check: WideCheck, chunk: Chunk, column: str, context: Context, first: FirstFaults) -> pl.DataFrame:
    """One check of every row: passed, value, and where it has neither why it was not made."""
    texts = chunk.columns[column]
    not_made = _unmet(check, chunk)
    made = texts.set(not_made.is_not_null(), None)
    if check.by_word:
        meant = {word: verdict for verdict in ("passed", "failed", "not_made") for word in getattr(check, verdict)}
        reading = words(made, meant, f"方案 crawl.wide.checks.{check.name} 的 passed、failed、not_made 中没有这个词")
        passed = (reading.values == "passed").set(reading.values == "not_made", None)
        value = pl.repeat(None, len(texts), dtype=NUMBER, eager=True)
        told = made.set(~(reading.values == "not_made").fill_null(False), None)
    else:
        reading = read(made, Observation(), context, {})
        passed, value = observed_flag(reading.values), observed_number(reading.values)
        told = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
    first.note(Column(check.name, Observation()), texts, reading.reasons)
    nothing = passed.is_null() & value.is_null() & not_made.is_null()
    not_made = not_made.zip_with(~nothing, told.fill_null(_EMPTY))
    return pl.DataFrame({"check": pl.repeat(check.name, len(texts), eager=True), "passed": passed, "value": value, "not_made": not_made})


def _unmet(check: WideCheck, chunk: Chunk) -> pl.Series:
    """For each row the first condition under which the check was not made, or null."""
    unmet = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
    for column, allowed in check.when:
        texts = chunk.columns[column]
        met = words(texts, dict.fromkeys(allowed, "met"), "").values.is_not_null()
        said = pl.select(pl.format("{}={}", pl.lit(column), texts.fill_null(""))).to_series()
        unmet = unmet.zip_with(met | unmet.is_not_null(), said)
    return unmet


def _lists(checks: list[pl.DataFrame]) -> pl.Series:
    """The checks of every row as one list of structs."""
    structs = [frame.to_struct(str(place)) for place, frame in enumerate(checks)]
    return pl.DataFrame(structs).select(pl.concat_list(pl.all())).to_series()
