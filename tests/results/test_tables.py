"""The result tables as CSV and Parquet: shape, order and bytes."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.results.quarantine import write_quarantine
from flows.results.tables import result_columns, result_tables, write_csv, write_tables
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.validation.year import SCHEME, evaluated

TABLES = (
    ["composite_scores", "annex_department", "annex_district", "group_summary", "satisfaction", "ballot_audit", "composite_steps", "source_details", "check_counts", "service_inventory", "rank_confidence", "weight_sensitivity", "approval_items", "participation", "source_weights", "portal_columns", "portal_figures", "sites", "source_items", "claimed_points", "lost_months", "failed_items", "failed_checks", "previous_scores", "coverage_summary", "coverage", "coverage_effects"]
)  # fmt: skip
MADE = list(result_tables(SCHEME, read_models(SQL)))


def csv_bytes(frame: pl.DataFrame, folder: Path) -> bytes:
    write_csv(frame, folder / "table.csv")
    return (folder / "table.csv").read_bytes()


def test_csv_has_a_bom_crlf_and_quotes_where_they_are_needed(tmp_path):
    scores = [Decimal("85.10"), None, Decimal(1), Decimal(2), Decimal(3)]
    frame = pl.DataFrame(
        {"名称": ["甲", "a,b", 'say "x"', "two\nlines", None], "分": scores}, schema_overrides={"分": pl.Decimal(9, 2)}
    )
    assert csv_bytes(frame, tmp_path) == (
        '\ufeff名称,分\r\n甲,85.10\r\n"a,b",\r\n"say ""x""",1.00\r\n"two\nlines",2.00\r\n,3.00\r\n'.encode()
    )


def test_csv_of_a_table_without_rows_has_its_header(tmp_path):
    assert csv_bytes(pl.DataFrame(schema={"a": pl.String, "b": pl.Int32}), tmp_path) == b"\xef\xbb\xbfa,b\r\n"


def test_a_csv_reader_gets_every_text_back(tmp_path):
    texts = ["", " x ", "a=1+1", "a\rb", '"', ",", "',", "\u3000全角", "|", "a\r\nb"]
    read = csv.reader(io.StringIO(csv_bytes(pl.DataFrame({"a": texts, "b": 1}), tmp_path).decode("utf-8-sig"), newline=""))
    assert [row[0] for row in read][1:] == texts


def read(content: bytes) -> list[str]:
    return [row[0] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))][1:]


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_before_it(tmp_path):
    texts = [
        "=1+1",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-2+3",
        " =1",
        "\n=1",
        "\t=1",
        "\u3000＝1",
        "\xa0=1",
        "＋1＋1",
        "'=1",
        "''@x",
    ]
    assert read(csv_bytes(pl.DataFrame({"a": texts, "b": 1}), tmp_path)) == [f"'{text}" for text in texts]


def test_numbers_with_a_sign_and_other_text_stay_as_they_are(tmp_path):
    texts = ["-5", "+3.25", "-0.5%", "-", "'x", "a-b", "2007-01", "http://x/?a=1", "——", "（-1）"]
    assert read(csv_bytes(pl.DataFrame({"a": texts, "b": 1}), tmp_path)) == texts


def test_the_columns_of_every_table_are_known_before_it_is_built(written):
    columns = result_columns(SCHEME, read_models(SQL))
    assert list(columns) == [*TABLES[:-3], "reference_check", *TABLES[-3:]]
    for name in TABLES:
        assert columns[name] == pl.read_parquet(written[0] / f"tables/{name}.parquet").columns


@pytest.fixture(scope="module")
def database():
    with evaluated() as evaluation:
        yield evaluation.connection


@pytest.fixture(scope="module")
def written(database, tmp_path_factory) -> tuple[Path, dict[str, int]]:
    folder = tmp_path_factory.mktemp("results")
    return folder, write_tables(database, SCHEME, read_models(SQL), folder)


def test_every_table_is_there_as_csv_and_parquet_and_all_in_a_workbook(written):
    folder, rows = written
    assert list(rows) == TABLES
    expected = ["tables.xlsx", *sorted(f"tables/{name}.{kind}" for name in TABLES for kind in ("csv", "parquet"))]
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == sorted(expected)


