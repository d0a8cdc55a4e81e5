"""A link in the place of a folder of ours: nothing is done, and what it leads to stays as it is."""

import pytest

from tests.flows.homes import YEAR, contents, small_home

FOLDERS = ["store", "quarantine", "drafts", "results", "publications", "runs"]
COMMANDS = [
    ["yearly", YEAR],
    ["yearly", YEAR, "--draft"],
    ["nightly", YEAR],
    ["check", YEAR],
    ["explain", YEAR, "s1"],
    ["scrub"],
]


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of somebody else, which looks like a store."""
    folder = tmp_path / "elsewhere"
    for name in ("certs", "0" * 64, str(YEAR)):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("mine", encoding="utf-8")
    (folder / "run.jsonl").write_text("mine", encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(map(str, command[::2])))
@pytest.mark.parametrize("name", [*FOLDERS, *(f"{folder}/{YEAR}" for folder in FOLDERS if folder not in ("results", "runs"))])
def test_nothing_is_removed_behind_a_link(run, home, elsewhere, name, command):
    before = contents(elsewhere)
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).symlink_to(elsewhere)
    status, _, err = run(*command, "--data", home)
    assert status == 1 and f"{home / name} 是链接" in err
    assert contents(elsewhere) == before and (elsewhere / "certs").is_dir()
