"""Spark in this process, with the tables of a year handed over from DuckDB as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from os import environ
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from flows.home import Home
from flows.settings import Settings
from flows.warehouse.spark import INSTALL, Spark, portable, reads, spark_session

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import SparkSession


def missing() -> str | None:
    """What must be installed before Spark runs, as a sentence; None where all is there."""
    if find_spec("pyspark") is None:
        return f"Spark is not installed: {INSTALL}"
    if which("java") is None and "JAVA_HOME" not in environ:
        return "Spark needs Java: apt-get install default-jre-headless"
    return None


@contextmanager
def session_in(folder: Path) -> Iterator[SparkSession]:
    """A Spark session that keeps what it writes in `folder`."""
    settings = Settings(Home(folder), None, threads=1, memory=None, wait=0, spark_master="local[1]")
    session = spark_session(settings, folder, small=True)
    try:
        yield session
    finally:
        session.stop()


def hand_over(connection: duckdb.DuckDBPyConnection, session: SparkSession, folder: Path, queries: Iterable[str]) -> None:
    """Gives Spark every table that one of the queries reads, with its name, columns and rows; none of those it had stays."""
    folder.mkdir(parents=True)
    spark = Spark(session, folder)
    for name in sorted({read for query in queries for read in reads(query)}):
        spark.hand_over(connection, name)


def spark_rows(session: SparkSession, sql: str) -> list[tuple]:
    """The rows of a query of `sql/`, run by Spark."""
    return [tuple(row) for row in session.sql(portable(sql)).collect()]
