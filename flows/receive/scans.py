"""Reads a scanner's own table: a row for each site and scan, and a column for each check of the scheme's `[crawl] wide`."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import polars as pl

from flows.datasets import Column, Observation
from flows.datasets.crawl import CHECKS, SCANS
from flows.reading.spelling import heading
from flows.receive.alike import Different
from flows.receive.cells import lists_of
from flows.receive.chunks import Chunk, RefusedFile
from flows.receive.headings import Headings, again, matched
from flows.receive.meanings import NUMBER, Context, is_day_only, observed_flag, observed_number, read, words
from flows.receive.typed import (
    AGAIN,
    FirstFaults,
    TypedRows,
    about,
    findings,
    other_columns,
    reasons_of,
    with_local_days,
    without_empty,
)
from flows.scheme import WideCheck, WideCrawl

_EMPTY = "没有值"


def is_scan(chunk: Chunk, wide: WideCrawl) -> bool:
    """Whether a crawl file is a scanner's own table: it has the scanner's site column and not the contract's own ones. What
    offices call those counts only where the file has not what no scanner's table lacks."""
    present = {heading(name) for name in chunk.columns}
    if heading(wide.site) not in present or {"check", "passed"} <= present:
        return False
    readable = heading(wide.checked_at) in present and any(
        heading(column) in present for check in wide.checks for column in check.columns
    )
    return readable or not all(
        any(heading(title) in present for title in (column.name, *column.titles))
        for column in CHECKS.columns
        if column.required
    )


def typed_scans(chunks: Iterable[Chunk], wide: WideCrawl, context: Context) -> Iterator[TypedRows]:
    """Types every chunk: one row a scan, its checks as one list. Raises `RefusedFile` where a needed column is missing.

    The column of a check may be missing, since scanners add and drop columns over a year; not the site, the time, a
    column on which a check depends, or all checks.
    """
    for chunk in chunks:
        headings = matched(list(chunk.columns), _listed(wide), [check.columns for check in wide.checks])
        columns = {name: chunk.columns[delivered] for delivered, name in headings.column_of.items()}
        _must_be_complete(columns, headings, wide)
        yield _typed_chunk(chunk, columns, headings, wide, context)


def _listed(wide: WideCrawl) -> dict[str, tuple[str]]:
    """Every column that the scheme names, with its heading."""
    checks = [name for check in wide.checks for name in (*check.columns, *(column for column, _ in check.when))]
    return {name: (name,) for name in (wide.site, wide.checked_at, *checks)}


def _must_be_complete(columns: dict[str, pl.Series], headings: Headings, wide: WideCrawl) -> None:
    present = [check for check in wide.checks if _column(check, columns)]
    needed = {wide.site: "crawl.wide.site", wide.checked_at: "crawl.wide.checked_at"} | {
        column: f"crawl.wide.checks.{check.name}.when" for check in present for column, _ in check.when
    }
    missing = [f"{column}（方案的 {key}）" for column, key in needed.items() if column not in columns]
    if missing:
        raise RefusedFile(f"缺少必需的列：{'、'.join(missing)}；{headings.described()}。请补齐，或改正方案")
    if not present:
        listed = "、".join(column for check in wide.checks for column in check.columns)
        raise RefusedFile(
            f"没有方案 crawl.wide.checks 中任何一项检测的列（{listed}）；{headings.described()}。请补齐，或改正方案"
        )


def _column(check: WideCheck, columns: dict[str, pl.Series]) -> str | None:
    return next((column for column in check.columns if column in columns), None)


