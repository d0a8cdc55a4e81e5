"""The queries that two engines are compared on: every model and gate of `sql/`, and what the gates count once more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from flows.settings import SQL
from flows.warehouse.models import RECOUNT, read_models

from .comparison import differences
from .spark import spark_rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Comparison:
    """How many rows of a query were compared, and the lines that say where the engines differ."""

    rows: int = 0
    differences: tuple[str, ...] = ()

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(self.rows + other.rows, self.differences + other.differences)


@cache
def queries() -> dict[str, str]:
    """The text of every model and gate, by name."""
    paths = [path for folder in (RECOUNT, "gates") for path in sorted((SQL / folder).glob("*.sql"))]
    beside = {f"{path.parent.name}.{path.stem}": path.read_text(encoding="utf-8") for path in paths}
    return {model.name: model.sql for model in read_models(SQL)} | beside


def compare(name: str, connection: duckdb.DuckDBPyConnection, session: SparkSession) -> Comparison:
    """Runs a query in DuckDB and in Spark, to which the tables were handed over."""
    from pyspark.errors import PySparkException

    sql = queries()[name]
    expected = connection.execute(sql).fetchall()
    try:
        got = spark_rows(session, sql)
    except PySparkException as fault:
        return Comparison(len(expected), (f"{name}: {str(fault).splitlines()[0]}",))
    return Comparison(len(expected), tuple(differences(name, expected, got)))
