"""Nothing is written, opened or removed behind a link: what lies there is somebody else's, and a run may be root's."""

import os

import pytest

from flows.errors import OperatorError
from flows.home import Home
from flows.host.modes import open_published
from flows.integrity.memory import Memory, write_memory
from flows.receive.store import Store
from flows.warehouse.engine import remove_database
from tests.flows.homes import YEAR, contents, small_home

WRITTEN = ("store", "quarantine", "drafts", "publications", "runs")


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture
def others(tmp_path):
    """A folder of somebody else with folders in it, as a system has them."""
    for name in ("ssl/certs.pem", "fonts/fonts.conf", f"{'a' * 64}/rows.parquet"):
        (tmp_path / "others" / name).parent.mkdir(parents=True)
        (tmp_path / "others" / name).write_text("theirs")
        (tmp_path / "others" / name).chmod(0o600)
    return tmp_path / "others"


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("name", [*WRITTEN, "results", *(f"{name}/{YEAR}" for name in WRITTEN[:4])])
def test_a_link_in_the_place_of_a_folder_that_runs_write_to_stops_them(home, others, name, inside):
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).symlink_to(home / "raw" if inside else others)
    with pytest.raises(OperatorError) as refused:
        Home(home).check()
    assert refused.value.faults == (f"{home / name} 是链接，而系统要在里面写入和删除，应是文件夹本身",)


def test_a_link_among_the_raw_files_and_that_of_the_results_are_none_of_these(home):
    (home / "raw" / "2029").symlink_to(str(YEAR))
    (home / "results").mkdir()
    (home / "results" / str(YEAR)).symlink_to(f"../publications/{YEAR}/1")
    Home(home).check()


def test_the_store_drops_its_own_entries_and_nothing_else(home, others):
    root = home / "store" / str(YEAR)
    for name in ("b" * 64, f"{'c' * 64}.123", "d" * 64, "notes", ".hidden"):
        (root / name).mkdir(parents=True)
    (root / ("e" * 64)).symlink_to(others)
    before = contents(others)
    store = Store(root, "", None, None)
    store.prune({"d" * 64})
    store.clear()
    assert sorted(path.name for path in root.iterdir()) == [".hidden", "d" * 64, "notes"] and contents(others) == before


def test_nothing_behind_a_link_is_opened_to_everybody(home, others):
    for folder in ("publications", "results"):
        (home / folder).mkdir()
        (home / folder / str(YEAR)).symlink_to(others)
    open_published(Home(home))
    assert {path.stat().st_mode & 0o077 for path in others.rglob("*") if path.is_file()} == {0}


def test_a_leftover_of_a_database_that_is_a_link_is_removed_and_not_what_it_leads_to(home, others):
    before = contents(others)
    (home / "warehouse.duckdb.building.spill").symlink_to(others)
    remove_database(home / "warehouse.duckdb.building")
    assert not (home / "warehouse.duckdb.building.spill").is_symlink() and contents(others) == before


def test_what_a_scrub_remembers_is_written_to_no_link(home, others):
    (home / f".pingyi.scrub.{os.getpid()}").symlink_to(others / "ssl" / "certs.pem")
    write_memory(Home(home), Memory())
    assert (others / "ssl" / "certs.pem").read_text() == "theirs" and not (home / ".pingyi.scrub").is_symlink()
