"""A command line in Chinese: its help, its messages about wrong input, and suggestions for misspelt words."""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO

from flows.errors import visible_lines

_RED, _PLAIN = "\033[1;31m", "\033[0m"
# The characters into which input methods and word processors change a hyphen.
_DASHES = "-—–－‐−"
_KINDS = {"int": "整数", "float": "数字"}
# The English messages of argparse, in every supported Python, and ours for them.
_SAYINGS = (
    (r"the following arguments are required: (.+)", "还要写上 {0}。"),
    (r"one of the arguments (.+) is required", "还要写上其中的一个：{0}。"),
    (r"ambiguous option: (\S+) could match (.+)", "{0} 没有写全，可能是 {1}。"),
    (r"argument (.+?): expected one argument", "{0} 后面还要写一个值。"),
    (r"argument (.+?): expected (?:at least )?(?:one|\d+) arguments?", "{0} 后面的值没有写够。"),
    (r"argument (.+?): ignored explicit argument (.+)", "{0} 后面不能写值，现在写的是 {1}。"),
    (r"argument (.+?): not allowed with argument (.+)", "{0} 和 {1} 不能一起用。"),
    (r"argument (.+?): (.+)", "{0} {1}"),
)


def tell_fault(sentence: object, stream: TextIO | None = None) -> None:
    """Prints a fault; on a terminal with its first word in red, unless NO_COLOR is set."""
    stream = stream or sys.stderr
    colored = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    print(f"{_RED if colored else ''}错误：{_PLAIN if colored else ''}{visible_lines(str(sentence))}", file=stream)


def at_least_none(text: str) -> int:
    """A whole number from 0 on, as the type of an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"应为不小于 0 的整数，现在是“{text}”。")
    return int(text)


class Parser(argparse.ArgumentParser):
    """The parser of the command line, or of one command; the latter must have itself as `parser=` among its defaults."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_Help, add_help=False, **settings)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这些说明")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            getattr(options, "parser", self)._refuse(unknown)
        return options

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        tell_fault(self._in_chinese(message))
        self.exit(2)

    @property
    def commands(self) -> dict[str, "Parser"]:
        """The commands of the parser, each with its own parser."""
        choices = [action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return dict(choices[0]) if choices else {}

    @property
    def options(self) -> list[str]:
        """The long options of the parser."""
        return [option for option in self._option_string_actions if option.startswith("--")]

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        sentences = [
            f"没有 {word} 这个选项{_meant(word.partition('=')[0], self.options) or '。'}"
            if word and word[0] in _DASHES
            else f"多写了“{word}”。"
            for word in unknown
        ]
        self.error(f"{''.join(sentences)}加上 --help 看说明。")

    def _in_chinese(self, message: str) -> str:
        chosen = re.fullmatch(r"argument (.+?): invalid choice: (.+) \(choose from .*\)", message, re.S)
        if chosen:
            choices = next(list(action.choices) for action in self._actions if action.choices and action.metavar == chosen[1])
            word = ast.literal_eval(chosen[2])
            return f"没有“{word}”这个{chosen[1]}{_meant(word, choices) or '。'}可用的：{'、'.join(choices)}。"
        typed = re.fullmatch(r"argument (.+?): invalid (\w+) value: (.+)", message, re.S)
        if typed:
            return f"{typed[1]} 应为{_KINDS.get(typed[2], typed[2])}，现在是“{ast.literal_eval(typed[3])}”。"
        for pattern, saying in _SAYINGS:
            match = re.fullmatch(pattern, message, re.S)
            if match:
                return saying.format(*(part.replace(", ", "、") for part in match.groups()))
        return message


class Version(argparse.Action):
    """Prints the installed version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, **settings: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **settings)

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: Any = None) -> NoReturn:
        from importlib.metadata import version

        print(f"pingyi {version('pingyi')}")
        parser.exit()


class _Help(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=20)

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


def _meant(typed: str, known: Iterable[str]) -> str:
    """A question with the known word that is nearest to a misspelt one; empty if no word is near."""
    near = get_close_matches(typed.strip().lower(), list(known), 1, 0.5)
    return f"，你是不是要 {near[0]}？" if near else ""
