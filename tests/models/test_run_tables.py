"""Rows of the schema `run`: put in by the names of their columns, as many as there are, whatever each of them has."""

import duckdb
import pytest

from flows.warehouse.engine import create_tables
from flows.warehouse.run_tables import add_rows, add_warnings, read_files, read_warnings

_FILE = {"dataset": "given", "sha256": "0" * 64, "size": 3, "rows_in": 1, "loaded": 1, "quarantined": 0}


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        create_tables(opened, "run")
        yield opened


def test_a_row_may_have_a_column_that_the_first_has_not_and_lack_one(connection):
    add_rows(
        connection,
        "files",
        [{**_FILE, "file": "a.csv", "lacking": ["x", "y"]}, {**_FILE, "file": "b.csv", "unknown": ["备注"]}],
    )
    assert [(file["file"], file["lacking"], file["unknown"]) for file in read_files(connection)] == [
        ("a.csv", ["x", "y"], None), ("b.csv", None, ["备注"])]  # fmt: skip


def test_hundreds_of_rows_keep_their_order_and_are_counted_on(connection):
    sentences = [f"{number}。" for number in range(257)]
    add_warnings(connection, sentences[:200])
    add_warnings(connection, sentences[200:])
    add_rows(connection, "warnings", [])
    assert read_warnings(connection) == sentences
    add_warnings(connection, ["先读这一条。"], first=True)
    assert read_warnings(connection) == ["先读这一条。", *sentences]


def test_a_column_that_the_table_has_not_is_an_error(connection):
    with pytest.raises(duckdb.Error, match="nothing_of_ours"):
        add_rows(connection, "warnings", [{"sentence": "x", "nothing_of_ours": 1}])
