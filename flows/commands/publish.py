"""`pingyi publish`: publishes a draft that somebody has reviewed."""

from argparse import Namespace

from flows.commands import Command, flow, say_published
from flows.host.arguments import Parser
from flows.host.kinds import KINDS


def _declare(parser: Parser) -> None:
    parser.add_argument("draft", metavar="编号", help="草稿的编号，至少前 12 位")
    parser.add_argument("--reason", metavar="理由", default="", help="修订理由：公布过的年度是冻结的，重新公布要有理由")


def _act(options: Namespace) -> None:
    say_published(flow("publish")(options.draft, options.year, options.reason, options.data), options)


COMMAND = Command(KINDS["publish"].purpose, _act, _declare)
