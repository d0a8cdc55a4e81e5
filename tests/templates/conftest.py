"""The small home with all kinds of source, its handouts, and what becomes of one that comes back."""

from pathlib import Path

import pytest

from flows.templates import write_templates
from tests.receive.correct import YEAR
from tests.receive.home import Home, small_home
from tests.templates.filling import Workbook


class Handouts:
    """The handouts of a home, by dataset."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.folder / "templates" / str(YEAR)
        write_templates(home.home, YEAR)

    def names(self, dataset: str) -> list[str]:
        return sorted(path.name for path in (self.folder / dataset).glob("*.xlsx"))

    def book(self, dataset: str, name: str = "") -> Workbook:
        return Workbook.of(self.folder / dataset / (name or self.names(dataset)[0]))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return small_home(tmp_path / "home")


@pytest.fixture(scope="session")
def handouts(tmp_path_factory: pytest.TempPathFactory) -> Handouts:
    """Shared by tests that change neither the scheme nor the register."""
    return Handouts(small_home(tmp_path_factory.mktemp("handouts") / "home"))
