"""A data home for a test to spoil, and one that only takes single files."""

from pathlib import Path

import pytest

from flows.receive.chunks import RefusedFile
from flows.receive.reader import answer
from tests.receive.home import Home, small_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return small_home(tmp_path / "home")


@pytest.fixture(scope="session")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Shared by all tests that only `take` files: what one file becomes does not depend on another."""
    return small_home(tmp_path_factory.mktemp("intake"))


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, of which a test has changed something."""

    def read(task, known, context):
        said = answer(task, context)
        if "refused" in said:
            raise RefusedFile(said["refused"])
        assert said == {"done": True}

    monkeypatch.setattr("flows.receive.store.read_apart", read)
