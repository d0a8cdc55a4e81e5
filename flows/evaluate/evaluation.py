"""One run of one year: where it works, what it has so far, and the ways to open one."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.datasets import Dataset
from flows.datasets.contracts import datasets
from flows.home import Home
from flows.host.garbage import few_collections
from flows.host.lock import only_writer
from flows.host.progress import Tell
from flows.orchestrator.progress import progress
from flows.receive import Received, open_store
from flows.receive.hints import hints, register_hints
from flows.receive.pseudonyms import Pseudonyms, open_secret
from flows.receive.register import Register, read_register
from flows.receive.store import Store
from flows.results.manifest import Input, Step
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import Settings, read_settings
from flows.validation.outcomes import SuiteOutcome
from flows.warehouse.engine import Connection, check_place, close_database, fresh_database, install, remove_database
from flows.warehouse.models import Model

logger = logging.getLogger("pingyi")


class Evaluation:
    """One run of one year: where it works and what it has so far. Lives as long as its database is open.

    Not a dataclass on purpose: Prefect walks through dataclasses and dictionaries that are handed to a task or come from
    one, and this holds a register of up to 86 000 sites. For the same reason tasks take and return plain names and
    numbers: Prefect draws an edge wherever it meets an object again, be it an empty tuple.
    """

    def __init__(
        self,
        settings: Settings,
        scheme: Scheme,
        register: Register,
        store: Store,
        provisional: bool,
        connection: Connection,
        quarantine: Path | None,
        tell: Tell,
    ) -> None:
        self.settings = settings
        self.scheme = scheme
        self.register = register
        self.store = store
        self.provisional = provisional
        self.connection = connection
        self.quarantine = quarantine
        self.tell = tell
        self.datasets: tuple[Dataset, ...] = datasets(scheme)
        self.received: list[Received] = []
        self.models: dict[str, Model] = {}
        self.steps: list[Step] = []
        self.validation: list[SuiteOutcome] = []
        # What the excluded ballots and the making of the documents have to say.
        self.excluded: list[str] = []
        self.notes: list[str] = []

    @property
    def database(self) -> Path:
        return self.settings.home.warehouse

    @property
    def home(self) -> Home:
        return self.settings.home

    def inputs(self) -> list[Input]:
        """Every input file with the account of its rows, the register first, each dataset's by name."""
        register = self.home.register(self.scheme.year)
        rows = self.register.rows
        unknown = tuple(column.sentence for column in self.register.unknown) or None
        listed = [Input("sites", register.name, self.register.sha256, register.stat().st_size, rows, rows, 0, unknown=unknown)]
        counts = {
            (dataset, file): (loaded, quarantined)
            for dataset, file, loaded, quarantined in self.connection.execute(
                "select dataset, file, loaded, quarantined from raw.files"
            ).fetchall()
        }
        for one in self.received:
            hashes = {receipt.file: (receipt.sha256, receipt.size) for receipt in one.receipts}
            brought = [
                Input(
                    receipt.dataset,
                    receipt.file,
                    receipt.sha256,
                    receipt.size,
                    receipt.rows_in,
                    *counts[receipt.dataset, receipt.file],
                    unknown=tuple(column.sentence for column in receipt.unknown) or None,
                    lacking=receipt.lacking or None,
                )
                for receipt in one.receipts
            ]
            brought += [
                Input(one.dataset.name, file, *hashes[first], 0, 0, 0, same_as=first) for file, first in one.repeats.items()
            ]
            listed += sorted(brought, key=lambda file: file.file)
        return listed

    def warnings(self) -> list[str]:
        """What an operator should look at although the run could go on."""
        said = [*self.excluded, *register_hints(self.scheme, self.register), *hints(self.scheme, self.received)]
        for dataset, rows in self.connection.execute(
            "select dataset, sum(quarantined) from raw.files group by dataset having sum(quarantined) > 0 order by dataset"
        ).fetchall():
            where = f"，已放入 quarantine/{self.scheme.year}/{dataset}.csv" if self.quarantine else ""
            said.append(f"{dataset} 有 {rows} 行不合格{where}。")
        unused = self.connection.execute(
            """
            select records.source, records.indicator, count(*)
            from raw.records
            inner join ref.indicators on indicators.source = records.source and indicators.indicator = records.indicator
            where indicators.from_crawl is not null
            group by records.source, records.indicator order by records.source, records.indicator
            """
        ).fetchall()
        said += [
            f"{source} 的指标 {indicator} 按方案取自网站检测，送来的 {rows} 条记录没有计入。"
            for source, indicator, rows in unused
        ]
        return [*said, *self.notes]


@contextmanager
def opened(what: str, year: int | None, data_dir: str | None, *, provisional: bool) -> Iterator[Evaluation]:
    """An evaluation that writes to its data home: the only one there, with a fresh database beside the warehouse.

    `what` names the run to others that have to wait for it; without a year it is that of the newest scheme.
    """
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with (
        few_collections(),
        progress() as tell,
        only_writer(settings.home, f"{what} {scheme.year}", settings.wait, logger.warning),
        _opened_at_home(settings, scheme, provisional, tell) as evaluation,
    ):
        yield evaluation


@contextmanager
def _opened_at_home(settings: Settings, scheme: Scheme, provisional: bool, tell: Tell) -> Iterator[Evaluation]:
    home, year = settings.home, scheme.year
    check_place(home.warehouse)
    register = read_register(home, scheme)
    store = open_store(home, scheme, register, Pseudonyms(open_secret(settings.secret_file)))
    database = home.warehouse.with_suffix(".duckdb.building")
    try:
        with fresh_database(database, settings) as connection:
            quarantine = home.quarantine(year)
            evaluation = Evaluation(settings, scheme, register, store, provisional, connection, quarantine, tell)
            yield evaluation
            # Prefect keeps the arguments of its tasks; nothing may keep the connection.
            del evaluation.connection, connection
    finally:
        remove_database(database)


@contextmanager
def opened_aside(year: int | None, data_dir: str | None, *, keep_quarantine: bool = False) -> Iterator[Evaluation]:
    """An evaluation that leaves no trace: store, database and secret are its own and vanish with it.

    With `keep_quarantine` it writes the rows that it sets aside as files too, which its own folder holds.
    """
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with few_collections(), progress() as tell, TemporaryDirectory(prefix="pingyi-") as folder:
        aside = Home(Path(folder))
        register = read_register(settings.home, scheme)
        store = open_store(aside, scheme, register, Pseudonyms(secrets.token_bytes(32)))
        with fresh_database(aside.path / "check.duckdb", settings) as connection:
            quarantine = aside.quarantine(scheme.year) if keep_quarantine else None
            evaluation = Evaluation(settings, scheme, register, store, False, connection, quarantine, tell)
            yield evaluation
            del evaluation.connection, connection


def keep_database(evaluation: Evaluation) -> None:
    """Closes the run's database and puts it in the warehouse's place."""
    install(close_database(evaluation.connection), evaluation.database)
