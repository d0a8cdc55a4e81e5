"""`pingyi explain`: where a site's composite comes from."""

import sys
from argparse import Namespace

from flows.commands import Command, data_option, say
from flows.host.arguments import Parser, at_least_none
from flows.settings import read_settings

_PURPOSE = "把一个网站的综合得分逐步拆到原始数据的文件和行；默认一页，约 40 行。"


def _declare(parser: Parser) -> None:
    parser.add_argument("site", metavar="网站", help="网站的 site_id、名称或别名")
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument("--all", action="store_true", help="全部列出：每一步计算，每一行原始数据")
    how_much.add_argument("--rows", type=at_least_none, metavar="行数", help="每一步计算，每个来源最多这么多行原始数据")


def _act(options: Namespace) -> None:
    from flows.explain import explanation

    def tell(sentence: str) -> None:
        say(f"提示：{sentence}", sys.stderr)

    explained = explanation(read_settings(options.data), options.year, options.site, options.rows, tell)
    in_full = options.all or options.rows is not None
    typed = f"pingyi explain {options.year} {options.site}{data_option(options)}"
    for line in explained.lines() if in_full else explained.page(typed):
        say(line)


COMMAND = Command(_PURPOSE, _act, _declare)
