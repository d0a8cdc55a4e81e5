"""`pingyi coverage`: what is due and what came, and letters to those who owe something."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands import Command, say
from flows.errors import GateError, UsageError, json_visible
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import Settings, read_settings

if TYPE_CHECKING:
    from flows.scheme import Scheme

_PURPOSE = (
    "什么应到、什么到了：谁交齐了，谁没有，缺的对得分和名次有什么影响；也可以写催报函。没有补齐就不能公布时退出状态为 3。"
)


def _declare(parser: Parser) -> None:
    how_shown = parser.add_mutually_exclusive_group()
    how_shown.add_argument("--csv", action="store_true", help="缺报的逐项清单，CSV")
    how_shown.add_argument("--json", action="store_true", help="给程序看的形式")
    how_shown.add_argument("--letters", type=Path, metavar="目录", help="给每个欠交的单位写一份催报函（DOCX），放进这个新目录")
    parser.add_argument(
        "--to", metavar="单位", default="", help="只写给这一家：网站的 site_id、名称或别名，或来源的名称（与 --letters 同用）"
    )


def _act(options: Namespace) -> None:
    from flows.account import account, as_csv, as_json, as_lines
    from flows.account.letters import write_letters
    from flows.evaluate.evaluation import today
    from flows.host.progress import terminal
    from flows.scheme.file import read_scheme

    chosen = read_settings(options.data)
    if options.to and not options.letters:
        raise UsageError("--to 要与 --letters 同用。")
    scheme = read_scheme(chosen.home, options.year)
    with machine_faults(chosen.home.path), terminal() as tell:
        coverage = account(chosen, scheme, tell)
        if options.letters:
            files = write_letters(coverage, scheme, today(scheme), _site_or_source(chosen, scheme, options.to), options.letters)
    if options.csv:
        sys.stdout.write(as_csv(coverage))
    elif options.json:
        print(json_visible(as_json(coverage)))
    elif options.letters:
        say(f"写了 {len(files)} 份催报函，在 {options.letters}。发出以前请核对，落款和文号按你们的规矩补上。")
    else:
        for line in as_lines(coverage, scheme.title):
            say(line)
    if coverage.open and not options.letters:
        sys.exit(GateError.exit_status)


def _site_or_source(chosen: Settings, scheme: "Scheme", text: str) -> str:
    """The id of the site or source that somebody names."""
    from flows.reading.spelling import fold
    from flows.receive.register import read_register

    named = {fold(name): source.id for source in scheme.sources for name in (source.id, source.label)}
    named |= read_register(chosen.home, scheme).names if text else {}
    if text and fold(text) not in named:
        raise UsageError(f"{scheme.year} 年没有叫“{text}”的网站或来源。名单见 raw/{scheme.year}/sites.csv。")
    return named[fold(text)] if text else ""


COMMAND = Command(_PURPOSE, _act, _declare)
