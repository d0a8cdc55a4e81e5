"""A link in the place of a folder of ours: nothing is done, and what it leads to stays as it is."""

import shutil

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


@pytest.mark.parametrize("link", [f"raw/{YEAR}", f"raw/{YEAR}/crawl", f"raw/{YEAR}/voted", f"raw/{YEAR}/nowhere"])
@pytest.mark.parametrize("command", ["simulate", "crawl"])
def test_nothing_is_written_behind_a_link_among_the_raw_files(run, home, elsewhere, link, command):
    scheme = home / "schemes" / f"{YEAR}.toml"
    crawl = f'\n[crawl]\nopens = 2000-01-01\ncloses = {YEAR}-12-31\ncontact = "office@example.org"\n'
    scheme.write_text(scheme.read_text(encoding="utf-8") + crawl, encoding="utf-8")
    register = (home / "raw" / str(YEAR) / "sites.csv").read_bytes()
    shutil.rmtree(home / "raw" / str(YEAR))
    (home / link).parent.mkdir(parents=True, exist_ok=True)
    if link != f"raw/{YEAR}":
        (home / "raw" / str(YEAR) / "sites.csv").write_bytes(register)
    else:
        (elsewhere / "sites.csv").write_bytes(register)
    before = contents(elsewhere)
    (home / link).symlink_to(elsewhere if not link.endswith("nowhere") else elsewhere / "nowhere")
    status, _, err = run(command, YEAR, "--data", home)
    # Where all of them are elsewhere, the register is what is missed first.
    assert status == 1 and str(home / link) in err and "链接" in err and "Traceback" not in err
    assert contents(elsewhere) == before
