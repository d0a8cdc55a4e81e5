"""A published year is frozen; what takes its place needs a reason, and what it replaces is kept, whatever ends the run."""

import ctypes
import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.errors import GateError, OperatorError
from flows.home import Home
from flows.results.drafts import ResultFolder
from flows.results.folder import remove
from flows.results.publications import publish_draft, reason_or, restore
from flows.results.record import Publication, Record, add_to_record, read_record
from flows.results.settling import settle
from flows.settings import ROOT
from tests.flows.homes import YEAR, contents, small_home, thaw
from tests.results.recorded import read_publications, standing_publication
from tests.results.results import as_published, sha256, write_draft, write_results

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


def names(folder):
    return sorted(path.name for path in folder.iterdir())


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
    assert folders(kept) == ["1"] and contents(kept / "1") == as_published(draft)


@pytest.mark.parametrize("reason", ["", "  \n", "\u200b", "\u3164", "！？……"])
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
    assert folders(kept) == ["1", "2", "3", "4"]
    assert {name: contents(kept / name) for name in folders(kept)} == published


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
    assert outcome.superseded == kept / "unrecorded-1" and contents(kept / "unrecorded-1") == old
    assert outcome.publication.number == 1 and numbers(home) == [1]


def test_what_is_no_result_folder_is_kept_as_well(home, results, kept):
    results.mkdir(parents=True)
    (results / "annex.doc").write_text("typed by hand", encoding="utf-8")
    with pytest.raises(GateError):
        publish(home, write_draft(home))
    publish(home, write_draft(home), "正式公布")
    assert contents(kept / "unrecorded-1") == {"annex.doc": b"typed by hand"}


def test_what_came_by_hand_never_takes_the_number_of_another(home, results, kept):
    publish(home, write_draft(home, "one"))
    first = contents(results)
    publish(home, write_draft(home, "other"), "修订")
    results.unlink()
    write_results(results, home, "by hand")
    by_hand = contents(results)
    outcome = publish(home, write_draft(home, "last"), "修订")
    assert outcome.superseded == kept / "unrecorded-1" and outcome.publication.number == 3
    assert contents(kept / "1") == first and contents(kept / "unrecorded-1") == by_hand
    assert numbers(home) == [1, 2, 3]


