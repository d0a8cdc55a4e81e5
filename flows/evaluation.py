"""What every run does, as Prefect tasks: receive, load, validate, build the models, hold the gates.

`evaluate` is the one way through them; the flows `yearly`, `nightly` and `check` differ in how far they go with it. Each
model is a task of its own name, and the edges between them that Prefect shows are those of the SQL.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from prefect import State, Task, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from flows.datasets import Dataset
from flows.datasets.contracts import datasets, scans
from flows.disk import disk_faults_told
from flows.errors import GateError, OperatorError
from flows.gates import failed_gates
from flows.lock import only_writer
from flows.models import Model, build, read_models
from flows.publish.manifest import Input, Step, step
from flows.publish.quarantine import write_quarantine
from flows.receive import Received, Tell, check_refusals, open_store, receive
from flows.receive.deliveries import check_folders, register_path
from flows.receive.pseudonyms import Pseudonyms, open_secret
from flows.receive.register import Register, read_register
from flows.receive.store import Store
from flows.reporting import progress
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import SQL, Settings, read_settings
from flows.validation.outcomes import SuiteOutcome
from flows.validation.suites import door_suites, result_suites
from flows.warehouse.connection import fresh_database, remove_database
from flows.warehouse.missing import check_missing
from flows.warehouse.raw import check_quarantine, create_raw_tables, load
from flows.warehouse.ref import load_ref

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
        connection: duckdb.DuckDBPyConnection,
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

    @property
    def database(self) -> Path:
        return self.settings.data_dir / "warehouse.duckdb"

    @property
    def results(self) -> Path:
        return self.settings.data_dir / "results" / str(self.scheme.year)

    def inputs(self) -> list[Input]:
        """Every input file with the account of its rows, the register first."""
        register = register_path(self.settings.data_dir, self.scheme.year)
        rows = self.register.rows
        listed = [Input("sites", register.name, self.register.sha256, register.stat().st_size, rows, rows, 0)]
        counts = {
            (dataset, file): (loaded, quarantined)
            for dataset, file, loaded, quarantined in self.connection.execute(
                "select dataset, file, loaded, quarantined from raw.files"
            ).fetchall()
        }
        for one in self.received:
            for receipt in one.receipts:
                loaded, quarantined = counts[receipt.dataset, receipt.file]
                listed.append(
                    Input(receipt.dataset, receipt.file, receipt.sha256, receipt.size, receipt.rows_in, loaded, quarantined)
                )
            hashes = {receipt.file: (receipt.sha256, receipt.size) for receipt in one.receipts}
            for file, first in one.repeats.items():
                listed.append(Input(one.dataset.name, file, *hashes[first], 0, 0, 0, same_as=first))
        return listed

    def warnings(self) -> list[str]:
        """What an operator should look at although the run could go on."""
        said = [
            f"raw/{self.scheme.year}/{receipt.dataset}/{receipt.file}：{warning}。"
            for one in self.received
            for receipt in one.receipts
            for warning in receipt.warnings
        ]
        said += [
            f"raw/{self.scheme.year}/{one.dataset.name}/{file}：内容与 {first} 完全相同，只计一次。"
            for one in self.received
            for file, first in one.repeats.items()
        ]
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
            f"{source} 的指标 {indicator} 按方案取自网站检测，送来的 {rows} 条记录没有计入。" for source, indicator, rows in unused
        ]
        return said


@contextmanager
def opened(what: str, year: int | None, data_dir: str | None, *, provisional: bool) -> Iterator[Evaluation]:
    """An evaluation that writes to its data home: the only one there, with a fresh database beside the warehouse.

    `what` names the run to others that have to wait for it; without a year it is that of the newest scheme.
    """
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.data_dir, year)
    with (
        progress() as tell,
        disk_faults_told(settings.data_dir),
        only_writer(settings.data_dir, f"{what} {scheme.year}", settings.wait, logger.warning),
        _opened_at_home(settings, scheme, provisional, tell) as evaluation,
    ):
        yield evaluation


@contextmanager
def _opened_at_home(settings: Settings, scheme: Scheme, provisional: bool, tell: Tell) -> Iterator[Evaluation]:
    home, year = settings.data_dir, scheme.year
    register = read_register(home, scheme)
    store = open_store(home, scheme, register, Pseudonyms(open_secret(settings.secret_file)))
    database = home / "warehouse.duckdb.building"
    try:
        with fresh_database(database, settings) as connection:
            quarantine = home / "quarantine" / str(year)
            evaluation = Evaluation(settings, scheme, register, store, provisional, connection, quarantine, tell)
            yield evaluation
            # Prefect keeps the arguments of its tasks; nothing may keep the connection.
            del evaluation.connection, connection
    finally:
        remove_database(database)


@contextmanager
def opened_aside(year: int | None, data_dir: str | None) -> Iterator[Evaluation]:
    """An evaluation that leaves no trace: store, database and secret are its own and vanish with it."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.data_dir, year)
    with progress() as tell, TemporaryDirectory(prefix="pingyi-") as folder:
        aside = Path(folder)
        register = read_register(settings.data_dir, scheme)
        store = open_store(aside, scheme, register, Pseudonyms(secrets.token_bytes(32)))
        with fresh_database(aside / "check.duckdb", settings) as connection:
            evaluation = Evaluation(settings, scheme, register, store, False, connection, None, tell)
            yield evaluation
            del evaluation.connection, connection


