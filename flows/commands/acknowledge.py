"""`pingyi acknowledge`: somebody says that results of a former publication are lost for good."""

from argparse import Namespace
from typing import TYPE_CHECKING

from flows.commands import Command, act_on_year, say_result
from flows.host.arguments import Parser
from flows.host.kinds import KINDS
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.orchestrator.outcome import FlowResult


def _declare(parser: Parser) -> None:
    parser.add_argument("number", type=int, metavar="次数", help="第几次公布，如 1；不能是最后一次")
    parser.add_argument("--reason", metavar="理由", default="", help="理由，写进公布记录")


def _act(options: Namespace) -> None:
    from flows.results.acknowledging import acknowledge

    def acknowledged(chosen: Settings, account: str) -> "FlowResult":
        return acknowledge(chosen.home, options.year, options.number, options.reason, account)

    say_result(act_on_year("acknowledge", options, acknowledged))


COMMAND = Command(KINDS["acknowledge"].purpose, _act, _declare)
