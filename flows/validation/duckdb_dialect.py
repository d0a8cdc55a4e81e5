"""Lets Great Expectations run its SQL on a DuckDB connection that is already open.

duckdb-engine opens a connection of its own, which would not see the run's tables, and Great Expectations reads results
after it has closed its connection, whose rollback empties them. So this dialect hands out the run's connection, never
closes it and never ends a transaction. It calls itself postgresql, which is what makes Great Expectations offer its
regular expressions and type checks.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import duckdb_engine
import sqlalchemy
from sqlalchemy.dialects import registry
from sqlalchemy.pool import StaticPool

from flows.warehouse.engine import Connection

_open: dict[str, Connection] = {}

_TYPES = {
    "VARCHAR": sqlalchemy.String,
    "BIGINT": sqlalchemy.BigInteger,
    "INTEGER": sqlalchemy.Integer,
    "DOUBLE": sqlalchemy.Double,
    "DATE": sqlalchemy.Date,
    "TIMESTAMP": sqlalchemy.DateTime,
    "BOOLEAN": sqlalchemy.Boolean,
}


@contextmanager
def connection_url(connection: Connection) -> Generator[str]:
    """A connection string under which SQLAlchemy gets this very connection, while the context lasts."""
    name = uuid4().hex
    _open[name] = connection
    try:
        yield f"duckdb+run:///{name}"
    finally:
        del _open[name]


class _Borrowed(duckdb_engine.ConnectionWrapper):
    def __init__(self, name: str) -> None:
        # A name instead of the connection itself: Great Expectations keeps its engines for good, and a connection that
        # is still referenced when Python ends makes the DuckDB library complain on stderr.
        self._borrowed = name
        self.notices = []

    def __getattr__(self, name: str):
        return getattr(_open[self._borrowed], name)

    def cursor(self) -> Any:
        connection: Any = self
        return duckdb_engine.CursorWrapper(connection, connection)

    def close(self) -> None:
        """The run owns the connection."""


_ITS_COMPILER: Any = duckdb_engine.Dialect.statement_compiler


class _Compiler(_ITS_COMPILER):
    def visit_custom_op_binary(self, element, operator, **kw):
        # In PostgreSQL ~ searches; in DuckDB it must match the whole text.
        if operator.opstring in ("~", "!~"):
            call = f"regexp_matches({self.process(element.left, **kw)}, {self.process(element.right, **kw)})"
            return call if operator.opstring == "~" else f"not {call}"
        return super().visit_custom_op_binary(element, operator, **kw)


class Dialect(duckdb_engine.Dialect):
    name = "postgresql"
    supports_statement_cache = False
    statement_compiler = _Compiler

    @classmethod
    def get_pool_class(cls, url):
        return StaticPool

    def connect(self, *args, database, **kwargs):
        return _Borrowed(database)

    # Great Expectations reads after it has let go; a rollback there would empty the result.
    def do_begin(self, connection) -> None: ...

    def do_rollback(self, connection) -> None: ...

    def do_commit(self, dbapi_connection) -> None: ...

    def get_columns(self, connection, table_name, schema=None, **kw):
        query = """
            select column_name, data_type, is_nullable from duckdb_columns()
            where table_name = $1 and schema_name = coalesce($2, current_schema())
                and database_name = current_database()
            order by column_index
        """
        return [
            {
                "name": name,
                "type": _TYPES.get(type_, sqlalchemy.Numeric if type_.startswith("DECIMAL") else sqlalchemy.types.NullType)(),
                "nullable": nullable,
                "default": None,
            }
            for name, type_, nullable in connection.exec_driver_sql(query, (table_name, schema)).fetchall()
        ]

    def get_table_names(self, connection, schema=None, **kw):
        query = "select table_name from information_schema.tables where table_schema = coalesce($1, current_schema())"
        return [name for (name,) in connection.exec_driver_sql(query, (schema,)).fetchall()]

    def has_table(self, connection, table_name, schema=None, **kw):
        return table_name in self.get_table_names(connection, schema)


registry.register("duckdb.run", __name__, "Dialect")
