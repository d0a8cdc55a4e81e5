"""The steps of an evaluation, run here without a server, and the tables of the schema `run` that they fill."""

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import duckdb
import pytest

from flows.errors import GateError, OperatorError
from flows.evaluate.evaluation import Evaluation, aside
from flows.evaluate.pipeline import intake, pipeline
from flows.evaluate.write import write_results
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.scheme.file import read_scheme
from flows.settings import ROOT, SQL, read_settings
from flows.warehouse.draws import READS
from flows.warehouse.models import read_models
from flows.warehouse.run_tables import add_warnings, read_files, read_warnings
from tests.flows.homes import COMPOSITES, YEAR, small_home, write_rows


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@contextmanager
def evaluation(home) -> Iterator[Evaluation]:
    with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as opened:
        yield opened


@contextmanager
def evaluated(home) -> Iterator[Evaluation]:
    with evaluation(home) as made:
        run_here(pipeline(made))
        yield made


def test_every_step_comes_after_all_that_it_needs(home):
    with evaluation(home) as made:
        steps = pipeline(made)
    names = [step.name for step in steps]
    assert len(set(names)) == len(names)
    for index, step in enumerate(steps):
        assert set(step.after) <= set(names[:index]), step.name
    models = {model.name: model for model in read_models(SQL)}
    assert [name for name in names if name in models] == [name for name in names if "." in name]
    assert {name for name in names if "." in name} == models.keys()
    # A model that reads the draws comes after the step that makes them, and that step after the models that it reads.
    readers = [name for name, model in models.items() if any(read.startswith("draws.") for read in model.reads)]
    assert readers and all(names.index("draw rankings") < names.index(name) for name in readers)
    assert all(names.index(name) < names.index("draw rankings") for name in READS)


def test_the_steps_here_give_what_a_calculator_gives(home):
    with evaluated(home) as made:
        rows = made.connection.execute("select site_id, composite from published.composite_scores").fetchall()
    assert {site: float(composite) for site, composite in rows} == COMPOSITES


def test_who_leaves_out_the_checks_gets_the_same_tables(home):
    query = "select * from published.composite_scores order by site_id"
    with evaluated(home) as made:
        checked = made.connection.execute(query).fetchall()
    with evaluation(home) as made:
        run_here(step for step in pipeline(made) if not step.check)
        assert made.connection.execute(query).fetchall() == checked
        assert made.connection.execute("select count(*) from run.expectations").fetchall() == [(0,)]


def test_a_source_that_a_site_lacks_stops_the_steps_before_rankings_are_drawn(home):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88.125"]])
    with evaluation(home) as made, pytest.raises(OperatorError, match="第二局（s2）没有 上级评分（given）的得分"):
        steps = pipeline(made)
        names = [step.name for step in steps]
        assert names.index("missing sources") < names.index("draw rankings")
        run_here(steps)


def test_a_provisional_evaluation_has_neither_gates_nor_a_check_of_missing_sources(home):
    with evaluation(home) as made:
        final = {step.name for step in pipeline(made)}
        provisional = Evaluation(**{name: getattr(made, name) for name in made.__dataclass_fields__} | {"provisional": True})
        assert final - {step.name for step in pipeline(provisional)} == {"gates", "missing sources"}


def test_a_check_of_the_data_goes_as_far_as_their_validation(home):
    with evaluation(home) as made:
        steps = [step.name for step in intake(made)]
        assert steps == [step.name for step in pipeline(made)][: len(steps)] and steps[-1] == "validate raw"


@pytest.mark.parametrize(("more", "said", "threads"), [(0, None, 1), (9 << 20, None, None), (0, "3", 3), (9 << 20, "3", 3)])
def test_a_small_year_takes_one_thread_unless_the_settings_say(home, monkeypatch, more, said, threads):
    (home / "raw" / str(YEAR) / "given" / "notes.txt").write_bytes(b" " * more)
    if said:
        monkeypatch.setenv("PINGYI_THREADS", said)
    with evaluation(home) as made:
        used = [
            opened.execute("select current_setting('threads')").fetchall() for opened in (made.connection, duckdb.connect())
        ]
        assert used[0] == ([(threads,)] if threads else used[1])


