"""A command at a real terminal, where Ctrl-C goes to every process of the foreground group, with a server of its own."""

import os
import pty
import select
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from flows.home import Home
from flows.host.quiet import SETTINGS
from flows.host.runs import INTERRUPTED, read_runs
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.flows.quiet import beyond, noting_folder

_LONGEST = 150.0
_SOON = 20.0


class Terminal:
    """A command whose terminal this is: it reads what is typed and is sent the signals of the terminal."""

    def __init__(self, home: Path, prefect_home: Path, noting: Path) -> None:
        environment = os.environ | {
            "PREFECT_HOME": str(prefect_home),
            "PYTHONPATH": f"{noting}{os.pathsep}{ROOT}",
            "TERM": "xterm",
        }
        # Nothing but the command itself keeps the libraries quiet.
        for name in ("PREFECT_API_URL", "CI", *SETTINGS):
            environment.pop(name, None)
        command = [sys.executable, "-m", "flows.command", "yearly", str(YEAR), "--data", str(home)]
        self.process, self._end = pty.fork()
        if self.process == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.execve(command[0], command, environment)
        self.shown = b""
        self.status: int | None = None

    def wait_until(self, condition: Callable[[], object], within: float = _LONGEST) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, self.shown.decode(errors="replace")
            if self._end >= 0 and select.select([self._end], [], [], 0.05)[0]:
                # Linux says EIO once nobody has the terminal open any more.
                with suppress(OSError):
                    self.shown += os.read(self._end, 1 << 16)

    def press_ctrl_c(self) -> None:
        os.write(self._end, b"\x03")

    def hang_up(self) -> None:
        os.close(self._end)
        self._end = -1

    def ended(self) -> bool:
        if self.status is None:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def server(self) -> int | None:
        """The process of the server that the command started."""
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process and b"temporary" in (folder / "cmdline").read_bytes().split(b"\0"):
                    return int(folder.name)
        return None

    def close(self) -> None:
        if not self.ended():
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        if self._end >= 0:
            self.hang_up()


def _alive(process: int) -> bool:
    """Whether it runs; one that ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")


@pytest.fixture
def terminal(home: Path, tmp_path: Path, used_prefect_home: Callable[[], Path]) -> Iterator[Terminal]:
    with _opened(home, used_prefect_home(), tmp_path) as terminal:
        yield terminal


@pytest.fixture
def first_terminal(home: Path, tmp_path: Path) -> Iterator[Terminal]:
    """One of somebody who has never used Prefect before."""
    with _opened(home, tmp_path / "prefect", tmp_path) as terminal:
        yield terminal


@contextmanager
def _opened(home: Path, prefect_home: Path, folder: Path) -> Iterator[Terminal]:
    noting = noting_folder(folder / "noting")
    opened = Terminal(home, prefect_home, noting)
    try:
        yield opened
    finally:
        opened.close()
    # It is at a terminal that Prefect tells its makers of whoever uses it for the first time.
    assert beyond(noting) == []


def test_ctrl_c_while_the_server_comes_up_is_told_in_one_sentence(first_terminal, home):
    first_terminal.wait_until(first_terminal.server)
    _interrupt(first_terminal)
    assert not (home / "results").exists() and not (home / "runs").exists()


def test_ctrl_c_during_the_evaluation_is_told_in_one_sentence_and_is_on_record(terminal, home):
    terminal.wait_until((home / "warehouse.duckdb.building").exists)
    _interrupt(terminal)
    assert not (home / "results").exists() and not (home / "warehouse.duckdb.building").exists()
    assert [run.outcome for run in read_runs(Home(home))] == [INTERRUPTED]


def _interrupt(terminal: Terminal) -> None:
    server = terminal.server()
    assert server
    terminal.press_ctrl_c()
    terminal.wait_until(terminal.ended, _SOON)
    assert terminal.status == 130
    # What else is there draws the progress.
    shown = terminal.shown.decode()
    assert shown.count("已中断；已公布的结果没有改动。") == 1 and shown.rstrip().endswith("。")
    assert "Traceback" not in shown and "Error" not in shown
    terminal.wait_until(lambda: not _alive(server), _SOON)


@pytest.mark.parametrize("end", ["killed", "hung up"])
def test_the_server_ends_with_its_command_however_that_ends(terminal, end):
    terminal.wait_until(terminal.server)
    server = terminal.server()
    assert server
    if end == "killed":
        os.kill(terminal.process, signal.SIGKILL)
    else:
        terminal.hang_up()
    terminal.wait_until(terminal.ended, _SOON)
    assert terminal.status == (-signal.SIGKILL if end == "killed" else 128 + signal.SIGHUP)
    terminal.wait_until(lambda: not _alive(server), _SOON)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_evaluation_that_is_told_to_end_is_on_record_and_publishes_nothing(terminal, home, number):
    terminal.wait_until((home / "warehouse.duckdb.building").exists)
    server = terminal.server()
    assert server
    if number == signal.SIGHUP:
        terminal.hang_up()
    else:
        os.kill(terminal.process, number)
    terminal.wait_until(terminal.ended, _SOON)
    assert terminal.status == 128 + number
    assert not (home / "results").exists() and not (home / "warehouse.duckdb.building").exists()
    assert [run.outcome for run in read_runs(Home(home))] == [INTERRUPTED]
    terminal.wait_until(lambda: not _alive(server), _SOON)


def test_the_server_of_a_command_is_for_that_command_only(first_terminal):
    first_terminal.wait_until(first_terminal.server)
    server = first_terminal.server()
    assert server
    variables = dict(word.split("=", 1) for word in _read(server, "environ") if "=" in word)
    address = f"{variables['PREFECT_SERVER_CORS_ALLOWED_ORIGINS']}/api"

    def status(path: str, **headers: str) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers), timeout=10) as answer:
                assert "Access-Control-Allow-Origin" not in answer.headers
                return answer.status
        except urllib.error.HTTPError as refused:
            assert "Access-Control-Allow-Origin" not in refused.headers
            return refused.code

    def answers() -> bool:
        with suppress(OSError):
            return status("/health") == 200
        return False

    first_terminal.wait_until(answers)
    assert status("/version") == status("/admin/settings") == 401
    assert status("/health", Host="elsewhere.example") == status("/health", Origin="https://elsewhere.example") == 403
    # The password stands in the environment of the two alone, where no other account can read.
    assert not any("run:" in word for process in (server, first_terminal.process) for word in _read(process, "cmdline"))


def _read(process: int, what: str) -> list[str]:
    return Path(f"/proc/{process}/{what}").read_text(encoding="utf-8").rstrip("\0").split("\0")
