"""What the tests of the flows share: a command run in this process."""

import pytest

from flows.command import main


@pytest.fixture
def run(on_server, capsys):
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
