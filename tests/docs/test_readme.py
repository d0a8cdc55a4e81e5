"""The documentation says what is: the README's commands print what it shows, and the contract lists what there is."""

import csv
import io
import re
import shlex
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from flows.command import main, parser
from flows.datasets.register import register
from flows.home import Home
from flows.results.tables import result_columns
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.conftest import ROOT

SHANGHAI = ROOT / "data" / "shanghai"
_BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def _sessions(path: Path) -> list[tuple[list[str], list[str]]]:
    """Every `$ ./run …` of a document's console blocks, as arguments, with the lines it shows below it."""
    found = []
    for block in _BLOCK.findall(path.read_text(encoding="utf-8")):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, *shown = part.splitlines()
            found.append((shlex.split(command), shown))
    return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A folder with a fresh copy of the data home where the README has it."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("schemes", "raw", "reference", "bulletin"):
        shutil.copytree(SHANGHAI / part, folder / "data" / "shanghai" / part)
    return folder


@pytest.fixture(scope="module")
def sessions(on_server, checkout) -> list[tuple[list[str], list[str]]]:
    """Of each command that the README shows with its output, in the checkout: the lines shown, and those that it prints."""
    import flows.validation.run  # noqa: F401  its first import warns of what it imports itself

    found = []
    with pytest.MonkeyPatch.context() as here:
        here.chdir(checkout)
        here.setenv("PINGYI_DATA", "data/shanghai")
        for words, shown in _sessions(ROOT / "README.md"):
            if shown:
                assert words[:2] == ["./run", "pingyi"]
                with redirect_stdout(io.StringIO()) as printed:
                    main(words[2:])
                found.append((shown, printed.getvalue().splitlines()))
    return found


def test_the_readmes_commands_print_what_it_shows(sessions):
    for shown, printed in sessions:
        if shown[-1] == "...":
            assert printed[: len(shown) - 1] == shown[:-1]
        else:
            assert printed == shown
    assert len(sessions) == 2


def test_the_readme_lists_every_command():
    listed = set(re.findall(r"^\| `pingyi (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.M))
    assert listed == set(parser().commands)


def test_the_contract_lists_every_column_of_every_dataset():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    scheme = read_scheme(Home(SHANGHAI), 2007)
    aspects = {aspect.id for aspect in scheme.aspects}
    for dataset in (register(scheme.groups), *datasets(scheme)):
        for column in dataset.columns:
            if column.name not in aspects:
                starred = f"{column.name}*" if not column.required else column.name
                assert re.search(rf"[`, ]{re.escape(starred)}[,`]", text), f"{dataset.name}: {starred}"


def test_the_contract_lists_every_result_table_with_its_columns(sessions, checkout):
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8").split("## Results")[1]
    folder = checkout / "data" / "shanghai" / "results" / "2007" / "tables"
    rows = dict(re.findall(r"^\| `([\w<>]+)` \| (.*) \|$", text, re.M))
    sources = {source.id for source in read_scheme(Home(SHANGHAI), 2007).sources}
    for path in folder.glob("*.csv"):
        name = "annex_<group>" if path.stem.startswith("annex_") else path.stem
        with path.open(encoding="utf-8-sig", newline="") as file:
            columns = [column for column in next(csv.reader(file)) if column not in sources]
        listed = re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", rows[name])))
        assert [column for column in columns if column not in listed] == [], name
    assert {"annex_<group>" if path.stem.startswith("annex_") else path.stem for path in folder.glob("*.csv")} == set(rows)


def test_the_contract_lists_what_the_files_of_sql_publish_in_their_order():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8").split("## Results")[1]
    listed = {
        table: re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", columns)))
        for table, columns in re.findall(r"^\| `([\w<>]+)` \| (.*) \|$", text, re.M)
    }
    scheme = read_scheme(Home(SHANGHAI), 2007)
    sources = {source.id for source in scheme.sources}
    annexes = {f"annex_{group.id}": "annex_<group>" for group in scheme.groups}
    published = {annexes.get(name, name): columns for name, columns in result_columns(scheme, read_models(SQL)).items()}
    assert list(listed) == list(published)
    for table, columns in published.items():
        own = [column for column in columns if column not in sources]
        # Some names stand there again in what is said of them.
        assert [word for word in dict.fromkeys(listed[table]) if word in own] == own, table
