"""`pingyi model`: a developer sees one model built aside, on what the warehouse holds, and nothing is changed."""

import re
import shutil
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from flows.command import main
from flows.explain import model as room
from flows.warehouse.models import read_models
from flows.warehouse.notes import write_notes
from tests.validation.year import evaluated


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data home whose warehouse holds a small year."""
    folder = tmp_path_factory.mktemp("home")
    with evaluated() as evaluation:
        connection = evaluation.connection
        write_notes(connection, evaluation.models)
        own, path = connection.execute("select database_name, path from duckdb_databases() where not internal").fetchall()[0]
        # A run writes nowhere but to its own folder.
        kept = Path(path).with_name("kept.duckdb")
        connection.execute(f"attach '{kept}' as kept")
        connection.execute(f"copy from database {own} to kept")
        connection.execute("detach kept")
        shutil.move(kept, folder / "warehouse.duckdb")
    return folder


@pytest.fixture
def run(home, capsys):
    def run(*words: str) -> tuple[int, str, str]:
        try:
            main(["model", *words, "--data", str(home)])
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def sql(tmp_path, monkeypatch):
    """A copy of `sql/` that a test may change."""
    shutil.copytree(room.SQL, tmp_path / "sql")
    monkeypatch.setattr(room, "SQL", tmp_path / "sql")
    return tmp_path / "sql"


def test_without_a_name_every_model_is_listed_with_what_it_is(run):
    status, out, _ = run()
    models = read_models(room.SQL)
    assert status == 0 and len(out.splitlines()) == len(models)
    for line, model in zip(out.splitlines(), models, strict=True):
        assert line.startswith(model.name) and line.endswith(model.summary)


@pytest.mark.parametrize("name", ["scored.source_scores", "source_scores", "sql/scored/source_scores.sql"])
def test_a_model_shows_what_it_is_and_its_rows(run, home, name):
    before = sha256((home / "warehouse.duckdb").read_bytes()).hexdigest()
    status, out, _ = run(name, "--where", "source = 'mayor'", "--rows", "2")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "scored.source_scores（sql/scored/source_scores.sql）"
    assert "粒度：source, site_id" in lines and any(line.startswith("检查：score") for line in lines)
    assert any(line.startswith("读取：") and "staged.given_scores" in line for line in lines)
    assert any(line.startswith("被读取：") and "scored.composite_steps" in line for line in lines)
    assert "（2007 年）" in out and "符合条件的有 3 行，列出 2 行" in out
    assert [line.split() for line in lines[-2:]] == [["mayor", "s1", "70.00"], ["mayor", "s2", "80.00"]]
    assert sha256((home / "warehouse.duckdb").read_bytes()).hexdigest() == before
    assert [path.name for path in home.iterdir()] == ["warehouse.duckdb"]


def test_what_a_model_depends_on_is_built_from_the_files_as_they_are(run, sql):
    given = sql / "staged" / "given_scores.sql"
    text = given.read_text(encoding="utf-8")
    assert text.count("    given.score ") == 1
    given.write_text(text.replace("    given.score ", "    cast(given.score / 2 as decimal(9, 2)) as score "), encoding="utf-8")
    status, out, _ = run("scored.source_scores", "--where", "source = 'mayor' and site_id = 's1'")
    assert status == 0 and out.splitlines()[-1].split() == ["mayor", "s1", "35.00"]


def test_a_column_is_traced_down_to_raw_with_its_notes(run, home):
    status, out, _ = run("published.composite_scores", "--column", "composite")
    lines = out.splitlines()
    assert status == 0 and lines[0].startswith("published.composite_scores.composite  ")
    assert lines[1].startswith("  ranked.composites.composite")
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        (note,) = connection.execute(
            "select comment from duckdb_columns() where schema_name = 'raw' and table_name = 'given_scores' and column_name = 'score'"
        ).fetchall()[0]
    assert any(re.fullmatch(rf" +raw\.given_scores\.score +{re.escape(note)}", line) for line in lines)
    assert any(line.strip() == "raw.ballots 的行数" for line in lines)


def test_a_model_that_breaks_its_grain_or_check_ends_with_3_and_says_which(run, sql):
    path = sql / "staged" / "given_scores.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("-- grain:", "-- check: score < 0\n-- grain:"), encoding="utf-8")
    status, _, err = run("staged.given_scores")
    assert status == 3 and "staged.given_scores" in err and "有 3 行不满足“score < 0”" in err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("from raw.", "from row.", "sql/ 里有模型不合规矩：staged.given_scores reads row."), ("select\n", "select\n    nothing.x,  -- x\n", "模型 staged.given_scores 算不出来")],
)  # fmt: skip
def test_a_model_file_at_fault_ends_with_1_and_no_traceback(run, sql, old, new, words):
    path = sql / "staged" / "given_scores.sql"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    status, _, err = run("staged.given_scores")
    assert status == 1 and words in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scored.composits"], "你是不是要 scored.composites"),
        (["composites"], "可以是 scored.composites 或 ranked.composites"),
        (["scored.composites", "--column", "score"], "它的列：site_id"),
        (["scored.composites", "--where", "site_id ="], "--where 的条件不能用"),
    ],
)
def test_what_does_not_exist_ends_with_2_and_says_what_there_is(run, words, message):
    status, _, err = run(*words)
    assert status == 2 and message in err


def test_without_a_warehouse_it_says_what_to_run(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["model", "scored.composites", "--data", str(tmp_path)])
    assert end.value.code == 1 and "请先运行 pingyi nightly 或 yearly" in capsys.readouterr().err


def test_an_older_warehouse_that_lacks_a_table_is_reported_as_such(home, tmp_path, capsys):
    shutil.copy(home / "warehouse.duckdb", tmp_path)
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("drop table raw.given_scores")
    with pytest.raises(SystemExit) as end:
        main(["model", "staged.given_scores", "--data", str(tmp_path)])
    err = capsys.readouterr().err
    assert end.value.code == 1 and "没有表 raw.given_scores" in err


def test_a_trace_needs_no_warehouse(tmp_path, capsys):
    main(["model", "scored.composites", "--column", "composite", "--data", str(tmp_path)])
    assert "raw.given_scores.score" in capsys.readouterr().out
