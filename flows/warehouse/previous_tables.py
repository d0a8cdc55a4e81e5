"""Reads published tables of the year before as texts, and says what in them is not what it must be.

An office may make them by hand, for a year before it used this system, so they are read with the care of deliveries.
"""

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.home import Home
from flows.host.regular import read_regular
from flows.receive.boundary import library_faults
from flows.receive.chunks import RefusedFile
from flows.receive.parquet_files import unpacked_size
from flows.receive.small_tables import read_small_table

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_WHOLE = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")
# Rows of a Parquet file that are unpacked at a time, and the most that all of them may have: a ranking of 100 000 sites has
# 20 MB.
_ROWS = 256
_MOST = 256 << 20
_LONGEST = 40


@dataclass(frozen=True)
class PreviousTable:
    """A table of the year before: every column as text, null where it is empty, and the line of each row."""

    name: str
    frame: pl.DataFrame
    lines: Sequence[int]

    def texts(self, column: str) -> list[str | None]:
        return self.frame[column].to_list()

    def check_filled(self, column: str, faults: list[str]) -> None:
        """Every row must have a value."""
        faults += [self._fault(row, column, "没有值") for row, text in enumerate(self.texts(column)) if text is None]

    def check_once(self, column: str, faults: list[str]) -> None:
        """No two rows may have the same value."""
        faults += [
            f"{self.name} 中 {column}“{text[:_LONGEST]}”出现了 {count} 次"
            for text, count in Counter(filter(None, self.texts(column))).items()
            if count > 1
        ]

    def check_whole(self, column: str, faults: list[str]) -> None:
        """Every value must be a whole number from 1."""
        for row, text in enumerate(self.texts(column)):
            if text is not None and not _WHOLE.fullmatch(text):
                faults.append(self._fault(row, column, f"“{text[:_LONGEST]}”不是名次，应为从 1 起的整数"))

    def check_numbers(self, column: str, digits: int, places: int, faults: list[str]) -> None:
        """Every value must be a number with at most so many digits before the point and places behind it."""
        for row, text in enumerate(self.texts(column)):
            if text is None:
                continue
            if not _NUMBER.fullmatch(text):
                faults.append(self._fault(row, column, f"“{text[:_LONGEST]}”不是数字"))
                continue
            number = Decimal(text)
            if abs(number) >= Decimal(10) ** digits or number != round(number, places):
                faults.append(self._fault(row, column, f"“{text[:_LONGEST]}”大得不合情理，或小数超过 {places} 位"))

    def _fault(self, row: int, column: str, reason: str) -> str:
        return f"{self.name} 第 {self.lines[row]} 行 {column}：{reason}"


def read_previous(path: Path | None, home: Home, needed: Sequence[str], faults: list[str]) -> PreviousTable | None:
    """A published table with at least the `needed` columns, or None; `faults` gets a sentence for everything that is wrong."""
    if path is None:
        return None
    if path.suffix == ".csv":
        rows = read_small_table(path, home, needed, faults)
        frame = pl.DataFrame(
            [row for _, row in rows], infer_schema_length=None, schema=None if rows else dict.fromkeys(needed, pl.String)
        )
        return PreviousTable(path.name, _texts(frame), [line for line, _ in rows])
    try:
        with library_faults():
            frame = _texts(_parquet(read_regular(path, home.path)))
        missing = [name for name in needed if name not in frame.columns]
        if missing:
            raise RefusedFile(f"缺少列 {'、'.join(missing)}")
        return PreviousTable(path.name, frame, range(1, frame.height + 1))
    except RefusedFile as fault:
        faults.append(f"{path.name}：{fault}")
    except OSError as fault:
        faults.append(f"{path.name} 读不出来：{fault.strerror or '没有写完，或已损坏'}")
    return None


def _parquet(content: bytes) -> pl.DataFrame:
    with pq.ParquetFile(io.BytesIO(content)) as file:
        batches, size = [], 0
        for batch in file.iter_batches(batch_size=_ROWS):
            size += unpacked_size(batch)
            if size > _MOST:
                raise RefusedFile(f"解开后超过 {_MOST >> 20} MB，不像是一年的结果")
            batches.append(batch)
        frame = pl.from_arrow(pa.Table.from_batches(batches, file.schema_arrow))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    texts = frame.select(pl.all().cast(pl.String).str.strip_chars())
    return texts.select(pl.when(pl.all() != "").then(pl.all()))
