"""The SQL kernel: the rules for a model file, the order of building, and the checks of the result."""

from pathlib import Path

import duckdb
import pytest

from flows.errors import GateError
from flows.settings import SQL
from flows.warehouse.draws import READS
from flows.warehouse.engine import comment
from flows.warehouse.figure_cells import FIGURE_CELLS
from flows.warehouse.models import MODEL_SCHEMAS, RECOUNT, ModelFault, build, parse_model, read_models

GOOD = """-- What a thing is.
-- grain: thing
-- check: size > 0
with doubled as (
    select things.thing, 2 * things.size as size
    from raw.things
)

select
    doubled.thing,                        -- the thing
    cast(doubled.size as integer) as size  -- twice as large, a -- comment
from doubled
inner join ref.sizes on sizes.thing = doubled.thing
where exists (select 1 from staged.others where others.thing = doubled.thing)
"""


def test_a_model_says_everything_about_itself():
    model = parse_model(GOOD, "staged", "things")
    assert model.name == "staged.things"
    assert model.summary == "What a thing is."
    assert model.grain == ("thing",)
    assert model.checks == ("size > 0",)
    assert model.columns == (("thing", "the thing"), ("size", "twice as large, a -- comment"))
    assert model.reads == {"raw.things", "ref.sizes", "staged.others"}


