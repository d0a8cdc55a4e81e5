"""Each exit status of a command, by causing what it stands for; 4 and 5 by other ways, and 130, are in `test_faults`."""

import fcntl
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.command import main
from flows.errors import FORBIDDEN, GateError, HeldError, MachineError, OperatorError, UsageError, unreadable
from flows.home import Home
from flows.results.drafts import ResultFolder
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def test_every_cause_has_a_status_of_its_own_and_the_help_says_which(capsys):
    statuses = {OperatorError: 1, UsageError: 2, GateError: 3, HeldError: 4, MachineError: 5}
    assert {error: error.exit_status for error in statuses} == statuses
    assert {error for error in OperatorError.__subclasses__() if error.__module__ == "flows.errors"} < set(statuses)
    with pytest.raises(SystemExit):
        main(["--help"])
    output = "".join(capsys.readouterr().out.split())
    assert all(
        f"{status}{word}" in output for status, word in enumerate(("完成", "数据或方案", "用法", "评议了", "另一次", "机器"))
    )


def test_data_at_fault_end_with_1(run, home):
    (home / "raw" / str(YEAR) / "given" / "scores.csv").write_text("site,score\ns1,much\ns2,more\n", encoding="utf-8")
    status, out, err = run("yearly", YEAR, "--data", home)
    assert (status, out) == (1, "") and "scores.csv" in err and "Traceback" not in err


def test_wrong_usage_ends_with_2(run, home):
    status, out, err = run("explain", YEAR, "nobody", "--data", home)
    assert (status, out) == (2, "") and "nobody" in err and "Traceback" not in err


def test_what_a_gate_forbids_ends_with_3(run, home):
    assert run("yearly", YEAR, "--draft", "--data", home)[0] == 0
    # Something stands where the year is published, and no reason is given for replacing it.
    Home(home).results(YEAR).mkdir(parents=True)
    status, out, err = run("publish", YEAR, ResultFolder(Home(home).draft(YEAR)).sha256, "--data", home)
    assert (status, out) == (3, "") and "冻结" in err and "Traceback" not in err


@pytest.mark.parametrize("command", ["yearly", "nightly"])
def test_a_home_that_is_held_ends_with_4(run, home, monkeypatch, command):
    monkeypatch.setenv("PINGYI_WAIT", "0")
    with Home(home).lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("somebody else")
        file.flush()
        status, out, err = run(command, YEAR, "--data", home)
    assert (status, out) == (4, "") and "somebody else" in err and "Traceback" not in err


def test_a_folder_that_may_not_be_written_ends_with_5(run, home):
    # Nobody makes a folder there, whoever he is.
    (home / "keys").symlink_to("/sys")
    status, out, err = run("yearly", YEAR, "--data", home)
    assert (status, out) == (5, "") and "权限" in err and str(home / "keys") in err and "Traceback" not in err


def test_too_little_memory_ends_with_5(run, home, monkeypatch):
    monkeypatch.setenv("PINGYI_MEMORY", "1MB")
    status, out, err = run("yearly", YEAR, "--data", home)
    assert (status, out) == (5, "") and "内存不够" in err and "PINGYI_MEMORY" in err and "Traceback" not in err


@contextmanager
def _no_file_above(size: int):
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_ends_with_5_where_no_flow_runs_too(run, tmp_path):
    home = small_home(tmp_path / "home")
    for path in (home / "raw" / str(YEAR)).glob("*/*"):
        path.unlink()
    with _no_file_above(1000):
        status, _, err = run("simulate", YEAR, "--data", home)
    assert status == 5 and "磁盘已满" in err and "Traceback" not in err


def _yearly_anew(home, program="", **variables):
    """`yearly` in a process of its own, which begins with a line of Python."""
    environment = os.environ | variables
    environment.pop("PREFECT_API_URL", None)
    return subprocess.run(
        [sys.executable, "-c", f"{program}\nfrom flows.command import run\nrun()", "yearly", str(YEAR), "--data", str(home)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_disk_that_is_full_from_the_beginning_ends_with_5(home):
    no_space = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    ended = _yearly_anew(home, f"import resource, signal\n{no_space}")
    assert (ended.returncode, ended.stdout) == (5, ""), ended.stderr
    assert ended.stderr.startswith("错误：") and "磁盘已满" in ended.stderr and "Traceback" not in ended.stderr


def test_without_a_server_prefects_settings_keep_nobody_from_a_result(home):
    nowhere = "sqlite+aiosqlite:////nowhere/prefect.db"
    ended = _yearly_anew(home, PREFECT_HOME="/nowhere", PREFECT_API_DATABASE_CONNECTION_URL=nowhere)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_an_output_that_takes_no_more_ends_with_5():
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "flows.command", "completion", "bash"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ended.returncode == 5 and "没有写完" in ended.stderr


@pytest.mark.parametrize("number", FORBIDDEN)
def test_a_file_that_may_not_be_read_is_no_fault_of_the_file(number):
    assert unreadable(OSError(number, os.strerror(number))) is MachineError
    assert unreadable(FileNotFoundError(2, "gone")) is unreadable(ValueError("no JSON")) is OperatorError
