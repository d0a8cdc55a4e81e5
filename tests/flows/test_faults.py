"""Faults, by causing them: killed at a known place, two runs at once, a full disk. What was published stays whole."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.home import Home
from flows.host.runs import DIED, read_runs
from tests.flows.homes import YEAR, contents, small_home, write_rows


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture
def start(prefect_server, prefect_home):
    """Starts `pingyi yearly` as a process of its own; `program` lets a test prepare the process first."""
    begun = []

    def call(home: Path, program: str = "", **variables: str) -> subprocess.Popen:
        code = f"{program}\nfrom flows.command import run\nrun()"
        environment = os.environ | {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(prefect_home)} | variables
        process = subprocess.Popen(
            [sys.executable, "-c", code, "yearly", str(YEAR), "--data", str(home)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield call
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


_CHANGED = [["site", "score"], ["s1", "10"], ["s2", "20"]]


@pytest.fixture(scope="module")
def undisturbed(small_published, tmp_path_factory):
    """What a run that nobody disturbs publishes from the changed raw files."""
    from flows.yearly import yearly

    home = small_home(tmp_path_factory.mktemp("undisturbed") / "home")
    write_rows(home, "given/scores.csv", _CHANGED)
    # The manifest names the year's key.
    shutil.copytree(small_published / "keys", home / "keys")
    return contents(yearly(YEAR, str(home)).folder)


# Stops the process for good just before the named function would run, and says so on stdout.
_STOP_BEFORE = """
import importlib, os, time
module, name = {where!r}.rsplit('.', 1)
module = importlib.import_module(module)
def stop(*arguments, **options):
    os.write(1, b'here\\n')
    time.sleep(600)
setattr(module, name, stop)
"""


_AFTER_ALL = "flows.publish.outcome_of"


# As an operator's command on a real server. `tests/sweep` kills before every single file operation, without one.
@pytest.mark.parametrize("where", ["flows.results.publications.add_to_record", _AFTER_ALL])
def test_a_killed_command_leaves_the_old_or_the_new_results_and_the_next_one_heals(published_home, start, undisturbed, where):
    home = published_home
    published = home / "results" / str(YEAR)
    old, new = contents(published), undisturbed
    write_rows(home, "given/scores.csv", _CHANGED)
    process = start(home, _STOP_BEFORE.format(where=where))
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert old != new
    assert contents(published) == (new if where == _AFTER_ALL else old)
    assert read_runs(Home(home))[0].outcome == DIED
    # The kernel has freed the lock: the next one need not wait.
    second = start(home, PINGYI_WAIT="0")
    assert second.wait(timeout=120) == 0, second.communicate()
    assert contents(published) == new
    assert contents(home / "publications" / str(YEAR) / "1") == old
    folders = [home, home / "results", home / "drafts", home / "publications" / str(YEAR), home / "store" / str(YEAR)]
    left = [path.name for folder in folders for path in folder.iterdir()]
    assert not [name for name in left if "building" in name or "previous" in name or ("." in name.removeprefix(".pingyi.lock")
                and name not in ("warehouse.duckdb", "record.jsonl", ".pingyi.heads"))]  # fmt: skip


def test_two_runs_at_once_go_one_after_the_other(home, start):
    processes = [start(home), start(home)]
    ended = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended
    assert (home / "results" / str(YEAR) / "manifest.json").exists()


def test_a_second_run_that_may_not_wait_says_who_holds_the_home(home, start):
    first = start(home, _STOP_BEFORE.format(where="flows.evaluate.intake.load"))
    assert first.stdout.readline() == "here\n"
    second = start(home, PINGYI_WAIT="0")
    _, output = second.communicate(timeout=120)
    assert second.returncode == 4
    assert f"yearly {YEAR}" in output and f"进程 {first.pid}" in output and "Traceback" not in output


def test_a_full_disk_is_told_and_leaves_what_was_published(published_home, start, evaluate_year):
    home, published = published_home, published_home / "results" / str(YEAR)
    before = contents(published)
    # A limit on the size of any one file fails writes as a full disk does, and needs no privileges to set up.
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    process = start(home, limit)
    _, output = process.communicate(timeout=120)
    assert process.returncode == 5, output
    assert "磁盘已满" in output and "Traceback" not in output
    assert contents(published) == before
    assert contents(evaluate_year(home, YEAR)) == before


def test_an_interrupt_ends_in_a_sentence_and_leaves_what_was_published(published_home, start):
    home = published_home
    before = contents(home / "results" / str(YEAR))
    # A process started in the background by a script inherits an interrupt that is ignored; an operator's does not.
    heeding = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = start(home, heeding + _STOP_BEFORE.format(where="flows.evaluate.intake.load"))
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=120)
    assert process.returncode == 130 and "已中断" in output
    assert contents(home / "results" / str(YEAR)) == before
