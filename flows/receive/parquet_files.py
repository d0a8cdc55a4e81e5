"""Parquet files: columns of any type, read as the text that they would be in a CSV file."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.receive.chunks import ROWS, Chunk, RefusedFile
from flows.receive.headings import header
from flows.receive.magic import what_it_is


def read_parquet(path: Path) -> Iterator[Chunk]:
    """The rows of a Parquet file in chunks; the first row is line 1."""
    try:
        with pq.ParquetFile(path) as file:
            names = header(file.schema_arrow.names)
            start = 1
            for batch in file.iter_batches(batch_size=ROWS):
                lines = pl.Series("line", range(start, start + batch.num_rows), dtype=pl.Int64)
                columns = {name: _text(column) for name, column in zip(names, batch.columns, strict=True)}
                yield Chunk(columns, lines)
                start += batch.num_rows
            if start == 1:
                empty = {name: pl.Series(name, [], dtype=pl.String) for name in names}
                yield Chunk(empty, pl.Series("line", [], dtype=pl.Int64))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as fault:
        what = what_it_is(path, expected=b"PAR1") or "没有传完，或已损坏"
        raise RefusedFile(f"不是完好的 Parquet 文件（{what}）；请重新导出") from fault


def _plain(numbers: pl.Series) -> pl.Series:
    """The shortest text of each number; 5 for 5.0, since data frames turn whole numbers into doubles on the way.

    A number that is too large to distinguish whole numbers is written with an exponent, since it cannot be an id. Below
    2⁵³ (2²⁴ in four bytes) all whole numbers are different as floating-point numbers.
    """
    texts = numbers.cast(pl.String).str.replace(r"\.0$", "")
    different = 2**53 if numbers.dtype == pl.Float64 else 2**24
    large = (numbers.abs() >= different).fill_null(False) & numbers.is_finite().fill_null(False)
    if not large.any():
        return texts
    written = [f"{number:.16E}" if too_large else None for number, too_large in zip(numbers, large, strict=True)]
    return pl.Series(written, dtype=pl.String).zip_with(large, texts)


def _text(array: pa.Array) -> pl.Series:
    if pa.types.is_nested(array.type):
        return _each(array, lambda value: json.dumps(value, ensure_ascii=False, default=str))
    if pa.types.is_duration(array.type) or pa.types.is_decimal256(array.type):
        return _each(array, str)
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    array.validate(full=True)
    column = pl.Series(array)
    match column.dtype:
        case pl.String:
            return column
        case pl.Datetime(time_zone=None):
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        case pl.Datetime():
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        case pl.Float32() | pl.Float64():
            return _plain(column)
        case _:
            # Bytes that are no text raise an error, which refuses the file.
            return column.cast(pl.String)


def _each(array: pa.Array, text) -> pl.Series:
    return pl.Series([None if value is None else text(value) for value in array.to_pylist()], dtype=pl.String)
