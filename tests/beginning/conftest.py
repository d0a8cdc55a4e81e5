"""What the tests of beginnings share: an empty folder, and a command run in this process."""

from pathlib import Path

import pytest

from tests.commands import Ran
from tests.commands import run as run_command


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def run(whole_runs):
    """Runs a command in this process; a fault that nobody expected fails the test."""

    def call(*arguments: object) -> Ran:
        ran = run_command(*arguments)
        assert ran.traceback == ""
        return ran

    return call
