"""The result tables: which there are, their columns and order, and how they are written.

They follow from the models of the schema `published`, each of which says in its file as what it is published. Two shapes
follow from the scheme: a column of maps is published as one column a source, and a model may be published as several tables,
such as an annex for each group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from flows.published.contract import Contract, OneOf
from flows.results.workbook import write_workbook
from flows.scheme import Scheme
from flows.scheme.values import values
from flows.warehouse.engine import Connection, first_row, literal, quoted, read_frame
from flows.warehouse.models import Model

# What a spreadsheet may take for a formula: one of these signs, also in full width, behind spaces or line ends, with
# something after it. A plain number with its sign is none.
_FORMULA = r"^'*[\s\x{00a0}\x{3000}\x{feff}\x00]*[=+\-@＝＋－＠](?s:.)"
_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?%?$"


@dataclass(frozen=True)
class ResultTable:
    """A result table: its name and what people call it, its columns with what people call these, in order, the query that
    gives its rows, and the columns that order them.

    `model` is the model that makes it, `needs` the table without whose rows it is not published.
    """

    name: str
    title: str
    columns: dict[str, str]
    query: str
    order: tuple[str, ...]
    model: str
    needs: str | None


def result_tables(scheme: Scheme, models: Iterable[Model]) -> Iterator[ResultTable]:
    """Every table that a year may have in `results/<year>/tables/`, in the order in which the models' files put them."""
    contracts = ((model.table, model.contract) for model in models if model.contract)
    for table, contract in sorted(contracts, key=lambda pair: (pair[1].position is None, pair[1].position or 0, pair[0])):
        columns, cells = _columns(contract, scheme)
        query = f"select {', '.join(cells)} from published.{quoted(table)}"
        if not contract.tables:
            yield ResultTable(table, contract.title, columns, query, contract.order, table, contract.needs)
            continue
        prefix, by = contract.tables
        bounds = next(column.bounds for column in contract.columns if column.name == by)
        for value in values(bounds.names, scheme) if isinstance(bounds, OneOf) else ():
            part = f"{query} where {quoted(by)} = {literal(str(value))}"
            yield ResultTable(
                f"{prefix}{value}", f"{contract.title}（{value}）", columns, part, contract.order, table, contract.needs
            )


def _columns(contract: Contract, scheme: Scheme) -> tuple[dict[str, str], list[str]]:
    """The published columns with what people call them, and each as the query selects it."""
    columns, cells = {}, []
    for column in contract.published:
        if not column.by_source:
            columns[column.name] = column.title
            cells.append(quoted(column.name))
            continue
        for source in scheme.sources:
            columns[source.id] = source.label
            cells.append(f"{quoted(column.name)}[{literal(source.id)}] as {quoted(source.id)}")
    return columns, cells


def write_tables(connection: Connection, scheme: Scheme, models: Iterable[Model], folder: Path) -> dict[str, int]:
    """Writes every table as CSV and Parquet and all of them as `tables.xlsx`; returns the rows of each.

    Equal tables give equal bytes: rows are in the order of the key columns, and nothing tells the time.
    """
    frames: dict[str, pl.DataFrame] = {}
    headings: dict[str, dict[str, str]] = {}
    for table in result_tables(scheme, models):
        if table.needs and not first_row(connection, f"select count(*) from {table.needs}")[0]:
            continue
        order = ", ".join(quoted(column) for column in table.order)
        frames[table.name] = read_frame(connection, f"select * from ({table.query}) order by {order}")
        headings[table.name] = table.columns
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for name, frame in frames.items():
        write_csv(frame, tables / f"{name}.csv")
        frame.write_parquet(tables / f"{name}.parquet")
    write_workbook(frames, headings, scheme, folder / "tables.xlsx")
    return {name: frame.height for name, frame in frames.items()}


def result_columns(scheme: Scheme, models: Iterable[Model]) -> dict[str, list[str]]:
    """The columns of every table that a year may have, known before any is built."""
    return {table.name: list(table.columns) for table in result_tables(scheme, models)}


def write_csv(frame: pl.DataFrame, path: Path | IO[bytes]) -> None:
    """CSV that spreadsheet programs open right, and in safety: UTF-8 with a BOM, CRLF, no text that they would run.

    A name or a ballot that somebody sends may contain a formula. Text that a spreadsheet would read as a formula gets an
    apostrophe before it, in the CSV file only: the Parquet file has every text as it is, the workbook as text.
    """
    texts = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    frame.with_columns(_defused(column) for column in texts).write_csv(path, include_bom=True, line_terminator="\r\n")


def _defused(column: str) -> pl.Expr:
    # A text that begins with apostrophes before such a sign gets one more, so that taking one away always gives it back.
    text = pl.col(column)
    risky = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)
