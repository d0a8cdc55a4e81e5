"""The second engine: Spark makes the tables of the models by the very files of `sql/`, on one machine or on a cluster.

DuckDB keeps all that surrounds them. It hands every table that a model reads to Spark, once, as a Parquet file in the storage
that driver and workers share, and takes in what Spark has made of it; so gates, validation, documents and explanations find all
tables where they always are, in the types that DuckDB gives them.
"""

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from flows.errors import MachineError, UsageError
from flows.host.scratch import scratch
from flows.settings import Settings
from flows.warehouse.engine import DIALECT, Connection, column_types, insert_parquet, literal, quoted, shape_of, write_parquet
from flows.warehouse.models import LAYERS, RECOUNT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

logger = logging.getLogger("pingyi")

INSTALL = "./run python -m pip install --no-deps --require-hashes -r requirements-spark.lock"
# What the sessions of DuckDB and Spark must agree on for the cells to be the same.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
# On this machine alone nobody else is to reach it.
_ALONE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
# What Spark does for many rows (parts, compiled stages, plans changed on the way) takes several times as long as the work on few.
_SMALL = {
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",
}
_TOLD = 5
# Seconds.
_AT_IT, _LOOK = 10, 0.05
# DuckDB's whole numbers for which Spark has no type, and the types in which it reads them.
_OWN = (("UTINYINT", "SMALLINT"), ("UHUGEINT", "DECIMAL(38, 0)"), ("HUGEINT", "DECIMAL(38, 0)"))


class Spark:
    """Makes tables as `flows.warehouse.engine.create_table_as` does, in Spark, and puts them into the database."""

    def __init__(self, session: "SparkSession", folder: Path) -> None:
        """A session in which no schema of ours is in use, and a folder that its workers reach by the same path."""
        self._session, self._folder = session, folder
        self._known: set[str] = set()
        for schema in (*LAYERS, RECOUNT):
            session.sql(f"drop database if exists {schema} cascade")
            session.sql(f"create database {schema}")

    def __call__(self, connection: Connection, name: str, query: str) -> None:
        """The table `schema.table` with the rows of a query. Raises `MachineError` where Spark fails."""
        made = self._folder / name
        try:
            for read in sorted(reads(query) - self._known):
                self.hand_over(connection, read)
            self._session.sql(portable(query)).write.parquet(str(made))
            self._session.sql(f"create table {name} using parquet location {literal(str(made))}")
        except _faults() as fault:
            raise MachineError(
                f"Spark 没有算完 {name}，没有公布任何结果，已公布的结果没有改动：{_why(fault)}。请看 Spark 自己的日志；不用 Spark 时去掉环境变量 PINGYI_ENGINE。"
            ) from fault
        shape_of(connection, name, query)
        insert_parquet(connection, name, made, {})
        self._known.add(name)

    def hand_over(self, connection: Connection, table: str) -> None:
        """Gives Spark a table (`schema.table`) of the database, with its name, columns and rows."""
        columns = [(quoted(column), _handed(type_)) for column, type_ in column_types(connection, table).items()]
        given = self._folder / f"{table}.given"
        write_parquet(connection, table, columns, given)
        listed = ", ".join(f"{column} {type_}" for column, type_ in columns)
        self._session.sql(f"{portable(f'create table {table} ({listed})')} using parquet location {literal(str(given))}")
        self._known.add(table)


def portable(sql: str) -> str:
    """A statement of `sql/` in Spark's dialect."""
    tree = sqlglot.parse_one(sql, read=DIALECT)
    # DuckDB may be told whether to keep a cte; Spark decides for itself.
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)
    return tree.sql(dialect="spark")


def reads(query: str) -> set[str]:
    """The tables (`schema.table`) that a query of `sql/` reads."""
    tables = sqlglot.parse_one(query, read=DIALECT).find_all(exp.Table)
    return {f"{table.db}.{table.name}" for table in tables if table.db}


def _handed(type_: str) -> str:
    """The type of DuckDB's in which Spark can read a column of that type."""
    for own, known in _OWN:
        type_ = type_.replace(own, known)
    return type_


@contextmanager
def spark(settings: Settings, beside: Path, small: bool) -> Generator[Spark]:
    """Spark as the settings name it. What it exchanges with the database lies in the storage, or in the folder `beside` where none is
    named, as long as it runs. Raises `UsageError` where it is not installed, `MachineError` where it does not start."""
    with scratch(settings.home.path, within=settings.spark_storage or beside) as folder:
        session = spark_session(settings, folder, small)
        try:
            logger.info("模型由 Spark 计算（%s）。", settings.spark_master)
            yield Spark(session, folder)
        finally:
            # One that has gone need not be stopped.
            with suppress(*_faults()):
                session.stop()
            _empty(folder)


def _empty(folder: Path) -> None:
    """Removes what is in a folder. Spark is at it too for a moment after its end, and what one of two finds gone the other has taken."""
    until = time.monotonic() + _AT_IT
    while time.monotonic() < until and any(folder.iterdir()):
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
        time.sleep(_LOOK)


def spark_session(settings: Settings, folder: Path, small: bool) -> "SparkSession":
    """A session that keeps its own files in `folder`, where its machine tells in `spark.log` what it has to say."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(f"环境变量 PINGYI_ENGINE 是 spark，而没有安装 Spark。请运行 {INSTALL}（还要有 Java 17）。") from None
    alone = settings.spark_master.startswith("local")
    chosen = _MEANING | _QUIET | (_ALONE if alone else {}) | (_SMALL if small else {})
    chosen |= {"spark.sql.warehouse.dir": str(folder / "spark"), "spark.local.dir": str(folder)}
    if settings.memory and alone:
        chosen["spark.driver.memory"] = f"{mebibytes(settings.memory)}m"
    builder = SparkSession.builder.appName("pingyi").master(settings.spark_master)
    for name, value in chosen.items():
        builder = builder.config(name, value)
    log = folder / "spark.log"
    try:
        with _errors_into(log), _signals_kept():
            return builder.getOrCreate()
    except _faults() as fault:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TOLD:]
        raise MachineError(
            f"Spark（{settings.spark_master}）没有启动，什么也没有改动。请检查 Java（17 以上）和环境变量 PINGYI_SPARK_MASTER：",
            [line for line in [_why(fault), *said] if line.strip()],
        ) from fault


def _faults() -> tuple[type[Exception], ...]:
    """What is raised where Spark fails, or its process has gone."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError, ConnectionError)


def _why(fault: Exception) -> str:
    """What a fault says, without the lines of code that Java adds."""
    lines = str(fault).splitlines() or [type(fault).__name__]
    # The first line of an error in Java only tells that there was one.
    return next((line.removeprefix(": ") for line in lines if line.startswith(": ")), lines[0])


def mebibytes(memory: str) -> int:
    """A memory limit of the settings, such as 8GB, in MiB, as Spark takes it."""
    number, unit = memory.upper().replace(" ", "").rstrip("B").rstrip("I"), 1
    for letter, size in (("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40)):
        if number.endswith(letter):
            number, unit = number.removesuffix(letter), size
    return max(1, int(float(number) * unit) >> 20)


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record is not one of the errors that the bridge to Java logs, since it raises all of them too."""
    return "py4j" not in record.pathname


logging.getLogger().addFilter(_is_ours)


@contextmanager
def _signals_kept() -> Generator[None]:
    """Whoever hears of Ctrl-C now does so afterwards: Spark would take it for its own."""
    before = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)


@contextmanager
def _errors_into(path: Path) -> Generator[None]:
    """What a process that is started meanwhile writes to its standard error goes to a file: no operator is to read it unasked."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
