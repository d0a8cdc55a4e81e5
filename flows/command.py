"""The command `pingyi`: the process, its errors and exit statuses, and the commands that it has, each in a file of `flows/commands`.

A command that evaluates runs the same flow as the deployment.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper

from flows import settings
from flows.commands import Command, say
from flows.errors import OperatorError
from flows.host.arguments import Parser, Version, tell_fault
from flows.host.disk import machine_faults
from flows.host.garbage import few_collections
from flows.host.modes import keep_private
from flows.host.process import as_process, is_interrupt, status_of
from flows.host.quiet import CALM, keep_quiet

# In the order of the help; each is the name of a file of `flows/commands`.
COMMANDS = (
    "yearly", "publish", "nightly", "crawl", "report", "reproduce", "scrub", "check", "coverage", "map", "explain", "simulate",
    "templates", "new", "method", "schema", "model", "purge", "acknowledge", "serve", "status", "completion",
)  # fmt: skip

_STATUSES = (
    "退出状态：0 完成；1 数据或方案有误；2 用法不对；3 评议了，但有关口不让公布；4 另一次运行占用着数据目录；"
    "5 机器的问题（磁盘、权限、内存、网络）；130 被 Ctrl-C 中断；143、129 被要求结束，或终端关闭了。"
)
_DATA = "数据目录（默认：环境变量 PINGYI_DATA，否则 data/shanghai）"


def run() -> None:
    """The command as a process of its own."""
    keep_private()
    _speak_utf8()
    for stream in (sys.stdout, sys.stderr):
        # A terminal in another encoding, or a pipe, does not have every letter. There may also be no stream at all.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Whatever a command imports stays: looking there for garbage takes a fifth of the time.
    with few_collections():
        as_process(main)


def _speak_utf8() -> None:
    """Begins anew where names of files are read in another encoding, as an environment without a locale has it: those of a data
    home are UTF-8, and no database takes them otherwise. What the terminal is written in stays."""
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.ignore_environment:
        return
    written_in = sys.stdout.encoding if sys.stdout else "utf-8"
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONIOENCODING": f"{written_in}:backslashreplace"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command. Exits with 0, with the status of its error (see `flows.errors`), or with 130 after an interrupt
    (143 and 129 where SIGTERM and SIGHUP were the interrupt)."""
    words = sys.argv[1:] if arguments is None else arguments
    options = parser(*words[:1]).parse_args(words)
    command: Command = options.command
    settings.forms_offer_years = False
    keep_quiet()
    if command.is_calm:
        _calm_surroundings()
    try:
        with machine_faults():
            command.act(options)
    except OperatorError as fault:
        tell_fault(fault)
        sys.exit(fault.exit_status)
    except BrokenPipeError:
        # Whoever read our output has seen enough (… | head).
        sys.stderr.close()
        sys.exit(0)
    except (KeyboardInterrupt, Exception) as fault:
        if not is_interrupt(fault):
            raise
        # The terminal may be what has gone away.
        with suppress(OSError):
            say("已中断；已公布的结果没有改动。", sys.stderr)
        sys.exit(status_of(fault))


def parser(word: str = "") -> Parser:
    """The parser of a command line that begins with this word. Where it names a command, no other command's file is read;
    else the parser knows them all."""
    made = Parser(prog="pingyi", description="政府网站年度评议：从原始数据到公布的结果。", epilog=_STATUSES)
    made.add_argument("--version", action=Version, help="显示版本")
    commands = made.add_subparsers(title="命令", metavar="命令", required=True)
    for name in [word] if word in COMMANDS else COMMANDS:
        command: Command = import_module(f"flows.commands.{name}").COMMAND
        own = commands.add_parser(name, help=command.purpose, description=command.purpose)
        own.set_defaults(command=command, parser=own, whole=parser)
        if command.has_home:
            own.add_argument("--data", metavar="目录", help=_DATA)
        if command.has_year:
            own.add_argument("year", type=int, metavar="年度", help="评议年度，如 2007")
        command.declare(own)
    return made


def _calm_surroundings() -> None:
    """Keeps Prefect's own log messages off an operator's terminal; who wants them sets the level."""
    for name, value in CALM.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    run()
