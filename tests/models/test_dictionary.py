"""The database explains itself: every table and every column of a year that is kept has a comment."""

import pytest

from flows.warehouse.notes import write_notes
from tests.validation.year import evaluated


@pytest.fixture(scope="module")
def database():
    with evaluated() as evaluation:
        write_notes(evaluation.connection, evaluation.models)
        yield evaluation.connection


def test_every_table_has_a_comment(database):
    assert (
        database.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where coalesce(comment, '') = ''"
        ).fetchall()
        == []
    )


def test_every_column_has_a_comment(database):
    assert (
        database.execute(
            "select concat_ws('.', schema_name, table_name, column_name) from duckdb_columns() "
            "where not internal and coalesce(comment, '') = ''"
        ).fetchall()
        == []
    )


def test_the_database_holds_every_layer(database):
    layers = database.execute("select schema_name, count(*) from duckdb_tables() group by all order by all").fetchall()
    assert [layer for layer, _ in layers] == ["draws", "published", "ranked", "raw", "ref", "run", "scored", "staged"]
    assert all(tables >= 2 for _, tables in layers)
