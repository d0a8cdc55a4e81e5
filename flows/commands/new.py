"""`pingyi new`: the beginning of a year, out of options, of another year, or of what somebody answers at the terminal."""

import select
import sys
from argparse import Namespace
from contextlib import suppress

from flows.commands import Command, data_option, say
from flows.errors import UsageError, visible
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import read_settings

_PURPOSE = (
    "建一个年度：写好带说明的评议方案、登记册和各个文件夹；不动已经有的文件。"
    "在终端上一项一项地问；写了选项就不问，没有写的按惯例选定并说出来。"
)


def _declare(parser: Parser) -> None:
    parser.add_argument(
        "--from", dest="other", metavar="方案", help="从另一年（如 2007）、方案文件或数据目录抄来，日期移到这一年，登记册照搬"
    )
    parser.add_argument("--title", metavar="名称", help="评议的名称")
    parser.add_argument("--timezone", metavar="时区", help="如 Asia/Shanghai")
    parser.add_argument("--office", metavar="单位", help="主持评议的单位，催报函用它落款")
    for option, metavar, text in (
        ("--group", "名称=名次数", "一个组别和公布前几名，如 部门=20；编号另定的写 编号:名称=名次数"),
        ("--aspect", "名称=权重", "一项评议内容，如 信息公开=30"),
        ("--source", "名称=种类:权重", "一个来源，如 公众评议=ballots:60"),
        ("--weights", "组别=权重,…", "这一组的权重与其他组不同时，依来源的次序，如 区县=50,50"),
        ("--set", "来源.项=值", "来源的规则，如 公众评议.period=2025-11-01,2025-11-30"),
    ):
        parser.add_argument(option, action="append", metavar=metavar, help=f"{text}；可以写多个")


def _act(options: Namespace) -> None:
    from flows.beginning import begin, begin_from, check_year, review
    from flows.beginning.questions import answer, ask, first_plan

    home = read_settings(options.data).home
    check_year(home, options.year)
    given = _given(options)
    with machine_faults(home.path):
        if options.other:
            if set(given) - {"title"}:
                options.parser.error(f"--from 只能与 --title 同用，不能与 {'、'.join(sorted(set(given) - {'title'}))} 同用。")
            begun = begin_from(home, options.year, options.other, options.title or "")
        else:
            plan = first_plan(options.year)
            if given or not (sys.stdin.isatty() and sys.stdout.isatty()):
                needed = [f"--{name[:-1]}" for name in ("groups", "sources") if name not in given]
                if needed:
                    raise UsageError(
                        f"这里没有人可问，没有写出任何文件。请用选项写明 {'、'.join(needed)}（见 --help），或用 --from 从另一年抄来，"
                        "或在终端上不带选项运行，一项一项地答。"
                    )
                begun = begin(home, plan, tuple(answer(plan, given)))
            else:
                say(f"在 {home} 建 {options.year} 年度。方括号里的是不写时的答案，按回车就用它；Ctrl-C 不建了。")
                ask(plan, _typed, say)
                say("下面是写成句子的评议办法，请核对：")
                for line in review(plan):
                    say(f"  {line}")
                if _typed("按回车就写出方案、登记册和文件夹；写别的就不写：").strip():
                    raise UsageError("没有写出任何文件。要改就再运行一次，或写出以后改方案。")
                begun = begin(home, plan)
    for line in begun.lines(data_option(options)):
        say(line)


def _given(options: Namespace) -> dict[str, list[str]]:
    """What the options answer, by the names of the questions."""
    given = {name: [value] for name in ("title", "timezone", "office") if (value := getattr(options, name)) is not None}
    given |= {f"{name}s": values for name in ("group", "aspect", "source") if (values := getattr(options, name))}
    for option in ("weights", "set"):
        for text in getattr(options, option) or ():
            name, equals, value = text.replace("＝", "=", 1).partition("=")
            if not equals:
                options.parser.error(f"--{option} 应写成 名称=值，现在是“{text}”。")
            name = f"{name.strip()}.weights" if option == "weights" else name.strip()
            if name in given:
                options.parser.error(f"{name} 写了不止一次。")
            given[name] = [value.strip()]
    return given


def _typed(question: str) -> str:
    """What somebody types at the terminal behind a question."""
    while True:
        print(visible(question), end="", flush=True)
        # Polars has reading go on after Ctrl-C; waiting for a line ends with it.
        select.select([sys.stdin], [], [])
        line = sys.stdin.buffer.readline()
        if not line:
            raise UsageError("没有答完，没有写出任何文件。")
        with suppress(UnicodeDecodeError):
            return line.decode(sys.stdin.encoding)
        say(f"  · 写的不是 {sys.stdin.encoding.upper()} 的文字，请再写一遍。")


COMMAND = Command(_PURPOSE, _act, _declare)
