"""`pingyi completion`: what a shell needs to complete commands and options."""

from argparse import Namespace

from flows.commands import Command
from flows.host.arguments import Parser

_PURPOSE = "让终端按 Tab 键补全命令和选项：打印 shell 要读的脚本，它的第一行写着放在哪里。"


def _declare(parser: Parser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="shell", help="bash、zsh 或 fish")


def _act(options: Namespace) -> None:
    from flows.host.completion import script

    print(script(options.shell, options.whole()))


COMMAND = Command(_PURPOSE, _act, _declare, has_home=False, has_year=False)
