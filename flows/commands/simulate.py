"""`pingyi simulate`: raw files that are made up for a scheme."""

from argparse import Namespace

from flows.commands import Command, say
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import read_settings

_PURPOSE = "按方案模拟一个年度的原始文件；有参照数据时照它重构。"


def _declare(parser: Parser) -> None:
    parser.add_argument("--seed", type=int, metavar="种子", help="随机种子；同一种子得到同样的文件")
    parser.add_argument("--sites", type=int, metavar="个数", help="网站总数（默认按方案和登记册）")
    parser.add_argument("--ballots", type=int, metavar="张数", help="选票总数")


def _act(options: Namespace) -> None:
    from flows.host.progress import terminal
    from flows.simulate import simulate

    chosen = {"seed": options.seed} if options.seed is not None else {}
    home = read_settings(options.data).home
    home.check()
    with machine_faults(home.path), terminal() as tell:
        summary = simulate(home, options.year, sites=options.sites, ballots=options.ballots, tell=tell, **chosen)
    for line in str(summary).split("\n"):
        say(line)


COMMAND = Command(_PURPOSE, _act, _declare)
