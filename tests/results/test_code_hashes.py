"""A reviewed draft is void when what makes its tables has changed, and not when a page would look otherwise."""

import ast
import shutil

import pytest

from flows.results.manifest import DOCUMENT_ROOMS, TABLE_ROOMS, documents_code, tables_code
from flows.settings import ROOT

# What tables are made with and do not depend on: where files lie, the machine, who takes the steps, the sentences of faults.
NO_MATTER = {"home", "host", "orchestrator", "settings", "errors", "persons"}
# The names of our crawler's checks, which a scheme may speak of; what they find is raw files.
NAMES_ONLY = {"flows.crawler", "flows.crawler.checks"}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for room in ("flows", "sql"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("flows.results.manifest.ROOT", tmp_path)
    monkeypatch.setattr("flows.results.manifest.SQL", tmp_path / "sql")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "voids"),
    [(f"flows/{room}", True) for room in TABLE_ROOMS]
    + [(f"sql/{layer}", True) for layer in ("staged", "scored", "ranked", "published", "recount", "gates")]
    + [
        (f"flows/{room}", False)
        for room in ("crawler", "operate", "orchestrator", "explain", "simulate", "host", "documents", "persons")
    ],
)
def test_a_remark_in_a_file_voids_a_draft_where_tables_are_made(checkout, name, voids):
    before = tables_code()
    path = min(path for path in (checkout / name).rglob("*") if path.suffix in (".py", ".sql") and path.name != "__init__.py")
    path.write_text(path.read_text(encoding="utf-8") + "\n-- a remark\n", encoding="utf-8")
    assert (tables_code() != before) == voids


def test_a_style_sheet_changes_the_documents_alone(checkout):
    before = tables_code(), documents_code()
    style = checkout / "flows" / "documents" / "style.css"
    style.write_text(style.read_text(encoding="utf-8").replace("#", "#f", 1), encoding="utf-8")
    assert tables_code() == before[0] and documents_code() != before[1]


def test_a_file_that_is_new_or_gone_voids_a_draft_too(checkout):
    before = tables_code()
    fresh = checkout / "sql" / "scored" / "another.sql"
    fresh.write_text("select 1", encoding="utf-8")
    assert tables_code() != before
    fresh.unlink()
    assert tables_code() == before
    (checkout / "sql" / "scored" / "composites.sql").rename(fresh)
    assert tables_code() != before


def _imports(module: str) -> set[str]:
    path = ROOT / f"{module.replace('.', '/')}.py"
    path = path if path.is_file() else ROOT / module.replace(".", "/") / "__init__.py"
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("flows"):
            # Each name may be a module of the room.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            imported |= {node.module, *(name for name in names if (ROOT / f"{name.replace('.', '/')}.py").is_file())}
    return imported


def test_all_that_an_evaluation_imports_is_in_a_room_that_is_hashed():
    reached, waiting = set(), {"flows.evaluate.pipeline", "flows.results.tables"}
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= _imports(module) - reached
    hashed = {*TABLE_ROOMS, *DOCUMENT_ROOMS, *NO_MATTER}
    assert {module for module in reached - {"flows"} - NAMES_ONLY if module.split(".")[1] not in hashed} == set()
    # Every room of the list is there for a reason.
    assert set(TABLE_ROOMS) <= {module.split(".")[1] for module in reached - {"flows"}}
