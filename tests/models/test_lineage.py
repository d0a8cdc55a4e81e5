"""Where a column's value comes from, found in the text of the models alone."""

import pytest

from flows.settings import SQL
from flows.warehouse.lineage import ROWS, lineage, origins
from flows.warehouse.models import ancestors, parse_model, read_models, readers

MODELS = {model.name: model for model in read_models(SQL)}


def made_of(query: str, column: str = "x") -> set[str]:
    """What a column of a query in `staged` is made of. The last select of the query has one column a line."""
    listed = "\n".join(f"{line}  -- a note" if line.startswith("    ") else line for line in query.strip().splitlines())
    model = parse_model(f"-- A thing.\n-- grain: {column}\n{listed}\n", "staged", "things")
    return {f"{table}.{name}" for table, name in origins(model, column)}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("select\n    a.x\nfrom raw.a", {"raw.a.x"}, id="itself"),
        pytest.param("select\n    2 * a.y + b.z as x\nfrom raw.a\ncross join ref.b", {"raw.a.y", "ref.b.z"}, id="two tables"),
        pytest.param("select\n    y as x\nfrom raw.a", {"raw.a.y"}, id="no table before the column"),
        pytest.param("select\n    1 as x\nfrom raw.a", set(), id="a constant"),
        pytest.param("with c as (select a.y as z from raw.a)\nselect\n    c.z as x\nfrom c", {"raw.a.y"}, id="through a cte"),
        pytest.param("with c as (select * from raw.a)\nselect\n    c.x\nfrom c", {"raw.a.x"}, id="through a star"),
        pytest.param(
            "with c as (select a.*, b.y as z from raw.a cross join ref.b)\nselect\n    c.x\nfrom c",
            {"raw.a.x"},
            id="through one table's star",
        ),
        pytest.param(
            "with c as (select a.y as x, 1 as k from raw.a union all select 2, b.z from ref.b union all select d.w, 0 from ref.d)\n"
            "select\n    c.x\nfrom c",
            {"raw.a.y", "ref.d.w"},
            id="unions go by position",
        ),
        pytest.param(
            "with b as (select a.x, a.y from raw.a),\nc as (select * from b union all select * from b)\nselect\n    c.x\nfrom c",
            {"raw.a.x"},
            id="a union of stars",
        ),
        pytest.param(
            "select\n    sum(a.y) over (partition by a.z order by a.w) as x\nfrom raw.a",
            {"raw.a.y", "raw.a.z", "raw.a.w"},
            id="a window",
        ),
        pytest.param("select\n    count(*) as x\nfrom raw.a", {f"raw.a.{ROWS}"}, id="a number of rows"),
        pytest.param("select\n    sum(a.y) / count(*) as x\nfrom raw.a", {"raw.a.y"}, id="a mean is made of its values"),
        pytest.param(
            "with c as (select a.k, unnest(a.list) as item from raw.a)\nselect\n    c.item.y as x\nfrom c",
            {"raw.a.list"},
            id="a field of an unnested list",
        ),
        pytest.param(
            "select\n    cell.v as x\nfrom raw.a\ncross join lateral (values (a.y), (a.z)) as cell (v)",
            {"raw.a.y", "raw.a.z"},
            id="lateral values",
        ),
        pytest.param(
            "select\n    (select max(b.y) from ref.b where b.k = a.k) as x\nfrom raw.a",
            {"ref.b.y", "ref.b.k", "raw.a.k"},
            id="a subquery",
        ),
        pytest.param(
            "select\n    list_max(list_transform(a.y, lambda v: v + a.z)) as x\nfrom raw.a",
            {"raw.a.y", "raw.a.z"},
            id="a function's parameter is no column",
        ),
    ],
)
def test_a_column_is_made_of(query, wanted):
    assert made_of(query) == wanted


def test_conditions_decide_which_rows_there_are_and_are_no_part_of_a_value():
    assert made_of("select\n    a.x\nfrom raw.a\ninner join ref.b on b.k = a.k\nwhere a.y > 0") == {"raw.a.x"}


def test_every_column_of_every_model_comes_from_tables_that_it_reads_and_from_columns_that_these_have():
    wrong = [
        f"{model.name}.{column}: {table}.{origin}"
        for model in MODELS.values()
        for column, _ in model.columns
        for table, origin in origins(model, column)
        if table not in model.reads
        or (origin != ROWS and table in MODELS and origin not in [name for name, _ in MODELS[table].columns])
    ]
    assert wrong == []


def test_a_published_composite_comes_down_to_every_kind_of_raw_row():
    leaves = {table for _, table, _, _ in lineage(MODELS, "published.composite_scores", "composite") if table not in MODELS}
    assert leaves >= {
        "raw.ballots", "raw.panel_scores", "raw.claims", "raw.verifications", "raw.records", "raw.audit_items",
        "raw.given_scores", "raw.crawl_checks", "raw.crawl_scans", "ref.weights", "ref.levels", "ref.aspects",
    }  # fmt: skip


def test_what_stands_below_a_column_is_walked_once():
    walked = list(lineage(MODELS, "published.composite_scores", "composite"))
    first = [(table, column) for _, table, column, again in walked if not again and table in MODELS]
    assert len(first) == len(set(first))


def test_a_model_depends_on_models_that_are_built_before_it():
    names = ancestors(MODELS, "scored.composites")
    assert names[-1] == "scored.composites" and "staged.ballot_exclusions" in names and "ranked.composites" not in names
    for name in names:
        assert MODELS[name].reads & MODELS.keys() <= set(names[: names.index(name)])


def test_who_reads_a_table():
    assert "ranked.composites" in readers(MODELS, "scored.composites")
    assert readers(MODELS, "published.reference_check") == []
