"""All that is DuckDB's own stands in `flows/warehouse/engine.py`: the rest of the house speaks SQL that other engines know."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from flows.settings import ROOT

FLOWS = ROOT / "flows"
ENGINE = FLOWS / "warehouse" / "engine.py"
# Hands the engine's connection to Great Expectations, through a dialect that is of DuckDB alone.
DIALECT = FLOWS / "validation" / "duckdb_dialect.py"
# Borrows a function of it for the process that reads files, which has no database and no model.
HASHES = FLOWS / "receive" / "hashes.py"
MODULES = sorted(path for path in FLOWS.rglob("*.py") if path not in (ENGINE, DIALECT, HASHES))

# What PostgreSQL, Spark, Snowflake and BigQuery know under the same name (or as syntax of their own, such as cast). A
# function that is not here is one of the engine's: give it a name in engine.py, or write the query without it.
FUNCTIONS = {
    "AND", "CASE", "CAST", "COALESCE", "CONCAT_WS", "COUNT", "EXISTS", "EXTRACT", "FIRST_VALUE", "IF", "MAX", "MIN", "OR", "REGEXP_REPLACE",
    "ROW_NUMBER", "SUM", "UNNEST",
}  # fmt: skip
STATEMENT = re.compile(r"\s*(select|with|insert into|create|delete from|update|drop|alter|copy|attach|comment on|set|pragma)\s")
CLAUSE = re.compile(r"\b(select|from|schema|table|values|set)\b")


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def methods(tree: ast.AST) -> set[str]:
    """What is asked of things called connection."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            (isinstance(node.value, ast.Name) and node.value.id == "connection")
            or (isinstance(node.value, ast.Attribute) and node.value.attr == "connection")
        )
    }


def statements(tree: ast.AST) -> Iterator[str]:
    """Every SQL statement that a module has as a string; an x replaces the parts that are inserted at run time."""
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    pieces = {piece for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in ast.walk(tree):
        if node in docstrings or node in pieces:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "x" for piece in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if STATEMENT.match(text) and CLAUSE.search(text):
            yield text


def faults(text: str) -> Iterator[str]:
    """What in a statement other engines do not know."""
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except sqlglot.errors.SqlglotError as fault:
        yield f"cannot be parsed: {fault}"
        return
    for node in tree.walk():
        match node:
            case exp.Anonymous():
                yield f"function {node.name}"
            case exp.Func() if node.sql_name() not in FUNCTIONS:
                yield f"function {node.sql_name()}"
            case exp.Qualify() | exp.Lambda() | exp.Bracket():
                yield type(node).__name__.lower()
            case exp.Placeholder(this=str()):
                yield "named parameter"
            case exp.Command() | exp.Comment() | exp.Set() | exp.Attach() | exp.Pragma() | exp.Copy():
                yield type(node).__name__.lower()
            case exp.Join(kind="ANTI" | "SEMI" | "POSITIONAL") | exp.Join(method="ASOF"):
                yield "join"
            case exp.Star() if node.args.get("except_") or node.args.get("replace") or node.args.get("rename"):
                yield "star with exceptions"
            case exp.Group() if node.args.get("all"):
                yield "group by all"
            case exp.Create() if node.args.get("replace"):
                yield "create or replace"
            case exp.Insert() if node.args.get("by_name"):
                yield "insert by name"
            case exp.Delete() if node.args.get("using"):
                yield "delete using"
            case exp.Update() if node.args.get("from_"):
                yield "update from"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FLOWS)))
def test_a_module_leaves_what_is_duckdbs_own_to_the_engine(path):
    tree = parsed(path)
    assert imported(tree).isdisjoint({"duckdb", "duckdb_engine"})
    if "Connection" in {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}:
        assert methods(tree) <= {"execute"}
    assert {text: listed for text in statements(tree) if (listed := list(faults(text)))} == {}


def test_the_engine_alone_imports_duckdb_and_the_dialect_its_driver():
    assert "duckdb" in imported(parsed(ENGINE)) and "duckdb_engine" not in imported(parsed(ENGINE))
    assert "duckdb_engine" in imported(parsed(DIALECT)) and "duckdb" not in imported(parsed(DIALECT))


def test_statements_are_found_and_not_only_in_the_engine():
    rooms = {path.parent.name for path in MODULES for _ in statements(parsed(path))}
    assert {"explain", "warehouse", "results"} <= rooms


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("select hash(a) from t", "function hash"),
        ("select a from read_parquet('x')", "function READ_PARQUET"),
        ("select any_value(a) from t", "function ANY_VALUE"),
        ("select list_contains(a, 1) from t", "function ARRAY_CONTAINS"),
        ("select a from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select [1] from t", "function ARRAY"),
        ("select a from t where b = $name", "named parameter"),
        ("select a, count(*) from t group by all", "group by all"),
        ("select a from t anti join u on u.a = t.a", "join"),
        ("select a from t asof join u on u.a >= t.a", "join"),
        ("select * exclude (a) from t", "star with exceptions"),
        ("insert into t by name select 1 as a", "insert by name"),
        ("delete from t using u where t.a = u.a", "delete using"),
        ("update t set a = u.a from u where t.b = u.b", "update from"),
        ("create or replace table t as select 1 as a", "create or replace"),
        ("comment on table t is 'x'", "comment"),
        ("attach 'x' as y", "attach"),
        ("set threads = 1", "set"),
        ("select a from", "cannot be parsed"),
    ],
)
def test_what_only_duckdb_knows_is_a_fault(text, fault):
    assert [sentence for sentence in faults(text) if sentence.startswith(fault)] != []


def test_plain_sql_is_none():
    assert (
        list(faults("select a, count(*) filter (where b > ?) over (partition by c) from s.t group by a order by a limit 3"))
        == []
    )
