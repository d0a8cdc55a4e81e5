"""What SQL may reach: the folders of its run, whatever the statement says, and none of the settings."""

import duckdb
import polars as pl
import pytest

from flows.settings import read_settings
from flows.warehouse.engine import EngineError, beside, fresh_database, insert_parquet, read_only_database

_ATTACKS = [
    "select * from read_text('{outside}/secret.txt')",
    "select * from read_csv('{outside}/secret.txt')",
    "select * from '{outside}/x.parquet'",
    "select * from read_parquet('{outside}/x.parquet')",
    "copy (select 1) to '{outside}/written.csv'",
    "copy (select 1) to '{outside}/written.parquet' (format parquet)",
    "export database '{outside}/exported'",
    "attach '{outside}/other.duckdb'",
    "install httpfs",
    "load '{outside}/evil.duckdb_extension'",
    "load httpfs",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "set lock_configuration = false",
    "reset lock_configuration",
    "pragma enable_external_access = true",
    "set autoload_known_extensions = true",
]  # fmt: skip


@pytest.fixture
def folders(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    for folder in (home, outside):
        folder.mkdir()
        (folder / "secret.txt").write_text("secret", encoding="utf-8")
        pl.DataFrame({"a": [1]}).write_parquet(folder / "x.parquet")
    return home, outside


def _refused(connection, outside, attack):
    before = sorted(outside.iterdir())
    with pytest.raises(EngineError):
        connection.execute(attack.format(outside=outside)).fetchall()
    assert sorted(outside.iterdir()) == before


@pytest.mark.parametrize("attack", _ATTACKS)
def test_a_run_reaches_its_own_folders_only(folders, attack):
    home, outside = folders
    with fresh_database(home / "w.duckdb", read_settings(home)) as connection:
        connection.execute("create schema s; create table s.t (a bigint)")
        _refused(connection, outside, attack)
        insert_parquet(connection, "s.t", home / "x.parquet", {})
        # A larger sort than memory goes on being spilled beside the database.
        assert connection.execute("select a from s.t").fetchall() == [(1,)]


@pytest.mark.parametrize("attack", _ATTACKS)
def test_who_looks_at_a_warehouse_reaches_nothing_else(folders, attack):
    home, outside = folders
    with duckdb.connect(home / "w.duckdb") as connection:
        connection.execute("create table t as select 7 as a")
    with read_only_database(home / "w.duckdb") as connection:
        assert connection.execute("select a from t").fetchall() == [(7,)]
        _refused(connection, outside, attack)
    with beside(home / "w.duckdb") as connection:
        assert connection.execute("select a from warehouse.t").fetchall() == [(7,)]
        _refused(connection, outside, attack)


@pytest.mark.parametrize("name", ["a*b", "a[1]", "a#b", "a%20b", "{a,b}", "a'b", "a\nb", "~", "评 议"])
def test_a_home_of_any_name_reads_its_own_files(tmp_path, name):
    for folder in (name, "axb", "a1", "a"):
        (tmp_path / folder).mkdir(exist_ok=True)
        pl.DataFrame({"a": [folder]}).write_parquet(tmp_path / folder / "x.parquet")
    home = tmp_path / name
    with fresh_database(home / "w.duckdb", read_settings(home)) as connection:
        connection.execute("create schema s; create table s.t (a varchar)")
        insert_parquet(connection, "s.t", home / "x.parquet", {})
        assert connection.execute("select a from s.t").fetchall() == [(name,)]
