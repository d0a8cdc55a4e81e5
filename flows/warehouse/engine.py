"""The engine: everything specific to DuckDB. No other module imports duckdb, and another engine can run the SQL of the other
modules. Apart from it, `flows.validation.duckdb_dialect` gives a connection to Great Expectations through duckdb-engine, and
`flows.receive.hashes` borrows a function for the process that reads files.

Every run makes a new database, which loads no extensions and is the same on every machine. Whatever SQL comes to it reads and
writes nothing but the folders that its opener names, and cannot change that.
"""

import re
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.datasets import Table
from flows.errors import OperatorError
from flows.host.disk import sync
from flows.host.interrupts import interruptible
from flows.settings import SQL, Settings

# Rows of one statement whose values are parameters.
_AT_ONCE = 100
# The name of its SQL dialect in sqlglot.
DIALECT = "duckdb"
# Raised by a statement that the engine cannot execute.
EngineError = duckdb.Error

_HOLDER = re.compile(r"lock is held in (.+?) \(PID (\d+)\)")
# What has a meaning of its own in the name of a file that is to be read.
_GLOB = re.compile(r"([*?\[])")
# In a script of tables: the line above a table, its name and the text between its brackets; a column and the note behind it.
_DECLARATION = re.compile(r"^-- ([^\n]+)\ncreate table (\S+) \($(.+?)^\);$", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r'^ +"?(\w+)"? .+? +-- (.+)$', re.MULTILINE)
_NO_EXTENSIONS: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
# A database that is being made is nobody's until it is installed, which brings it to the disk as a whole; what a crash leaves of
# it is thrown away. By itself each statement would wait for the disk.
_UNSYNCED: dict[str, Any] = {"fsync_mode": "NONE"}


# An open database. Other modules use its `execute`, and of the result `fetchall` and `description`; everything else that the
# engine can do is a function of this module.
Connection = duckdb.DuckDBPyConnection
# Makes a table (`schema.table`) of the rows of a query: `create_table_as`, or what another engine has in its place.
Make = Callable[[Connection, str, str], None]
# A table (`schema.table`), what it is, and its columns, each with what it means.
TableNotes = tuple[str, str, Sequence[tuple[str, str]]]


def quoted(name: str) -> str:
    """A name as an SQL identifier. The only way by which names from schemes and files get into SQL text."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, for the statements that take no parameters (comments, views of a query)."""
    return "'" + text.replace("'", "''") + "'"


def first_row(connection: Connection, query: str, parameters: Sequence[object] = ()) -> tuple:
    """The first row of a query that has one. The result is read to its end: an unread rest would block the connection."""
    return connection.execute(query, parameters).fetchall()[0]