def evaluate(evaluation: Evaluation, after: Sequence[State] = ()) -> None:
    """From the raw files to candidate result tables; a final evaluation must then pass every gate.

    `after` are the states of what the raw files had to wait for.
    """
    validated = take_in(evaluation, after)
    built = _build_all(evaluation, validated)
    if not evaluation.provisional:
        gates.submit(evaluation, wait_for=built).result()


def take_in(evaluation: Evaluation, after: Sequence[State] = ()) -> State:
    """From the raw files to the loaded and validated schema `raw`; returns the last task's state, for others to come after.

    These tasks run in the thread that called, so that an interrupt ends them at once.
    """
    check_folders(evaluation.settings.data_dir, evaluation.scheme.year, evaluation.datasets)
    received = [
        done(_named(receive_dataset, f"receive {dataset.name}")(evaluation, dataset.name, wait_for=after, return_state=True))
        for dataset in evaluation.datasets
    ]
    check_refusals(evaluation.scheme.year, evaluation.received)
    loaded = done(load_raw(evaluation, wait_for=received, return_state=True))
    return done(validate_raw(evaluation, wait_for=[loaded], return_state=True))


def done(state: State) -> State:
    """The state of a task that has succeeded; what the others raised is raised."""
    state.result()
    return state


def _named(one: Task, name: str, **options) -> Task:
    """The task under a name of its own, without the random suffix that Prefect gives its runs otherwise."""
    return one.with_options(name=name, task_run_name=name, **options)


@task(cache_policy=NO_CACHE)
def receive_dataset(evaluation: Evaluation, name: str) -> None:
    """Reads the files of one dataset that were not read before."""
    dataset = next(dataset for dataset in evaluation.datasets if dataset.name == name)
    received = receive(evaluation.settings.data_dir, evaluation.scheme, dataset, evaluation.store, evaluation.tell)
    evaluation.received.append(received)


@task(name="load raw and ref", task_run_name="load raw and ref", cache_policy=NO_CACHE)
def load_raw(evaluation: Evaluation) -> None:
    """Loads what was received and what the scheme says; writes the quarantine files; stops where too much was set aside."""
    connection, scheme = evaluation.connection, evaluation.scheme
    create_raw_tables(connection)
    load(connection, evaluation.received, evaluation.tell)
    load_ref(connection, evaluation.settings.data_dir, scheme, evaluation.register, evaluation.provisional)
    if evaluation.quarantine:
        write_quarantine(connection, evaluation.quarantine)
    check_quarantine(connection, scheme, evaluation.quarantine is not None)


@task(name="validate raw", task_run_name="validate raw", cache_policy=NO_CACHE)
def validate_raw(evaluation: Evaluation) -> None:
    """Great Expectations on what was received, derived from the dataset contracts."""
    from flows.validation.run import validate

    tables = {(one.dataset, one.file): one.table for received in evaluation.received for one in received.receipts}
    loaded: Counter[tuple[str, str]] = Counter()
    for dataset, file, rows in evaluation.connection.execute("select dataset, file, loaded from raw.files").fetchall():
        loaded[dataset, tables[dataset, file]] += rows
    suites = door_suites([*evaluation.datasets, scans()], loaded, evaluation.register.rows)
    outcomes = validate(evaluation.connection, suites, evaluation.tell, "校验收到的数据")
    evaluation.validation += outcomes
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if failures:
        raise OperatorError("收到的数据没有通过校验，评议没有进行，已公布的结果没有改动：", failures)


def _build_all(evaluation: Evaluation, validated: State) -> list[PrefectFuture]:
    """Submits every model after those it reads, and after `validated` where it reads raw; raises the first failure as it is."""
    models = read_models(SQL)
    evaluation.models = {model.name: model for model in models}
    futures: dict[str, PrefectFuture] = {}
    for model in models:
        upstream = [futures[name] for name in sorted(model.reads) if name in futures]
        if any(read.startswith("raw.") for read in model.reads):
            upstream.append(validated)
        named = _named(build_model, model.name, description=model.summary)
        futures[model.name] = named.submit(evaluation, model.name, wait_for=upstream)
    try:
        for built, model in enumerate(models, start=1):
            rows = futures[model.name].result()
            evaluation.steps.append(step(model, rows))
            evaluation.tell("计算模型", built, len(models))
    except KeyboardInterrupt:
        # The model at work runs in a thread that would otherwise go on to its end.
        evaluation.connection.interrupt()
        raise
    finally:
        # Models that do not depend on one that failed go on; nobody may close the connection under them.
        for future in futures.values():
            future.wait()
    return list(futures.values())


@task(cache_policy=NO_CACHE)
def build_model(evaluation: Evaluation, name: str) -> int:
    """Builds one table; stops where a site's composite lacks a source that the scheme does not let it lack."""
    rows = build(evaluation.connection, evaluation.models[name])
    if name == "scored.composites" and not evaluation.provisional:
        check_missing(evaluation.connection, evaluation.scheme)
    return rows


@task(task_run_name="gates", cache_policy=NO_CACHE)
def gates(evaluation: Evaluation) -> None:
    """What must hold before anything is published: Great Expectations and `sql/gates/` on the candidate tables."""
    from flows.validation.run import validate

    connection = evaluation.connection
    rows = {one.model.removeprefix("published."): one.rows for one in evaluation.steps}
    suites = result_suites(evaluation.scheme, evaluation.register.rows, rows)
    outcomes = validate(connection, suites, evaluation.tell, "校验结果")
    evaluation.validation += outcomes
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    failures += failed_gates(connection, SQL / "gates")
    if failures:
        raise GateError(
            f"{evaluation.scheme.year} 年已经算出结果，但有检查不通过，没有公布，已公布的结果没有改动：", failures
        )
