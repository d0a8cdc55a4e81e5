"""`pingyi check`: whether scheme and raw files can be received, and what of them cannot."""

from argparse import Namespace

from flows.commands import Command, data_option, flow, say, say_list, say_warnings
from flows.host.arguments import Parser, at_least_none
from flows.host.kinds import KINDS

# Parties that owe something, as they are listed.
_MOST_GAPS = 20


def _declare(parser: Parser) -> None:
    parser.add_argument("--rows", type=at_least_none, metavar="行数", default=5, help="每个文件最多列出的不合格行数（默认 5）")


def _act(options: Namespace) -> None:
    checked = flow("check")(options.year, options.data)
    say(checked.sentence)
    for file in checked.inputs:
        same = f"，与 {file['same_as']} 相同" if file["same_as"] else ""
        account = f"{file['rows_in']} 行 = 接收 {file['loaded']} + 不合格 {file['quarantined']}"
        if file["mapping"]:
            account = f"按映射 [{file['mapping']}] 读，文件 {file['file_rows']} 行，成为 {account}"
        say(f"  {file['dataset']}/{file['file']}：{account}{same}")
    if checked.set_aside:
        say("不合格的行：")
        say_list([line for file in checked.set_aside for line in file.listed(options.rows)])
    if checked.gaps:
        say(f"应到而没有到（全部和期限：pingyi coverage {options.year}{data_option(options)}）：")
        say_list(checked.gaps[:_MOST_GAPS])
        if len(checked.gaps) > _MOST_GAPS:
            say(f"  · …… 共 {len(checked.gaps)} 家")
    say_warnings(checked.warnings)


COMMAND = Command(KINDS["check"].purpose, _act, _declare)
