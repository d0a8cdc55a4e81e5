"""The glossary and the pages for contributors name what there is, by its name."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from flows.home import Home
from flows.scheme.file import read_scheme
from flows.settings import ROOT, SQL
from flows.warehouse.models import read_models
from tests.validation.year import evaluated

PAGES = ("GLOSSARY.md", "CONTRIBUTING.md", "flows/README.md")
# Names in these pages that begin with a schema: table, or table and column.
_TABLE = re.compile(r"(?:raw|ref|staged|scored|ranked|draws|published|run)\.\w+")


@cache
def terms() -> list[tuple[str, str, str, str]]:
    """The rows of the glossary: Chinese, English, identifier, what it is."""
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`|]+)` \| ([^|]+) \|$", text, re.M)
    assert len(rows) == sum(line.startswith("|") for line in text.splitlines()) - 2 * text.count("| 中文 |")
    return rows


@cache
def columns() -> dict[str, set[str]]:
    """The columns of every table of a year's database."""
    with evaluated() as evaluation:
        found = evaluation.connection.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() where not internal"
        )
        tables: dict[str, set[str]] = {}
        for table, column in found.fetchall():
            tables.setdefault(table, set()).add(column)
    return tables


@cache
def scheme_words() -> set[str]:
    """Keys, kinds and sources of schemes: the words that the reading of a scheme knows, and the sources of 2007."""
    files = [path for room in ("scheme", "sources") for path in (ROOT / "flows" / room).glob("*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    words = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    sources = {source.id for source in read_scheme(Home(ROOT / "data" / "shanghai"), 2007).sources}
    kinds = {path.stem for path in (ROOT / "flows" / "sources").glob("*.py")}
    return words | sources | kinds


def published_titles() -> dict[str, Counter[str]]:
    """What people call each column of the published tables."""
    titles: dict[str, Counter[str]] = {}
    for model in read_models(SQL):
        for column in model.contract.columns if model.contract else ():
            titles.setdefault(column.name, Counter())[column.title] += 1
    return titles


def is_there(identifier: str) -> bool:
    if "/" in identifier:
        return (ROOT / identifier).exists()
    if "." in identifier:
        return identifier in columns()
    return identifier in scheme_words() or any(identifier in names for names in columns().values())


@pytest.mark.parametrize("identifier", [identifier for _, _, identifier, _ in terms()])
def test_an_identifier_of_the_glossary_exists(identifier):
    assert is_there(identifier)


def test_what_does_not_exist_is_found():
    assert not is_there("composit") and not is_there("scored.composit") and not is_there("flows/composit.py")


def test_a_term_is_said_once_in_each_language():
    for place in (0, 1, 2):
        counts = Counter(row[place] for row in terms())
        assert [word for word, count in counts.items() if count > 1] == []


def test_a_published_column_is_called_what_its_file_says():
    titles = published_titles()
    wrong = {name: titles[name] for chinese, _, name, _ in terms() if name in titles and chinese not in titles[name]}
    assert wrong == {}


def test_columns_that_many_published_tables_share_are_in_the_glossary():
    shared = {name for name, counts in published_titles().items() if counts.total() >= 5}
    assert shared - {identifier for _, _, identifier, _ in terms()} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_table_that_a_page_names_exists(page):
    names = re.findall(r"`((?:flows|sql|tests|data)/[\w./-]+|[a-z_]+\.\w+)`", (ROOT / page).read_text(encoding="utf-8"))
    files = {name for name in names if "/" in name}
    tables = {name for name in names if _TABLE.fullmatch(name)}
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []
    assert [name for name in sorted(tables) if name not in columns()] == []
    assert files


def test_the_page_of_the_house_has_every_room():
    rooms = {
        f"flows/{path.name}" for path in (ROOT / "flows").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    text = (ROOT / "flows" / "README.md").read_text(encoding="utf-8")
    assert sorted(room for room in rooms - {"flows/__init__.py"} if f"`{room}`" not in text) == []


def test_the_changelog_begins_with_the_version_that_is_installed():
    (version,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    latest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert latest and latest[1] == version
