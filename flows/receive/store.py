"""The content-addressed store: every delivery is read once, whatever it is called and however often it comes.

An entry is a folder `store/<year>/<key>/` with the typed rows and the faults as Parquet and a receipt. The key is made
of the content's hash and of everything else that its reading depends on (the dataset's contract, the register, the
installation's secret, this code), so an entry is never stale; it appears by one rename, so it is never half there.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from flows.datasets import Dataset
from flows.datasets.crawl import CHECKS, SCANS
from flows.receive.chunks import Chunk, Fault, RefusedFile
from flows.receive.deliveries import READERS, Delivery, file_format
from flows.receive.headings import Unknown
from flows.receive.meanings import Context
from flows.receive.scans import is_scan, typed_scans
from flows.receive.text_files import ends_in_the_middle
from flows.receive.typed import Finding, FindingTotals, TypedRows, typed
from flows.scheme import WideCrawl

_FAULT_SCHEMA = {"line": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class Receipt:
    """The result of reading one delivery. `rows` and `faults` are Parquet files; rows_in = loaded + set_aside, always.

    `table` is the raw table of the rows. `findings`, `unknown`, `lacking`, `day_only`, `nobody` and `unrated` describe all rows
    of the delivery (see `flows.receive.typed.TypedRows`).
    """

    dataset: str
    file: str
    table: str
    sha256: str
    size: int
    rows_in: int
    loaded: int
    set_aside: int
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]
    lacking: tuple[str, ...]
    day_only: int
    nobody: int
    unrated: dict[str, int]
    folder: Path

    @property
    def rows(self) -> Path:
        return self.folder / "rows.parquet"

    @property
    def faults(self) -> Path:
        return self.folder / "faults.parquet"


@dataclass(frozen=True)
class Store:
    """The store of one year of a data home. `fingerprint` stands for the register, the secret and the code."""

    root: Path
    fingerprint: str
    context: Context
    wide: WideCrawl | None

    def receive(self, delivery: Delivery) -> Receipt:
        """The receipt of a delivery, read now if it has not been before. Raises `RefusedFile`."""
        ending = file_format(delivery.name)
        if ending is None:
            raise RefusedFile(f"不接受这种格式；可用：{'、'.join(READERS)}。请另存后重新送来，或把它移出该文件夹")
        folder = self.root / self._key(delivery, ending)
        if not (folder / "receipt.json").exists():
            self._read(delivery, ending, folder)
        stored = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
        return Receipt(
            dataset=delivery.dataset.name,
            file=delivery.name,
            sha256=delivery.sha256,
            size=delivery.size,
            folder=folder,
            table=stored["table"],
            rows_in=stored["rows_in"],
            loaded=stored["loaded"],
            set_aside=stored["set_aside"],
            warnings=tuple(stored["warnings"]),
            findings=tuple(Finding(**finding) for finding in stored["findings"]),
            unknown=tuple(Unknown(**column | {"aspects": tuple(column["aspects"])}) for column in stored["unknown"]),
            lacking=tuple(stored["lacking"]),
            day_only=stored["day_only"],
            nobody=stored["nobody"],
            unrated=stored["unrated"],
        )

    def prune(self, used: Collection[str]) -> None:
        """Drops the entries that are not `used`, by the names of their folders; they can be made again from the raw files."""
        for entry in self.root.iterdir():
            if entry.is_dir() and entry.name not in used:
                shutil.rmtree(entry)

    def _key(self, delivery: Delivery, ending: str) -> str:
        parts = (self.fingerprint, repr(delivery.dataset), ending, delivery.sha256)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _read(self, delivery: Delivery, ending: str, folder: Path) -> None:
        before = _state(delivery.path)
        table, parts = self._typed(READERS[ending](delivery.path), delivery.dataset)
        rows_in = loaded = set_aside = day_only = nobody = 0
        last_loaded = last_aside = 0
        warnings: list[str] = []
        totals = FindingTotals()
        unknown: dict[str, Unknown] = {}
        unrated: Counter[str] = Counter()
        lacking: tuple[str, ...] = ()
        with _appearing(folder) as fresh, _Writer(fresh / "rows.parquet") as rows, _Writer(fresh / "faults.parquet") as faults:
            for part in parts:
                rows.write(part.rows)
                faults.write(_fault_frame(part.faults))
                last = part.rows["line"].max()
                last_loaded = max(last_loaded, last if isinstance(last, int) else 0)
                last_aside = max(last_aside, max((fault.line for fault in part.faults), default=0))
                rows_in += part.rows.height + len(part.faults)
                loaded += part.rows.height
                set_aside += len(part.faults)
                day_only += part.day_only
                nobody += part.nobody
                warnings.extend(part.warnings)
                totals.add(part.findings)
                # A later part may show what an unknown column resembles.
                resembling = {name: column for name, column in unknown.items() if column.resembles}
                unknown = {**unknown, **{column.heading: column for column in part.unknown}, **resembling}
                unrated.update(part.unrated)
                lacking = part.lacking
            if _state(delivery.path) != before:
                raise RefusedFile("读取期间文件有变动，可能还在传送；请等传送完毕后重新运行")
            if rows_in == 0:
                warnings.append("只有表头，没有数据行")
            elif ending in (".csv", ".csv.gz") and ends_in_the_middle(delivery.path):
                last_row = "这一行不完整，已作为不合格行搁置" if last_aside > last_loaded else "这一行已按完整的行读入，请核对"
                warnings.append(f"最后一行没有换行符，文件可能没有传完；{last_row}")
            receipt = {
                "table": table,
                "rows_in": rows_in,
                "loaded": loaded,
                "set_aside": set_aside,
                "warnings": warnings,
                "findings": [asdict(finding) for finding in totals.findings],
                "unknown": [asdict(column) for column in unknown.values()],
                "lacking": lacking,
                "day_only": day_only,
                "nobody": nobody,
                "unrated": unrated,
            }
            (fresh / "receipt.json").write_text(json.dumps(receipt, ensure_ascii=False), encoding="utf-8")

    def _typed(self, chunks: Iterator[Chunk], dataset: Dataset) -> tuple[str, Iterator[TypedRows]]:
        """The raw table of a delivery, and its rows: a crawl file may be a scanner's own table."""
        if self.wide is None or dataset.table != CHECKS.table:
            return dataset.table, typed(chunks, dataset, self.context)
        first = next(chunks)
        chunks = chain([first], chunks)
        if is_scan(first, self.wide):
            return SCANS.table, typed_scans(chunks, self.wide, self.context)
        return dataset.table, typed(chunks, dataset, self.context)


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _fault_frame(faults: tuple[Fault, ...]) -> pl.DataFrame:
    return pl.DataFrame([asdict(fault) for fault in faults], schema=_FAULT_SCHEMA)


@contextmanager
def _appearing(folder: Path) -> Generator[Path]:
    """A temporary folder beside `folder`. It replaces `folder` once everything is written."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    for file in fresh.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


class _Writer:
    """A Parquet file that grows chunk by chunk, so that memory stays flat however large the delivery is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if self._file is None:
            self._file = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._file.write_table(table)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            self._file.close()