@pytest.mark.parametrize(
    ("text", "schema", "words"),
    [
        pytest.param(GOOD + "union all\nselect 1, 2", "staged", "must be one select", id="a union on top"),
        pytest.param(GOOD.replace("-- check", "--check"), "staged", "begins with '-- '", id="a header line without its space"),
        pytest.param(
            GOOD.replace("-- check", "\n-- check"), "staged", "begins with '-- '", id="a header line behind an empty one"
        ),
        pytest.param(GOOD + ";\nselect 1", "staged", "must be one select", id="two statements"),
        pytest.param(GOOD.replace("ref.sizes", "sizes"), "staged", "reads sizes: write the schema", id="no schema"),
        pytest.param(GOOD.replace("ref.sizes", "scored.sizes"), "staged", "reads scored.sizes", id="reads up a layer"),
        pytest.param(GOOD.replace("ref.sizes", "other.sizes"), "staged", "reads other.sizes", id="reads no layer"),
        pytest.param(GOOD, "scored", "reads raw.things: .* raw only in staged", id="reads raw above staged"),
        pytest.param(GOOD.replace("-- the thing", ""), "staged", "2 columns and 1 notes", id="a column without a note"),
        pytest.param(GOOD.replace("-- grain: thing\n", ""), "staged", "one line '-- grain", id="no grain"),
        pytest.param(GOOD.replace("-- check: size > 0", "-- grain: size"), "staged", "one line '-- grain", id="two grains"),
        pytest.param(
            GOOD.replace("grain: thing", "grain: thing, sort"), "staged", "names sort, which is not", id="no such column"
        ),
        pytest.param(GOOD.replace("-- What a thing is.\n", ""), "staged", "says what the table is", id="no summary"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_in_words(text, schema, words):
    with pytest.raises(ModelFault, match=words) as fault:
        parse_model(text, schema, "things")
    assert str(fault.value).startswith(f"{schema}.things")


def model_text(read: str, schema: str) -> str:
    title = "-- title: 表\n" if schema == "published" else ""
    return f"-- A model.\n{title}-- grain: x\nselect\n    origin.x  -- 列 | x\nfrom {read} as origin\n"


def written(folder: Path, models: dict[str, str]) -> Path:
    for name, read in models.items():
        path = folder / f"{name.replace('.', '/')}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(model_text(read, path.parent.name), encoding="utf-8")
    return folder


def test_every_model_comes_after_what_it_reads_and_else_by_layer_and_name(tmp_path):
    folder = written(
        tmp_path,
        {"staged.z": "raw.r", "staged.a": "staged.z", "staged.m": "ref.r", "scored.b": "staged.m", "published.a": "scored.b"},
    )
    assert [model.name for model in read_models(folder)] == ["staged.m", "staged.z", "staged.a", "scored.b", "published.a"]


def test_models_that_read_each_other_in_a_circle_are_refused(tmp_path):
    folder = written(tmp_path, {"scored.a": "scored.b", "scored.b": "scored.c", "scored.c": "scored.a"})
    with pytest.raises(ModelFault, match=r"circle: scored\.\w -> scored\.\w -> scored\.\w -> scored\.\w$"):
        read_models(folder)


def test_a_model_that_reads_a_table_no_file_builds_is_refused(tmp_path):
    with pytest.raises(ModelFault, match=r"scored\.a reads staged\.gone, and there is no sql/staged/gone\.sql"):
        read_models(written(tmp_path, {"scored.a": "staged.gone"}))


def test_the_files_of_sql_are_all_models_in_an_order_that_builds():
    models = read_models(SQL)
    files = {f"{path.parent.name}.{path.stem}" for path in SQL.glob("*/*.sql") if path.parent.name not in ("gates", RECOUNT)}
    # The cells of printed figures are made of the published tables' contracts.
    assert sorted(model.name for model in models) == sorted(files | {FIGURE_CELLS})
    built = set()
    for model in models:
        assert {read for read in model.reads if read.split(".")[0] in MODEL_SCHEMAS} <= built
        if any(read.startswith("draws.") for read in model.reads):
            assert set(READS) <= built
        built.add(model.name)


def test_every_model_has_a_test_here():
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [model.name for model in read_models(SQL) if f'"{model.name}"' not in tests] == []


@pytest.fixture
def things():
    connection = duckdb.connect()
    connection.execute("create schema raw")
    connection.execute("create schema ref")
    connection.execute("create schema staged")
    connection.execute("create table raw.things (thing varchar, size integer)")
    connection.execute("create table ref.sizes as select unnest(['a', 'b', null]) as thing")
    connection.execute("create table staged.others as select unnest(['a', 'b', null]) as thing")
    with connection:
        yield connection


PLAIN = """-- A thing's size.
-- grain: thing
-- check: size > 0
select
    things.thing,  -- the thing's name
    things.size    -- its size
from raw.things
"""


def test_a_built_table_has_its_rows_and_comments(things):
    things.execute("insert into raw.things values ('a', 1), ('b', 2)")
    model = parse_model(PLAIN, "staged", "sizes")
    assert build(things, model) == 2
    comment(things, [(model.name, model.summary, model.columns)])
    assert things.execute(
        "select comment from duckdb_tables() where table_name = 'sizes' and schema_name = 'staged'"
    ).fetchall() == [("A thing's size.",)]
    assert things.execute(
        "select column_name, comment from duckdb_columns() where table_name = 'sizes' and schema_name = 'staged' order by 1"
    ).fetchall() == [("size", "its size"), ("thing", "the thing's name")]


def test_a_table_is_built_again_in_place_of_the_old_one(things):
    model = parse_model(PLAIN, "staged", "sizes")
    things.execute("insert into raw.things values ('a', 1)")
    build(things, model)
    things.execute("insert into raw.things values ('b', 2)")
    assert build(things, model) == 2


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("('a', 1), ('a', 2)", "粒度 thing 不唯一或有空值，例如 ('a',)"),
        ("(null, 1)", "粒度 thing 不唯一或有空值，例如 (None,)"),
        ("('a', 1), ('b', 0)", "有 1 行不满足“size > 0”，例如 ('b', 0)"),
        ("('a', 1), ('b', null)", "有 1 行不满足“size > 0”，例如 ('b', None)"),
    ],
)
def test_rows_that_break_the_grain_or_a_check_stop_the_run_with_the_models_name(things, rows, fault):
    things.execute(f"insert into raw.things values {rows}")
    with pytest.raises(GateError) as stopped:
        build(things, parse_model(PLAIN, "staged", "sizes"))
    assert stopped.value.faults == (fault,)
    assert "staged.sizes" in stopped.value.summary
    assert stopped.value.exit_status == 3
