"""`pingyi method`: the method of a year in Chinese sentences."""

from argparse import Namespace
from pathlib import Path

from flows.commands import Command, say
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import read_settings

_PURPOSE = "把评议方案写成中文句子的评议办法，可以送签；--docx 写成公文格式的 Word 文件。"


def _declare(parser: Parser) -> None:
    parser.add_argument("--docx", type=Path, metavar="文件", help="写成 Word 文件，如 评议办法.docx；不打印")


def _act(options: Namespace) -> None:
    from flows.method import as_lines, method, write_docx
    from flows.scheme.file import read_scheme

    home = read_settings(options.data).home
    home.check()
    document = method(read_scheme(home, options.year))
    if options.docx:
        with machine_faults(options.docx.absolute().parent):
            write_docx(document, options.year, options.docx)
        say(f"评议办法已写到 {options.docx}。")
    else:
        for line in as_lines(document):
            say(line)


COMMAND = Command(_PURPOSE, _act, _declare)
