"""The schema `run`: the findings of an evaluation, for the manifest, the pages, reviewers and analysts.

No model reads it, so it cannot change a result.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from flows.warehouse.engine import Connection, create_table, first_row, insert_frame, quoted, read_frame

# name: (summary, columns as (name, type, note))
RUN_TABLES: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "files": (
        "One row a raw file: the register, then each dataset's by name; rows_in = loaded + quarantined.",
        (
            ("position", "integer not null", "place in the list"),
            ("dataset", "varchar not null", "folder it was delivered in; sites for the register"),
            ("file", "varchar not null", "its name there"),
            ("sha256", "varchar not null", "hash of its content"),
            ("size", "bigint not null", "its bytes"),
            ("rows_in", "bigint not null", "rows in the file; 0 where it repeats another"),
            ("loaded", "bigint not null", "rows in the raw table"),
            ("quarantined", "bigint not null", "rows set aside"),
            ("same_as", "varchar", "file of the dataset whose content this one repeats; such a file brings no rows"),
            ("unknown", "varchar[]", "columns that no contract knows; null where there are none"),
            ("lacking", "varchar[]", "aspects, or checks of a scanner's table, without a column; null where there are none"),
            ("faults", "varchar[]", "kinds of faults in its rows, as sentences; null where no row was set aside"),
            ("raw_table", "varchar", "table of the schema raw that has its rows; null for the register and for repeats"),
            ("entry", "varchar", "folder of the store that holds its rows; null for the register and for repeats"),
        ),
    ),
    "models": (
        "One row a model that was built, in the order of building.",
        (
            ("position", "integer not null", "place in the order"),
            ("model", "varchar not null", "schema and name of the table"),
            ("sha256", "varchar not null", "hash of its SQL"),
            ("rows", "bigint not null", "rows of the table"),
        ),
    ),
    "expectations": (
        "One row an expectation of Great Expectations, in the order in which they were checked.",
        (
            ("position", "integer not null", "place in the order"),
            ("suite", "varchar not null", "the rows it is about: a dataset's, or those of a table to be published"),
            ("title", "varchar not null", "the suite in words"),
            ("expectation", "varchar not null", "its type in Great Expectations"),
            ("says", "varchar not null", "what is expected"),
            ("holds", "boolean not null", "whether it is so"),
            ("report", "varchar not null", "what Great Expectations reports, as JSON, without times"),
        ),
    ),
    "findings": (
        "One row a thing that stands out in the raw files, compared with one another and with last year.",
        (
            ("position", "integer not null", "place in the order in which they were found"),
            ("kind", "varchar not null", "amounts, repeats, levels, aspects, times, raters or sites"),
            ("name", "varchar not null", "kind and what it is about; by this the scheme confirms it"),
            ("sentence", "varchar not null", "what stands out, with both numbers"),
            ("stops", "boolean not null", "whether the scheme forbids publishing until it is confirmed"),
        ),
    ),
    "warnings": (
        "One row a sentence that an operator should read although the evaluation could go on.",
        (
            ("position", "integer not null", "place in the list; what may have changed the result most comes first"),
            ("sentence", "varchar not null", "the sentence"),
        ),
    ),
}


def create_run_tables(connection: Connection) -> None:
    """The empty schema `run`, each table and column with its note."""
    connection.execute("create schema run")
    for name, (summary, columns) in RUN_TABLES.items():
        create_table(connection, f"run.{name}", summary, columns)


def add_rows(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Appends rows to `run.<table>` by the names of their columns; `position` counts the rows of the table."""
    (last,) = first_row(connection, f"select count(*) from run.{quoted(table)}")
    numbered = [{"position": position, **row} for position, row in enumerate(rows, start=last + 1)]
    if numbered:
        insert_frame(connection, f"run.{table}", pl.DataFrame(numbered, infer_schema_length=None))


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
        select dataset, file, sha256, size, rows_in, loaded, quarantined, same_as, unknown, lacking
        from run.files order by position
        """,
    ).to_dicts()


def read_warnings(connection: Connection) -> list[str]:
    """The warnings in their order."""
    rows = connection.execute("select sentence from run.warnings order by position").fetchall()
    return [sentence for (sentence,) in rows]
