"""Spark in this process, with the tables of a year handed over from DuckDB as Parquet files."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import duckdb
import sqlglot

from flows.warehouse.engine import literal, quoted
from flows.warehouse.models import LAYERS, RECOUNT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# In a folder of its own: Great Expectations imports a Spark that it finds, and ends the process where that lacks a part.
SPARK = Path(__file__).resolve().parents[2] / ".spark"
INSTALL = "./run python -m pip install --target .spark --no-deps --require-hashes -r tests/engines/requirements.lock"
# One small year has some thousand rows: what Spark does for large ones (parts, compiled stages, plans changed on the way)
# takes several times as long as the work itself.
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.log.level": "OFF",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",
}


def missing() -> str | None:
    """What must be installed before Spark runs, as a sentence; None where all is there."""
    if not (SPARK / "pyspark").is_dir():
        return f"Spark is not installed: {INSTALL}"
    if which("java") is None and "JAVA_HOME" not in os.environ:
        return "Spark needs Java: apt-get install default-jre-headless"
    return None


@contextmanager
def spark_session(folder: Path) -> Iterator[SparkSession]:
    """A Spark session that keeps what it writes in `folder`."""
    # It must have looked for Spark before one can be found.
    import great_expectations  # noqa: F401

    sys.path.append(str(SPARK))
    with warnings.catch_warnings():
        # Spark is not yet at home with the pandas of other packages, which nothing here uses.
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]")
    settings = _SETTINGS | {"spark.sql.warehouse.dir": str(folder / "spark"), "spark.local.dir": str(folder)}
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        sys.path.remove(str(SPARK))


def portable(sql: str) -> str:
    """A query of `sql/` in Spark's dialect."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    # DuckDB may be told whether to keep a cte; Spark decides for itself.
    for cte in tree.find_all(sqlglot.exp.CTE):
        cte.set("materialized", None)
    return tree.sql(dialect="spark")


def hand_over(connection: duckdb.DuckDBPyConnection, session: SparkSession, folder: Path, queries: Iterable[str]) -> None:
    """Gives Spark every table that one of the queries reads, with its name, columns and rows; none of those it had stays."""
    folder.mkdir(parents=True)
    for layer in (*LAYERS, RECOUNT):
        session.sql(f"drop database if exists {layer} cascade")
        session.sql(f"create database {layer}")
    for name in sorted({read for query in queries for read in _reads(query)}):
        columns = [(column, _handed(type_)) for column, type_, *_ in connection.execute(f"describe {name}").fetchall()]
        path = literal(str(folder / f"{name}.parquet"))
        cells = ", ".join(f"cast({quoted(column)} as {type_}) as {quoted(column)}" for column, type_ in columns)
        connection.execute(f"copy (select {cells} from {name}) to {path} (format parquet)")
        listed = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns)
        session.sql(f"{portable(f'create table {name} ({listed})')} using parquet location {path}")


def _reads(sql: str) -> set[str]:
    tables = sqlglot.parse_one(sql, read="duckdb").find_all(sqlglot.exp.Table)
    return {f"{table.db}.{table.name}" for table in tables if table.db}


def _handed(type_: str) -> str:
    """The type of DuckDB's in which Spark can read a column of that type."""
    for own, known in (("UTINYINT", "SMALLINT"), ("UHUGEINT", "DECIMAL(38, 0)"), ("HUGEINT", "DECIMAL(38, 0)")):
        type_ = type_.replace(own, known)
    return type_


def spark_rows(session: SparkSession, sql: str) -> list[tuple]:
    """The rows of a query of `sql/`, run by Spark."""
    return [tuple(row) for row in session.sql(portable(sql)).collect()]
