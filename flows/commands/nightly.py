"""`pingyi nightly`: what a night does, by hand."""

from argparse import Namespace

from flows.commands import Command, flow, say_result
from flows.host.kinds import KINDS


def _act(options: Namespace) -> None:
    say_result(flow("nightly")(options.year, options.data))


COMMAND = Command(KINDS["nightly"].purpose, _act)
