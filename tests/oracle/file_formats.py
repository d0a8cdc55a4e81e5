"""One table of raw values in each of the permitted file formats, with the types that real files have."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from .model import Value

# Ids that look like whole numbers, which spreadsheets and data frames like to turn into numbers.
ID_COLUMNS = {"ballot_id", "item_id", "site"}


@dataclass(frozen=True)
class Sheet:
    columns: dict[str, list[Value]]
    zone: ZoneInfo
    titles: dict[str, str]  # by column: its heading in the file

    def rows(self) -> list[tuple[Value, ...]]:
        return list(zip(*self.columns.values(), strict=True))


def text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
    return str(value)


def write_csv(path: Path, sheet: Sheet, rng: Random) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        lineterminator=rng.choice(["\n", "\r\n"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    writer.writerow(sheet.titles[column] for column in sheet.columns)
    writer.writerows([text(value) for value in row] for row in sheet.rows())
    path.write_bytes(_encoded(buffer.getvalue(), rng))


def _encoded(content: str, rng: Random) -> bytes:
    encoded = content.encode(rng.choice(["utf-8", "utf-8-sig", "gb18030"]))
    try:
        readable = encoded.decode("utf-8-sig") == content
    except UnicodeDecodeError:
        readable = True  # no UTF-8, so it will be read as GB18030
    return encoded if readable else content.encode("utf-8")


def write_csv_gz(path: Path, sheet: Sheet, rng: Random) -> None:
    write_csv(path, sheet, rng)
    path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def write_jsonl(path: Path, sheet: Sheet, rng: Random) -> None:
    numbers, nulls, ascii_only, whole_ids = (rng.random() < 0.5 for _ in range(4))

    def plain(column: str, value: Value) -> object:
        if isinstance(value, Decimal):
            return (int(value) if value == int(value) else float(value)) if numbers else text(value)
        if whole_ids and column in ID_COLUMNS and _whole(value):
            return int(value)
        return value if value is None or isinstance(value, bool | int) else text(value)

    # A key may be left out where a value is missing, but a column that no row has is a missing column.
    kept = [nulls or not any(value is not None for value in values) for values in sheet.columns.values()]
    lines = [
        json.dumps(
            {
                sheet.titles[column]: plain(column, value)
                for column, value, always in zip(sheet.columns, row, kept, strict=True)
                if always or value is not None
            },
            ensure_ascii=ascii_only,
        )
        for row in sheet.rows()
    ]
    path.write_text("\n".join(lines) + rng.choice(["", "\n"]), encoding="utf-8", newline="")


def write_xlsx(path: Path, sheet: Sheet, rng: Random) -> None:
    whole_ids = rng.random() < 0.5
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(rng.choice(["Sheet1", "数据"]))
        if rng.random() < 0.3:
            book.add_worksheet("说明").write_string(0, 0, "site")  # only the first sheet counts
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, column in enumerate(sheet.columns):
            page.write_string(0, number, sheet.titles[column])
        for line, row in enumerate(sheet.rows(), start=1):
            for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                match value:
                    case None:
                        pass
                    case bool():
                        page.write_boolean(line, number, value)
                    case int() | Decimal():
                        page.write_number(line, number, float(value))
                    case datetime() if value.tzinfo is None and not value.microsecond:
                        page.write_datetime(line, number, value, moment)
                    case date() if not isinstance(value, datetime):
                        page.write_datetime(line, number, value, day)
                    case _ if whole_ids and column in ID_COLUMNS and _whole(value):
                        page.write_number(line, number, int(value))
                    case _:
                        page.write_string(line, number, text(value))


def write_parquet(path: Path, sheet: Sheet, rng: Random) -> None:
    arrays = {sheet.titles[column]: _array(column, values, sheet.zone, rng) for column, values in sheet.columns.items()}
    pq.write_table(pa.table(arrays), path, compression=rng.choice(["snappy", "zstd", "none"]))


def _array(column: str, values: list[Value], zone: ZoneInfo, rng: Random) -> pa.Array:
    """The narrowest type that real files give such a column; text where the values are of several kinds."""
    found = {type(value) for value in values if value is not None}
    if found == {bool}:
        return pa.array(values, pa.bool_())
    if found == {int}:
        return pa.array(values, rng.choice([pa.int64(), pa.float64()]))
    if found and found <= {int, Decimal}:
        return _numbers(values, rng)
    if found == {date}:
        return pa.array(values, pa.date32())
    if found == {datetime}:
        return _moments(values, zone, rng)
    if column in {"score", "points"} and all(isinstance(value, int | Decimal) or value == "NaN" for value in values):
        return pa.array([float(value) for value in values], pa.float64())  # with a NaN among them
    texts = _each(text, values)
    if column in ID_COLUMNS and all(value is None or _whole(value) for value in values) and rng.random() < 0.5:
        return pa.array(_each(int, values), pa.int64())
    kinds = [pa.string(), pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
    return pa.array(texts, rng.choice(kinds))


def _numbers(values: list[Value], rng: Random) -> pa.Array:
    kind, convert = rng.choice([(pa.float64(), float), (pa.decimal128(28, 10), Decimal), (pa.string(), text)])
    return pa.array(_each(convert, values), kind)


def _each(convert: Callable[[Value], object], values: list[Value]) -> list[object]:
    return [None if value is None else convert(value) for value in values]


def _moments(values: list[datetime | None], zone: ZoneInfo, rng: Random) -> pa.Array:
    unit = rng.choice(["ms", "us", "ns"])
    naive = all(value is None or value.tzinfo is None for value in values)
    if naive and rng.random() < 0.5:
        return pa.array(values, pa.timestamp(unit))
    aware = [value.replace(tzinfo=zone) if value is not None and value.tzinfo is None else value for value in values]
    return pa.array(aware, pa.timestamp(unit, rng.choice(["UTC", zone.key, "Asia/Tokyo"])))


def _whole(value: Value) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and not value.startswith("0")


FORMATS = {".csv": write_csv, ".csv.gz": write_csv_gz, ".jsonl": write_jsonl, ".xlsx": write_xlsx, ".parquet": write_parquet}
