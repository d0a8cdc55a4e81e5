"""Lets Great Expectations run its SQL on a DuckDB connection that is already open.

duckdb-engine opens a connection of its own, which would not see the run's tables, and Great Expectations reads results
after it has closed its connection, whose rollback empties them. So this dialect hands out the run's connection, never
closes it and never ends a transaction.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import duckdb_engine
from sqlalchemy.dialects import registry
from sqlalchemy.pool import StaticPool

from flows.warehouse.engine import Connection

_open: dict[str, Connection] = {}


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


class Dialect(duckdb_engine.Dialect):
    supports_statement_cache = False

    @classmethod
    def get_pool_class(cls, url):
        return StaticPool

    def connect(self, *args, database, **kwargs):
        return _Borrowed(database)

    # Great Expectations reads after it has let go; a rollback there would empty the result.
    def do_begin(self, connection) -> None: ...

    def do_rollback(self, connection) -> None: ...

    def do_commit(self, dbapi_connection) -> None: ...


registry.register("duckdb.run", __name__, "Dialect")