def test_a_record_that_cannot_be_written_leaves_everything_as_it_was(home, results, kept, monkeypatch):
    write_results(results, home, "by hand")
    first = contents(results)
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr("flows.results.publications.add_to_record", lambda *_: (_ for _ in ()).throw(OSError("no space")))
        publish(home, write_draft(home), "正式公布")
    assert contents(results) == first and folders(kept) == [] and read_publications(Home(home), YEAR) == []
    assert names(results.parent) == [str(YEAR)]
    assert publish(home, write_draft(home), "正式公布").publication.number == 1
    write_draft(home, "other")
    results.unlink()
    write_results(results, home, "by hand once more")
    assert publish(home, ResultFolder(home / "drafts" / str(YEAR)), "正式公布").superseded == kept / "unrecorded-2"
    assert contents(kept / "unrecorded-1") == first


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
from flows.results import numbered, publications
from flows.results.drafts import ResultFolder
home, year = Path(sys.argv[1]), int(sys.argv[2])
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def before(name): setattr(publications, name, die)
def after(name):
    function = getattr(publications, name)
    setattr(publications, name, lambda *given: (function(*given), die()))
{prepare}
draft = ResultFolder(Home(home).draft(year))
publications.publish_draft(Home(home), year, draft, reason="修订", reviewed=True, by="office")
"""
# Each with the numbers that are then on record, and whether the old or the new results stand.
_MOMENTS = {
    "while it is written": ("numbered.freeze = die", [1], "old"),
    "before the link is made": ("before('make_next_link')", [1], "old"),
    "before the record": ("before('add_to_record')", [1], "old"),
    "between record and name": ("after('add_to_record')", [1, 2], "old"),
    "between name and exchange": ("after('name_folder')", [1, 2], "old"),
    "after the exchange": ("after('exchange_link')", [1, 2], "new"),
}


def killed(home, prepare):
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED.format(prepare=prepare), str(home), str(YEAR)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", _MOMENTS)
def test_killed_at_whatever_moment_what_is_on_record_is_what_will_stand(home, results, kept, moment):
    prepare, recorded, stands = _MOMENTS[moment]
    publish(home, write_draft(home, "one"))
    old = contents(results)
    draft = write_draft(home, "other")
    killed(home, prepare)
    assert numbers(home) == recorded
    assert contents(results) == (old if stands == "old" else as_published(draft))
    # The next one that writes completes what is on record, whatever it is about to do, and takes away what is not.
    settle(Home(home))
    assert contents(results) == (as_published(draft) if len(recorded) == 2 else old)
    assert standing_publication(Home(home), YEAR).number == recorded[-1] and results.readlink() == link(recorded[-1])
    assert names(kept) == [*map(str, recorded), "record.jsonl"] and names(results.parent) == [str(YEAR)]
    outcome = publish(home, ResultFolder(draft.folder), "修订")
    assert outcome.already == (len(recorded) == 2) and outcome.publication.number == 2
    assert contents(results) == as_published(draft) and contents(kept / "1") == old


@pytest.mark.parametrize("moment", ["before the record", "between record and name", "between name and exchange"])
def test_killed_at_the_first_publication_all_or_nothing_is_there(home, results, kept, moment):
    draft = write_draft(home, "other")
    killed(home, _MOMENTS[moment][0])
    published = len(_MOMENTS[moment][1]) == 2
    settle(Home(home))
    assert results.exists() == published and numbers(home) == ([1] if published else [])
    outcome = publish(home, draft)
    assert outcome.already == published and outcome.publication.number == 1 and contents(results) == as_published(draft)
    assert names(kept) == ["1", "record.jsonl"] and names(results.parent) == [str(YEAR)]


def link(number):
    return Path(f"../publications/{YEAR}/{number}")


def test_what_is_published_may_not_be_written_and_the_link_moves_with_the_home(home, results, kept):
    publish(home, write_draft(home))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (kept / "1").rglob("*") if path.is_file()}
    above = {stat.S_IMODE(path.stat().st_mode) for path in (kept / "1", *(kept / "1").rglob("*")) if path.is_dir()}
    assert (modes, above) == ({0o444}, {0o555}) and results.readlink() == link(1)
    before = contents(results)
    moved = home.rename(home.with_name("elsewhere"))
    assert contents(moved / "results" / str(YEAR)) == before


def test_whoever_has_asked_where_it_stands_reads_on_in_one_publication(home, results):
    publish(home, write_draft(home, "one"))
    folder = Home(home).published(YEAR)
    old = contents(folder)
    publish(home, write_draft(home, "other"), "修订")
    assert contents(folder) == old != contents(Home(home).published(YEAR))


@pytest.mark.parametrize("way", ["rename", "exchange without renameat2"])
def test_at_no_moment_of_a_revision_are_there_no_results(home, results, monkeypatch, way):
    publish(home, write_draft(home, "one"))
    if way != "rename":
        monkeypatch.setattr("flows.results.folder.ctypes.CDLL", lambda *_, **__: object())
    draft = write_draft(home, "other")
    for name in ("rename", "replace", "unlink", "symlink_to"):
        function = getattr(Path, name)

        def watched(path, *given, function=function, **more):
            assert (results / "manifest.json").is_file()
            made = function(path, *given, **more)
            assert (results / "manifest.json").is_file()
            return made

        monkeypatch.setattr(Path, name, watched)
    publish(home, draft, "修订")
    assert contents(results) == as_published(draft)


def test_an_exchange_that_fails_is_raised_and_nothing_is_lost(home, results, monkeypatch):
    write_results(results, home, "by hand")
    before = contents(results)

    def fails(*_):
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr("flows.results.folder.ctypes.CDLL", lambda *_, **__: SimpleNamespace(renameat2=fails))
    with pytest.raises(OSError, match="Input/output error") as fault:
        publish(home, write_draft(home), "正式公布")
    assert fault.value.filename == str(results) and contents(results) == before
    monkeypatch.undo()
    # It is on record, so the next run that writes completes it.
    settle(Home(home))
    assert numbers(home) == [1] and results.readlink() == link(1)
    assert contents(results.parent.parent / "publications" / str(YEAR) / "unrecorded-1") == before


def test_a_draft_that_is_changed_while_it_is_copied_is_not_published(home, results, kept, monkeypatch):
    draft = write_draft(home)
    copied = ResultFolder.write_published

    def changed(self, folder):
        (draft.folder / "tables" / "composite_scores.csv").write_text("site_id,composite\r\ns1,99.00\r\n")
        copied(self, folder)

    monkeypatch.setattr(ResultFolder, "write_published", changed)
    with pytest.raises(OperatorError, match="在公布的当时被改动") as refusal:
        publish(home, draft)
    assert refusal.value.faults == ("tables/composite_scores.csv 被改动过",)
    assert not results.exists() and not (kept / "record.jsonl").exists() and names(kept) == []


@pytest.mark.parametrize("part", ["manifest", "added"])
def test_a_draft_whose_manifest_or_folder_is_changed_while_it_is_copied_is_not_published(home, results, monkeypatch, part):
    draft = write_draft(home)
    copied = ResultFolder.write_published

    def changed(self, folder):
        copied(self, folder)
        if part == "manifest":
            (folder / "manifest.json").write_text(json.dumps(draft.manifest | {"warnings": ["x"]}), encoding="utf-8")
        else:
            (folder / "note.txt").write_text("x")

    monkeypatch.setattr(ResultFolder, "write_published", changed)
    with pytest.raises(OperatorError, match="在公布的当时被改动"):
        publish(home, draft)
    assert not results.exists()


def test_before_the_link_everything_is_on_the_disk_the_homes_own_folder_included(home, results, kept, monkeypatch):
    (home / "secret.key").write_bytes(b"k" * 32)
    events = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (events.append(str(Path(f"/proc/self/fd/{fd}").readlink())), fsync(fd)))
    monkeypatch.setattr("flows.results.publications.exchange_link", lambda *_: events.append("exchange"))
    publish(home, write_draft(home))
    before = events[: events.index("exchange")]
    assert {str(home), str(kept), str(kept.parent), str(results.parent), str(kept / ".record.jsonl")} <= set(before)
    assert {str(kept / ".1" / name) for name in ("manifest.json", "tables", "tables.xlsx", "sites/s1.html")} <= set(before)
    assert names(kept) == ["1", "record.jsonl"]


@pytest.mark.parametrize("taken", ["link", "link and folder", "all", "a file of it", "another link", "rolled back"])
def test_a_year_that_was_published_is_frozen_whatever_is_taken_away(home, results, kept, tmp_path, taken):
    publish(home, write_draft(home, "zero"))
    published = publish(home, write_draft(home, "one"), "修订").results.sha256
    if taken == "rolled back":
        results.unlink()
        results.symlink_to(link(1))
    elif taken == "another link":
        results.unlink()
        results.symlink_to(tmp_path)
    elif taken == "a file of it":
        thaw(kept)
        (kept / "2" / "tables.xlsx").write_text("x")
    else:
        results.rename(tmp_path / "elsewhere")
        if taken != "link":
            (kept / "2").rename(tmp_path / "2")
        if taken == "all":
            kept.rename(tmp_path / "kept")
    draft = write_draft(home, "other")
    with pytest.raises(OperatorError) as refusal:
        publish(home, draft)
    assert isinstance(refusal.value, GateError) or taken == "a file of it"
    assert reason_or("评议", Home(home), YEAR, "") == "" or taken == "a file of it"
    assert results.is_symlink() == (taken in ("a file of it", "another link", "rolled back"))
    if taken == "a file of it":
        return
    outcome = publish(home, draft, "查明后重新公布")
    assert outcome.publication.number == 3 and contents(results) == as_published(draft)
    assert published != outcome.results.sha256


@pytest.mark.parametrize("change", ["reviewed", "reason", "number", "order", "taken out", "first", "blank"])
def test_a_line_that_was_touched_stops_every_publication(home, kept, change):
    for mark in ("one", "two", "three"):
        publish(home, write_draft(home, mark), "修订")
    record = kept / "record.jsonl"
    lines = record.read_text(encoding="utf-8").splitlines()
    lines = {
        "reviewed": [lines[0], lines[1].replace("true", "false"), lines[2]],
        "reason": [lines[0], lines[1].replace("修订", "修正"), lines[2]],
        "number": [lines[0], lines[1].replace('"number": 2', '"number": 1'), lines[2]],
        "order": [lines[1], lines[0], lines[2]],
        "taken out": [lines[0], lines[2]],
        "first": lines[1:],
        "blank": [lines[0], lines[1].replace(": 2", ":  2"), lines[2]],
    }[change]
    record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(OperatorError, match="被改动过") as refusal:
        publish(home, write_draft(home, "four"), "修订")
    assert str(record) in str(refusal.value) and refusal.value.faults
    assert read_record(Home(home), YEAR).broken == refusal.value.faults


@pytest.mark.parametrize("way", ["cut back", "taken away", "an older one", "chained anew"])
def test_a_record_that_lacks_lines_freezes_the_year_until_a_reason_is_given(home, results, kept, way):
    publish(home, write_draft(home, "one"), reviewed=False)
    older = (kept / "record.jsonl").read_bytes()
    publish(home, write_draft(home, "two"), "修订")
    record = kept / "record.jsonl"
    if way == "taken away":
        record.unlink()
    elif way == "chained anew":
        (kept.parent.parent / ".pingyi.heads").rename(kept / "heads")
        record.unlink()
        add_to_record(Home(home), YEAR, Record(), Publication(1, "0" * 64, "2031-01-05T09:02:03+0800", "x", False, ""))
        (kept / "heads").rename(kept.parent.parent / ".pingyi.heads")
    else:
        record.write_bytes(older)
    assert reason_or("评议", Home(home), YEAR, "") == ""
    draft = write_draft(home, "three")
    with pytest.raises(GateError):
        publish(home, draft)
    assert publish(home, draft, "记录没有备份").publication.number == 3
    assert contents(results) == as_published(draft) and reason_or("评议", Home(home), YEAR, "有") == "有"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]\n", b'{"number": 1}\n', b"\xff\n", b"null\n", b"[" * 100_000 + b"\n"])
def test_a_record_that_cannot_be_read_stops_every_publication_in_words(home, kept, content):
    publish(home, write_draft(home, "one"))
    (kept / "record.jsonl").write_bytes(content)
    with pytest.raises(OperatorError, match="读不出来"):
        publish(home, write_draft(home, "two"), "修订")
    assert (kept / "record.jsonl").read_bytes() == content


def test_a_record_that_is_a_pipe_stops_every_publication_in_words(home, kept):
    publish(home, write_draft(home, "one"))
    (kept / "record.jsonl").unlink()
    os.mkfifo(kept / "record.jsonl")
    with pytest.raises(OperatorError, match="管道"):
        publish(home, write_draft(home, "two"), "修订")


def test_anybody_can_follow_the_chain(home, kept):
    for mark in ("one", "two"):
        publish(home, write_draft(home, mark), "修订")
    before = "0" * 64
    for line in (kept / "record.jsonl").read_text(encoding="utf-8").splitlines():
        # As data/README.md tells it: what stands before the last key, and its brace.
        content, _, chain = line.partition(', "chain": "')
        assert sha256(f"{before}\n{content}}}") == chain.removesuffix('"}')
        before = chain.removesuffix('"}')


def published_by_0_2(home, marks, reviewed=True):
    """A home as version 0.2.0 left it: a folder for results, those before under their numbers, lines without a chain."""
    lines, results, kept = [], home / "results" / str(YEAR), home / "publications" / str(YEAR)
    for number, mark in enumerate(marks, start=1):
        draft = write_draft(home, mark)
        if results.exists():
            kept.mkdir(parents=True, exist_ok=True)
            results.rename(kept / str(number - 1))
        results.mkdir(parents=True)
        draft.write_published(results)
        at = f"2031-01-0{number}T09:02:03+0800"
        lines.append(
            {"number": number, "sha256": draft.sha256, "at": at, "by": "office", "reviewed": reviewed, "reason": "因为"}
        )
    kept.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (kept / "record.jsonl").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("marks", [["one"], ["one", "two", "three"]])
def test_what_an_older_version_published_goes_on_and_is_brought_to_numbers(home, results, kept, marks):
    published_by_0_2(home, marks)
    before, record = contents(results), (kept / "record.jsonl").read_bytes()
    with pytest.raises(GateError):
        publish(home, write_draft(home, "other"))
    assert contents(results) == before and results.readlink() == link(len(marks))
    assert folders(kept) == [str(number) for number in range(1, len(marks) + 1)] and names(results.parent) == [str(YEAR)]
    assert not any(stat.S_IMODE((kept / name).stat().st_mode) & 0o222 for name in folders(kept))
    assert (kept / "record.jsonl").read_bytes() == record
    outcome = publish(home, write_draft(home, "other"), "修订")
    assert outcome.publication.number == len(marks) + 1 and outcome.superseded == kept / str(len(marks))
    # What the older lines say cannot be changed any more either.
    lines = (kept / "record.jsonl").read_bytes()
    assert lines.startswith(record) and not read_record(Home(home), YEAR).broken
    (kept / "record.jsonl").write_bytes(lines.replace("因为".encode(), "所以".encode()))
    assert read_record(Home(home), YEAR).broken


def test_the_lines_of_an_older_version_are_remembered_before_the_next_publication(home, kept):
    published_by_0_2(home, ["one", "two"])
    settle(Home(home))
    record = kept / "record.jsonl"
    record.write_bytes(record.read_bytes().replace(b"true", b"false"))
    assert reason_or("评议", Home(home), YEAR, "") == ""
    with pytest.raises(GateError, match="有人删改过"):
        publish(home, write_draft(home, "three"))


def test_a_copy_that_followed_links_is_brought_back_to_one(home, results, kept, tmp_path):
    publish(home, write_draft(home, "one"))
    publish(home, write_draft(home, "two"), "修订")
    before = contents(results)
    copied = shutil.copytree(home, tmp_path / "copied")
    assert not (copied / "results" / str(YEAR)).is_symlink()
    settle(Home(copied))
    assert (copied / "results" / str(YEAR)).readlink() == link(2) and contents(copied / "results" / str(YEAR)) == before
    assert names(copied / "results") == [str(YEAR)] and names(copied / "publications" / str(YEAR)) == ["1", "2", "record.jsonl"]


def test_a_folder_with_other_results_in_the_links_place_is_left_to_a_person(home, results, kept):
    publish(home, write_draft(home, "one"))
    results.unlink()
    write_results(results, home, "by hand")
    before = contents(results)
    settle(Home(home))
    assert contents(results) == before and not results.is_symlink()


@pytest.mark.parametrize("broken", ["a file", "the folder", "the link", "the link leads out", "a folder in its place"])
def test_touched_results_are_put_right_by_the_same_draft(home, results, kept, tmp_path, broken):
    draft = write_draft(home)
    publish(home, draft)
    if broken == "a file":
        thaw(kept)
        (results / "tables" / "composite_scores.csv").unlink()
    elif broken == "the folder":
        remove(kept / "1")
    elif broken == "the link":
        results.unlink()
    else:
        results.unlink()
        if broken == "the link leads out":
            results.symlink_to(tmp_path)
        else:
            write_results(results, home, "by hand")
    outcome = publish(home, draft)
    assert outcome.repaired and not outcome.already
    assert contents(results) == as_published(draft) and results.readlink() == link(1)
    assert numbers(home) == [1] and folders(kept) == (["1", "unrecorded-1"] if broken == "a folder in its place" else ["1"])


def test_the_link_is_put_right_without_the_draft_and_what_is_damaged_is_not(home, results, kept):
    last = publish(home, write_draft(home)).publication
    shutil.rmtree(home / "drafts")
    results.unlink()
    assert restore(Home(home), YEAR, last, None).repaired and results.readlink() == link(1)
    thaw(kept)
    (kept / "1" / "tables.xlsx").unlink()
    with pytest.raises(OperatorError, match=r"tables\.xlsx 不见了"):
        restore(Home(home), YEAR, last, None)
    remove(kept / "1")
    with pytest.raises(OperatorError, match="请从备份恢复"):
        restore(Home(home), YEAR, last, None)


def test_results_that_stand_and_were_touched_stop_another_publication(home, results, kept):
    publish(home, write_draft(home))
    thaw(kept)
    (kept / "1" / "tables.xlsx").write_text("by hand")
    before = contents(results)
    with pytest.raises(OperatorError, match=r"tables\.xlsx 被改动过"):
        publish(home, write_draft(home, "another"), "更正")
    assert contents(results) == before and folders(kept) == ["1"] and numbers(home) == [1]


def test_an_exchange_of_an_older_version_that_got_half_way_is_healed_before_anything_is_decided(home, results, kept):
    published_by_0_2(home, ["one"])
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
