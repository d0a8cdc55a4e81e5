"""Names and cells come from outside: what is told of them moves no cursor and begins no line, in whatever locale."""

import json
import logging
import os
import pickle
import subprocess
import sys

import pytest

from flows.errors import OperatorError, json_visible, visible, visible_lines
from flows.home import Home
from flows.host.lock import only_writer
from flows.host.runs import read_runs, recorded
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home

FORGED = "名\x1b[31m\r\n错误：一切正常\u202e"
SHOWN = "名\\x1b[31m⏎错误：一切正常\\u202e"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("上海 a\tb", "上海 a\tb"),
        (FORGED, SHOWN),
        ("a\rb\nc\r\nd\x85e\u2028f\u2029g\vh\fi", "a⏎b⏎c⏎d⏎e⏎f⏎g⏎h⏎i"),
        ("\x00\x07\x08\x7f\x9b31m", "\\x00\\x07\\x08\\x7f\\x9b31m"),
        ("\u2066\u200f\u061c", "\\u2066\\u200f\\u061c"),
        (b"\xff\x80.csv".decode("utf-8", "surrogateescape"), "\\xff\\x80.csv"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text, shown):
    assert visible(text) == visible(shown) == shown
    shown.encode("utf-8")


def test_lines_that_are_meant_stay_lines():
    assert visible_lines("a\n\x1bb") == "a\n\\x1bb"
    assert json.loads(json_visible(json.dumps("a\n\x1b\x9b\u202e", ensure_ascii=False))) == "a\n\x1b\x9b\u202e"


def test_a_fault_tells_its_names_so_wherever_it_goes():
    fault = OperatorError(f"文件 {FORGED} 有误", [FORGED, "第二条"])
    assert str(fault) == f"文件 {SHOWN} 有误\n  · {SHOWN}\n  · 第二条"
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault) == fault.shown(5)


def test_a_message_of_ours_tells_its_names_so_whoever_logs_it(caplog):
    with caplog.at_level(logging.INFO, "pingyi"):
        logging.getLogger("pingyi").info("提示：%s，%d 行", FORGED, 3)
    assert caplog.messages == [f"提示：{SHOWN}，3 行"]


def test_an_unexpected_fault_is_on_record_in_one_line(tmp_path):
    (tmp_path / "schemes").mkdir()
    with pytest.raises(RuntimeError), recorded(Home(tmp_path), "yearly", YEAR):
        raise RuntimeError(FORGED + "\udcff")
    (run,) = read_runs(Home(tmp_path))
    assert run.sentence == f"本系统出了意外的错误：RuntimeError: {SHOWN}\\xff"


def test_a_check_of_forged_names_and_cells_tells_no_line_of_their_own(run, tmp_path):
    home = small_home(tmp_path / "home")
    folder = next((home / "raw" / str(YEAR)).glob("*/"))
    (folder / f"x{FORGED}.csv").write_text("a,b\n", encoding="utf-8")
    (folder / f"y{FORGED}.txt").write_text(FORGED, encoding="utf-8")
    status, out, err = run("check", YEAR, "--data", home)
    assert status == 1
    assert SHOWN in out + err and "\x1b" not in out + err and "\u202e" not in out + err
    assert not any(line.startswith("错误：一切正常") for line in (out + err).split("\n"))


# As an environment without any locale has it; Python itself would turn to UTF-8 there if it were not told otherwise.
_ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def _command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "flows.command", *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


def test_another_locale_reads_and_writes_the_same_files(tmp_path):
    home = small_home(tmp_path / "家")
    with only_writer(Home(home), "评议 2007", 0, print):
        here = _command("status", "--data", home, "--json")
        there = _command("status", "--data", home, "--json", **_ASCII)
    assert "Traceback" not in there.stderr and there.returncode == here.returncode
    # The letters that such a terminal does not have are written as Python writes them, and JSON reads that.
    assert json.loads(there.stdout)["running"] == json.loads(here.stdout)["running"]
    assert any("评议 2007" in line for line in json.loads(here.stdout)["running"])
    explained = _command("explain", YEAR, "s1", "--data", home, **_ASCII)
    assert explained.returncode == 0 and explained.stderr == "", explained.stderr
    held = _command("status", "--data", home, **_ASCII)
    assert "Traceback" not in held.stderr and "\\u" in held.stdout


def test_no_file_of_ours_is_opened_in_the_encoding_of_the_locale(tmp_path):
    home = small_home(tmp_path / "home")
    for arguments in (("status", "--data", home), ("simulate", YEAR, "--data", home), ("explain", YEAR, "d1", "--data", home)):
        ran = _command(*arguments, PYTHONWARNDEFAULTENCODING="1", PYTHONWARNINGS="always::EncodingWarning")
        ours = [line for line in ran.stderr.split("\n") if "EncodingWarning" in line and f"{ROOT}/flows/" in line]
        assert ours == []
