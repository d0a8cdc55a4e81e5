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


def write(target: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text)


def content(target: Path) -> dict[str, str] | None:
    """Every file below `target`, or None where there is no such folder."""
    if not target.exists():
        return None
    return {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results" / "2007"


@pytest.fixture
def published(target: Path) -> Path:
    target.mkdir(parents=True)
    write(target, OLD)
    return target


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch) -> str:
    """Both ways to take the old folder's place: in one step, and without renameat2."""
    if request.param == "two renames":
        monkeypatch.setattr(folder, "exchange", lambda first, second: False)
    return request.param


def test_a_folder_appears_where_there_was_none(target, way):
    with replacing(target) as fresh:
        write(fresh, NEW)
        assert not target.exists()
    assert content(target) == NEW
    assert beside(target) == ["2007"]


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


def test_an_exception_inside_leaves_nothing_where_there_was_nothing(target):
    with pytest.raises(RuntimeError, match="half way"), replacing(target) as fresh:
        write(fresh, NEW)
        raise RuntimeError("half way")
    assert beside(target) == []


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
    monkeypatch.setattr(folder, "_swap", lambda fresh, target: (events.append("swap"), swap(fresh, target)))
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

    monkeypatch.setattr(folder, "exchange", lambda first, second: False)
    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises(OSError, match="no such luck"), replacing(published) as fresh:
        write(fresh, NEW)
    assert content(published) == OLD
    assert beside(published) == ["2007"]


# Where a run kills itself: what is replaced by the killing, and what a reader then finds.
KILLED = {
    "while it writes": ("write", "old"),
    "before the sync": ("folder.sync_all = lambda *_: die()", "old"),
    "before the swap": ("folder._swap = lambda *_: die()", "old"),
    "after the swap": ("swap = folder._swap; folder._swap = lambda *paths: (swap(*paths), die())", "new"),
    "while it removes the old one": ("folder.shutil.rmtree = lambda path, **_: die() if path.exists() else None", "new"),
}
WITHOUT_EXCHANGE = {
    "before the first rename": ("folder.Path.rename = lambda *_: die()", "old"),
    "between the renames": (
        "rename = folder.Path.rename; folder.Path.rename = lambda first, second: (rename(first, second), die())",
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


def killed(target: Path, kill: str, set_up: str = "") -> None:
    script = SCRIPT.format(
        set_up="\n".join([set_up, "" if kill == "write" else kill]), while_writing="die()" if kill == "write" else ""
    )
    ended = subprocess.run([sys.executable, "-c", script, str(target)], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, "")


def next_run_publishes(target: Path) -> None:
    with replacing(target) as fresh:
        write(fresh, {"a.csv": "newer"})
    assert content(target) == {"a.csv": "newer"}
    assert beside(target) == [target.name]


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
    killed(published, kill, "folder.exchange = lambda *_: False")
    assert content(published) == {"old": OLD, "new": NEW, None: None}[left]
    clean(published)
    assert content(published) == (NEW if left == "new" else OLD)
    assert beside(published) == ["2007"]
    next_run_publishes(published)


def test_a_run_that_is_killed_before_anything_was_published_leaves_nothing(target):
    killed(target, "folder._swap = lambda *_: die()")
    assert content(target) is None
    clean(target)
    assert beside(target) == []
