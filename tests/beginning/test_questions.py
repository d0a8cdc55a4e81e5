"""The questions of `pingyi new` at a real terminal: one after the other, each answer held against the scheme's reader at once."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows.home import Home
from flows.scheme.file import read_scheme
from tests.beginning.test_new import contents
from tests.conftest import ROOT

YEAR = 2025
_LONGEST = 60.0


class Typist:
    """Somebody at a terminal, who waits for a question and types an answer."""

    def __init__(self, *words: str, **environment: str) -> None:
        command = [sys.executable, "-m", "flows.command", "new", *words]
        self.process, self._end = pty.fork()
        if self.process == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.execve(command[0], command, os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"} | environment)
        self._shown = b""
        self._from = 0

    @property
    def shown(self) -> str:
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    def sees(self, text: str) -> None:
        """Waits until a text stands behind all that was seen before."""
        deadline = time.monotonic() + _LONGEST
        while text not in self.shown[self._from :]:
            assert time.monotonic() < deadline, f"no “{text}” behind:\n{self.shown}"
            if select.select([self._end], [], [], 0.2)[0]:
                try:
                    self._shown += os.read(self._end, 1 << 16)
                except OSError:
                    # Linux says EIO once nobody has the terminal open any more.
                    assert text in self.shown[self._from :], f"no “{text}” behind:\n{self.shown}"
        self._from = self.shown.index(text, self._from) + len(text)

    def types(self, text: str | bytes) -> None:
        os.write(self._end, text.encode() if isinstance(text, str) else text)

    def answers(self, question: str, answer: str = "") -> None:
        self.sees(question)
        self.sees("：")
        self.types(f"{answer}\n")

    def ends(self) -> int:
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            if select.select([self._end], [], [], 0.1)[0]:
                with suppress(OSError):
                    self._shown += os.read(self._end, 1 << 16)
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self.process = 0
                with suppress(OSError):
                    while select.select([self._end], [], [], 0.1)[0] and (more := os.read(self._end, 1 << 16)):
                        self._shown += more
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it did not end:\n{self.shown}")

    def close(self) -> None:
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._end)


@pytest.fixture
def typist(folder: Path) -> Iterator[Typist]:
    opened = Typist(str(YEAR), "--data", str(folder))
    yield opened
    opened.close()


def test_the_usual_answers_are_taken_with_enter(typist, folder):
    for question in ("评议的名称 [2025年政府网站评议]", "时区 [Asia/Shanghai]", "主持评议的单位", "组别和各公布前几名 [部门=20]", "评分来源、种类和权重",
                     "评议内容和权重", "评议期", "可选的档次", "哪几档算满意 [满意 较满意]", "填写不足几秒", "同一来处", "有效票少于几张", "有哪些渠道", "去掉几个最高分", "应有几位专家", "至少几位专家评 [1]"):  # fmt: skip
        typist.answers(question)
    typist.sees("  # 2025年政府网站评议办法")
    typist.sees("公众评议 60%、专家评议 40%")
    typist.answers("按回车就写出")
    assert typist.ends() == 0
    assert "2025 年度已经建好" in typist.shown and "没有说的" not in typist.shown
    scheme = read_scheme(Home(folder), YEAR)
    assert (scheme.title, [group.publish_top for group in scheme.groups]) == ("2025年政府网站评议", [20])
    assert [source.label for source in scheme.sources] == ["公众评议", "专家评议"]
    voted, judged = scheme.sources
    assert (scheme.office, voted.channels, judged.experts, judged.min_raters) == ("", (), None, None)


def test_a_wrong_answer_is_told_in_the_sentences_of_the_reader_and_asked_again(typist, folder):
    typist.answers("评议的名称", "2025年市政府网站评议")
    typist.answers("时区", "北京")
    typist.sees("  · timezone：没有名为“北京”的时区，应为 Asia/Shanghai 这样的名称。")
    typist.answers("时区 [")
    typist.answers("主持评议的单位", "市政府办公厅")
    typist.answers("组别", "部门=20 区县")
    typist.sees("  · “区县”应写成 名称=值，如 部门=20。")
    typist.answers("组别", "市政府部门=20 区县=0")
    typist.sees("  · groups.区县.publish_top：应为不小于 1 的整数，现为 0。")
    typist.answers("组别", "市政府部门=20 区县=10")
    typist.answers("评分来源", "公众=ballots:60 自查=claims:30")
    typist.sees("  · 来源：权重之和为 90，应恰为 1，或以百分数计恰为 100。")
    typist.answers("评分来源", "公众=ballots:60 自查=claims:40")
    typist.answers("区县：各来源的权重，依次是 公众、自查 [60 40]", "50、50")
    typist.answers("评议内容和权重")
    typist.answers("评议期", "2025-11-20 2025-11-01")
    typist.sees("  · sources.公众.closes：截止日 2025-11-01 早于开始日 2025-11-20。")
    typist.answers("评议期", "2025年11月1日 2025/11/20")
    typist.answers("可选的档次", "好=100 差=0")
    typist.answers("哪几档算满意 [好]", "坏")
    typist.sees("  · sources.公众.satisfied：“坏”不在 levels 之中。")
    for _ in range(4):
        typist.answers("公众：")
    typist.answers("公众：有哪些渠道", "网络 网络")
    typist.sees("  · sources.公众.channels：")
    typist.answers("公众：有哪些渠道", "网络、短信")
    typist.answers("自查：指标和满分")
    typist.sees("  · 这一项要写。")
    typist.answers("自查：指标和满分", "公开=40 办事=60")
    typist.answers("自报高于核实的", "0.5")
    typist.sees("再扣 0.5 分")
    typist.answers("按回车就写出")
    assert typist.ends() == 0
    scheme = read_scheme(Home(folder), YEAR)
    assert [list(map(str, group.weights.values())) for group in scheme.groups] == [["0.6", "0.4"], ["0.5", "0.5"]]
    assert (scheme.office, scheme.sources[0].channels) == ("市政府办公厅", ("网络", "短信"))
    assert str(scheme.sources[0].period[1]) == "2025-11-20" and [each.max for each in scheme.sources[1].indicators] == [40, 60]


@pytest.mark.parametrize(("typed", "status", "said"), [(b"\x03", 130, "已中断"), (b"\x04", 2, "没有答完，没有写出任何文件")])
def test_whoever_stops_leaves_nothing_behind(typist, folder, typed, status, said):
    typist.answers("评议的名称", "半途")
    typist.sees("时区")
    typist.types(typed)
    assert typist.ends() == status
    assert said in typist.shown and "Traceback" not in typist.shown and contents(folder) == []


def test_whoever_finds_the_method_wrong_does_not_have_it_written(typist, folder):
    for _ in range(16):
        typist.answers("")
    typist.answers("按回车就写出", "否")
    assert typist.ends() == 2
    assert "没有写出任何文件" in typist.shown and contents(folder) == []


def test_bytes_that_are_no_text_are_asked_for_again(typist, folder):
    typist.sees("评议的名称")
    typist.types("评议".encode("gb18030") + b"\n")
    typist.sees("不是 UTF-8 的文字")
    typist.answers("评议的名称", "评议")
    typist.sees("时区")
    typist.types(b"\x04")
    assert typist.ends() == 2 and "Traceback" not in typist.shown


def test_a_year_that_is_there_is_told_before_anything_is_asked(folder):
    (folder / "schemes").mkdir()
    (folder / "schemes" / f"{YEAR}.toml").write_text("", encoding="utf-8")
    typist = Typist(str(YEAR), "--data", str(folder))
    try:
        assert typist.ends() == 2 and "已有评议方案" in typist.shown and "评议的名称" not in typist.shown
    finally:
        typist.close()
