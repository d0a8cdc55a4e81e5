"""What an operator types, well or not: Chinese to the last word, the word that was meant, and a shell that completes it."""

import io
import re
import shutil
import subprocess
import sys

import pytest

from flows.command import _parser, main
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
    for command in [[], *([name] for name in _parser().commands)]:
        status, out, _ = typed(*command, "--help")
        assert status == 0 and out.startswith("用法：pingyi") and "显示这些说明" in out
        assert not _ENGLISH.search(re.sub(r"--?[\w-]+|PINGYI_DATA", "", out)), out


def test_the_version_is_told(typed):
    assert re.fullmatch(r"pingyi \d+\.\d+\.\d+\n", typed("--version")[1])


def test_help_waits_for_no_library():
    command = [sys.executable, "-X", "importtime", "-m", "flows.command", "--help"]
    imported = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stderr
    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in imported.splitlines()}
    assert "flows" in packages and not packages & {"prefect", "duckdb", "polars", "great_expectations", "pydantic", "sqlglot"}


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
    (tmp_path / "completion").write_text(script("bash", _parser()), encoding="utf-8")
    line = '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pingyi; printf "%s\\n" "${COMPREPLY[@]}"'
    ended = subprocess.run(
        ["bash", "-c", line, str(tmp_path / "completion"), *words], capture_output=True, text=True, check=True
    )
    assert sorted(ended.stdout.split()) == offered and ended.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(tmp_path, shell):
    text = script(shell, _parser())
    assert (all(f"{name}" in text for name in _parser().commands) and "--draft" in text) or "-l draft" in text
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "completion").write_text(text, encoding="utf-8")
    ended = subprocess.run([shell, "-n", str(tmp_path / "completion")], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_fish_completes_commands_and_options(tmp_path):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    (tmp_path / "completion").write_text(script("fish", _parser()), encoding="utf-8")
    for words, offered in _LINES[:-1]:
        line = f"source {tmp_path / 'completion'}; complete -C '{' '.join(words).replace('./run', 'run')}'"
        ended = subprocess.run(["fish", "-c", line], capture_output=True, text=True, check=True)
        assert sorted(line.split("\t")[0] for line in ended.stdout.splitlines()) == offered and ended.stderr == ""
