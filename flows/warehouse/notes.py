"""What every table and column of a database means, as comments in it, for whoever opens the warehouse.

An evaluation writes them when it keeps its database, and not before: each is a statement by itself, all together take a tenth of
the time of a small year, and nobody looks into a database that is thrown away.
"""

from collections.abc import Iterable, Iterator

from flows.datasets import Table
from flows.scheme.datasets import raw_tables
from flows.sources import kinds
from flows.warehouse.engine import Connection, TableNotes, comment, declared_notes
from flows.warehouse.models import Model


def write_notes(connection: Connection, models: Iterable[Model]) -> None:
    """Comments every table that a database with all these models has."""
    for_kinds = {table.name: table for kind in kinds().values() for table in kind.tables}
    comment(
        connection,
        [
            *_of_schema("raw", raw_tables()),
            *_of_schema("draws"),
            *_of_schema("run"),
            *_of_schema("ref", for_kinds.values()),
            *((model.name, model.summary, model.columns) for model in models),
        ],
    )


def _of_schema(schema: str, others: Iterable[Table] = ()) -> Iterator[TableNotes]:
    yield from declared_notes(schema)
    for table in others:
        yield f"{schema}.{table.name}", table.summary, [(column, note) for column, _, note in table.columns]
