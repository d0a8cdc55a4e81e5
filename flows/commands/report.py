"""`pingyi report`: makes the documents of published results anew."""

from argparse import Namespace

from flows.commands import Command, flow, say_result
from flows.host.arguments import Parser
from flows.host.kinds import KINDS


def _declare(parser: Parser) -> None:
    parser.add_argument("--reason", metavar="理由", default="", help="修订理由：审阅后公布过的年度要有理由才能替换")


def _act(options: Namespace) -> None:
    say_result(flow("report")(options.year, options.data, options.reason))


COMMAND = Command(KINDS["report"].purpose, _act, _declare)
