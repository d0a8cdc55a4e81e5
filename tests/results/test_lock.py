"""One writer a data home."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.errors import OperatorError
from flows.home import Home
from flows.host.lock import only_writer
from flows.settings import ROOT

HOLDER = """
import sys
from pathlib import Path
from flows.home import Home
from flows.host.lock import only_writer

with only_writer(Home(Path(sys.argv[1])), "yearly 2007", 0, print):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(home: Path) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock until its stdin is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def never(message: str) -> None:
    raise AssertionError(message)


def held_by(process: subprocess.Popen) -> str:
    return rf"yearly 2007（进程 {process.pid}，\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d 开始）"


def test_a_free_home_is_had_at_once_and_made_where_it_is_not(tmp_path):
    home = tmp_path / "new" / "home"
    with only_writer(Home(home), "yearly 2007", 0, never):
        assert (home / ".pingyi.lock").read_text().startswith(f"yearly 2007（进程 {os.getpid()}，")
    assert (home / ".pingyi.lock").read_text() == ""


def test_a_second_run_waits_and_then_gets_it(tmp_path):
    messages = []
    with holder(tmp_path) as process:

        def let_go(message: str) -> None:
            messages.append(message)
            process.stdin.close()

        with only_writer(Home(tmp_path), "nightly 2007", 30, let_go):
            assert (tmp_path / ".pingyi.lock").read_text().startswith("nightly 2007（进程")
        assert process.wait() == 0
    assert len(messages) == 1
    assert re.fullmatch(f"{tmp_path} 正被占用：{held_by(process)}。等它结束……", messages[0])


def test_after_the_wait_it_refuses_in_words_and_names_the_holder(tmp_path):
    with holder(tmp_path) as process:
        with pytest.raises(OperatorError) as refusal, only_writer(Home(tmp_path), "nightly 2007", 0.3, lambda message: None):
            never("two writers at once")
        assert process.poll() is None
    refused = f"{tmp_path} 正被占用：{held_by(process)}。已等待 0 秒，这一次没有运行，什么也没有改动。请等它结束后重试。"
    assert re.fullmatch(refused, str(refusal.value))
    assert refusal.value.exit_status == 4


def test_a_holder_that_is_killed_frees_it(tmp_path):
    with holder(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with only_writer(Home(tmp_path), "nightly 2007", 0, never):
            assert (tmp_path / ".pingyi.lock").read_text().startswith("nightly 2007（进程")


def test_a_run_that_fails_frees_it(tmp_path):
    with pytest.raises(RuntimeError), only_writer(Home(tmp_path), "yearly 2007", 0, never):
        raise RuntimeError
    with only_writer(Home(tmp_path), "nightly 2007", 0, never):
        pass


def test_two_homes_do_not_wait_for_each_other(tmp_path):
    with holder(tmp_path / "one"), only_writer(Home(tmp_path / "other"), "yearly 2007", 0, never):
        assert (tmp_path / "one" / ".pingyi.lock").read_text() != ""
