"""`pingyi reproduce`: evaluates every published year again and compares."""

from argparse import Namespace

from flows.commands import Command, flow, say_result
from flows.host.kinds import KINDS


def _act(options: Namespace) -> None:
    say_result(flow("reproduce")(options.data))


COMMAND = Command(KINDS["reproduce"].purpose, _act, has_year=False)
