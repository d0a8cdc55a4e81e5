"""One chunk of text held against its dataset's contract: typed rows, and a fault for every row set aside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from flows.datasets import Column, Dataset, Personal, Site
from flows.receive.chunks import Chunk, Fault, RefusedFile
from flows.receive.meanings import Context, Reading, empty, read

_LONGEST_VALUE = 200


@dataclass(frozen=True)
class TypedRows:
    """Rows that keep their contract, in the columns of their raw table, and the faults of the others."""

    rows: pl.DataFrame
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]


def typed(chunks: Iterable[Chunk], dataset: Dataset, context: Context) -> Iterator[TypedRows]:
    """Types every chunk. Raises `RefusedFile` where a required column is missing."""
    for chunk in chunks:
        missing = [column.name for column in dataset.columns if column.there and column.name not in chunk.columns]
        if missing:
            # Only names that the contract knows: in a file without a header, persons stand in its place.
            known = "、".join(column.name for column in dataset.columns if column.name in chunk.columns) or "（无）"
            raise RefusedFile(
                f"缺少必需的列：{'、'.join(missing)}；文件有 {len(chunk.columns)} 列，认得的是：{known}。请按列名补齐（顺序不限）"
            )
        yield _typed_chunk(chunk, dataset, context)


def _typed_chunk(chunk: Chunk, dataset: Dataset, context: Context) -> TypedRows:
    values: dict[str, pl.Series] = {}
    first = FirstFaults(len(chunk.lines))
    for column in dataset.columns:
        texts = chunk.columns.get(column.name)
        if texts is None:
            values[column.name] = empty(column.meaning, len(chunk.lines))
            continue
        reading = read(texts, column.meaning, context, values)
        first.note(column, texts, reasons_of(reading, column, values))
        values[column.name] = reading.values
    rows = pl.DataFrame([series.alias(name) for name, series in values.items()])
    rows = _shaped(rows, dataset, context).with_columns(
        line=chunk.lines, other=other_columns(chunk, {column.name for column in dataset.columns})
    )
    return TypedRows(rows.filter(first.none), (*chunk.broken, *first.faults(chunk.lines)), chunk.warnings)


def reasons_of(reading: Reading, column: Column, values: dict[str, pl.Series]) -> pl.Series:
    """Why each row's value means nothing, or is missing where there must be one."""
    reasons = reading.reasons
    if not column.filled:
        return reasons
    lacking = reading.values.is_null() & reasons.is_null()
    if column.unless:
        stands_in = values[column.unless].is_not_null()
        reasons = reasons.set(stands_in & reading.values.is_not_null(), f"与 {column.unless} 只能填一个")
        lacking = lacking & ~stands_in
    return reasons.set(lacking, "缺少必填的值")


def _shaped(rows: pl.DataFrame, dataset: Dataset, context: Context) -> pl.DataFrame:
    """The raw table's shape: sites by id, a ballot's ratings as one list in the scheme's order, local days and months."""
    names = {column.name: type(column.meaning) for column in dataset.columns}
    if names.get("site") is Site:
        rows = rows.rename({"site": "site_id"})
    if dataset.table == "ballots":
        local = _local(pl.col("submitted_at"), context.timezone)
        ratings = pl.concat_list(dataset.aspects) if dataset.aspects else pl.lit([], dtype=pl.List(pl.UInt8))
        rows = rows.with_columns(ratings=ratings, submitted_on=local.dt.date()).drop(dataset.aspects)
    if dataset.table == "crawl_checks":
        rows = with_local_day(rows, context.timezone)
    return rows


def with_local_day(rows: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Rows of checks with the local day and month of `checked_at`."""
    local = _local(pl.col("checked_at"), timezone)
    return rows.with_columns(checked_on=local.dt.date(), month=local.dt.strftime("%Y-%m"))


def _local(instant: pl.Expr, timezone: str) -> pl.Expr:
    return instant.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)


def other_columns(chunk: Chunk, known: set[str]) -> pl.Series:
    """The columns that the contract does not list, as one JSON object a row: kept, never scored."""
    others = [column.alias(name) for name, column in chunk.columns.items() if name not in known]
    if not others or not len(chunk.lines):
        return pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True).alias("other")
    return pl.DataFrame(others).select(pl.struct(pl.all()).struct.json_encode()).to_series()


class FirstFaults:
    """The first fault of each row, in the order in which columns are noted."""

    def __init__(self, length: int) -> None:
        self.none = pl.repeat(True, length, dtype=pl.Boolean, eager=True)
        self._faults: list[tuple[pl.Series, str, pl.Series, pl.Series]] = []

    def note(self, column: Column, texts: pl.Series, reasons: pl.Series) -> None:
        fresh = self.none & reasons.is_not_null()
        if fresh.any():
            hidden = isinstance(column.meaning, Personal)
            shown = pl.repeat("", len(texts), eager=True) if hidden else texts.fill_null("")
            self._faults.append((fresh, column.name, shown.str.slice(0, _LONGEST_VALUE), reasons))
            self.none = self.none & ~fresh

    def faults(self, lines: pl.Series) -> list[Fault]:
        return [
            Fault(line, name, value, reason)
            for fresh, name, values, reasons in self._faults
            for line, value, reason in zip(lines.filter(fresh), values.filter(fresh), reasons.filter(fresh), strict=True)
        ]
