"""`pingyi map`: proposes a mapping for a file with headings of its own."""

import sys
from argparse import Namespace
from pathlib import Path

from flows.commands import Command, say, shown
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import read_settings

_PURPOSE = "给有自己列名的文件（问卷工具导出的、宽表）拟一份映射；打印出来，什么也不写。退出状态 0 可以直接用，1 还差什么。"


def _declare(parser: Parser) -> None:
    parser.add_argument("file", type=Path, metavar="文件", help="要读的文件，在哪里都可以")
    parser.add_argument("year", type=int, nargs="?", metavar="年度", help="评议年度（默认：最近的有方案的年度）")
    parser.add_argument("--dataset", metavar="数据", help="它是方案的哪一种数据，如 public（默认：它所在的文件夹，或看列名）")
    parser.add_argument("--write", action="store_true", help="写到 mappings/<数据>.toml；已经有了就不写")


def _act(options: Namespace) -> None:
    from flows.mapping.file import proposal_for, write_proposal
    from flows.scheme.file import read_scheme

    home = read_settings(options.data).home
    home.check()
    scheme = read_scheme(home, options.year)
    proposal = proposal_for(home, scheme, options.file, options.dataset)
    if not proposal.text:
        say(f"{options.file} 的列名都认得（{proposal.dataset}），不需要映射。", sys.stderr)
        return
    if options.write:
        with machine_faults(home.path):
            say(f"已写到 {shown(write_proposal(home, proposal))}", sys.stderr)
    for line in proposal.text.rstrip().split("\n"):
        say(line)
    for sentence in (*proposal.notes, *filter(None, [proposal.sample])):
        say(f"提示：{sentence}。", sys.stderr)
    for sentence in proposal.unplaced:
        say(f"还差：{sentence}。", sys.stderr)
    if not proposal.is_complete:
        sys.exit(1)


COMMAND = Command(_PURPOSE, _act, _declare, has_year=False)
