"""The rooms of `flows/` stand on one another: nothing reads what stands on it, and nobody reads another module's own names."""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "flows").rglob("*.py")
}


def _names(module: str) -> list[tuple[str, str]]:
    """Every name that a module imports from another one of the house, as (module, name)."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "flows"
        for alias in node.names
    ]


@cache
def imports() -> dict[str, set[str]]:
    """The modules that each module imports, for types only or late included."""
    edges: dict[str, set[str]] = {}
    for module in MODULES:
        whole = (f"{source}.{name}" if f"{source}.{name}" in MODULES else source for source, name in _names(module))
        edges[module] = {imported for imported in whole if imported != module}
    return edges


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def rooms() -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for module, imported in imports().items():
        edges.setdefault(_room(module), set()).update({_room(name) for name in imported} - {_room(module)})
    return edges


@pytest.mark.parametrize("graph", [imports, rooms])
def test_there_is_no_circle(graph):
    try:
        order = list(TopologicalSorter(graph()).static_order())
    except CycleError as circle:
        raise AssertionError(f"these import each other: {' → '.join(circle.args[1])}") from None
    assert len(order) >= len(graph()) > 20


def test_a_circle_would_be_seen():
    with pytest.raises(CycleError):
        list(TopologicalSorter(rooms() | {"flows.home": {"flows.command"}}).static_order())


def test_no_command_imports_another():
    room = "flows.commands"
    found = {module: imported for module, imported in imports().items() if module.startswith(f"{room}.")}
    others = [f"{module} imports {name}" for module, names in found.items() for name in names if name.startswith(f"{room}.")]
    assert others == [] and len(found) > 20


def test_every_room_and_every_file_beside_them_is_in_the_readme():
    named = set(
        re.findall(r"`(flows/\w+(?:\.py)?)`(?=.*\|$)", (ROOT / "flows" / "README.md").read_text(encoding="utf-8"), re.M)
    )
    rooms = {f"flows/{path.parent.name}" for path in (ROOT / "flows").glob("*/__init__.py")}
    files = {f"flows/{path.name}" for path in (ROOT / "flows").glob("*.py") if path.name != "__init__.py"}
    assert named == rooms | files


def test_no_module_imports_what_another_keeps_for_itself():
    private = [
        f"{module} imports {source}.{name}"
        for module in MODULES
        for source, name in _names(module)
        if name.startswith("_") and source != module
    ]
    assert private == []
