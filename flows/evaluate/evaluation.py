"""One evaluation of one year: what it needs before its first step, and the two ways to open it: at home, or aside.

The results of an evaluation are tables of its database: the schemas `raw` to `published`, and `run`
(`flows.warehouse.run_tables`).
"""

import logging
import os
import secrets
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from flows.home import Home
from flows.host.garbage import few_collections
from flows.host.lock import only_writer
from flows.host.progress import Tell
from flows.host.regular import noted
from flows.host.scratch import scratch
from flows.persons.keys import key_in_force, open_key, read_key
from flows.persons.purge import is_purged, key_for_run
from flows.receive import open_store
from flows.receive.mapping_file import read_mappings
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import Register, read_register
from flows.receive.store import Store
from flows.results.record import read_record
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.settings import SQL, Settings
from flows.warehouse.engine import (
    Connection,
    Make,
    check_path,
    close_database,
    create_table_as,
    fresh_database,
    install,
    remove_database,
)
from flows.warehouse.models import Model, read_models
from flows.warehouse.notes import write_notes

logger = logging.getLogger("pingyi")

# Bytes of a year's raw files up to which one thread of the database is quicker than several, for which each statement would wait;
# and up to which Spark does without what pays for many rows.
_SMALL = 8 << 20


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of one year, usable as long as its database is open.

    `key_id` is the id of the key that hides its persons. `provisional`: sources may still be missing, and nothing will be
    published. `as_of` is the local day on which it is asked what is due; None where everything is, as in a final evaluation.
    `make` is the engine's way to make a model's table.
    `quarantine` is the folder for rows that are set aside; None if they are not written.
    """

    settings: Settings
    scheme: Scheme
    models: tuple[Model, ...]
    register: Register
    store: Store
    key_id: str
    connection: Connection
    provisional: bool
    quarantine: Path | None
    tell: Tell
    as_of: date | None = None
    make: Make = create_table_as

    @property
    def home(self) -> Home:
        return self.settings.home

    def keep_database(self) -> None:
        """Closes the database and makes it the warehouse, in which every table and column says what it means."""
        write_notes(self.connection, self.models)
        install(close_database(self.connection), self.home.warehouse)


def today(scheme: Scheme) -> date:
    """The local day on which it is."""
    return datetime.now(scheme.zone).date()


@contextmanager
def at_home(
    what: str, settings: Settings, scheme: Scheme, progress: AbstractContextManager[Tell], *, provisional: bool
) -> Generator[Evaluation]:
    """An evaluation that writes to its data home, as the only one there, with a new database beside the warehouse.

    Runs that have to wait for it see it under the name `what`.
    """
    home, year = settings.home, scheme.year
    database = home.warehouse.with_suffix(".duckdb.building")
    with (
        few_collections(),
        noted(),
        progress as tell,
        only_writer(home, f"{what} {year}", settings.wait, logger.warning),
    ):
        check_path(home.warehouse)
        register = read_register(home, scheme)
        pseudonyms = key_for_run(settings, year)
        store = open_store(home, scheme, register, pseudonyms, read_mappings(home, year, datasets(scheme)))
        try:
            small = _is_small(settings, year)
            fitting = _fitting(settings, small)
            with fresh_database(database, fitting) as connection, _making(settings, database.parent, small) as make:
                quarantine = home.quarantine(year)
                yield Evaluation(
                    settings,
                    scheme,
                    read_models(SQL),
                    register,
                    store,
                    pseudonyms.secret_id,
                    connection,
                    provisional,
                    quarantine,
                    tell,
                    today(scheme) if provisional else None,
                    make,
                )
        finally:
            remove_database(database)


@contextmanager
def aside(
    settings: Settings,
    scheme: Scheme,
    progress: AbstractContextManager[Tell],
    *,
    write_quarantine: bool = False,
    store: Literal["own", "seen", "kept"] = "own",
    as_of: date | None = None,
) -> Generator[Evaluation]:
    """An evaluation that leaves no trace: store, database and key are temporary.

    Of the home's `store` it takes what was read under the home's key, if that is to be "seen", and adds to it what was not, if that
    is to be "kept"; but not of a year that was purged, of which nothing is to be kept again. On the day `as_of` only what is over by
    then is due; without it, everything.
    """
    with few_collections(), noted(), progress as tell, scratch(settings.home.path) as folder:
        own = Home(folder)
        register = read_register(settings.home, scheme)
        keeping, others, pseudonyms = _receiving(settings, scheme.year, store, own)
        mappings = read_mappings(settings.home, scheme.year, datasets(scheme))
        entries = open_store(keeping, scheme, register, pseudonyms, mappings, others)
        quarantine = own.quarantine(scheme.year) if write_quarantine else None
        small = _is_small(settings, scheme.year)
        fitting = _fitting(settings, small)
        with fresh_database(own.path / "aside.duckdb", fitting) as connection, _making(settings, own.path, small) as make:
            models = read_models(SQL)
            yield Evaluation(
                settings,
                scheme,
                models,
                register,
                entries,
                pseudonyms.secret_id,
                connection,
                False,
                quarantine,
                tell,
                as_of,
                make,
            )


def _receiving(
    settings: Settings, year: int, store: Literal["own", "seen", "kept"], own: Home
) -> tuple[Home, Path | None, Pseudonyms]:
    """The home whose store keeps what an evaluation aside reads, the store in which it looks besides, and what hides persons in
    both."""
    if store == "kept" and not is_purged(settings, year, read_record(settings.home, year)):
        return settings.home, None, open_key(settings, year)
    key = key_in_force(settings, year) if store == "seen" else None
    if key:
        return own, settings.home.store(year), Pseudonyms(read_key(key))
    return own, None, Pseudonyms(secrets.token_bytes(32))


@contextmanager
def _making(settings: Settings, folder: Path, small: bool) -> Generator[Make]:
    """What makes the tables of the models: the database itself, or Spark, which may keep its own in the folder."""
    if settings.engine == "duckdb":
        yield create_table_as
        return
    from flows.warehouse.spark import spark

    with spark(settings, folder, small) as make:
        yield make


def _fitting(settings: Settings, small: bool) -> Settings:
    """The settings, with one thread for a small year where they do not say how many."""
    return replace(settings, threads=1) if small and settings.threads is None else settings


def _is_small(settings: Settings, year: int) -> bool:
    files = (Path(folder, name) for folder, _, names in os.walk(settings.home.raw(year)) for name in names)
    return sum(map(_size, files)) <= _SMALL


def _size(path: Path) -> int:
    # Whoever reads the file says what is wrong with it.
    with suppress(OSError):
        return path.stat().st_size
    return 0
