"""The database that an explanation reads: the warehouse where it holds the year, else the same tables built again aside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from flows.build import build_all
from flows.datasets.contracts import datasets
from flows.interrupts import interruptible
from flows.models import read_models
from flows.progress import silent
from flows.receive import check_refusals, open_store, receive
from flows.receive.deliveries import deliveries
from flows.receive.pseudonyms import Pseudonyms, open_secret
from flows.receive.register import read_register
from flows.scheme import Scheme
from flows.settings import SQL, Settings
from flows.warehouse.connection import fresh_database
from flows.warehouse.raw import create_raw_tables, load
from flows.warehouse.ref import load_ref


@contextmanager
def opened_evidence(settings: Settings, scheme: Scheme) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose schemas hold the year's final evaluation.

    The warehouse holds the last run only, and most nights that is another year's. What is not there is built again in a
    temporary folder, from the raw files as they are now; files read before come from the store.
    """
    warehouse = settings.data_dir / "warehouse.duckdb"
    if _holds(warehouse, settings, scheme):
        with duckdb.connect(warehouse, read_only=True) as connection, interruptible(connection):
            yield connection
        return
    with TemporaryDirectory(prefix="pingyi-") as folder, fresh_database(Path(folder) / "evidence.duckdb", settings) as connection:
        _build(connection, settings, scheme)
        yield connection


def _holds(warehouse: Path, settings: Settings, scheme: Scheme) -> bool:
    """Whether the warehouse was built, for good, from this scheme, this register and the raw files as they are now,
    with all the tables of today's models."""
    if not warehouse.exists():
        return False
    sites = read_register(settings.data_dir, scheme).sites.select("site_id", "group", "name").rows()
    contents = {(d.name, one.sha256) for d in datasets(scheme) for one in deliveries(settings.data_dir, scheme.year, d)}
    models = {model.name for model in read_models(SQL)}
    with duckdb.connect(warehouse, read_only=True) as connection, interruptible(connection):
        return (
            # An older pingyi may have built it, without tables that are read here.
            models <= {name for (name,) in connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()}
            and connection.execute("select year, provisional, sha256 from ref.scheme").fetchall()
            == [(scheme.year, False, scheme.sha256)]
            and sorted(connection.execute("select site_id, group_id, name from ref.sites").fetchall()) == sorted(sites)
            and set(connection.execute("select dataset, sha256 from raw.files").fetchall()) == contents
        )


def _build(connection: duckdb.DuckDBPyConnection, settings: Settings, scheme: Scheme) -> None:
    register = read_register(settings.data_dir, scheme)
    store = open_store(settings.data_dir, scheme, register, Pseudonyms(open_secret(settings.secret_file)))
    received = [receive(settings.data_dir, scheme, dataset, store, silent) for dataset in datasets(scheme)]
    check_refusals(scheme.year, received)
    create_raw_tables(connection)
    load(connection, received, silent)
    load_ref(connection, settings.data_dir, scheme, register, provisional=False)
    for _ in build_all(connection, scheme):
        pass
