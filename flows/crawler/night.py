"""A night on disk: which one it is, its journal, and its file, written whole once everything is finished.

The journal has a line for each finished site, written at once: whoever kills the night loses the sites in work only. Machines that
share a night have a journal and a file each; what one of them has left undone is done by whoever crawls the whole night afterwards.
"""

import heapq
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BufferedWriter
from itertools import chain, groupby, islice
from mmap import ACCESS_READ, mmap
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.crawler.checks import Row
from flows.datasets.checks import CHECKS
from flows.errors import OperatorError
from flows.host.disk import sync

# A night that was interrupted goes on under its own date for so long; after that it is closed with what it has.
_LONGEST = timedelta(hours=12)
_JOURNAL = re.compile(r"\.night-(\d{4}-\d{2}-\d{2})(?:\.(\d+of\d+))?\.jsonl\.part")
_FILE = re.compile(r"night-\d{4}-\d{2}-\d{2}(?:\.\d+of\d+)?\.parquet")
# Each column's type in the file, and as it is made from Python's objects: not by `pyarrow.array`, which imports all of pandas to
# see whether that is what it has been given, and takes as long for it as fifty sites do.
_COLUMNS = {
    "site": (pa.string(), pl.String),
    "checked_at": (pa.timestamp("us", tz="UTC"), pl.Int64),
    "check": (pa.string(), pl.String),
    "passed": (pa.bool_(), pl.Boolean),
    "url": (pa.string(), pl.String),
    "value": (pa.decimal128(18, 6), pl.Decimal(18, 6)),
    "detail": (pa.string(), pl.String),
    "not_made": (pa.string(), pl.String),
}
_SCHEMA = pa.schema([(name, kind) for name, (kind, _) in _COLUMNS.items()])
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# Sites that are columns in memory at a time.
_AT_A_TIME = 1_000
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Finished(NamedTuple):
    """A site's rows, as they are kept."""

    site: str
    checked_at: datetime
    rows: tuple[Row, ...]


def open_journal(path: Path) -> BufferedWriter:
    """A journal to append to, mended first: a last line that was cut off would swallow the next one."""
    file = path.open("ab")
    if size := path.stat().st_size:
        with path.open("rb") as written, mmap(written.fileno(), size, access=ACCESS_READ) as text:
            file.truncate(text.rfind(b"\n") + 1)
    return file


def add(journal: BufferedWriter, finished: Finished) -> None:
    line = {"site": finished.site, "checked_at": finished.checked_at.isoformat(), "rows": finished.rows}
    # A lone surrogate from somebody's page must not end the night.
    journal.write(_ENCODER.encode(line).encode("utf-8", "replace") + b"\n")
    journal.flush()


class Entry(NamedTuple):
    """Where a site's line stands in a journal."""

    site: str
    checked_at: datetime
    offset: int
    length: int


def entries(path: Path) -> Iterator[Entry]:
    """The whole lines of a journal, if there is one; a torn last one is left out. Raises `OperatorError` for one that is damaged
    otherwise."""
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if not text.endswith(b"\n"):
                return
            try:
                found = json.loads(text)
                yield Entry(found["site"], datetime.fromisoformat(found["checked_at"]), offset, len(text))
            except (ValueError, KeyError, TypeError):
                raise OperatorError(
                    f"检测的中间记录 {path} 第 {number} 行已损坏，无法接着做。请把这个文件移到别处后重新运行；已经写好的结果不受影响。"
                ) from None
            offset += len(text)


def read_at(path: Path, wanted: Iterable[Entry]) -> Iterator[Finished]:
    """The lines at some places, in the order of these."""
    with path.open("rb") as file:
        for entry in wanted:
            file.seek(entry.offset)
            line = json.loads(file.read(entry.length), parse_float=Decimal, parse_int=Decimal)
            yield Finished(entry.site, entry.checked_at, tuple(map(Row._make, line["rows"])))


