"""Every gate of `sql/gates/` finds what it is about, and nothing in a year that is right; no published cell is without a gate."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.errors import GateError
from flows.evaluate.evaluation import Evaluation, aside
from flows.evaluate.pipeline import pipeline
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.scheme.file import read_scheme
from flows.settings import SQL, read_settings
from flows.warehouse.engine import column_types, quoted
from flows.warehouse.gates import failed_gates, recount
from flows.warehouse.models import RECOUNT, ModelFault, parse_model, read_models
from tests.engines.years import write_home

GATES = {path.stem: path.read_text(encoding="utf-8") for path in (SQL / "gates").glob("*.sql")}
# With every kind of source, crawl checks in both forms, a year before; the other one has what the portal reports.
SEED, OTHER_SEED = 22, 47
TABLES = {model.table: model for model in read_models(SQL) if model.contract}
# Printed figures are told, and never forbid anything.
UNTIED = {"reference_check"}


@contextmanager
def evaluated(seed: int) -> Iterator[Evaluation]:
    """The year of a seed with every model built and counted once more; nothing has checked it."""
    with TemporaryDirectory() as folder:
        number = write_home(seed, Path(folder))
        scheme = read_scheme(Home(Path(folder)), number)
        with aside(read_settings(Path(folder)), scheme, nullcontext(silent)) as evaluation:
            run_here(step for step in pipeline(evaluation) if not step.check)
            recount(evaluation.connection, SQL / RECOUNT)
            yield evaluation


@pytest.fixture(scope="module")
def year() -> Iterator[Evaluation]:
    with evaluated(SEED) as evaluation:
        yield evaluation


@pytest.fixture(scope="module")
def found(year: Evaluation) -> dict[str, dict[str, set[str]]]:
    """The gates that each damage breaks, by published table and by what is damaged; tables without rows are left out."""
    with evaluated(OTHER_SEED) as other:
        return {**_found(other), **_found(year)}


def _found(evaluation: Evaluation) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for table in TABLES.keys() - UNTIED:
        if evaluation.connection.execute(f"from published.{quoted(table)}").fetchall():
            for what, statement in damages(evaluation, table):
                with damaged(evaluation, statement):
                    found.setdefault(table, {})[what] = broken(evaluation, f"published.{table}")
    return found


@contextmanager
def damaged(evaluation: Evaluation, *statements: str) -> Iterator[None]:
    evaluation.connection.execute("begin")
    try:
        for statement in statements:
            evaluation.connection.execute(statement)
        yield
    finally:
        evaluation.connection.execute("rollback")


def broken(evaluation: Evaluation, table: str) -> set[str]:
    """The gates that look at a table and do not hold."""
    return {name for name, sql in GATES.items() if table in sql and evaluation.connection.execute(sql).fetchall()}


def damages(evaluation: Evaluation, table: str) -> Iterator[tuple[str, str]]:
    """What is damaged, and the statement that damages it: a cell in every column, a row too many, a row too few."""
    name = f"published.{quoted(table)}"
    for column, type_ in column_types(evaluation.connection, f"published.{table}").items():
        # Of a column that is empty throughout, a cell is filled.
        at = f"where rowid = (select rowid from {name} order by {quoted(column)} is null, rowid limit 1)"
        if type_.startswith("MAP"):
            moved = f"map_from_entries([(entry.key, entry.value + 0.01) for entry in map_entries({quoted(column)})])"
            yield column, f"update {name} set {quoted(column)} = {moved} {at}"
        elif type_ == "VARCHAR":
            yield column, f"update {name} set {quoted(column)} = coalesce({quoted(column)}, '') || 'x' {at}"
        else:
            # The least that the column can show.
            least = 10.0 ** -int(type_.rpartition(",")[2].strip(" )")) if type_.startswith("DECIMAL") else 1
            value = f"coalesce({quoted(column)}, 0)"
            moved = f"case when {value} >= 1 then {value} - {least:.14f} else {value} + {least:.14f} end"
            yield column, f"update {name} set {quoted(column)} = {moved} {at}"
    yield "a row too few", f"delete from {name} where rowid = (select max(rowid) from {name})"
    yield "all rows", f"delete from {name}"


def test_a_year_that_is_right_breaks_no_gate(year):
    assert failed_gates(year.connection, SQL / "gates") == []


@pytest.mark.parametrize("table", sorted(TABLES.keys() - UNTIED))
def test_no_published_cell_is_without_a_gate(found, table):
    # A row twice is for the grain to find.
    assert [what for what, gates in found[table].items() if not gates] == []


def test_every_gate_is_broken_by_something(year, found):
    gates = {gate for damages in found.values() for broken in damages.values() for gate in broken}
    for statement in (
        "update ref.weights set weight = weight / 2",
        "delete from ref.sites where site_id = (select min(site_id) from ref.sites)",
    ):
        with damaged(year, statement):
            gates |= broken(year, "ref.")
    assert gates == GATES.keys()


def test_a_gate_names_its_rule_and_the_first_rows(year):
    with damaged(year, "update published.composite_scores set composite = composite + 0.01"):
        failures = failed_gates(year.connection, SQL / "gates")
    first = next(failure for failure in failures if "（composites_as_recounted）" in failure)
    rows = len(year.register.sites)
    assert first.startswith("应当“每个网站公布的综合得分，等于另算一遍的来源得分按方案的权重加权之和，四舍五入到两位小数”")
    assert f"而有 {rows} 处不符，如 site_id " in first and first.count("expected_composite") == min(rows, 3)


def test_a_step_that_acts_on_the_sum_breaks_no_gate_of_steps(year):
    step = """
        insert into published.composite_steps
        select year, site_id, 99, 'cap', null, '封顶', null, null, null, -1, total - 1
        from published.composite_steps
        where (site_id, position) = (select (site_id, max(position)) from published.composite_steps group by site_id order by all limit 1)
    """
    with damaged(year, step):
        assert broken(year, "published.composite_steps") == {"composites_from_published_scores"}


def test_scores_that_are_wrong_alike_in_every_table_are_found(year):
    """What one model gives, all tables show; only who counts for himself knows better."""
    alike = (
        "update published.composite_steps set score = score + 1, amount = amount + weight, total = total + weight where score < 99",
        "update published.source_details set value = value + 1 where value < 99",
    )
    with damaged(year, *alike):
        assert broken(year, "published.") >= {"steps_from_published_scores", "details_as_recounted"}


@pytest.mark.slow
def test_a_run_whose_models_count_excluded_ballots_ends_at_the_gates(year, tmp_path, monkeypatch):
    sql = (SQL / "staged" / "rating_patterns.sql").read_text(encoding="utf-8")
    wrong = sql.replace("where not exists", "where true or not exists")
    assert wrong != sql
    for schema in (*(path for path in SQL.iterdir() if path.is_dir() and path.name != "staged"),):
        (tmp_path / schema.name).symlink_to(schema)
    (tmp_path / "staged").mkdir()
    for path in (SQL / "staged").glob("*.sql"):
        (tmp_path / "staged" / path.name).write_text(
            wrong if path.stem == "rating_patterns" else path.read_text("utf-8"), "utf-8"
        )
    monkeypatch.setattr("flows.evaluate.evaluation.SQL", tmp_path)
    with (
        aside(year.settings, year.scheme, nullcontext(silent)) as evaluation,
        pytest.raises(GateError, match="scores_as_recounted"),
    ):
        run_here(pipeline(evaluation))


@pytest.mark.parametrize("path", sorted((SQL / RECOUNT).glob("*.sql")), ids=lambda path: path.stem)
def test_what_is_counted_once_more_shares_no_table_with_the_models(path):
    model = parse_model(path.read_text(encoding="utf-8"), RECOUNT, path.stem)
    assert {read.partition(".")[0] for read in model.reads} <= {"raw", "ref", RECOUNT}


def test_a_file_that_would_share_one_is_refused():
    text = "-- What it is.\n-- grain: site_id\nselect\n    scores.site_id  -- site\nfrom scored.source_scores as scores\n"
    with pytest.raises(ModelFault, match=r"recount\.x reads scored\.source_scores"):
        parse_model(text, RECOUNT, "x")
