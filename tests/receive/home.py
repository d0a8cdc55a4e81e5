"""A small correct data home with all six kinds of source, in which a test makes one thing wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl

import flows.home
from flows.datasets import Dataset
from flows.receive import Received, open_store, receive
from flows.receive.apart import READER
from flows.receive.deliveries import Delivery, sha256_of
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import Register, read_register
from flows.receive.store import Receipt, Store
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.engine import fresh_database
from flows.warehouse.intake import check_intake
from flows.warehouse.raw import create_raw_tables, load
from tests.receive.correct import GOOD, SCHEME, YEAR

SECRET = b"a secret of the tests"


@dataclass(frozen=True)
class Taken:
    """One file as the store holds it: its rows as dictionaries, its faults as (line, column, value), and what they are `about`, as
    (site, item)."""

    receipt: Receipt
    rows: list[dict]
    faults: list[tuple[int, str, str]]
    reasons: list[str]
    about: list[tuple[str | None, str | None]]


@dataclass(frozen=True)
class Home:
    folder: Path

    @property
    def home(self) -> flows.home.Home:
        return flows.home.Home(self.folder)

    @property
    def raw(self) -> Path:
        return self.folder / "raw" / str(YEAR)

    @property
    def scheme(self) -> Scheme:
        return read_scheme(self.home, YEAR)

    @property
    def register(self) -> Register:
        return read_register(self.home, self.scheme)

    @property
    def store(self) -> Store:
        return _store(self.folder, self._written())

    def dataset(self, name: str) -> Dataset:
        return next(dataset for dataset in _datasets(self.folder, self._written()) if dataset.name == name)

    def _written(self) -> bytes:
        return (self.folder / "schemes" / f"{YEAR}.toml").read_bytes() + (self.raw / "sites.csv").read_bytes()

    def change_scheme(self, old: str, new: str) -> None:
        text = self.scheme_text()
        assert text.count(old) == 1, old
        self.write_scheme(text.replace(old, new))

    def scheme_text(self) -> str:
        return (self.folder / "schemes" / f"{YEAR}.toml").read_text(encoding="utf-8")

    def write_scheme(self, text: str) -> None:
        (self.folder / "schemes" / f"{YEAR}.toml").write_text(text, encoding="utf-8")

    def put(self, name: str, content: str | bytes) -> Path:
        """Writes the raw file `<dataset>/<file>`; text as UTF-8."""
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, name: str, content: str | bytes) -> Taken:
        """Writes a raw file and receives it alone. Raises `RefusedFile`. Every row is accounted for, whatever the test."""
        path = self.put(name, content)
        dataset = self.dataset(path.parent.name)
        receipt = self.store.receive(Delivery(dataset, path, sha256_of(path), path.stat().st_size))
        rows, faults = pl.read_parquet(receipt.rows), pl.read_parquet(receipt.faults).sort("line")
        assert receipt.rows_in == receipt.loaded + receipt.set_aside
        assert receipt.set_aside == faults.height
        assert receipt.loaded == rows.height
        listed, about = faults.select("line", "column", "value").rows(), faults.select("site_id", "item").rows()
        return Taken(receipt, rows.to_dicts(), listed, faults["reason"].to_list(), about)

    def receive(self, *names: str) -> list[Received]:
        """What became of the files of some datasets, or of all."""
        scheme, store = self.scheme, self.store
        chosen = [dataset for dataset in datasets(scheme) if not names or dataset.name in names]
        return [receive(self.home, scheme, dataset, store, lambda *_: None) for dataset in chosen]

    @contextmanager
    def loaded(self, *names: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database with the received files in its schema `raw`."""
        with fresh_database(self.folder / "test.duckdb", read_settings(self.folder)) as connection:
            create_raw_tables(connection)
            connection.begin()  # one transaction instead of one a statement: faster, and it makes no difference here
            load(connection, self.receive(*names), lambda *_: None)
            connection.commit()
            yield connection

    def check(self, connection: duckdb.DuckDBPyConnection, *names: str) -> None:
        """Raises `OperatorError` where the loaded rows must not be evaluated."""
        check_intake(connection, self.scheme, self.receive(*names))

    def files(self, *names: str) -> list[tuple]:
        """The accounts of some datasets' files, or of all: (dataset, file, rows_in, loaded, quarantined)."""
        with self.loaded(*names) as connection:
            return connection.execute(
                "select dataset, file, rows_in, loaded, quarantined from raw.files order by dataset, file"
            ).fetchall()


# Opened once for all files of a home, as a run does; `written` is what both depend on.
@lru_cache(maxsize=4)
def _store(folder: Path, written: bytes) -> Store:
    home = Home(folder)
    return open_store(home.home, home.scheme, home.register, Pseudonyms(SECRET))


@lru_cache(maxsize=4)
def _datasets(folder: Path, written: bytes) -> tuple[Dataset, ...]:
    return datasets(Home(folder).scheme)


def peak_memory() -> int:
    """The most memory that the process which reads files ever had, in KB; of this process where none reads so far."""
    status = Path(f"/proc/{READER.process_id or 'self'}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def small_home(folder: Path) -> Home:
    home = Home(folder)
    (folder / "schemes").mkdir(parents=True)
    (folder / "schemes" / f"{YEAR}.toml").write_text(SCHEME, encoding="utf-8")
    for name, content in GOOD.items():
        home.put(name, content)
    return home
