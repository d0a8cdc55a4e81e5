"""A command at a real terminal, where Ctrl-C goes to every process of the foreground group. It needs no server."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows.home import Home
from flows.host.quiet import SETTINGS
from flows.host.runs import INTERRUPTED, read_runs
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.flows.quiet import noting_folder, reached

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

    def has_loaded(self, library: bytes) -> bool:
        """Whether it has begun to load what it needs, among that this library."""
        return library in Path(f"/proc/{self.process}/maps").read_bytes()

    def close(self) -> None:
        if not self.ended():
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        if self._end >= 0:
            self.hang_up()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")


@pytest.fixture
def terminal(home: Path, tmp_path: Path) -> Iterator[Terminal]:
    noting = noting_folder(tmp_path / "noting")
    opened = Terminal(home, tmp_path / "prefect", noting)
    try:
        yield opened
    finally:
        opened.close()
    # Neither a server nor anybody else.
    assert reached(noting) == [] and not (tmp_path / "prefect").exists()


def test_ctrl_c_while_it_begins_is_told_in_one_sentence(terminal, home):
    terminal.wait_until(lambda: terminal.has_loaded(b"polars"))
    _interrupt(terminal)
    assert not (home / "results").exists()


def test_ctrl_c_during_the_evaluation_is_told_in_one_sentence_and_is_on_record(terminal, home):
    terminal.wait_until((home / "warehouse.duckdb.building").exists)
    _interrupt(terminal)
    assert not (home / "results").exists() and not (home / "warehouse.duckdb.building").exists()
    assert [run.outcome for run in read_runs(Home(home))] == [INTERRUPTED]


def _interrupt(terminal: Terminal) -> None:
    terminal.press_ctrl_c()
    terminal.wait_until(terminal.ended, _SOON)
    assert terminal.status == 130
    # What else is there draws the progress.
    shown = terminal.shown.decode()
    assert shown.count("已中断；已公布的结果没有改动。") == 1 and shown.rstrip().endswith("。")
    assert "Traceback" not in shown and "Error" not in shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_evaluation_that_is_told_to_end_is_on_record_and_publishes_nothing(terminal, home, number):
    terminal.wait_until((home / "warehouse.duckdb.building").exists)
    if number == signal.SIGHUP:
        terminal.hang_up()
    else:
        os.kill(terminal.process, number)
    terminal.wait_until(terminal.ended, _SOON)
    assert terminal.status == 128 + number
    assert not (home / "results").exists() and not (home / "warehouse.duckdb.building").exists()
    assert [run.outcome for run in read_runs(Home(home))] == [INTERRUPTED]


def test_a_command_that_is_left_alone_publishes_and_ends_with_0(terminal, home):
    terminal.wait_until(terminal.ended)
    assert terminal.status == 0 and (home / "results" / str(YEAR)).is_symlink()
