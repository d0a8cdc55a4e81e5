"""`pingyi status`: whether all is well."""

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from flows.commands import Command, say
from flows.errors import UsageError, json_visible
from flows.host.arguments import Parser
from flows.settings import read_settings

if TYPE_CHECKING:
    from datetime import datetime

    from flows.home import Home
    from flows.operate.instance import Serving
    from flows.operate.status import Server

_PURPOSE = "是否一切正常：上一次成功的运行、迟了的运行、日程、磁盘。退出状态 0 正常，1 有需要处理的。"


def _declare(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="给程序看的形式")


def _act(options: Namespace) -> None:
    from datetime import datetime

    from flows.operate.instance import running
    from flows.operate.status import as_json, as_lines, read_status

    serving = running()
    home = read_settings(options.data or (serving.data if serving else None)).home
    now = datetime.now().astimezone()
    status = read_status(home, now, _server_of(home, serving, now))
    if options.json:
        print(json_visible("\n".join(as_json(status, serving.ui if serving else ""))))
    else:
        for line in as_lines(status):
            say(line)
    if not status.good:
        sys.exit(1)


def _server_of(home: "Home", serving: "Serving | None", now: "datetime") -> "Server":
    """What the server is found to be like. Where it cannot even be asked that is a fault, and the rest is told."""
    from flows.operate.instance import tell_password
    from flows.operate.status import Server, without_server
    from flows.orchestrator.settings import settings_of_prefect
    from flows.orchestrator.surroundings import is_untold

    try:
        with settings_of_prefect():
            if serving is None and is_untold():
                # Nobody is there to ask, and Prefect takes a second to import.
                return without_server(home)
            # Before anything reads the settings of Prefect.
            tell_password(serving)
            from flows.operate.health import ask_server
    except UsageError as fault:
        return Server(faults=("".join([fault.summary, "；".join(fault.faults)]),))
    url = os.environ.get("PREFECT_API_URL")
    if serving and not url and serving.data == str(home):
        return ask_server(home, serving.api, up=bool(serving.up), young=serving.is_young(now))
    return ask_server(home, None if url or not serving else serving.api)


COMMAND = Command(_PURPOSE, _act, _declare, has_year=False)
