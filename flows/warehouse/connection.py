"""A run's own DuckDB database: fresh, closed to the outside, and the same on every machine."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from flows.errors import OperatorError
from flows.host.interrupts import interruptible
from flows.settings import Settings


def quoted(name: str) -> str:
    """A name as an SQL identifier. The only way by which names from schemes and files get into SQL text."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, for the statements that take no parameters (comments, views of a query)."""
    return "'" + text.replace("'", "''") + "'"


def first_row(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> tuple:
    """The first row of a query that has one. The result is read to its end: an unread rest would block the connection."""
    return connection.execute(query, parameters).fetchall()[0]


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, summary: str, columns: Iterable[tuple[str, str, str]]
) -> None:
    """An empty table `schema.table` whose columns are given as (name, type, note); summary and notes become its comments."""
    schema, table = map(quoted, name.split("."))
    columns = list(columns)
    listed = ", ".join(f"{quoted(column)} {type_}" for column, type_, _ in columns)
    connection.execute(f"create table {schema}.{table} ({listed})")
    connection.execute(f"comment on table {schema}.{table} is {literal(summary)}")
    for column, _, note in columns:
        connection.execute(f"comment on column {schema}.{table}.{quoted(column)} is {literal(note)}")


@contextmanager
def fresh_database(path: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new database at `path`, whatever stood there before. Sessions run in UTC so that TZ has no say.

    In the main thread, Ctrl-C ends what it is doing at once.
    """
    remove_database(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    connection = duckdb.connect(path, config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        # Where a result depends on row order, the query says so; keeping the insertion order would only cost memory.
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set temp_directory = ?", [str(path.with_name(f"{path.name}.spill"))])
        if settings.threads:
            connection.execute("set threads = ?", [settings.threads])
        if settings.memory:
            connection.execute("set memory_limit = ?", [settings.memory])
        with interruptible(connection):
            yield connection
    finally:
        connection.close()


@contextmanager
def beside(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory, with that of the last run beside it as the catalog `warehouse`, to be read only."""
    if not warehouse.is_file():
        raise OperatorError(f"没有 {warehouse}。请先运行 pingyi nightly 或 yearly。")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        except duckdb.Error as fault:
            raise OperatorError(f"{warehouse} 打不开，也许正被别的程序打开，也许已经损坏：{fault}") from None
        with interruptible(connection):
            yield connection


def remove_database(path: Path) -> None:
    """Removes a database with all that belongs to it."""
    for leftover in path.parent.glob(f"{path.name}*"):
        if leftover.is_dir():
            for file in leftover.iterdir():
                file.unlink()
            leftover.rmdir()
        else:
            leftover.unlink()


def install(built: Path, place: Path) -> None:
    """Puts a finished database in its place by one rename; who still reads the old one keeps it.

    Another program that has the old one open for writing leaves a write-ahead log beside it, which is of no use to the new
    one, and would keep everybody from opening that.
    """
    with built.open("rb") as stream:
        os.fsync(stream.fileno())
    place.with_name(f"{place.name}.wal").unlink(missing_ok=True)
    built.replace(place)


def check_place(place: Path) -> None:
    """Raises `OperatorError` where a finished database could not take its place, before anything is evaluated for it."""
    if place.is_dir():
        raise OperatorError(
            f"{place} 是一个文件夹，应当是系统自己生成的数据库文件。请把它移走或改名，再重新运行；没有改动任何东西。"
        )
