"""What an operator types, well or not: Chinese to the last word, the word that was meant, and a shell that completes it."""

import io
import pkgutil
import re
import shutil
import subprocess
import sys

import pytest

from flows import commands
from flows.command import COMMANDS, main, parser
from flows.host.arguments import tell_fault
from flows.host.completion import script
from tests.conftest import ROOT

_ENGLISH = re.compile(
    r"usage|error|option|argument|invalid|choose|required|positional|show|exit|unrecognized|expected|message", re.I
)


@pytest.fixture
def typed(capsys):
    """Runs a command line that ends before any work; returns its exit status, stdout and stderr."""

    def call(*words):
        with pytest.raises(SystemExit) as end:
            main(list(words))
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return call


@pytest.mark.parametrize(("words", "expected"), [
    ([], "还要写上 命令"),
    (["yearl", "2007"], "没有“yearl”这个命令，你是不是要 yearly？"),
    (["Yearly", "2007"], "你是不是要 yearly？"),
    (["publsh", "2007"], "你是不是要 publish？"),
    (["stats"], "你是不是要 status？"),
    (["it's"], "没有“it's”这个命令。"),
    (['a"b'], "没有“a\"b”这个命令。"),
    (["年度评议"], "没有“年度评议”这个命令。可用的：yearly、"),
    (["yearly"], "还要写上 年度"),
    (["yearly", "今年"], "年度 应为整数，现在是“今年”"),
    (["yearly", "2007", "--drfat"], "没有 --drfat 这个选项，你是不是要 --draft？"),
    (["yearly", "2007", "—draft"], "没有 —draft 这个选项，你是不是要 --draft？"),
    (["yearly", "2007", "--date=x"], "没有 --date=x 这个选项，你是不是要 --data？"),
    (["yearly", "2007", "--zzz"], "没有 --zzz 这个选项。"),
    (["yearly", "2007", "2008"], "多写了“2008”"),
    (["yearly", "2007", "--data"], "--data 后面还要写一个值"),
    (["yearly", "2007", "--draft=x"], "--draft 后面不能写值"),
    (["simulate", "2007", "--s", "3"], "--s 没有写全，可能是 --seed、--sites"),
    (["explain", "2007"], "还要写上 网站"),
    (["explain", "2007", "q06", "--rows", "-1"], "--rows 应为不小于 0 的整数，现在是“-1”"),
    (["explain", "2007", "q06", "--rows", "一"], "--rows 应为不小于 0 的整数，现在是“一”"),
    (["explain", "2007", "q06", "--rows", "1", "--all"], "--all 和 --rows 不能一起用"),
    (["serve", "--port", "http"], "--port 应为整数，现在是“http”"),
    (["completion", "tcsh"], "没有“tcsh”这个shell，你是不是要 zsh？"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_chinese_with_status_2(typed, words, expected):
    status, out, err = typed(*words)
    assert (status, out) == (2, "")
    assert expected in err and err.startswith("用法：pingyi")
    assert not _ENGLISH.search(re.sub(r"[—-]{1,2}[\w=-]+|“[^”]*”", "", err)), err


def test_every_help_is_in_chinese(typed):
    for command in [[], *([name] for name in parser().commands)]:
        status, out, _ = typed(*command, "--help")
        assert status == 0 and out.startswith("用法：pingyi") and "显示这些说明" in out
        assert not _ENGLISH.search(re.sub(r"--?[\w-]+|PINGYI_DATA", "", out)), out


def test_the_version_is_told(typed):
    assert re.fullmatch(r"pingyi \d+\.\d+\.\d+\n", typed("--version")[1])


def _imported(*words):
    """The modules that a command line imports until it ends."""
    program = "import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    program += "from flows.command import main\nmain(sys.argv[1:])"
    ended = subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, check=True, text=True)
    return set(ended.stderr.split())


def test_help_waits_for_no_library():
    imported = _imported("--help")
    assert {module for module in imported if module.startswith("flows.commands.")} == {
        f"flows.commands.{name}" for name in COMMANDS
    }
    packages = {module.partition(".")[0] for module in imported}
    assert "flows" in packages and not packages & {"prefect", "duckdb", "polars", "great_expectations", "pydantic", "sqlglot"}
    # Nor for the rooms that commands act with.
    rooms = {module.split(".")[1] for module in imported if module.startswith("flows.")}
    assert rooms == {"command", "commands", "errors", "home", "host", "settings"}


def test_a_command_reads_no_other_commands_file():
    imported = _imported("explain", "--help")
    assert {module for module in imported if module.startswith("flows.commands.")} == {"flows.commands.explain"}


def test_every_file_is_a_command_and_every_command_is_in_the_help():
    assert sorted(module.name for module in pkgutil.iter_modules(commands.__path__)) == sorted(COMMANDS)
    assert tuple(parser().commands) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_parser_of_one_command_says_what_the_parser_of_all_says(name):
    alone, among_all = parser(name).commands, parser().commands
    assert list(alone) == [name] and alone[name].format_help() == among_all[name].format_help()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "environment", "colored"), [
    (Terminal, {}, True), (io.StringIO, {}, False), (Terminal, {"NO_COLOR": "1"}, False), (Terminal, {"NO_COLOR": ""}, True),
    (Terminal, {"TERM": "dumb"}, False),
])  # fmt: skip
def test_the_word_for_a_fault_is_red_on_a_terminal_only(monkeypatch, stream, environment, colored):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = stream()
    tell_fault("表不对。", shown)
    assert shown.getvalue() == ("\033[1;31m错误：\033[0m表不对。\n" if colored else "错误：表不对。\n")


_LINES = [
    (["pingyi", "ye"], ["yearly"]), (["pingyi", "yearly", "2007", "--d"], ["--data", "--draft"]), (["./run", "pi"], ["pingyi"]),
    (["./run", "pingyi", "expl"], ["explain"]), (["./run", "pingyi", "explain", "2007", "q06", "--r"], ["--rows"]),
    (["./run", "pytest", "--c"], []),
]  # fmt: skip


@pytest.mark.parametrize(("words", "offered"), _LINES)
def test_bash_completes_commands_and_options(tmp_path, words, offered):
    (tmp_path / "completion").write_text(script("bash", parser()), encoding="utf-8")
    line = '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pingyi; printf "%s\\n" "${COMPREPLY[@]}"'
    ended = subprocess.run(
        ["bash", "-c", line, str(tmp_path / "completion"), *words], capture_output=True, text=True, check=True
    )
    assert sorted(ended.stdout.split()) == offered and ended.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(tmp_path, shell):
    text = script(shell, parser())
    assert (all(f"{name}" in text for name in parser().commands) and "--draft" in text) or "-l draft" in text
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "completion").write_text(text, encoding="utf-8")
    ended = subprocess.run([shell, "-n", str(tmp_path / "completion")], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_fish_completes_commands_and_options(tmp_path):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    (tmp_path / "completion").write_text(script("fish", parser()), encoding="utf-8")
    for words, offered in _LINES[:-1]:
        line = f"source {tmp_path / 'completion'}; complete -C '{' '.join(words).replace('./run', 'run')}'"
        ended = subprocess.run(["fish", "-c", line], capture_output=True, text=True, check=True)
        assert sorted(line.split("\t")[0] for line in ended.stdout.splitlines()) == offered and ended.stderr == ""
