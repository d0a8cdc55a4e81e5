"""Every run is on record in its data home, however it ended: by itself, by a fault, by an interrupt or by being killed."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from flows.errors import OperatorError
from flows.home import Home
from flows.host import runs
from flows.host.runs import DIED, DONE, FAILED, INTERRUPTED, RUNNING, WARNINGS, read_runs, recorded
from flows.settings import ROOT

_CHILD = """
import sys
from pathlib import Path
from flows.home import Home
from flows.host.runs import recorded
with recorded(Home(Path(sys.argv[1])), "nightly", 2030, "a-flow-run"):
    print("at work", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def at_work(tmp_path):
    """Another process that is in the midst of a run."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "at work\n"
    yield process
    process.kill()
    process.communicate()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def run(home, fault=None, **values):
    with recorded(Home(home), "yearly", 2030, "a-flow-run") as ending:
        for name, value in values.items():
            setattr(ending, name, value)
        if fault:
            raise fault


def write_run(home, began):
    """A record as an older run left it."""
    (home / "runs").mkdir(exist_ok=True)
    begun = {"what": "nightly", "year": 2030, "began": began.isoformat(), "process": 1, "flow_run": ""}
    ended = {"ended": began.isoformat(), "outcome": DONE, "sentence": ""}
    path = home / "runs" / f"{began:%Y-%m-%dT%H%M%S}-nightly-2030-0000.jsonl"
    path.write_text(f"{json.dumps(begun)}\n{json.dumps(ended)}\n", encoding="utf-8")
    return path


def test_a_run_that_is_done_is_on_record_with_what_it_says(tmp_path):
    before = datetime.now().astimezone()
    run(tmp_path, sentence="已公布。")
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.what, entry.year, entry.process, entry.flow_run) == ("yearly", 2030, os.getpid(), "a-flow-run")
    assert (entry.outcome, entry.sentence, entry.good) == (DONE, "已公布。", True)
    assert before <= entry.began <= entry.ended <= datetime.now().astimezone() and entry.lasted == entry.ended - entry.began


def test_a_run_with_warnings_is_good_and_says_so(tmp_path):
    run(tmp_path, sentence="已公布。", warnings=["第 3 行不合格"])
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.outcome, entry.sentence, entry.good) == (WARNINGS, "已公布。", True)


def test_a_run_without_a_year_has_none(tmp_path):
    with recorded(Home(tmp_path), "reproduce", None):
        pass
    assert read_runs(Home(tmp_path))[0].year is None


@pytest.mark.parametrize(
    ("fault", "outcome", "sentence"),
    [
        (OperatorError("有 1 个文件无法接收：", ["given/a.csv 不是表格"]), FAILED, "有 1 个文件无法接收："),
        (ZeroDivisionError("division by zero"), FAILED, "本系统出了意外的错误：ZeroDivisionError: division by zero"),
        (KeyboardInterrupt(), INTERRUPTED, "被中断，已公布的结果没有改动。"),
    ],
)
def test_a_fault_passes_through_and_is_on_record(tmp_path, fault, outcome, sentence):
    with pytest.raises(type(fault)) as raised:
        run(tmp_path, fault, sentence="never said")
    assert raised.value is fault
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.outcome, entry.sentence, entry.good) == (outcome, sentence, False)
    assert entry.faults == (fault.faults if isinstance(fault, OperatorError) else ())
    assert entry.ended is not None


def test_a_record_of_before_what_a_fault_lists_was_kept_is_read(tmp_path):
    write_run(tmp_path, datetime(2030, 1, 1).astimezone())
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.outcome, entry.faults, entry.deployed) == (DONE, (), False)


def test_a_run_is_running_while_its_process_lives_and_died_when_that_is_killed(tmp_path, at_work):
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.outcome, entry.process, entry.ended, entry.good) == (RUNNING, at_work.pid, None, False)
    kill(at_work)
    (entry,) = read_runs(Home(tmp_path))
    assert (entry.outcome, entry.process, entry.ended, entry.lasted, entry.good) == (DIED, at_work.pid, None, None, False)


def test_two_who_look_at_once_do_not_take_a_dead_run_for_a_living_one(tmp_path, at_work):
    kill(at_work)
    with next((tmp_path / "runs").iterdir()).open() as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        assert [entry.outcome for entry in read_runs(Home(tmp_path))] == [DIED]


@pytest.mark.parametrize("cut", ['{"ended": "2030-01-', "\0\0\0", '{"ended": "2030-01-01T00:00:00+08:00", "outcome": "done"}'])
def test_an_ending_that_was_half_written_is_none(tmp_path, at_work, cut):
    kill(at_work)
    with next((tmp_path / "runs").iterdir()).open("a") as file:
        file.write(cut)
    assert [entry.outcome for entry in read_runs(Home(tmp_path))] == [DIED]


@pytest.mark.parametrize("begun", ["", '{"what": "nightly", "ye', "\0\0\0"])
def test_a_record_that_was_cut_in_its_first_line_does_not_hide_the_others(tmp_path, begun):
    run(tmp_path)
    (tmp_path / "runs" / "2030-01-01T000000-nightly-0000.jsonl").write_text(begun)
    assert [entry.outcome for entry in read_runs(Home(tmp_path))] == [DONE]


@pytest.mark.parametrize("content", ["x\n", "[]\n", '{"what": 1}\n', "\udcff\n"])
def test_a_record_that_is_none_does_not_hide_the_others(tmp_path, content):
    run(tmp_path)
    (tmp_path / "runs" / "2030-01-01T000000-nightly-0000.jsonl").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert [entry.outcome for entry in read_runs(Home(tmp_path))] == [DONE]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\x85", "\x0b", "\x1e"])
def test_what_a_run_says_may_have_several_lines(tmp_path, end):
    run(tmp_path, sentence=f"一{end}二")
    assert [entry.sentence for entry in read_runs(Home(tmp_path))] == [f"一{end}二"]


def test_a_home_that_does_not_exist_is_not_made_and_its_fault_is_told(tmp_path):
    with pytest.raises(OperatorError, match="没有数据目录"):
        run(tmp_path / "none", OperatorError("没有数据目录"))
    assert not (tmp_path / "none").exists() and read_runs(Home(tmp_path / "none")) == []


def test_the_newest_are_listed_first_also_over_a_change_of_clocks(tmp_path):
    summer, winter = (datetime.fromisoformat(f"2030-10-27T02:{time}") for time in ("50:00+02:00", "10:00+01:00"))
    for began in (summer, winter):
        write_run(tmp_path, began)
    assert [entry.began for entry in read_runs(Home(tmp_path))] == [winter, summer]


def test_only_the_newest_500_are_kept(tmp_path):
    first = datetime(2030, 1, 1).astimezone()
    paths = [write_run(tmp_path, first + timedelta(minutes=number)) for number in range(502)]
    run(tmp_path)
    left = sorted((tmp_path / "runs").iterdir())
    # Those of the future, as the clock of this machine has it, come last and stay.
    assert len(left) == runs.KEPT == 500
    assert set(paths) - set(left) == set(paths[:3])


def test_equal_starts_in_one_second_do_not_collide(tmp_path, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2030, 1, 1, 2, 30, tzinfo=tz)

    endings = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr(runs, "datetime", Stopped)
    monkeypatch.setattr(runs.secrets, "token_hex", lambda _: next(endings))
    with recorded(Home(tmp_path), "nightly", 2030) as first, recorded(Home(tmp_path), "nightly", 2030) as second:
        first.sentence, second.sentence = "one", "other"
    assert {each.sentence for each in read_runs(Home(tmp_path))} == {"one", "other"}


def test_an_ending_that_cannot_be_written_changes_nothing_of_the_run(tmp_path, monkeypatch):
    with recorded(Home(tmp_path), "nightly", 2030):
        monkeypatch.setattr(runs.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    monkeypatch.undo()
    assert [entry.what for entry in read_runs(Home(tmp_path))] == ["nightly"]


def test_a_record_that_vanishes_while_they_are_read_is_passed_over(tmp_path):
    run(tmp_path)
    gone = tmp_path / "runs" / "2029-01-01T000000-nightly-0000.jsonl"
    gone.symlink_to(tmp_path / "nowhere")
    assert [entry.outcome for entry in read_runs(Home(tmp_path))] == [DONE]
