"""`pingyi serve`: the interface for operators, until it is told to end."""

import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from flows.commands import Command, say
from flows.host.arguments import Parser
from flows.settings import read_settings

_PURPOSE = "启动操作界面：服务器、界面、worker、部署和状态页，只在本机；按 Ctrl-C 结束。"


def _declare(parser: Parser) -> None:
    parser.add_argument("--port", type=int, metavar="端口", default=4200, help="操作界面的端口（默认 4200）")
    parser.add_argument("--pages-port", type=int, metavar="端口", default=4201, help="状态和文件的端口（默认 4201）")
    parser.add_argument(
        "--password-file", type=Path, metavar="文件", help="密码所在的文件，里面一行“用户:密码”，只有所有者可读（默认自动生成）"
    )


def _act(options: Namespace) -> None:
    from flows.operate.serve import serve

    def tell(lines: str) -> None:
        # The terminal may have gone away, and what is served must still be ended in order.
        with suppress(OSError):
            for line in lines.split("\n"):
                say(line)
            sys.stdout.flush()

    serve(read_settings(options.data), options.port, options.pages_port, options.password_file, tell)


COMMAND = Command(_PURPOSE, _act, _declare, has_year=False, is_calm=False)
