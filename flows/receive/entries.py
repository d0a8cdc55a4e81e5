"""An entry of the store: a folder with the typed rows and the faults of one delivery as Parquet, and a receipt.

The receipt has the hashes of both files and is sealed under the year's key, so what has changed since it was
written is noticed: a bit that a disk lost, and a row that somebody who has no key put in.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.datasets import Dataset
from flows.datasets.crawl import CHECKS, SCANS
from flows.host.regular import open_regular, read_regular
from flows.receive.ahead import ahead
from flows.receive.alike import are_alike
from flows.receive.chunks import Chunk, Fault, RefusedFile
from flows.receive.content import Content
from flows.receive.deliveries import READERS
from flows.receive.fitting import Account, plan
from flows.receive.headings import Unknown
from flows.receive.mapped import mapped
from flows.receive.mappings import Mapping
from flows.receive.meanings import Context
from flows.receive.scans import is_scan, typed_scans
from flows.receive.text_files import ends_in_the_middle
from flows.receive.typed import FindingTotals, TypedRows, typed
from flows.scheme import WideCrawl

RECEIPT, ROWS, FAULTS = "receipt.json", "rows.parquet", "faults.parquet"
_FAULT_SCHEMA = {"line": pl.Int64} | dict.fromkeys(("column", "value", "reason", "site_id", "item"), pl.String)

# Text to its keyed hash; see `flows.receive.pseudonyms`.
Seal = Callable[[str], str]


class DamagedEntry(Exception):
    """An entry is not as it was written. The text says how, in Chinese."""


@dataclass(frozen=True)
class Contract:
    """What the reading of a delivery depends on besides its content and the context."""

    dataset: Dataset
    wide: WideCrawl | None
    ending: str
    mappings: tuple[Mapping, ...] = ()


def write_entry(content: Content, contract: Contract, context: Context, folder: Path, name: str) -> None:
    """Reads a delivery and writes its entry into the empty folder, which will be called `name`. Raises `RefusedFile`."""
    # A chunk is read while the one before it is typed and the one before that is written.
    table, parts, account = _typed(ahead(READERS[contract.ending](content)), contract, context)
    rows_in = loaded = set_aside = day_only = nobody = unanswered = 0
    last_loaded = last_aside = 0
    warnings: list[str] = []
    totals = FindingTotals()
    unknown: dict[str, Unknown] = {}
    unrated: Counter[str] = Counter()
    lacking: tuple[str, ...] = ()
    with _Writer(folder / ROWS) as rows, _Writer(folder / FAULTS) as faults:
        for part in ahead(parts):
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
            unanswered += part.unanswered
            warnings.extend(part.warnings)
            totals.add(part.findings)
            # A later part may show what an unknown column resembles.
            resembling = {name: column for name, column in unknown.items() if column.resembles}
            unknown = {**unknown, **{column.heading: column for column in part.unknown}, **resembling}
            unrated.update(part.unrated)
            lacking = part.lacking
    warnings += _told(account)
    if rows_in == 0 and not unanswered and not (account and account.rows):
        warnings.append("只有表头，没有数据行")
    elif contract.ending in (".csv", ".csv.gz") and ends_in_the_middle(content):
        last_row = "这一行不完整，已作为不合格行搁置" if last_aside > last_loaded else "这一行已按完整的行读入，请核对"
        warnings.append(f"最后一行没有换行符，文件可能没有传完；{last_row}")
    content.check()
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
        "unanswered": unanswered,
        "unrated": unrated,
        "mapped": asdict(account) if account else None,
        "files": {name: _hash(folder / name) for name in (ROWS, FAULTS)},
    }
    sealed = {"receipt": receipt, "seal": context.pseudonym(_sealed_text(name, receipt))}
    (folder / RECEIPT).write_text(json.dumps(sealed, ensure_ascii=False), encoding="utf-8")


def read_receipt(folder: Path, seal: Seal) -> dict[str, Any]:
    """The receipt of an entry whose files are all as they were written. Raises `DamagedEntry`."""
    try:
        receipt = _unsealed(folder, seal)
        for name, sha256 in receipt["files"].items():
            if _hash(folder / name) != sha256:
                raise DamagedEntry(f"{name} 被改动过")
    except OSError as fault:
        name = Path(str(fault.filename)).name
        raise DamagedEntry(f"{name} 读不出来（{fault.strerror}）") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedEntry(f"{RECEIPT} 不完整") from None
    return receipt


def is_sealed(folder: Path, seal: Seal) -> bool:
    """Whether a folder is an entry whose receipt was sealed so; its other files are not looked at."""
    try:
        _unsealed(folder, seal)
    except (DamagedEntry, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return True


def _unsealed(folder: Path, seal: Seal) -> dict[str, Any]:
    sealed = json.loads(read_regular(folder / RECEIPT))
    receipt = sealed["receipt"]
    if sealed["seal"] != seal(_sealed_text(folder.name, receipt)):
        raise DamagedEntry(f"{RECEIPT} 被改动过")
    return receipt


def _typed(chunks: Iterator[Chunk], contract: Contract, context: Context) -> tuple[str, Iterator[TypedRows], Account | None]:
    """The raw table of a delivery, and its rows. A crawl file may be a scanner's own table, and another one may have headings of
    its own; then the rows of the file are counted while they are read."""
    dataset, wide = contract.dataset, contract.wide
    is_crawl = wide is not None and dataset.table == CHECKS.table
    if not contract.mappings and not is_crawl:
        return dataset.table, typed(chunks, dataset, context), None
    first = next(chunks)
    chunks = chain([first], chunks)
    chosen, why = plan(first, contract.mappings, dataset, context)
    if chosen:
        return dataset.table, typed(mapped(chunks, chosen, context), dataset, context), chosen.account
    if wide is not None and is_crawl and is_scan(first, wide):
        return SCANS.table, typed_scans(chunks, wide, context), None
    return dataset.table, _or_why(typed(chunks, dataset, context), why), None


def _or_why(parts: Iterator[TypedRows], why: str) -> Iterator[TypedRows]:
    """The rows; where they cannot be read, it is also told why no mapping was used."""
    try:
        yield from parts
    except RefusedFile as fault:
        if not why:
            raise
        raise RefusedFile(f"{fault}。{why}") from None


def _told(account: Account | None) -> Iterator[str]:
    """A sentence where rows of a mapped file brought none."""
    if account and (account.unrated or account.left_out):
        unrated = f"{account.unrated} 行一个值也没有填" if account.unrated else ""
        left_out = f"{account.left_out} 行按映射的 leave_out 不计" if account.left_out else ""
        yield f"按映射 [{account.mapping}] 读，文件的 {account.rows} 行里有 {'、'.join(filter(None, (unrated, left_out)))}"


def _sealed_text(name: str, receipt: dict[str, Any]) -> str:
    return f"receipt\0{name}\0" + json.dumps(receipt, ensure_ascii=False, sort_keys=True)


def _hash(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fault_frame(faults: tuple[Fault, ...]) -> pl.DataFrame:
    return pl.DataFrame({name: [getattr(fault, name) for fault in faults] for name in _FAULT_SCHEMA}, schema=_FAULT_SCHEMA)


def _repeats(column: pl.Series) -> bool:
    return column.dtype.is_nested() or are_alike(column)


def _leaves(field: pa.Field, path: str = "") -> Iterator[str]:
    """The names that a column has in a Parquet file: one, or of a column of lists or structs one for each part."""
    path = f"{path}{field.name}"
    if pa.types.is_large_list(field.type) or pa.types.is_list(field.type):
        yield from _leaves(field.type.value_field.with_name("element"), f"{path}.list.")
    elif pa.types.is_struct(field.type):
        for part in field.type.fields:
            yield from _leaves(part, f"{path}.")
    else:
        yield path


class _Writer:
    """A Parquet file that grows chunk by chunk, so that memory stays flat however large the delivery is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if self._file is None:
            # A dictionary of cells that are all different would be made and thrown away.
            repeating = [leaf for column in frame if _repeats(column) for leaf in _leaves(table.schema.field(column.name))]
            self._file = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=repeating, write_statistics=False
            )
        self._file.write_table(table)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            self._file.close()
