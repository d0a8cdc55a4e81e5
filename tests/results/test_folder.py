"""A folder appears whole or not at all, whatever ends the run and whenever."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.results import folder
from flows.results.folder import clean, replacing
from flows.settings import ROOT

OLD = {"a.csv": "old", "sub/b.csv": "old", "gone.csv": "old"}
NEW = {"a.csv": "new", "sub/b.csv": "new", "sub/added.csv": "new"}


def write(place: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)


def content(place: Path) -> dict[str, str] | None:
    """Every file below `place`, or None where there is no such folder."""
    if not place.exists():
        return None
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}


def beside(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "results" / "2007"


@pytest.fixture
def published(place: Path) -> Path:
    place.mkdir(parents=True)
    write(place, OLD)
    return place


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch) -> str:
    """Both ways to take the old folder's place: in one step, and without renameat2."""
    if request.param == "two renames":
        monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    return request.param


def test_a_folder_appears_where_there_was_none(place, way):
    with replacing(place) as fresh:
        write(fresh, NEW)
        assert not place.exists()
    assert content(place) == NEW
    assert beside(place) == ["2007"]


def test_a_folder_takes_the_old_ones_place_whole(published, way):
    with replacing(published) as fresh:
        write(fresh, NEW)
        assert content(published) == OLD
    assert content(published) == NEW
    assert beside(published) == ["2007"]


def test_an_exception_inside_leaves_the_old_folder(published, way):
    with pytest.raises(RuntimeError, match="half way"), replacing(published) as fresh:
        write(fresh, {"a.csv": "new"})
        raise RuntimeError("half way")
    assert content(published) == OLD
    assert beside(published) == ["2007"]


def test_an_exception_inside_leaves_nothing_where_there_was_nothing(place):
    with pytest.raises(RuntimeError, match="half way"), replacing(place) as fresh:
        write(fresh, NEW)
        raise RuntimeError("half way")
    assert beside(place) == []


def test_a_failure_to_bring_it_to_the_disk_leaves_the_old_folder(published, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"), replacing(published) as fresh:
        write(fresh, NEW)
    assert content(published) == OLD
    assert beside(published) == ["2007"]


def test_every_file_and_folder_is_on_the_disk_before_it_takes_its_place(published, monkeypatch):
    events: list[str] = []
    fsync, swap = os.fsync, folder._swap
    monkeypatch.setattr(os, "fsync", lambda fd: (events.append(str(Path(f"/proc/self/fd/{fd}").readlink())), fsync(fd)))
    monkeypatch.setattr(folder, "_swap", lambda fresh, place: (events.append("swap"), swap(fresh, place)))
    with replacing(published) as fresh:
        write(fresh, NEW)
    parent = published.parent
    before, after = events[: events.index("swap")], events[events.index("swap") + 1 :]
    assert sorted(before) == sorted(str(fresh / name) for name in ("", "sub", *NEW))
    assert after == [str(parent)]


def test_a_failure_between_two_renames_puts_the_old_folder_back(published, monkeypatch):
    rename = Path.rename

    def fail_for_the_new_one(path: Path, target: Path) -> Path:
        if path.name == ".2007.building":
            raise OSError("no such luck")
        return rename(path, target)

    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises(OSError, match="no such luck"), replacing(published) as fresh:
        write(fresh, NEW)
    assert content(published) == OLD
    assert beside(published) == ["2007"]


# Where a run kills itself: what is replaced by the killing, and what a reader then finds.
KILLED = {
    "while it writes": ("write", "old"),
    "before the sync": ("folder._sync = lambda *_: die()", "old"),
    "before the swap": ("folder._swap = lambda *_: die()", "old"),
    "after the swap": ("swap = folder._swap; folder._swap = lambda *paths: (swap(*paths), die())", "new"),
    "while it removes the old one": ("folder.shutil.rmtree = lambda path, **_: die() if path.exists() else None", "new"),
}
WITHOUT_EXCHANGE = {
    "before the first rename": ("folder.Path.rename = lambda *_: die()", "old"),
    "between the renames": (
        "rename = folder.Path.rename; folder.Path.rename = lambda one, other: (rename(one, other), die())",
        None,
    ),
    "after both renames": ("folder.shutil.rmtree = lambda path, **_: die() if path.exists() else None", "new"),
}
SCRIPT = """
import os, signal, sys
from pathlib import Path
from flows.results import folder

def die():
    os.kill(os.getpid(), signal.SIGKILL)

{set_up}
with folder.replacing(Path(sys.argv[1])) as fresh:
    (fresh / "a.csv").write_text("new")
    {while_writing}
    (fresh / "sub").mkdir()
    (fresh / "sub/b.csv").write_text("new")
    (fresh / "sub/added.csv").write_text("new")
"""


def killed(place: Path, kill: str, set_up: str = "") -> None:
    script = SCRIPT.format(
        set_up="\n".join([set_up, "" if kill == "write" else kill]), while_writing="die()" if kill == "write" else ""
    )
    ended = subprocess.run([sys.executable, "-c", script, str(place)], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, "")


def next_run_publishes(place: Path) -> None:
    with replacing(place) as fresh:
        write(fresh, {"a.csv": "newer"})
    assert content(place) == {"a.csv": "newer"}
    assert beside(place) == [place.name]


@pytest.mark.parametrize("moment", KILLED)
def test_a_killed_run_leaves_the_old_folder_or_the_new_one(published, moment):
    kill, left = KILLED[moment]
    killed(published, kill)
    assert content(published) == {"old": OLD, "new": NEW}[left]
    assert beside(published) == [".2007.building", "2007"]
    next_run_publishes(published)


@pytest.mark.parametrize("moment", WITHOUT_EXCHANGE)
def test_without_an_exchange_the_next_run_puts_a_killed_one_right(published, moment):
    kill, left = WITHOUT_EXCHANGE[moment]
    killed(published, kill, "folder._exchange = lambda *_: False")
    assert content(published) == {"old": OLD, "new": NEW, None: None}[left]
    clean(published)
    assert content(published) == (NEW if left == "new" else OLD)
    assert beside(published) == ["2007"]
    next_run_publishes(published)


def test_a_run_that_is_killed_before_anything_was_published_leaves_nothing(place):
    killed(place, "folder._swap = lambda *_: die()")
    assert content(place) is None
    clean(place)
    assert beside(place) == []
