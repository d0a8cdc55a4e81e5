"""`pingyi model`: what a developer asks of a model of `sql/`."""

from argparse import Namespace

from flows.commands import Command, say
from flows.host.arguments import Parser, at_least_none
from flows.settings import read_settings

_PURPOSE = "给开发人员：用 warehouse.duckdb 里的数据另外计算 sql/ 里的一个模型，检查并列出它的行；不改动任何东西。"


def _declare(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="模型", help="模型名，如 scored.composites，或它的文件；不写就列出全部模型")
    parser.add_argument("--column", metavar="列", help="这一列的值从哪些列来，一直到原始数据")
    parser.add_argument("--where", metavar="条件", default="", help="只列出符合条件的行，如 \"site_id = 'd18'\"")
    parser.add_argument("--rows", type=at_least_none, metavar="行数", default=10, help="最多列出的行数（默认 10）")


def _act(options: Namespace) -> None:
    from flows.explain.model import all_models, card, find, table, trace
    from flows.host.columns import aligned

    warehouse = read_settings(options.data).home.warehouse
    models = all_models()
    if not options.name:
        lines = list(aligned((model.name, model.summary) for model in models.values()))
    elif options.column:
        lines = list(trace(models, find(models, options.name), options.column, warehouse))
    else:
        model = find(models, options.name)
        lines = [*card(models, model), *table(models, model, warehouse, options.where, options.rows)]
    for line in lines:
        say(line)


COMMAND = Command(_PURPOSE, _act, _declare, has_year=False)
