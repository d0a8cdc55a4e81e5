"""Runs models on rows that are written as text tables.

    expect(
        "scored.source_scores",
        {
            "scored.aspect_means": '''
                aspect | mean_score
                a      | 80
            ''',
            ...
        },
        "site_id score",
        [("s1", to(2, 80))],
    )

Only the model under test is built; tables that are not written stay empty. A column that is not written has the
default below, an empty cell is null, and '' is the empty text. Types and constraints are those of the real tables.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

import duckdb

from flows.settings import SQL
from flows.warehouse.engine import create_tables, quoted
from flows.warehouse.models import build, read_models
from flows.warehouse.raw import create_raw_tables
from flows.warehouse.ref import create_ref_tables

# One world of one group, source, site, aspect and indicator; a test draws what differs from it.
_DEFAULTS = {
    "source": "src", "site_id": "s1", "group_id": "g", "aspect": "a", "indicator": "i", "item_type": "t", "level": "1",
    "year": "2007", "timezone": "Asia/Shanghai", "provisional": "false", "publish_top": "10",
    "weight": "1", "max_points": "10", "points": "0", "inflation_penalty": "0", "trim_each_side": "0", "measure": "value",
    "opens": "2007-11-01", "closes": "2007-12-20", "satisfied": "false", "kind": "given", "is_sample": "false",
    "submitted_at": "2007-11-15 02:00:00", "submitted_on": "2007-11-15", "timed": "true", "month": "2007-01",
    "checked_at": "2007-01-15 02:00:00", "checked_on": "2007-01-15", "check": "c", "approval": "false", "online": "false", "file_id": "1",
    "confirm": "1", "outcome": "passed", "url": "", "place": "1", "deliveries": "1", "in_period": "true", "counts": "true",
    "confirmed": "false", "scale": "1", "units": "1", "score": "50",
}  # fmt: skip
# In these columns every row has its own number.
_NUMBERED = {"ballot_id", "voter", "expert_id", "item_id", "position", "line", "name", "figure"}
# In these tables the column means something of its own.
_OWN_DEFAULTS = {
    ("raw.ballots", "ratings"): "[1]",
    ("ref.scheme", "missing"): "fail",
    **{("staged.waivers", column): "" for column in ("site_id", "item", "document")},
    ("staged.waivers", "most"): "1000000000",
    **{("ref.crawl_rules", column): None for column in ("opens", "closes")},
    ("raw.crawl_checks", "url"): None,
    **{("raw.audit_items", check): "na" for check in ("reachable", "guide", "form", "online")},
}

_EMPTY = "''"

Rows = list[tuple]


@cache
def _models():
    return {model.name: model for model in read_models(SQL)}


@cache
def _empty_tables() -> dict[str, tuple[str, dict[str, str]]]:
    """Every table of a year without any row: the statement that makes it, and its columns with their types."""
    connection = duckdb.connect()
    create_raw_tables(connection)
    create_tables(connection, "draws")
    create_ref_tables(connection)
    for model in _models().values():
        build(connection, model)
    columns: dict[str, dict[str, str]] = {}
    for table, column, type_ in connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by column_index"
    ).fetchall():
        columns.setdefault(table, {})[column] = type_
    made = connection.execute("select schema_name || '.' || table_name, sql from duckdb_tables()").fetchall()
    return {table: (sql, columns[table]) for table, sql in made}


def text_rows(text: str) -> list[dict[str, str | None]]:
    """The rows of a text table: cells between vertical bars, columns named by the first line."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    header, *rows = lines or [[]]
    if not all(len(row) == len(header) for row in rows):
        raise ValueError(f"every row needs {len(header)} cells: {text}")
    return [{name: "" if cell == _EMPTY else cell or None for name, cell in zip(header, row, strict=True)} for row in rows]


def fill(connection: duckdb.DuckDBPyConnection, name: str, text: str) -> None:
    """Inserts the rows of a text table into a table of the database."""
    _, types = _empty_tables()[name]
    for number, row in enumerate(text_rows(text), start=1):
        unknown = row.keys() - types.keys()
        if unknown:
            raise ValueError(f"{name} has no column {unknown}")
        cells = [row[column] if column in row else _default(name, column, number) for column in types]
        parameters = ", ".join(f"cast(? as {type_})" for type_ in types.values())
        connection.execute(f"insert into {name} values ({parameters})", cells)


def _default(table: str, column: str, number: int) -> str | None:
    if column in _NUMBERED:
        return str(number)
    return _OWN_DEFAULTS.get((table, column), _DEFAULTS.get(column))


def given(tables: dict[str, str], models: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A database with these tables, in which `models` can be built. `ref.scheme` and `ref.crawl_rules` have a default row."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    drawings = {"ref.scheme": "year\n2007", "ref.crawl_rules": "confirm\n1"} | tables
    read = {read for model in models for read in _models()[model].reads}
    for name in sorted((read | drawings.keys()) - set(models)):
        connection.execute(f"create schema if not exists {quoted(name.split('.')[0])}")
        connection.execute(_empty_tables()[name][0])
        fill(connection, name, drawings.get(name, ""))
    return connection


def rows(model: str, tables: dict[str, str], columns: str, first: Sequence[str] = ()) -> Rows:
    """The columns of a model's rows, sorted. The models `first` are built before it; other tables are written."""
    connection = given(tables, [*first, model])
    for name in (*first, model):
        build(connection, _models()[name])
    listed = ", ".join(quoted(column) for column in columns.split())
    return _sorted(connection.execute(f"select {listed} from {model}").fetchall())


def expect(model: str, tables: dict[str, str], columns: str, expected: Sequence[tuple], first: Sequence[str] = ()) -> None:
    """The model builds exactly these rows, in whatever order."""
    assert rows(model, tables, columns, first) == _sorted(expected)


def _sorted(values: Sequence[tuple]) -> Rows:
    return sorted(values, key=lambda row: [(cell is None, str(cell)) for cell in row])


def to(decimal_places: int, value) -> Decimal:
    """Exact arithmetic rounded half away from zero to so many places, as method 2 says."""
    exact = Fraction(str(value)) if isinstance(value, (float, str)) else Fraction(value)
    units = abs(exact) * 10**decimal_places
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(whole if exact >= 0 else -whole).scaleb(-decimal_places)


def mean(*values) -> Fraction:
    """The exact mean of whole or written-out decimal numbers."""
    return sum(Fraction(str(value)) for value in values) / len(values)
