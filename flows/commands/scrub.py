"""`pingyi scrub`: holds files against the hashes that are on record."""

from argparse import Namespace

from flows.commands import Command, flow, say_result
from flows.host.arguments import Parser
from flows.host.kinds import KINDS


def _declare(parser: Parser) -> None:
    parser.add_argument("--full", action="store_true", help="每个文件都重读，不只是有变动的和其余的七分之一")


def _act(options: Namespace) -> None:
    say_result(flow("scrub")(options.data, options.full))


COMMAND = Command(KINDS["scrub"].purpose, _act, _declare, has_year=False)
