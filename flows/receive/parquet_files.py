"""Parquet files: columns of any type, which stand for the text that they would be in a CSV file."""

import json
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.host.memory import is_no_memory
from flows.receive.cells import text_of
from flows.receive.chunks import CHARACTERS, Chunk, RefusedFile, most_rows
from flows.receive.content import Content
from flows.receive.headings import header
from flows.receive.magic import what_it_is

# A value that many rows repeat is stored once, so a small file may have any amount of text.
_MOST_UNPACKED = 1 << 30
_MOST_RATIO = 1_000
# In a second; and the seconds from 1970 to 3000.
_UNITS = {"ms": 10**3, "us": 10**6, "ns": 10**9}
_YEAR_3000 = 32_503_680_000


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
                    cells = {name: _cells(column) for name, column in zip(names, part.columns, strict=True)}
                    yield Chunk(cells, lines)
                    start += part.num_rows
            if start == 1:
                empty = {name: pl.Series(name, [], dtype=pl.String) for name in names}
                yield Chunk(empty, pl.Series("line", [], dtype=pl.Int64))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as fault:
        if is_no_memory(fault):
            raise MemoryError from fault
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


def _cells(array: pa.Array) -> pl.Series:
    """The cells of a column. Raises an error, which refuses the file, for what is no text and for what cannot be read."""
    if pa.types.is_nested(array.type):
        return _each(array, lambda value: json.dumps(value, ensure_ascii=False, default=str))
    if pa.types.is_duration(array.type) or pa.types.is_decimal256(array.type):
        return _each(array, str)
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    array.validate(full=True)
    column = pl.Series(array)
    return column if column.dtype.is_integer() or _is_of_our_time(column) else text_of(column)


def _is_of_our_time(column: pl.Series) -> bool:
    """Whether a column has nothing but instants that are read as they are, without a look at their text."""
    if not isinstance(column.dtype, pl.Datetime):
        return False
    # Nanoseconds end before the year 2300.
    last = min(_YEAR_3000 * _UNITS[column.dtype.time_unit] - 1, 2**63 - 1)
    return bool(column.to_physical().is_between(0, last).all())


def _each(array: pa.Array, text) -> pl.Series:
    return pl.Series([None if value is None else text(value) for value in array.to_pylist()], dtype=pl.String)
