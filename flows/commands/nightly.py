"""`pingyi nightly`: what a night does, by hand."""

from argparse import Namespace

from flows.commands import Command, say_result
from flows.host.kinds import KINDS


def _act(options: Namespace) -> None:
    from flows.nightly import nightly

    say_result(nightly(options.year, options.data))


COMMAND = Command(KINDS["nightly"].purpose, _act, on_server=True)
