"""`pingyi crawl`: checks every site of the register."""

from argparse import Namespace

from flows.commands import Command, flow, say
from flows.host.arguments import Parser
from flows.host.kinds import KINDS


def _declare(parser: Parser) -> None:
    parser.add_argument("--part", metavar="第几/共几", default="", help="只检测一部分，如 2/3：几台机器分担一夜，各检测一部分")


def _act(options: Namespace) -> None:
    crawled = flow("crawl")(options.year, options.data, options.part)
    say(f"{crawled.title}：{crawled.sentence}")


COMMAND = Command(KINDS["crawl"].purpose, _act, _declare)
