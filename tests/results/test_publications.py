"""A published year is frozen; what takes its place needs a reason, and what it replaces is kept, whatever ends the run."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from flows.errors import GateError, OperatorError
from flows.home import Home
from flows.results.drafts import ResultFolder
from flows.results.publications import publish_draft, read_publications, standing_publication
from flows.settings import ROOT
from tests.flows.homes import YEAR, contents, small_home
from tests.results.results import as_published, write_draft, write_results

NOW = datetime(2031, 1, 5, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture
def results(home):
    return home / "results" / str(YEAR)


@pytest.fixture
def kept(home):
    return home / "publications" / str(YEAR)


def publish(home, draft, reason="", reviewed=True):
    return publish_draft(Home(home), YEAR, draft, reason=reason, reviewed=reviewed, by="office", now=lambda: NOW)


def numbers(home):
    return [entry.number for entry in read_publications(Home(home), YEAR)]


def folders(kept):
    return sorted(path.name for path in kept.iterdir() if path.is_dir())


def test_the_first_publication_needs_no_reason_and_is_a_copy_of_the_draft(home, results, kept):
    draft = write_draft(home)
    outcome = publish(home, draft)
    assert contents(results) == as_published(draft)
    assert outcome.results.folder == results and not outcome.already and outcome.superseded is None
    (record,) = read_publications(Home(home), YEAR)
    assert (record.number, record.sha256, record.by, record.reviewed, record.reason) == (1, draft.sha256, "office", True, "")
    assert datetime.fromisoformat(record.at) == NOW
    assert outcome.publication == standing_publication(Home(home), YEAR) == record
    assert folders(kept) == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_published_year_is_frozen_without_a_reason(home, reason):
    first = publish(home, write_draft(home, "one")).results.sha256
    other = write_draft(home, "other")
    before = contents(home)
    with pytest.raises(GateError) as refusal:
        publish(home, other, reason)
    assert refusal.value.exit_status == 3
    assert first[:12] in str(refusal.value) and other.short in str(refusal.value) and "理由" in str(refusal.value)
    assert contents(home) == before


def test_with_a_reason_the_new_one_stands_and_the_old_one_is_kept_as_it_was(home, results, kept):
    publish(home, write_draft(home, "one"))
    old = contents(results)
    outcome = publish(home, write_draft(home, "other"), " 第一局的数据有误 ")
    assert contents(results) == as_published(ResultFolder(home / "drafts" / str(YEAR))) != old
    assert outcome.superseded == kept / "1" and contents(kept / "1") == old
    assert outcome.publication == standing_publication(Home(home), YEAR)
    assert (outcome.publication.number, outcome.publication.reason) == (2, "第一局的数据有误")
    assert numbers(home) == [1, 2]


def test_what_was_published_once_may_stand_again_and_every_publication_keeps_its_number(home, results, kept):
    published = {}
    for number, mark in enumerate(["one", "other", "one", "last"], start=1):
        assert publish(home, write_draft(home, mark), "修订").publication.number == number
        assert standing_publication(Home(home), YEAR).number == number
        published[str(number)] = contents(results)
    assert folders(kept) == ["1", "2", "3"]
    assert {name: contents(kept / name) for name in folders(kept)} == {name: published[name] for name in ("1", "2", "3")}


def test_the_same_again_changes_nothing_and_needs_no_reason(home):
    draft = write_draft(home)
    publish(home, draft)
    before = contents(home)
    outcome = publish(home, draft)
    assert outcome.already and outcome.publication.number == 1 and outcome.superseded is None
    assert contents(home) == before


def test_results_that_were_put_there_by_hand_are_frozen_and_then_kept(home, results, kept):
    write_results(results, home, "by hand")
    old = contents(results)
    assert standing_publication(Home(home), YEAR) is None
    draft = write_draft(home)
    with pytest.raises(GateError):
        publish(home, draft)
    assert contents(results) == old
    outcome = publish(home, draft, "正式公布")
    assert outcome.superseded == kept / "1" and contents(kept / "1") == old
    assert outcome.publication.number == 2 and numbers(home) == [2]


def test_what_is_no_result_folder_is_kept_as_well(home, results, kept):
    results.mkdir(parents=True)
    (results / "annex.doc").write_text("typed by hand", encoding="utf-8")
    with pytest.raises(GateError):
        publish(home, write_draft(home))
    publish(home, write_draft(home), "正式公布")
    assert contents(kept / "1") == {"annex.doc": b"typed by hand"}


def test_what_came_by_hand_never_takes_the_number_of_another(home, results, kept):
    publish(home, write_draft(home, "one"))
    first = contents(results)
    publish(home, write_draft(home, "other"), "修订")
    write_results(results, home, "by hand")
    by_hand = contents(results)
    outcome = publish(home, write_draft(home, "last"), "修订")
    assert outcome.superseded == kept / "3" and outcome.publication.number == 4
    assert contents(kept / "1") == first and contents(kept / "3") == by_hand
    assert numbers(home) == [1, 2, 4]


def test_what_was_kept_by_a_run_that_failed_then_stays_kept(home, results, kept, monkeypatch):
    write_results(results, home, "by hand")
    first = contents(results)
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr("flows.results.publications._write_record", lambda *_: (_ for _ in ()).throw(OSError("no space")))
        publish(home, write_draft(home), "正式公布")
    assert contents(results) == first and contents(kept / "1") == first and read_publications(Home(home), YEAR) == []
    write_results(results, home, "by hand once more")
    second = contents(results)
    assert publish(home, write_draft(home), "正式公布").publication.number == 3
    assert contents(kept / "1") == first and contents(kept / "2") == second


def test_the_record_is_a_line_a_publication_that_people_can_read(home, kept):
    publish(home, write_draft(home, "one"), "初次")
    publish(home, write_draft(home, "other"), "第二局申诉成立")
    lines = (kept / "record.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2] and "第二局申诉成立" in lines[1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_a_reason_of_several_lines_is_one_line_of_the_record(home, end):
    publish(home, write_draft(home, "one"))
    publish(home, write_draft(home, "other"), f"申诉成立{end}见附件")
    assert [entry.reason for entry in read_publications(Home(home), YEAR)] == ["", f"申诉成立{end}见附件"]
    assert standing_publication(Home(home), YEAR).number == 2


# Publishes the draft in a process of its own, which is killed at the moment that `prepare` makes deadly.
_KILLED = """
import os, signal, sys
from pathlib import Path
from flows.home import Home
from flows.results import folder, publications
from flows.results.drafts import ResultFolder
home, year = Path(sys.argv[1]), int(sys.argv[2])
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
write, swap = publications._write_record, folder._swap
{prepare}
draft = ResultFolder(Home(home).draft(year))
publications.publish_draft(Home(home), year, draft, reason="修订", reviewed=True, by="office")
"""
_MOMENTS = {
    "while the old results are kept": ("folder._swap = die", [1], "old"),
    "before the record": ("publications._write_record = die", [1], "old"),
    "between record and exchange": ("publications._write_record = lambda *given: (write(*given), die())", [1, 2], "old"),
    "after the exchange": (
        "folder._swap = lambda fresh, place: (swap(fresh, place), place.parent.name == 'results' and die())",
        [1, 2],
        "new",
    ),
}


@pytest.mark.parametrize("moment", _MOMENTS)
def test_killed_at_whatever_moment_the_record_is_readable_and_tells_what_stands(home, results, kept, moment):
    prepare, recorded, stands = _MOMENTS[moment]
    publish(home, write_draft(home, "one"))
    old = contents(results)
    draft = write_draft(home, "other")
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED.format(prepare=prepare), str(home), str(YEAR)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert killed.returncode == -signal.SIGKILL
    assert numbers(home) == recorded
    assert contents(results) == (old if stands == "old" else as_published(draft))
    assert standing_publication(Home(home), YEAR).number == (1 if stands == "old" else 2)
    # The next one goes on as if nothing had happened, with a number that nobody had.
    outcome = publish(home, ResultFolder(draft.folder), "修订")
    assert outcome.already == (stands == "new")
    assert (
        outcome.publication.number
        == standing_publication(Home(home), YEAR).number
        == (2 if stands == "new" else recorded[-1] + 1)
    )
    assert contents(results) == as_published(draft) and contents(kept / "1") == old
    publish(home, write_draft(home, "last"), "又一次修订")
    left = [path.name for folder in (results.parent, kept) for path in folder.iterdir()]
    assert not [name for name in left if name.startswith(".")]


def test_touched_results_are_put_right_by_the_same_draft(home, results, kept):
    draft = write_draft(home)
    publish(home, draft)
    (results / "tables" / "composite_scores.csv").unlink()
    outcome = publish(home, draft)
    assert outcome.repaired and not outcome.already
    assert contents(results) == as_published(draft)
    assert numbers(home) == [1] and folders(kept) == []


def test_touched_results_are_never_kept_as_what_was_published(home, results, kept):
    publish(home, write_draft(home))
    (results / "tables.xlsx").write_text("by hand")
    before = contents(results)
    with pytest.raises(OperatorError, match=r"tables\.xlsx 被改动过"):
        publish(home, write_draft(home, "another"), "更正")
    assert contents(results) == before and folders(kept) == [] and numbers(home) == [1]


def test_an_exchange_that_got_half_way_is_healed_before_anything_is_decided(home, results, kept):
    publish(home, write_draft(home))
    first = contents(results)
    # Killed between the two renames of a system that cannot exchange folders.
    results.rename(results.with_name(f".{results.name}.previous"))
    with pytest.raises(GateError, match="请写明修订理由"):
        publish(home, write_draft(home, "another"))
    assert contents(results) == first
    publish(home, write_draft(home, "another"), "更正")
    assert contents(kept / "1") == first


@pytest.mark.parametrize(
    "name", ["index.html", "bulletin.pdf", ".final/bulletin.docx", "tables.xlsx", "tables/composite_scores.csv"]
)
def test_a_draft_that_was_touched_is_not_published(home, results, name):
    publish(home, write_draft(home))
    before = contents(results)
    draft = write_draft(home, "other")
    (draft.folder / name).write_bytes((draft.folder / name).read_bytes() + b" ")
    with pytest.raises(OperatorError, match=f"草稿 {draft.short} 的文件被改动过") as refusal:
        publish(home, draft, "修订")
    assert refusal.value.faults == (f"{draft.folder / name.removeprefix('.final/')} 被改动过",)
    assert contents(results) == before and numbers(home) == [1]
