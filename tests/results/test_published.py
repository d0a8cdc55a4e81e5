"""A column or a table that is added in `sql/published/` is published everywhere, from its file alone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from flows.documents import write_documents
from flows.errors import OperatorError
from flows.home import Home
from flows.host.progress import silent
from flows.results.tables import result_columns, write_tables
from flows.scheme.file import parse_scheme
from flows.settings import SQL
from flows.validation.run import validate
from flows.validation.suites import Suite, result_suites
from flows.warehouse.engine import Connection
from flows.warehouse.models import Model, ModelFault, build, read_models
from flows.warehouse.notes import write_notes
from flows.warehouse.previous import previous_rows
from tests.validation.year import SCHEME, SITES, evaluated

COLUMN = "    cast(-1.5 as decimal(9, 2)) as sample_points,        -- 扣分 | -100 to 0 | points taken off\n"
BEFORE = "    ranked.composite,  "
NEXT = '    ranked.rank + 1 as "后一名",     -- 后一名 | from 2 | the rank after it\n'
IN_ANNEX = "    sites.name as"
TABLE = """-- The longest name of every group.
-- title: 最长的名称
-- position: 45
-- grain: year, group
-- rows: groups
select
    scheme.year,                                -- 年度 | of year | evaluated year
    sites.group_id as "group",                  -- 组别 | of groups | group of sites
    cast(max(length(sites.name)) as integer) as longest  -- 字数 | 0 to 200 | characters of the longest name