def as_written(cell: object) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else str(cell)


def test_rows_are_counted_and_the_same_in_both_forms(written):
    folder, rows = written
    for name, count in rows.items():
        frame = pl.read_parquet(folder / "tables" / f"{name}.parquet")
        lines = list(csv.reader((folder / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="")))
        assert lines[0] == frame.columns
        assert lines[1:] == [[as_written(cell) for cell in row] for row in frame.rows()]
        assert len(lines[1:]) == count


def test_the_ranking_has_a_column_a_source_in_the_schemes_order(written):
    frame = pl.read_parquet(written[0] / "tables/composite_scores.parquet")
    assert frame.columns == (
        [
            "year",
            "group",
            "rank",
            "site_id",
            "name",
            "public",
            "expert",
            "self_check",
            "daily_work",
            "service_audit",
            "mayor",
            "composite",
            "previous_composite",
            "previous_rank",
            "flags",
        ]
    )
    assert frame["mayor"].to_list() == [Decimal(score) for score in ("80.00", "70.00", "90.00")]
    assert frame["name"].to_list() == ["二", "一", "三"]


def test_an_annex_holds_its_group_alone(written):
    columns = ["序号", "网站", "综合得分"]
    for group, site in (("department", "二"), ("district", "三")):
        frame = pl.read_parquet(written[0] / f"tables/annex_{group}.parquet")
        assert frame.columns == columns
        assert frame.rows()[0][:2] == (1, site)
        assert frame.height == 1


def test_rows_are_in_the_order_of_the_key_columns(database, written):
    for table in MADE:
        if table.needs:
            continue
        keys = pl.read_parquet(written[0] / f"tables/{table.name}.parquet").select(table.order).rows()
        assert keys == sorted(keys)


def test_equal_tables_give_equal_bytes_in_whatever_order_their_rows_stand(database, written, tmp_path):
    first = written[0]
    with evaluated() as evaluation:
        connection = evaluation.connection
        for (name,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'published'").fetchall():
            connection.execute(f"create or replace table published.{name} as from published.{name} order by all desc")
        write_tables(connection, SCHEME, read_models(SQL), tmp_path)
    for name in TABLES:
        for kind in ("csv", "parquet"):
            path = f"tables/{name}.{kind}"
            assert (tmp_path / path).read_bytes() == (first / path).read_bytes(), path
    assert (tmp_path / "tables.xlsx").read_bytes() == (first / "tables.xlsx").read_bytes()


def test_the_reference_check_is_published_only_where_there_is_a_reference():
    assert [table.name for table in MADE] == [*TABLES[:-3], "reference_check", *TABLES[-3:]]
    assert {table.name: table.needs for table in MADE if table.needs} == {"reference_check": "ref.reference_figures"}


def test_quarantine_has_a_file_a_dataset_in_order_and_takes_the_old_ones_place(tmp_path):
    folder = tmp_path / "quarantine" / "2007"
    folder.mkdir(parents=True)
    (folder / "expert.csv").write_text("of an earlier run")
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            """create table raw.quarantine as select * from (values
            ('public', 'b.csv', 2, 'site', '某,网', '不认识'), ('public', 'a.csv', 10, '', '', '字段数不对'),
            ('public', 'a.csv', 9, 'score', '=1', '不是数字'), ('mayor', 'c.csv', 2, 'score', '101', '超出范围')
            ) as quarantine (dataset, file, line, "column", value, reason)"""
        )
        write_quarantine(connection, folder)
    header = "\ufeffdataset,file,line,column,value,reason\r\n"
    assert {path.name: path.read_bytes().decode() for path in folder.iterdir()} == {
        "public.csv": header + 'public,a.csv,9,score,\'=1,不是数字\r\npublic,a.csv,10,"","",字段数不对\r\n'
        'public,b.csv,2,site,"某,网",不认识\r\n',
        "mayor.csv": header + "mayor,c.csv,2,score,101,超出范围\r\n",
    }