@dataclass(frozen=True)
class NightFiles:
    """One night's places in the folder, or those of a part of it."""

    folder: Path
    day: date
    part: str = ""

    @property
    def file(self) -> Path:
        return self.folder / f"night-{self._name}.parquet"

    @property
    def journal(self) -> Path:
        return self.folder / f".night-{self._name}.jsonl.part"

    @property
    def _name(self) -> str:
        return f"{self.day}.{self.part}" if self.part else f"{self.day}"

    @property
    def finished(self) -> set[str]:
        """The sites that are in a file or journal of the night, or of any part of it."""
        day = f"night-{self.day}"
        journals = (path for path in self.folder.glob(f".{day}*") if _JOURNAL.fullmatch(path.name))
        written = (path for path in self.folder.glob(f"{day}*.parquet") if _FILE.fullmatch(path.name))
        return {entry.site for path in journals for entry in entries(path)}.union(*map(_sites, written))

    def seal(self) -> Path | None:
        """Brings the journal into the night's file, which may be None where there was nothing to bring.

        Killed at whatever moment, it can be done again.
        """
        if self.journal.exists():
            found = sorted(entries(self.journal), key=attrgetter("site"))
            if not {entry.site for entry in found} <= (_sites(self.file) if self.file.exists() else set()):
                kept = _read(self.file) if self.file.exists() else iter(())
                # Of a site in both, the journal's rows come first and stay.
                merged = heapq.merge(read_at(self.journal, found), kept, key=attrgetter("site"))
                self._write(next(same) for _, same in groupby(merged, key=attrgetter("site")))
            self.journal.unlink()
        return self.file if self.file.exists() else None

    def _write(self, sites: Iterator[Finished]) -> None:
        part = self.folder / f".night-{self._name}.parquet.part"
        with part.open("wb") as stream:
            with pq.ParquetWriter(stream, _SCHEMA, compression="zstd") as writer:
                while batch := list(islice(sites, _AT_A_TIME)):
                    writer.write_table(_table(batch))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self.file)
        sync(self.folder)


def open_night(folder: Path, now: datetime, zone: ZoneInfo, part: str = "") -> NightFiles:
    """The night, or the part of one, to go on with, or that of the present day. Seals what was left unfinished and is not gone on
    with; of other parts, at which others may be at work, only what is old."""
    today = NightFiles(folder, now.astimezone(zone).date(), part)
    journals = filter(None, (_JOURNAL.fullmatch(path.name) for path in folder.iterdir()))
    left = [NightFiles(folder, date.fromisoformat(found[1]), found[2] or "") for found in journals]
    ages = {night: _age(night, now) for night in left}
    own = [night for night, age in ages.items() if night.part == part and age is not None and age < _LONGEST]
    going_on = max(own, key=attrgetter("day"), default=None)
    for night, age in ages.items():
        if night != going_on and (not part or night.part == part or (age is not None and age >= _LONGEST)):
            night.seal()
    return going_on or today


def _sites(file: Path) -> set[str]:
    """The sites of a night's file."""
    with pq.ParquetFile(file) as parquet:
        batches = parquet.iter_batches(columns=["site"])
        return set(chain.from_iterable(batch["site"].unique().to_pylist() for batch in batches))


def _age(night: NightFiles, now: datetime) -> timedelta | None:
    """How long ago a night was begun; None where no site is finished yet."""
    first = next(entries(night.journal), None)
    return None if first is None else now - first.checked_at


def _read(file: Path) -> Iterator[Finished]:
    """The sites of a night's file, in its order."""
    with pq.ParquetFile(file) as parquet:
        rows = chain.from_iterable(batch.to_pylist() for batch in parquet.iter_batches(_AT_A_TIME * len(CHECKS)))
        for site, same in groupby(rows, key=lambda row: row["site"]):
            found = list(same)
            yield Finished(site, found[0]["checked_at"], tuple(Row(*(row[name] for name in Row._fields)) for row in found))


def _table(batch: list[Finished]) -> pa.Table:
    names, times = [], []
    for site in batch:
        names += [site.site] * len(site.rows)
        # As a number: a time is slow to read, and all rows of a site have the same.
        times += [(site.checked_at - _EPOCH) // _MICROSECOND] * len(site.rows)
    columns = [names, times, *zip(*chain.from_iterable(site.rows for site in batch), strict=True)]
    arrays = [pl.Series(values, dtype=kind).to_arrow() for values, (_, kind) in zip(columns, _COLUMNS.values(), strict=True)]
    return pa.table(arrays, names=list(_COLUMNS)).cast(_SCHEMA)
