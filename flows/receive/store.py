"""The content-addressed store: every delivery is read once, whatever it is called and however often it comes.

An entry is a folder `store/<year>/<key>/` with the typed rows and the faults as Parquet and a receipt. The key is made
of the content's hash and of everything else that its reading depends on (the dataset's contract and mappings, the register,
the year's key, this code), so an entry is never stale; it appears by one rename, so it is never half there.
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.host.process import left_behind
from flows.receive.apart import Task, read_apart
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import READERS, Delivery, file_format
from flows.receive.entries import FAULTS, ROWS, Contract, DamagedEntry, read_receipt
from flows.receive.fitting import Account
from flows.receive.headings import Unknown
from flows.receive.mappings import Mapping
from flows.receive.meanings import Context
from flows.receive.typed import Finding
from flows.scheme import WideCrawl

logger = logging.getLogger("pingyi")

# The name of an entry; a run that is writing one adds the number of its process.
_ENTRY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Receipt:
    """The result of reading one delivery. `rows` and `faults` are Parquet files; rows_in = loaded + set_aside, always.

    `table` is the raw table of the rows. `findings`, `unknown`, `lacking`, `day_only`, `nobody`, `unanswered` and `unrated`
    describe all rows of the delivery (see `flows.receive.typed.TypedRows`). `mapped` counts the rows of a file that was read by a
    mapping, of each of which several rows may have come.
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
    unanswered: int
    unrated: dict[str, int]
    mapped: Account | None
    folder: Path

    @property
    def file_rows(self) -> int:
        """The rows that the file itself has."""
        return self.mapped.rows if self.mapped else self.rows_in

    @property
    def rows(self) -> Path:
        return self.folder / ROWS

    @property
    def faults(self) -> Path:
        return self.folder / FAULTS


@dataclass(frozen=True)
class Store:
    """The store of one year of a data home. `fingerprint` stands for the register, the key and the code. `mappings` are those of
    each dataset that has some. What is in the store of `others` is taken from there; nothing is written to it."""

    root: Path
    fingerprint: str
    context: Context
    wide: WideCrawl | None
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    others: Path | None = None

    def receive(self, delivery: Delivery) -> Receipt:
        """The receipt of a delivery, read now if it has not been before, or if what is kept of it is not as it was written.

        Raises `RefusedFile`.
        """
        ending = file_format(delivery.name)
        if ending is None:
            raise RefusedFile(f"不接受这种格式；可用：{'、'.join(READERS)}。请另存后重新送来，或把它移出该文件夹")
        folder, stored = self._entry(delivery, ending)
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
            unanswered=stored["unanswered"],
            unrated=stored["unrated"],
            mapped=Account(**stored["mapped"]) if stored["mapped"] else None,
        )

    def prune(self, used: Collection[str]) -> None:
        """Drops the entries that are not `used`, by the names of their folders; they can be made again from the raw files.

        What has no name of an entry is nobody's to drop, whatever it does there.
        """
        for entry in self.root.iterdir():
            if _ENTRY.fullmatch(entry.name) and entry.name not in used:
                _remove(entry)

    def clear(self) -> None:
        """Removes what a run was writing when it was killed."""
        for entry in left_behind(path for path in self.root.glob("*.*") if _ENTRY.fullmatch(path.stem)):
            _remove(entry)

    def _entry(self, delivery: Delivery, ending: str) -> tuple[Path, dict[str, Any]]:
        """The folder and the receipt of a delivery's entry."""
        name = self._key(delivery, ending)
        if self.others and (stored := self._kept(delivery, self.others / name)):
            return self.others / name, stored
        folder = self.root / name
        return folder, self._kept(delivery, folder) or self._read(delivery, ending, folder)

    def _key(self, delivery: Delivery, ending: str) -> str:
        dataset = delivery.dataset
        parts = (self.fingerprint, repr(dataset), repr(self.mappings.get(dataset.name, ())), ending, delivery.sha256)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _kept(self, delivery: Delivery, folder: Path) -> dict[str, Any] | None:
        """The receipt of an entry, or None where there is none that can be believed."""
        try:
            if not folder.exists():
                return None
            return read_receipt(folder, self.context.pseudonym)
        except DamagedEntry as fault:
            logger.warning(
                "提示：store 中 %s/%s 的那一份与存入时不同（%s），没有用它，已从原始文件重新读取。",
                delivery.dataset.name,
                delivery.name,
                fault,
            )
            return None

    def _read(self, delivery: Delivery, ending: str, folder: Path) -> dict[str, Any]:
        with _appearing(folder) as fresh:
            dataset = delivery.dataset
            contract = Contract(dataset, self.wide, ending, self.mappings.get(dataset.name, ()))
            task = Task(delivery.path, delivery.sha256, delivery.size, contract, fresh, folder.name)
            read_apart(task, self.fingerprint, self.context)
        return read_receipt(folder, self.context.pseudonym)


@contextmanager
def _appearing(folder: Path) -> Generator[Path]:
    """A temporary folder beside `folder`. It replaces `folder` once everything is written."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    _remove(fresh)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    for file in fresh.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    _remove(folder)
    fresh.rename(folder)


def _remove(entry: Path) -> None:
    """Removes what stands under the name of an entry, a folder or not."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