def read_frame(connection: Connection, query: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
    """The rows of a query as a frame, each column in the type that the database gives it."""
    return connection.sql(query, params=list(parameters) or None).pl()


def insert_frame(connection: Connection, table: str, rows: pl.DataFrame) -> None:
    """Puts a frame's rows into a table (`schema.table`), column by column of the same name."""
    connection.register("incoming", rows)
    connection.execute(f"insert into {_quoted(table)} by name select * from incoming")
    connection.unregister("incoming")


def insert_rows(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Puts a few rows into a table (`schema.table`), by the names of their columns; one that a row lacks is null there. For a
    single row a frame takes several times as long."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    places = f"({', '.join('?' for _ in columns)})"
    into = f"insert into {_quoted(table)} ({', '.join(map(quoted, columns))}) values "
    for some in (rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE)):
        connection.execute(into + ", ".join([places] * len(some)), [row.get(column) for row in some for column in columns])


def insert_parquet(connection: Connection, table: str, path: Path, values: Mapping[str, object]) -> None:
    """Puts the rows of a Parquet file, or of all in a folder, into a table (`schema.table`), column by column of the same name. In
    the columns of `values` all of them get the same value."""
    files = f"{_exactly(path)}/*.parquet" if path.is_dir() else _exactly(path)
    own = "".join(f"? as {quoted(column)}, " for column in values)
    query = f"insert into {_quoted(table)} by name select {own}* from read_parquet([?])"
    connection.execute(query, [*values.values(), files])


def create_tables(connection: Connection, schema: str, others: Iterable[Table] = ()) -> None:
    """Creates a schema with the empty tables of `sql/<schema>.sql` and others."""
    connection.execute(f"create schema {quoted(schema)}")
    connection.execute((SQL / f"{schema}.sql").read_text(encoding="utf-8"))
    for table in others:
        listed = ", ".join(f"{quoted(column)} {type_}" for column, type_, _ in table.columns)
        connection.execute(f"create table {_quoted(f'{schema}.{table.name}')} ({listed})")


def declared_notes(schema: str) -> Iterator[TableNotes]:
    """What `sql/<schema>.sql` says about its tables: the line above each of them, and the notes behind its columns."""
    script = (SQL / f"{schema}.sql").read_text(encoding="utf-8")
    for summary, name, columns in _DECLARATION.findall(script):
        yield name, summary, _COLUMN.findall(columns)


def comment(connection: Connection, tables: Iterable[TableNotes]) -> None:
    """Makes notes the comments of tables and columns."""
    comments = []
    for table, summary, notes in tables:
        comments.append(f"comment on table {_quoted(table)} is {literal(summary)}")
        comments += [f"comment on column {_quoted(table)}.{quoted(column)} is {literal(note)}" for column, note in notes]
    connection.execute(";\n".join(["begin", *comments, "commit"]))


def create_table_as(connection: Connection, name: str, query: str) -> None:
    """The table `schema.table` with the rows of a query."""
    connection.execute(f"create schema if not exists {quoted(name.partition('.')[0])}")
    connection.execute(f"create or replace table {_quoted(name)} as\n{query}")


def shape_of(connection: Connection, name: str, query: str) -> None:
    """The empty table `schema.table` with the columns of a query, in the types that they have here."""
    create_table_as(connection, name, f"select * from (\n{query}\n) limit 0")


def write_parquet(connection: Connection, table: str, columns: Sequence[tuple[str, str]], folder: Path) -> None:
    """Writes a table (`schema.table`) to a new folder, its columns (quoted) in these types."""
    folder.mkdir()
    cells = ", ".join(f"cast({column} as {type_}) as {column}" for column, type_ in columns)
    path = literal(str(folder / "rows.parquet"))
    connection.execute(f"copy (select {cells} from {_quoted(table)}) to {path} (format parquet)")


def table_names(connection: Connection) -> set[str]:
    """Every table as `schema.table`."""
    rows = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    return {name for (name,) in rows}


def column_types(connection: Connection, table: str) -> dict[str, str]:
    """The type of every column of a table (`schema.table`), as the engine writes it."""
    return {name: type_ for name, type_, *_ in connection.execute(f"describe {_quoted(table)}").fetchall()}


def hash_of(columns: Sequence[str]) -> str:
    """An SQL expression that is equal in rows with equal columns, and hardly ever in others; not the same in every version."""
    return f"hash({', '.join(map(quoted, columns))})"


def matches(expression: str, pattern: str) -> str:
    """An SQL expression: whether a part of a text matches a regular expression."""
    return f"regexp_matches({expression}, {literal(pattern)})"


@contextmanager
def fresh_database(path: Path, settings: Settings) -> Generator[Connection]:
    """A new database at `path`; an old one is removed. Sessions run in UTC, whatever the variable TZ says.

    In the main thread, Ctrl-C ends the running statement at once.
    """
    remove_database(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(path, config=_NO_EXTENSIONS | _UNSYNCED)
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
        storage = [settings.spark_storage] if settings.spark_storage else []
        _close(connection, path.parent, settings.home.path, *storage)
        with interruptible(partial(_interrupt, connection)):
            yield connection
    finally:
        connection.close()


@contextmanager
def read_only_database(path: Path) -> Generator[Connection]:
    """An installed database, only to read. Raises `EngineError` where it is damaged or another program writes to it."""
    with (
        duckdb.connect(path, read_only=True, config=_NO_EXTENSIONS) as connection,
        interruptible(partial(_interrupt, connection)),
    ):
        _close(connection, path.parent)
        yield connection


@contextmanager
def beside(warehouse: Path) -> Generator[Connection]:
    """An empty database in memory, with an installed one attached only to read: see `show_table`."""
    with duckdb.connect(config=_NO_EXTENSIONS) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        _close(connection)
        with interruptible(partial(_interrupt, connection)):
            yield connection


def show_table(connection: Connection, table: str) -> None:
    """Makes a table (`schema.table`) of the attached database visible. Raises `EngineError` where there is none."""
    connection.execute(f"create schema if not exists {quoted(table.partition('.')[0])}")
    connection.execute(f"create view {_quoted(table)} as select * from warehouse.{_quoted(table)}")


def notes_beside(connection: Connection) -> dict[tuple[str, str], str]:
    """The comments of the attached database, by table and column."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() where database_name = 'warehouse'"
    ).fetchall()
    return {(table, column): comment or "" for table, column, comment in rows}


def holder(fault: EngineError) -> tuple[str, str] | None:
    """Name and process number of the program that has the database open, where this is the reason for the error; else None."""
    held = _HOLDER.search(str(fault))
    return (held[1], held[2]) if held else None


def may_hold(path: Path, year: int) -> bool:
    """Whether the warehouse at `path` is that of a year, or cannot be read, so that nobody knows."""
    try:
        with read_only_database(path) as connection:
            return connection.execute("select year from ref.scheme").fetchall() in ([(year,)], [])
    except EngineError:
        return True


def close_database(connection: Connection) -> Path:
    """Writes everything to the database's file and closes it, for `install`. Returns the path of the file."""
    (path,) = first_row(connection, "select path from duckdb_databases() where not internal")
    connection.execute("checkpoint")
    connection.close()
    return Path(path)


def remove_database(path: Path) -> None:
    """Removes a database with its log and temporary files."""
    for leftover in path.parent.glob(f"{path.name}*"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def install(built: Path, path: Path) -> None:
    """Moves a finished database to `path` by one rename. Programs that read the old database can go on reading it.

    A program that has the old database open for writing leaves a write-ahead log beside it, with which nobody could open the
    new database. So the log is removed.
    """
    sync(built)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    built.replace(path)


def check_path(path: Path) -> None:
    """Raises `OperatorError` where a database could not be installed at `path`, before anything is evaluated for it."""
    if path.is_dir():
        raise OperatorError(
            f"{path} 是一个文件夹，应当是系统自己生成的数据库文件。请把它移走或改名，再重新运行；没有改动任何东西。"
        )


def _close(connection: Connection, *folders: Path) -> None:
    """Lets the connection reach files in these folders only, for good."""
    # Both the name and the pattern for it are looked up there.
    allowed = [name for folder in folders for name in (str(folder), _exactly(folder))]
    connection.execute("set allowed_directories = ?", [allowed])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _exactly(path: Path) -> str:
    """A path as a pattern for files that no other path matches."""
    return _GLOB.sub(r"[\1]", str(path))


def _quoted(table: str) -> str:
    return ".".join(map(quoted, table.split(".")))


def _interrupt(connection: Connection) -> None:
    # One that is closed does nothing that would have to be ended.
    with suppress(duckdb.Error):
        connection.interrupt()
