"""Commands in this process, without a server."""

from collections.abc import Callable

import pytest

from tests import commands


@pytest.fixture
def run() -> Callable[..., tuple[int, str, str]]:
    """Runs a command; returns its exit status, stdout and stderr."""

    def ran(*arguments: object) -> tuple[int, str, str]:
        ended = commands.run(*arguments)
        assert not ended.traceback, ended.traceback
        return ended.status, ended.out, ended.err

    return ran
