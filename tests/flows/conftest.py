"""What the tests of the flows share: a command run in this process, and a small home whose year is published."""

import shutil
from pathlib import Path

import pytest

from flows.command import main
from tests.flows.homes import YEAR, small_home


@pytest.fixture
def run(whole_runs, capsys):
    """Runs a command in this process; returns its exit status, stdout and stderr."""
    # Its first import warns of what it imports itself, which is no part of what a command prints.
    import flows.validation.run  # noqa: F401

    def call(*arguments):
        status = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


@pytest.fixture(scope="session")
def small_published(tmp_path_factory) -> Path:
    """The small home after a yearly run. Not to be changed: who changes it takes a copy, `published_home`."""
    from flows.yearly import yearly

    home = small_home(tmp_path_factory.mktemp("small") / "home")
    yearly(YEAR, str(home))
    return home


@pytest.fixture
def published_home(small_published, tmp_path) -> Path:
    return shutil.copytree(small_published, tmp_path / "home", symlinks=True)
