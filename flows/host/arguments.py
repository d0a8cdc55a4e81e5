"""A command line that speaks Chinese: how it is used, what is wrong with what was typed, and what may have been meant."""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO

_RED, _PLAIN = "\033[1;31m", "\033[0m"
# What an input method or a word processor makes of a hyphen.
_DASHES = "-—–－‐−"
_KINDS = {"int": "整数", "float": "数字"}
# What argparse says, in English, in all the Pythons that we run on, and how we say it.
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
    """Shows what is wrong; on a terminal the word for it in red, unless NO_COLOR asks for none."""
    stream = stream or sys.stderr
    colored = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    print(f"{_RED if colored else ''}错误：{_PLAIN if colored else ''}{sentence}", file=stream)


def at_least_none(text: str) -> int:
    """A whole number from 0 on, as the type of an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"应为不小于 0 的整数，现在是“{text}”。")
    return int(text)


class Parser(argparse.ArgumentParser):
    """A parser, or that of one command, which must be made with `parser=` itself among its defaults."""

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
        tell_fault(self._said(message))
        self.exit(2)

    @property
    def commands(self) -> dict[str, "Parser"]:
        """The commands that it knows, each with its own parser."""
        found = [action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return dict(found[0]) if found else {}

    @property
    def options(self) -> list[str]:
        """The options that it knows, in full."""
        return [option for option in self._option_string_actions if option.startswith("--")]

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        said = [
            f"没有 {word} 这个选项{_meant(word.partition('=')[0], self.options) or '。'}"
            if word and word[0] in _DASHES
            else f"多写了“{word}”。"
            for word in unknown
        ]
        self.error(f"{''.join(said)}加上 --help 看说明。")

    def _said(self, message: str) -> str:
        chosen = re.fullmatch(r"argument (.+?): invalid choice: (.+) \(choose from .*\)", message, re.S)
        if chosen:
            choices = next(list(one.choices) for one in self._actions if one.choices and one.metavar == chosen[1])
            word = ast.literal_eval(chosen[2])
            return f"没有“{word}”这个{chosen[1]}{_meant(word, choices) or '。'}可用的：{'、'.join(choices)}。"
        typed = re.fullmatch(r"argument (.+?): invalid (\w+) value: (.+)", message, re.S)
        if typed:
            return f"{typed[1]} 应为{_KINDS.get(typed[2], typed[2])}，现在是“{ast.literal_eval(typed[3])}”。"
        for pattern, saying in _SAYINGS:
            found = re.fullmatch(pattern, message, re.S)
            if found:
                return saying.format(*(part.replace(", ", "、") for part in found.groups()))
        return message


class Version(argparse.Action):
    """Shows which version is installed; looked up only when it is asked for."""

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
    """The known word that a misspelt one may stand for, as a question; nothing where none is near."""
    near = get_close_matches(typed.strip().lower(), list(known), 1, 0.5)
    return f"，你是不是要 {near[0]}？" if near else ""