from ref.sites
cross join ref.scheme
group by scheme.year, sites.group_id
"""
SOURCES = [source.id for source in SCHEME.sources]


@pytest.fixture
def sql(tmp_path, monkeypatch) -> Path:
    """A copy of `sql/` with the column and the table, which is where everybody looks for what is published."""
    folder = shutil.copytree(SQL, tmp_path / "sql")
    ranking = folder / "published" / "composite_scores.sql"
    text = ranking.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    ranking.write_text(text.replace(BEFORE, COLUMN + BEFORE), encoding="utf-8")
    annexes = folder / "published" / "annexes.sql"
    annexes.write_text(annexes.read_text(encoding="utf-8").replace(IN_ANNEX, NEXT + IN_ANNEX), encoding="utf-8")
    (folder / "published" / "name_lengths.sql").write_text(TABLE, encoding="utf-8")
    for module in ("flows.documents.listings", "flows.scheme.file", "flows.warehouse.previous"):
        monkeypatch.setattr(f"{module}.SQL", folder)
    return folder


@contextmanager
def year(sql: Path, results: Path) -> Iterator[tuple[Connection, tuple[Model, ...]]]:
    """The small year by the models of `sql`, its tables in `results`."""
    with evaluated() as evaluation:
        models = read_models(sql)
        _publish(evaluation.connection, models, results)
        yield evaluation.connection, models


def _publish(connection: Connection, models: tuple[Model, ...], results: Path) -> None:
    connection.execute("insert into ref.reference_figures (position, figure, value, units, scale, table_name, column_name,"
                       " row_pattern, measure) values (1, 'f', -4.5, 10, 1, 'composite_scores', 'sample_points', '%', 'sum')")  # fmt: skip
    for model in models:
        if model.schema == "published":
            build(connection, model)
    write_tables(connection, SCHEME, models, results)


def test_a_new_column_and_a_new_table_are_in_every_form_of_the_results(sql, tmp_path):
    with year(sql, tmp_path / "results") as (connection, models):
        write_notes(connection, models)
        assert connection.execute(
            "select comment from duckdb_columns() where table_name = 'composite_scores' and column_name = 'sample_points'"
        ).fetchall() == [("扣分 | -100 to 0 | points taken off",)]
        # The three sites' sample_points are what a printed figure is held against.
        assert connection.execute("select computed, verdict from published.reference_check").fetchall() == [
            (Decimal("-4.5"), "equal")
        ]
    columns = ["year", "group", "rank", "site_id", "name", *SOURCES, "sample_points", "composite"]
    columns += ["previous_composite", "previous_rank", "flags"]
    assert result_columns(SCHEME, models)["composite_scores"] == columns
    tables = tmp_path / "results" / "tables"
    for name, expected in (
        ("composite_scores", columns),
        ("name_lengths", ["year", "group", "longest"]),
        ("annex_district", ["序号", "后一名", "网站", "综合得分"]),
    ):
        assert pl.read_parquet(tables / f"{name}.parquet").columns == expected
        assert (tables / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",") == expected
    book = CalamineWorkbook.from_path(tmp_path / "results" / "tables.xlsx")
    heads = book.get_sheet_by_name("composite_scores").to_python()[0]
    assert heads[columns.index("sample_points")] == "扣分" and heads[5:11] == [source.label for source in SCHEME.sources]
    # Its position is between those of satisfaction and of ballot_audit.
    index = book.sheet_names.index("name_lengths")
    assert book.sheet_names[index - 1 : index + 2] == ["satisfaction", "name_lengths", "ballot_audit"]
    assert book.get_sheet_by_name("name_lengths").to_python()[0] == ["年度", "组别", "字数"]


def test_what_is_expected_of_them_is_what_their_files_say(sql, tmp_path):
    with year(sql, tmp_path / "results") as (connection, models):
        rows = {model.table: connection.sql(f"select count(*) from {model.name}").fetchall()[0][0] for model in models}
        suites = {suite.name: suite for suite in result_suites(SCHEME, models, SITES.height, rows)}
        (cells,) = (words for words in said(suites["result_composite_scores"]) if "没有空值" in words)
        assert [words.removesuffix(" 没有空值") for words in cells.split("；") if words.endswith("没有空值")] == [
            "year", "group", "rank", "site_id", "name", "sample_points", "composite", "flags",
        ]  # fmt: skip
        assert "；sample_points 在 -100 到 0 之间；" in cells
        lengths = suites["result_name_lengths"]
        assert lengths.title == "将公布的表：最长的名称"
        assert said(lengths) == [
            "恰有 2 行",
            "group 不重复",
            "year 没有空值；year 都在方案所列之中；group 没有空值；group 都在方案所列之中；longest 没有空值；longest 在 0 到 200 之间",
        ]
        connection.execute("update published.composite_scores set sample_points = 1 where site_id = 's1'")
        connection.execute("update published.composite_scores set sample_points = null, flags = null where site_id = 's2'")
        connection.execute("delete from published.name_lengths where \"group\" = 'district'")
        outcomes = validate(connection, [suites["result_composite_scores"], lengths], silent)
        assert [failure for outcome in outcomes for failure in outcome.failures] == [
            f"将公布的表：综合得分和名次：应当“{cells}”，实际有 2 行不符，如 sample_points 是 1.00、sample_points 是空的、flags 是空的",
            "将公布的表：最长的名称：应当“恰有 2 行”，实际为 1",
        ]


def said(suite: Suite) -> list[str]:
    return [expectation.says for expectation in suite.expectations]


def test_the_page_shows_them_by_their_names(sql, tmp_path):
    with year(sql, tmp_path / "results"):
        pass
    write_documents(SCHEME, Home(tmp_path), tmp_path / "results", silent)
    text = (tmp_path / "results" / "index.html").read_text(encoding="utf-8")
    assert "最长的名称" in text and "字数" in text
    assert "扣分" in text and "-1.50" in text
    # The annex shows what it did, and what is new in it stands in a table of its own.
    assert "后一名" in text and "后一名" not in text.split('id="annexes"')[1].split("</section>")[0]


@pytest.mark.parametrize("kept", ["all", "the ranking", "the ranking as CSV"])
def test_a_new_column_is_no_source_of_the_year_after(sql, tmp_path, kept):
    results = tmp_path / "results" / str(SCHEME.year - 1)
    with year(sql, results):
        pass
    if kept != "all":
        (results / "tables" / "source_weights.parquet").unlink()
        (results / "tables" / "source_weights.csv").unlink()
    if kept == "the ranking as CSV":
        (results / "tables" / "composite_scores.parquet").unlink()
    scores = previous_rows(Home(tmp_path), SCHEME)["previous_scores"]
    assert {row["source"] for row in scores} == set(SOURCES)
    assert len(scores) == len(SOURCES) * SITES.height


def test_a_source_may_not_have_the_name_of_a_new_column(sql):
    text = """
    year = 2007
    title = "评议"
    timezone = "Asia/Shanghai"
    [groups.g]
    label = "组"
    publish_top = 1
    weights = { sample_points = 1 }
    [sources.sample_points]
    label = "扣分"
    kind = "given"
    """
    with pytest.raises(OperatorError) as fault:
        parse_scheme(text.encode(), 2007, "2007.toml")
    assert fault.value.faults == ("sources.sample_points：是保留名，请换一个",)


def test_a_new_column_without_a_chinese_name_is_refused_in_words(sql):
    ranking = sql / "published" / "composite_scores.sql"
    ranking.write_text(ranking.read_text(encoding="utf-8").replace("扣分 | -100 to 0 | ", ""), encoding="utf-8")
    with pytest.raises(
        ModelFault, match=r"^published\.composite_scores: the note of sample_points must begin with what people call"
    ):
        read_models(sql)


def test_a_new_table_without_a_title_is_refused_in_words(sql):
    (sql / "published" / "name_lengths.sql").write_text(TABLE.replace("-- title: 最长的名称\n", ""), encoding="utf-8")
    with pytest.raises(ModelFault, match=r"^published\.name_lengths: what is published needs a line '-- title: …'"):
        read_models(sql)
