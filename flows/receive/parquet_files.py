"""Parquet files: columns of any type, read as the text that they would be in a CSV file."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.receive.chunks import ROWS, Chunk, RefusedFile, header


def read_parquet(path: Path) -> Iterator[Chunk]:
    """The rows of a Parquet file in chunks; the first row is line 1."""
    try:
        with pq.ParquetFile(path) as file:
            names = header(file.schema_arrow.names)
            start = 1
            for batch in file.iter_batches(batch_size=ROWS):
                frame = pl.from_arrow(pa.Table.from_batches([batch]))
                lines = pl.Series("line", range(start, start + frame.height), dtype=pl.Int64)
                columns = {name: _text(column) for name, column in zip(names, frame.get_columns(), strict=True)}
                yield Chunk(columns, lines)
                start += frame.height
            if start == 1:
                empty = {name: pl.Series(name, [], dtype=pl.String) for name in names}
                yield Chunk(empty, pl.Series("line", [], dtype=pl.Int64))
    except (pa.ArrowException, OSError) as fault:
        raise RefusedFile(f"不是完好的 Parquet 文件（{str(fault).splitlines()[0]}）；请重新导出") from None


def _plain(numbers: pl.Series) -> pl.Series:
    """The shortest text of each number; 5 for 5.0, since data frames turn whole numbers into doubles on the way."""
    return numbers.cast(pl.String).str.replace(r"\.0$", "")


def _text(column: pl.Series) -> pl.Series:
    match column.dtype:
        case pl.String:
            return column
        case pl.Datetime(time_zone=None):
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        case pl.Datetime():
            return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        case pl.Binary:
            return column.cast(pl.String, strict=False)
        case pl.Float32() | pl.Float64():
            return _plain(column)
        case pl.List() | pl.Array() | pl.Struct():
            return column.map_elements(str, return_dtype=pl.String)
        case _:
            return column.cast(pl.String, strict=False)
