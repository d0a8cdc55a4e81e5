"""`pingyi yearly`: evaluates a year and publishes it, or makes a draft of it."""

from argparse import Namespace
from typing import TYPE_CHECKING

from flows.commands import Command, data_option, flow, say, say_doubts, say_list, say_published, shown
from flows.host.arguments import Parser
from flows.host.kinds import KINDS

if TYPE_CHECKING:
    from flows.results.outcomes import Drafted


def _declare(parser: Parser) -> None:
    parser.add_argument("--draft", action="store_true", help="只做成草稿供审阅，不公布；之后用 publish 按编号公布")
    parser.add_argument("--reason", metavar="理由", default="", help="修订理由：审阅后公布过的年度要有理由才能重新公布")


def _act(options: Namespace) -> None:
    if options.draft:
        _say_draft(flow("draft", "yearly")(options.year, options.data), options)
    else:
        say_published(flow("yearly")(options.year, options.data, options.reason), options)


def _say_draft(drafted: "Drafted", options: Namespace) -> None:
    say(f"{drafted.sentence}结果在 {shown(drafted.folder)}")
    if drafted.changes:
        say(f"  {drafted.changes.sentence}")
        say_list(drafted.changes.causes)
    say_doubts(drafted.unequal_figures, drafted.warnings)
    say(f"下一步：核对 tables/annex_*.csv，然后公布：pingyi publish {options.year} {drafted.sha256[:12]}{data_option(options)}")


COMMAND = Command(KINDS["yearly"].purpose, _act, _declare)
