"""Parquet files: columns of any type, read as the text that they would be in a CSV file."""

import json
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.receive.chunks import CHARACTERS, Chunk, RefusedFile, most_rows
from flows.receive.content import Content
from flows.receive.headings import header
from flows.receive.magic import what_it_is

# A value that many rows repeat is stored once, so a small file may have any amount of text.
_MOST_UNPACKED = 1 << 30
_MOST_RATIO = 1_000


def read_parquet(content: Content) -> Iterator[Chunk]:
    """The rows of a Parquet file in chunks; the first row is line 1."""
    try:
        with content.anywhere() as stream, pq.ParquetFile(stream) as file:
            names = header(file.schema_arrow.names)
            _check_size(_stated_size(file.metadata), content)
            start, size = 1, 0
            for batch in file.iter_batches(batch_size=most_rows(len(names))):
                size += unpacked_size(batch)
                _check_size(size, content)
                for part in _parts(batch):
                    lines = pl.Series("line", range(start, start + part.num_rows), dtype=pl.Int64)
                    columns = {name: _text(column) for name, column in zip(names, part.columns, strict=True)}
                    yield Chunk(columns, lines)
                    start += part.num_rows
            if start == 1:
                empty = {name: pl.Series(name, [], dtype=pl.String) for name in names}
                yield Chunk(empty, pl.Series("line", [], dtype=pl.Int64))
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as fault:
        if content.ends(4) == b"PARE" or "crypt" in str(fault).lower():
            raise RefusedFile("Parquet 文件加了密；请去掉加密后重新导出") from fault
        what = what_it_is(content, expected=b"PAR1") or "没有传完，或已损坏"
        raise RefusedFile(f"不是完好的 Parquet 文件（{what}）；请重新导出") from fault


def unpacked_size(batch: pa.RecordBatch) -> int:
    """The bytes of a batch in which every row has its own values, also where they are kept once and named by number."""
    return sum(_unpacked(column) for column in batch.columns)


def _unpacked(column: pa.Array) -> int:
    if not isinstance(column, pa.DictionaryArray):
        return column.nbytes
    size = column.indices.nbytes
    if pa.types.is_string(column.dictionary.type) or pa.types.is_large_string(column.dictionary.type):
        lengths = pc.call_function("binary_length", [column.dictionary]).take(column.indices)
        size += pc.call_function("sum", [lengths]).as_py() or 0
    return size


def _stated_size(metadata: pq.FileMetaData) -> int:
    """The size of the unpacked columns, as the end of the file states it."""
    return sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))


def _check_size(size: int, content: Content) -> None:
    if size > _MOST_UNPACKED and size > _MOST_RATIO * content.size:
        raise RefusedFile(
            f"解开后超过 {_MOST_UNPACKED >> 20} MB，是文件的 {_MOST_RATIO} 倍以上，不像是一份普通的数据；请改送 CSV"
        )


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in parts of a size that is good to convert."""
    rows = max(1, batch.num_rows * CHARACTERS // max(1, unpacked_size(batch)))
    for first in range(0, batch.num_rows, rows):
        yield batch.slice(first, rows)


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