def test_every_file_is_in_the_runs_database_with_the_account_of_its_rows(home):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88.125"], ["s2", "77"], ["nobody", "50"]])
    (home / "raw" / str(YEAR) / "given" / "again.csv").write_bytes(
        (home / "raw" / str(YEAR) / "given" / "scores.csv").read_bytes()
    )
    with evaluated(home) as made:
        inputs = {(file["dataset"], file["file"]): file for file in read_files(made.connection)}
        files = {
            (path.parent.name if path.parent != home / "raw" / str(YEAR) else "sites", path.name): path.stat().st_size
            for path in (home / "raw" / str(YEAR)).rglob("*.csv")
        }
        assert {key: file["size"] for key, file in inputs.items()} == files
        assert next(iter(inputs)) == ("sites", "sites.csv")
        assert all(file["rows_in"] == file["loaded"] + file["quarantined"] for file in inputs.values())
        given = [inputs["given", name] for name in ("again.csv", "scores.csv")]
        assert sorted((file["rows_in"], file["quarantined"], bool(file["same_as"])) for file in given) == [
            (0, 0, True),
            (3, 1, False),
        ]
        (faults,) = made.connection.execute("select faults from run.files where quarantined > 0").fetchall()
        assert len(faults[0]) == 1 and "nobody" in faults[0][0]


def test_the_manifest_and_the_files_of_the_validation_say_what_the_tables_say(home, tmp_path):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88.125"], ["s2", "77"], ["nobody", "50"]])
    folder = tmp_path / "results"
    with evaluated(home) as made:
        write_results(made.connection, made.scheme, made.models, made.home, made.key_id, folder, silent)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["warnings"] == read_warnings(made.connection) and "given 有 1 行不合格。" in manifest["warnings"]
        models = made.connection.execute("select model, rows from run.models order by position").fetchall()
        assert [(step["model"], step["rows"]) for step in manifest["steps"]] == models
        assert {name for name, _ in models} == {model.name for model in read_models(SQL)}
        for name, rows in models:
            assert made.connection.execute(f"select count(*) from {name}").fetchall() == [(rows,)]
        suites = made.connection.execute("select suite, count(*) from run.expectations group by suite").fetchall()
        reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (folder / "validation").glob("*.json")}
        assert {name: len(report["results"]) for name, report in reports.items()} == dict(suites)
        assert all(report["success"] for report in reports.values())


def test_what_does_not_hold_is_in_the_table_of_expectations(home):
    with evaluation(home) as made:
        steps = pipeline(made)
        run_here(steps[:-1])
        made.connection.execute("update published.composite_scores set rank = 99 where site_id = 's2'")
        with pytest.raises(GateError, match=r"rank 在 1 到 2 之间.*如 rank 是 99"):
            run_here(steps[-1:])
        failed = made.connection.execute("select suite, says, report from run.expectations where not holds").fetchall()
        ((suite, says, report),) = failed
        assert suite == "result_composite_scores" and "rank 在 1 到 2 之间" in says.split("；")
        assert json.loads(report)["result"]["partial_unexpected_list"] == ["rank 是 99"]


def test_warnings_keep_their_order_and_those_that_may_change_results_most_go_before(home):
    with evaluation(home) as made:
        run_here(intake(made))
        made.connection.execute("delete from run.warnings")
        add_warnings(made.connection, ["a", "b"])
        add_warnings(made.connection, ["x", "y"], first=True)
        add_warnings(made.connection, [])
        add_warnings(made.connection, ["z"])
        assert read_warnings(made.connection) == ["x", "y", "a", "b", "z"]
        positions = made.connection.execute("select position from run.warnings order by position").fetchall()
        assert positions == [(number,) for number in range(1, 6)]


def test_prefect_is_imported_where_it_belongs():
    rooms = ("orchestrator", "operate")
    importers = set()
    for path in (ROOT / "flows").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(module.split(".")[0] == "prefect" for module in modules):
                importers.add(path.relative_to(ROOT / "flows").with_suffix("").as_posix())
    assert {name.split("/")[0] for name in importers} == set(rooms)


def test_a_database_that_is_kept_says_what_its_tables_and_columns_mean(small_published):
    with duckdb.connect(small_published / "warehouse.duckdb", read_only=True) as connection:
        for kind in ("tables", "columns"):
            (count, described) = connection.execute(
                f"select count(*), count(*) filter (where comment <> '') from duckdb_{kind}() where not internal"
            ).fetchall()[0]
            assert count == described > 0, kind
