"""Who may read what a run leaves: everybody what is published, its owner alone all else."""

import os
import stat

import pytest

from flows.home import Home
from flows.host.modes import close_home, open_published
from tests.flows.homes import YEAR, small_home

# What the office puts there, with the modes that it chose, and what is public.
_GIVEN = {"schemes", "raw", "reference", "bulletin"}
_PUBLIC = {"results", "publications"}


@pytest.fixture
def home(tmp_path):
    before = os.umask(0o022)
    yield small_home(tmp_path / "home")
    os.umask(before)


def _modes(home, names):
    return {
        str(path.relative_to(home)): stat.S_IMODE(path.lstat().st_mode)
        for path in home.rglob("*")
        if path.relative_to(home).parts[0] in names and not path.is_symlink()
    }


def test_what_is_published_is_for_everybody_and_all_else_for_its_owner(run, home):
    assert run("yearly", YEAR, "--data", home)[0] == 0
    assert run("nightly", YEAR, "--data", home)[0] == 0
    ours = {path.name for path in home.iterdir()} - _GIVEN - _PUBLIC
    assert {"store", "warehouse.duckdb", "drafts", "runs", "quarantine", "keys"} <= ours
    assert {name: oct(mode) for name, mode in _modes(home, ours).items() if mode & 0o077} == {}
    public = _modes(home, _PUBLIC)
    assert f"publications/{YEAR}/1/manifest.json" in public
    wrong = {name: oct(mode) for name, mode in public.items() if mode & 0o044 != 0o044 or mode & 0o022}
    assert wrong == {}
    assert all(mode & 0o055 == 0o055 for name, mode in public.items() if (home / name).is_dir())


def test_what_was_made_for_everybody_before_is_closed_and_what_a_group_may_read_stays(tmp_path):
    home = Home(tmp_path)
    for name, mode in (("store", 0o755), ("drafts", 0o750), ("runs", 0o777)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    (tmp_path / "warehouse.duckdb").write_bytes(b"")
    (tmp_path / "warehouse.duckdb").chmod(0o644)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere").chmod(0o755)
    (tmp_path / "quarantine").symlink_to(tmp_path / "elsewhere")
    close_home(home)
    assert {name: oct(mode) for name, mode in _modes(tmp_path, {"store", "drafts", "runs", "warehouse.duckdb"}).items()} == {
        "store": "0o700",
        "drafts": "0o750",
        "runs": "0o700",
        "warehouse.duckdb": "0o600",
    }
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o755


def test_what_is_published_is_opened_to_readers_and_never_to_writers(tmp_path):
    published = tmp_path / "publications" / "2007" / "1"
    published.mkdir(parents=True)
    (tmp_path / "publications" / "2007" / "record.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "results" / "2007" / "tables").mkdir(parents=True)
    (tmp_path / "results" / "2007" / "tables" / "a.csv").write_text("", encoding="utf-8")
    (tmp_path / "results" / "2006").symlink_to(published)
    for path in (*tmp_path.rglob("*"),):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o400)
    open_published(Home(tmp_path))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert all(mode == (0o755 if path.is_dir() else 0o444) for path, mode in modes.items())
