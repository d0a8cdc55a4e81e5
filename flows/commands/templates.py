"""`pingyi templates`: workbooks that people fill in."""

from argparse import Namespace
from pathlib import Path

from flows.commands import Command, say, say_list
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import read_settings

_PURPOSE = "做出发给各单位和专家填写的工作簿（填报表）：中文表头、网站已填好、有下拉列表和范围检查；填好交回来就能直接接收。"


def _declare(parser: Parser) -> None:
    parser.add_argument(
        "--source", metavar="来源", action="append", default=[], help="只做这个来源（或数据）的填报表，可以写几次；默认全部"
    )
    parser.add_argument("--output", type=Path, metavar="文件夹", help="写到这个文件夹（默认：数据目录的 templates/年度）")


def _act(options: Namespace) -> None:
    import logging

    from flows.host.lock import only_writer
    from flows.host.progress import terminal
    from flows.templates import write_templates

    chosen = read_settings(options.data)
    chosen.home.check()
    with (
        machine_faults(options.output or chosen.home.path),
        only_writer(chosen.home, f"templates {options.year}", chosen.wait, logging.getLogger("pingyi").warning),
        terminal() as tell,
    ):
        written = write_templates(chosen.home, options.year, only=options.source, output=options.output, tell=tell)
    say(written.sentence)
    say_list(written.remarks)


COMMAND = Command(_PURPOSE, _act, _declare)
