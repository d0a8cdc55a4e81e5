"""Rows of the schema `run`: the findings of an evaluation. `sql/run.sql` declares its tables."""

from collections.abc import Iterable
from typing import Any

from flows.warehouse.engine import Connection, first_row, insert_rows, quoted, read_frame


def add_rows(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Appends rows to `run.<table>` by the names of their columns; `position` counts the rows of the table."""
    (last,) = first_row(connection, f"select count(*) from run.{quoted(table)}")
    insert_rows(
        connection, f"run.{table}", [{"position": position, **row} for position, row in enumerate(rows, start=last + 1)]
    )


def add_warnings(connection: Connection, sentences: Iterable[str], *, first: bool = False) -> None:
    """Adds warnings at the end, or with `first` at the beginning."""
    earlier = read_warnings(connection) if first else []
    if first:
        connection.execute("delete from run.warnings")
    add_rows(connection, "warnings", ({"sentence": sentence} for sentence in [*sentences, *earlier]))


def read_files(connection: Connection) -> list[dict[str, Any]]:
    """The entry of every raw file in the manifest, with the numbers of its rows."""
    return read_frame(
        connection,
        """
        select
            dataset, file, sha256, size, rows_in, loaded, quarantined, mapping, file_rows, unrated_rows, left_out_rows, same_as,
            unknown, lacking
        from run.files order by position
        """,
    ).to_dicts()


def read_warnings(connection: Connection) -> list[str]:
    """The warnings in their order."""
    rows = connection.execute("select sentence from run.warnings order by position").fetchall()
    return [sentence for (sentence,) in rows]