def _typed_chunk(
    chunk: Chunk, columns: dict[str, pl.Series], headings: Headings, wide: WideCrawl, context: Context
) -> TypedRows:
    first = FirstFaults(len(chunk.lines))
    first.set_aside(again(chunk.columns, chunk.lines, headings), AGAIN)
    rows: dict[str, pl.Series] = {}
    days = pl.Series(dtype=pl.Boolean)
    for column, delivered in zip(SCANS.columns, (wide.site, wide.checked_at), strict=True):
        texts = columns[delivered]
        reading = read(texts, column.meaning, context, {})
        first.note(column, texts, reasons_of(reading, column, {}))
        rows[column.stored] = reading.values
        if reading.days is not None:
            days = is_day_only(reading)
    column_of = {check: column for check in wide.checks if (column := _column(check, columns))}
    checks = [_seen(check, columns, column, context, first) for check, column in column_of.items()]
    conditions = (name for check in wide.checks for name, _ in check.when)
    used = {wide.site, wide.checked_at, *column_of.values(), *conditions}
    frame = pl.DataFrame(rows)
    # A column of a check that another column stands in for is kept like those that no check names.
    kept = other_columns(chunk, {delivered for delivered, name in headings.column_of.items() if name in used})
    frame = with_local_days(frame, SCANS, context.timezone)
    frame = frame.with_columns(lists_of([check.to_struct() for check in checks]).alias("checks"), line=chunk.lines, other=kept)
    return TypedRows(
        frame.filter(first.faultless),
        (*chunk.broken, *first.faults(chunk.lines, *about(SCANS, rows))),
        chunk.warnings,
        findings(chunk, first),
        without_empty(headings.unknown, chunk),
        tuple(check.name for check in wide.checks if check not in column_of),
        day_only=int((days & first.faultless).sum()),
    )


def _seen(check: WideCheck, columns: dict[str, pl.Series], column: str, context: Context, first: FirstFaults) -> pl.DataFrame:
    """One check of every row: passed, value, and where both are null the reason why it was not made."""
    texts = columns[column]
    unmet = _unmet(check, columns, len(texts))
    read_ = _read_once(texts.set(unmet.is_not_null(), None), lambda different: _verdicts(check, different, context))
    first.note(Column(check.name, Observation()), texts, read_["reason"])
    nothing = read_["passed"].is_null() & read_["value"].is_null()
    not_made = unmet.zip_with(~nothing | unmet.is_not_null(), read_["word"].fill_null(_EMPTY))
    names = pl.repeat(check.name, len(texts), eager=True)
    return pl.DataFrame({"check": names, "passed": read_["passed"], "value": read_["value"], "not_made": not_made})


def _verdicts(check: WideCheck, texts: pl.Series, context: Context) -> dict[str, pl.Series]:
    """The verdicts of the cells: passed, value, reason of a fault, and `word` where a word says that the check was not made."""
    if not check.by_word:
        reading = read(texts, Observation(), context, {})
        passed, value = observed_flag(reading.values), observed_number(reading.values)
        word = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
        return {"passed": passed, "value": value, "word": word, "reason": reading.reasons}
    meant = {word: verdict for verdict in ("passed", "failed", "not_made") for word in getattr(check, verdict)}
    reading = words(texts, meant, f"方案 crawl.wide.checks.{check.name} 的 passed、failed、not_made 中没有这个词")
    not_made = reading.values == "not_made"
    return {
        "passed": (reading.values == "passed").set(not_made, None),
        "value": pl.repeat(None, len(texts), dtype=NUMBER, eager=True),
        "word": texts.set(~not_made.fill_null(False), None),
        "reason": reading.reasons,
    }


def _unmet(check: WideCheck, columns: dict[str, pl.Series], length: int) -> pl.Series:
    """For each row the first condition under which the check was not made, or null."""
    unmet = pl.repeat(None, length, dtype=pl.String, eager=True)
    for column, allowed in check.when:
        condition = _read_once(columns[column], partial(_unmet_condition, column, allowed))["condition"]
        unmet = unmet.zip_with(unmet.is_not_null(), condition)
    return unmet


def _unmet_condition(column: str, allowed: tuple[str, ...], texts: pl.Series) -> dict[str, pl.Series]:
    """`column=text` where the text of the column is not allowed, else null."""
    met = words(texts, dict.fromkeys(allowed, "met"), "").values.is_not_null()
    return {"condition": pl.select(pl.format("{}={}", pl.lit(column), texts.fill_null(""))).to_series().set(met, None)}


def _read_once(texts: pl.Series, reading: Callable[[pl.Series], dict[str, pl.Series]]) -> pl.DataFrame:
    """The result of `reading` for a column, computed once for each different text: most columns of a scan have few."""
    different = Different(texts)
    return pl.DataFrame({name: different.spread(found) for name, found in reading(different.cells).items()})
