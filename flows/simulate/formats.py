"""Files as the offices send them: CSV from a database, JSON lines from a gateway, workbooks, Parquet.

The same rows give the same bytes on every machine. That is why workbooks are stored without compression, whose output
differs between builds of zlib, and why Parquet is compressed by the library that comes with pyarrow.
"""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

# Dates inside files are fixed; the clock would make every run another file.
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_CREATED = datetime(2008, 1, 2)


def write_rows(path: Path, rows: pl.DataFrame, *, encoding: str = "utf-8", end: str = "\n") -> None:
    """A file in the format of its suffix. A CSV file has this encoding (`utf-8-sig` writes a byte order mark) and these ends of
    lines; a workbook takes texts only."""
    match path.suffix:
        case ".csv":
            path.write_bytes(rows.write_csv(line_terminator=end).encode(encoding))
        case ".jsonl":
            rows.write_ndjson(path)
        case ".parquet":
            table = rows.to_arrow()
            with open_parquet(path, table.schema) as writer:
                writer.write_table(table)
        case ".xlsx":
            path.write_bytes(_workbook(rows))
        case suffix:
            raise ValueError(suffix)


def open_parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet file that takes batch after batch."""
    # Without the Arrow schema inside, other programs see plain text columns, however they are encoded here.
    return pq.ParquetWriter(path, schema, compression="zstd", store_schema=False)


def _workbook(rows: pl.DataFrame) -> bytes:
    """A workbook of one sheet, the first row the header. Texts that are plain numbers become number cells."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, rows.columns)
        for line, row in enumerate(rows.iter_rows(), start=1):
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                if cell.isascii() and cell.replace(".", "", 1).isdigit():
                    sheet.write_number(line, column, float(cell))
                else:
                    sheet.write_string(line, column, cell)
        sheet.set_column(0, len(rows.columns) - 1, 16)
    stored = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _BEGINNING)
            # Otherwise the archive says which system it was made on.
            entry.create_system = 3
            target.writestr(entry, source.read(name))
    return stored.getvalue()
