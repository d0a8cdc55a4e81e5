"""`pingyi crawl`: checks every site of the register."""

from argparse import Namespace

from flows.commands import Command, flow, say
from flows.host.kinds import KINDS


def _act(options: Namespace) -> None:
    crawled = flow("crawl")(options.year, options.data)
    say(f"{crawled.title}：{crawled.sentence}")


COMMAND = Command(KINDS["crawl"].purpose, _act)
