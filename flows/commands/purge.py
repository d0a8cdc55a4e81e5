"""`pingyi purge`: removes what identifies persons from a year that is over."""

from argparse import Namespace
from typing import TYPE_CHECKING

from flows.commands import Command, act_on_year, say_result
from flows.host.arguments import Parser
from flows.host.kinds import KINDS
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.orchestrator.outcome import FlowResult


def _declare(parser: Parser) -> None:
    parser.add_argument("--confirm", type=int, metavar="年度", help="把年度再写一遍，表示确要清除；不写只列出会删去什么")
    parser.add_argument("--reason", metavar="理由", default="", help="清除的理由，写进公布记录")


def _act(options: Namespace) -> None:
    from flows.persons.purge import purge_year

    def purge(chosen: Settings, account: str) -> "FlowResult":
        return purge_year(chosen, options.year, options.reason, options.confirm, account)

    # Who only looks at what would go does nothing that need be remembered.
    say_result(act_on_year("purge", options, purge, on_record=options.confirm is not None))


COMMAND = Command(KINDS["purge"].purpose, _act, _declare)
