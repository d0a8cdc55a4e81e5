"""The tests as a tool: how many processes they take, what a machine that lacks something is told, and that none hangs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine
from tests.conftest import ROOT, pytest_runtest_makereport
from tests.tiers import LONGEST, order, processes

pytestmark = pytest.mark.slow

HANGING = """
import subprocess, sys
def test_that_hangs():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])
"""
FAILING = "def test_that_fails(): assert 1 + 1 == 3"
PASSING = (
    "def test_that_passes(): import duckdb, threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
)


def _pytest(*arguments: str, before: str = "") -> subprocess.CompletedProcess:
    """pytest as somebody starts it from the top of the checkout; `before` is a line of shell that is run first."""
    command = ["sh", "-c", f'{before}\nexec "$@"', "sh", sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def _written(folder: Path, text: str) -> Path:
    """A file of tests outside the checkout, which the settings and the conftest of the checkout hold for."""
    path = folder / "test_written.py"
    path.write_text(text, encoding="utf-8")
    return path


def _here(path: Path) -> list[str]:
    return [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        str(path),
    ]


@pytest.mark.parametrize(
    ("arguments", "alone"),
    [
        (["tests"], False),
        (["tests/models"], False),
        (["tests/docs/test_tiers.py"], True),
        (["tests/docs/test_tiers.py::test_one", "tests/docs/test_tiers.py::test_other"], True),
        (["tests/docs/test_tiers.py", "tests/docs/test_readme.py"], False),
    ],
)
def test_one_file_takes_no_process_beside_pytests_own(arguments, alone):
    assert (processes(arguments, ROOT) == 0) == alone
    assert alone or processes(arguments, ROOT) > 1


def test_whoever_takes_longest_is_first():
    assert list(LONGEST) == sorted(LONGEST, key=order)
    assert all(order(path) < order("tests/models/test_claims.py") for path in LONGEST)
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []


def test_every_test_has_a_time_limit(pytestconfig, request):
    assert 0 < float(pytestconfig.getini("timeout")) < float(pytestconfig.getini("faulthandler_timeout"))
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
    markers = [item.get_closest_marker("timeout") for item in request.session.items]
    assert [marker for marker in markers if marker and not 0 < marker.args[0] < 900] == []


def test_a_test_that_hangs_is_ended_and_fails(tmp_path):
    run = _pytest(*_here(_written(tmp_path, HANGING)), "--timeout=1")
    assert run.returncode == 1
    assert "Timeout (>1.0s)" in run.stdout and "1 failed" in run.stdout


def test_tests_that_are_started_with_the_interrupt_ignored_hear_theirs():
    name = "test_a_task_whose_library_lost_the_interrupt_does_not_end_as_if_it_were_done"
    run = _pytest(f"tests/flows/test_interrupts.py::{name}", "--timeout=60", before="trap '' INT")
    assert run.returncode == 0, run.stdout


def test_at_its_end_a_run_says_nothing_more(tmp_path):
    run = _pytest(*_here(_written(tmp_path, PASSING)))
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 passed" in run.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("written", "status"), [(FAILING, 1), (PASSING.replace("test_", "not_a_test_"), 5), ("import no_such", 2)]
)
def test_a_run_ends_with_the_status_of_its_tests(tmp_path, written, status):
    assert _pytest(*_here(_written(tmp_path, written))).returncode == status


def test_a_machine_that_lacks_something_is_told_how_to_get_it(monkeypatch, tmp_path):
    assert machine.lacking() == ""
    monkeypatch.setattr(machine, "_PACKAGES", {"chromium": tmp_path / "chromium"})
    assert machine.lacking() == f"This machine lacks chromium, which tests need. Install with: {machine.COMMAND}"


def test_what_a_machine_lacks_is_said_beside_every_failure(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_PACKAGES", {"chromium": tmp_path / "chromium"})
    hook = pytest_runtest_makereport(None)
    next(hook)
    report = pytest.TestReport("x", ("x", 0, "x"), {}, "failed", None, "call")
    with pytest.raises(StopIteration):
        hook.send(report)
    assert report.sections == [("machine", machine.lacking())]


def test_only_who_may_installs_and_others_are_told_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(machine, "_PACKAGES", {"chromium": tmp_path / "chromium"})
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    assert machine.prepare() == 1
    assert "chromium" in capsys.readouterr().err


def test_the_readme_and_ci_prepare_the_machine_by_one_command():
    assert machine.COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    assert machine.COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
