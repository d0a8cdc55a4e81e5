"""A scrub holds every file against its recorded hash, reads what has moved and a seventh of the rest, and remembers since when."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from flows.home import Home
from flows.integrity import hashing, scrub
from flows.integrity.hashing import PARTS, turn
from flows.integrity.memory import read_memory
from flows.integrity.scrub import glance, scrub_home, sentences
from flows.operate.status import read_status
from flows.results.publications import publish_draft
from flows.results.record import years_on_record
from tests.flows.homes import YEAR, small_home, thaw, write_rows
from tests.results.results import write_draft

pytestmark = pytest.mark.timeout(60)
NIGHT = datetime(2031, 2, 1, 18, 30, tzinfo=UTC)
RAW = f"raw/{YEAR}/given/scores.csv"
ENTRY = f"store/{YEAR}/{'0' * 64}"


@pytest.fixture
def home(tmp_path):
    home = small_home(tmp_path / "home")
    publish_draft(Home(home), YEAR, write_draft(home), reason="", reviewed=True, by="office")
    thaw(home / "publications")
    write_entry(home)
    return home


def write_entry(home):
    entry = home / ENTRY
    entry.mkdir(parents=True, exist_ok=True)
    rows = {"rows.parquet": b"PAR1 rows", "faults.parquet": b"PAR1 faults"}
    for name, content in rows.items():
        (entry / name).write_bytes(content)
    files = {name: sha256(content).hexdigest() for name, content in rows.items()}
    (entry / "receipt.json").write_text(json.dumps({"receipt": {"files": files}, "seal": "x"}))


def night(home, days=0, full=False):
    return scrub_home(Home(home), full=full, now=lambda: NIGHT + timedelta(days=days))


def found(findings):
    return [known.discrepancy.key for known in findings.known]


def rot(path):
    """Changes a byte as a disk does that loses one: nothing of the file has moved."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return before.st_ctime_ns


@pytest.fixture
def same_ctime(monkeypatch):
    """Lets a file have the change time that it had before: of all that a file tells, only a disk that rots leaves this."""
    kept = {}
    fstat = os.fstat

    class Stat:
        def __init__(self, status):
            self._status = status
            self.st_ctime_ns = kept.get(status.st_ino, status.st_ctime_ns)

        def __getattr__(self, name):
            return getattr(self._status, name)

    monkeypatch.setattr(hashing.os, "fstat", lambda descriptor: Stat(fstat(descriptor)))

    def lose(path):
        kept[path.stat().st_ino] = rot(path)

    return lose


@pytest.fixture
def blocks(monkeypatch):
    """Which files were read, by their inodes."""
    read, original = [], os.read

    def counted(descriptor, size):
        read.append(os.fstat(descriptor).st_ino)
        return original(descriptor, size)

    monkeypatch.setattr(hashing.os, "read", counted)
    return read


def test_where_all_is_well_nothing_is_found_and_all_files_are_known(home):
    findings = night(home)
    assert findings.known == () and findings.at == NIGHT
    names = set(read_memory(Home(home)).files)
    assert {RAW, f"raw/{YEAR}/sites.csv", f"publications/{YEAR}/1/manifest.json", f"{ENTRY}/rows.parquet"} <= names
    assert f"publications/{YEAR}/1/tables.xlsx" in names and f"schemes/{YEAR}.toml" in names and findings.files == len(names)


def test_what_has_not_moved_is_read_once_in_seven_days(home, blocks):
    night(home)
    first = set(blocks)
    blocks.clear()
    read = []
    for day in range(1, PARTS + 1):
        night(home, day)
        read += set(blocks)
        blocks.clear()
    assert sorted(read) == sorted(first) and len(first) > PARTS
    night(home, PARTS + 1, full=True)
    assert set(blocks) == first


def test_every_file_has_its_turn():
    names = [f"raw/{number}.csv" for number in range(1000)]
    turns = [{name for name in names if turn(day)(name)} for day in range(PARTS)]
    assert set().union(*turns) == set(names) and sum(map(len, turns)) == len(names) and min(map(len, turns)) > 100


@pytest.mark.parametrize("name", [f"publications/{YEAR}/1/tables.xlsx", RAW, f"{ENTRY}/rows.parquet"])
def test_a_byte_that_a_disk_loses_is_found_within_seven_days_and_stays_told(home, same_ctime, name):
    night(home)
    same_ctime(home / name)
    assert found(glance(Home(home))) == []
    days = next(day for day in range(1, PARTS + 1) if night(home, day).known)
    keys = found(night(home, days + 1))
    assert keys and keys == found(glance(Home(home)))
    assert name in "".join(sentences(night(home, days + 2)))
    seen = read_memory(Home(home)).since(keys[0])
    assert seen == NIGHT + timedelta(days=days)


def test_a_raw_file_of_no_published_year_that_rots_is_found_and_one_that_is_replaced_is_not(home, same_ctime):
    other = write_rows(home, "../2031/given/scores.csv", [["site", "score"], ["s1", "1"]])
    night(home)
    other.write_text("site,score\ns1,2\n")
    assert night(home, 1, full=True).known == ()
    same_ctime(other)
    (sentence,) = sentences(night(home, 2, full=True))
    assert "raw/2031/given/scores.csv 的内容变了，大小和时间却没有变" in sentence and "首次发现于 2031-02-04 02:30" in sentence
    assert "raw/2031/given/scores.csv" in "".join(map(str, read_status(Home(home), NIGHT).faults))
    # As it was: from a backup, so with another time.
    other.unlink()
    other.write_text("site,score\ns1,2\n")
    assert night(home, 3, full=True).known == () and glance(Home(home)).known == ()


def test_since_when_is_kept_until_it_is_put_right(home):
    night(home)
    content = (home / RAW).read_bytes()
    (home / RAW).write_text("x")
    for days in (1, 2):
        (sentence,) = sentences(night(home, days))
        assert "首次发现于 2031-02-03 02:30" in sentence and f"{home / RAW} 改过" in sentence
    (fault,) = [fault for fault in read_status(Home(home), NIGHT).faults if RAW in str(fault)]
    assert "首次发现于 2031-02-03 02:30" in fault.sentence
    (home / RAW).write_bytes(content)
    assert night(home, 3).known == () and read_memory(Home(home)).first_seen == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda entry: (entry / "rows.parquet").write_bytes(b"PAR1 more"), "rows.parquet 被改动过"),
        (lambda entry: (entry / "faults.parquet").unlink(), "faults.parquet 不见了"),
        (lambda entry: (entry / "receipt.json").write_text("{"), "receipt.json 读不出来"),
        (lambda entry: ((entry / "receipt.json").unlink(), os.mkfifo(entry / "receipt.json")), "receipt.json 读不出来"),
    ],
)
def test_an_entry_of_the_store_that_was_touched_is_found(home, change, words):
    night(home)
    change(home / ENTRY)
    (sentence,) = sentences(night(home, 1))
    assert words in sentence and "删去这个文件夹" in sentence


def test_an_entry_that_was_made_again_or_pruned_is_none(home):
    night(home)
    entry = home / ENTRY
    shutil.rmtree(entry)
    assert night(home, 1).known == ()
    write_entry(home)
    assert night(home, 2).known == ()


def test_an_entry_of_a_version_without_hashes_is_held_against_what_it_was(home):
    (home / ENTRY / "receipt.json").write_text('{"rows_in": 1}')
    night(home)
    (home / ENTRY / "rows.parquet").write_bytes(b"PAR1 other")
    assert found(night(home, 1)) == [f"store/{ENTRY}"]


def test_what_a_run_publishes_meanwhile_is_no_finding(home, monkeypatch):
    night(home)
    examined = scrub.examine

    def while_it_is_exchanged(*given):
        (home / "results" / str(YEAR)).unlink()
        found = examined(*given)
        (home / "results" / str(YEAR)).symlink_to(f"../publications/{YEAR}/1")
        assert found
        return found

    calls = iter([while_it_is_exchanged, examined])
    monkeypatch.setattr(scrub, "examine", lambda *given: next(calls)(*given))
    assert night(home, 1).known == ()


def test_who_waits_is_not_kept_waiting_by_what_is_large(home, monkeypatch, blocks):
    monkeypatch.setattr(scrub, "_GLANCE", 10)
    hashing._read_before.clear()
    findings = glance(Home(home))
    assert findings.known == () and findings.left
    assert any("还没有核对过" in fact for fact in read_status(Home(home), NIGHT).facts)
    night(home)
    blocks.clear()
    assert glance(Home(home)).left == 0 and blocks == []


def test_the_page_reads_no_file_twice(home, blocks):
    hashing._read_before.clear()
    glance(Home(home))
    assert blocks
    blocks.clear()
    assert glance(Home(home)).known == () and blocks == []


def test_a_memory_that_is_garbage_is_made_anew(home):
    (home / ".pingyi.scrub").write_text("{}")
    assert found(glance(Home(home))) == ["memory"]
    assert night(home).known == () and glance(Home(home)).known == ()


def test_a_home_where_nothing_is_yet_is_well(tmp_path):
    home = small_home(tmp_path / "home")
    assert night(home).known == () and list(years_on_record(Home(home))) == []


def test_a_quick_scrub_of_many_files_reads_few(home, blocks):
    folder = home / "raw" / "2031" / "crawl"
    folder.mkdir(parents=True)
    for number in range(2000):
        (folder / f"{number}.csv").write_bytes(b"x" * 1000)
    night(home)
    assert len(set(blocks)) >= 2000
    blocks.clear()
    night(home, 1)
    assert len(set(blocks)) < 400


def test_the_memory_is_of_this_home_only(home):
    night(home)
    assert not [name for name in read_memory(Home(home)).files if name.startswith("..") or Path(name).is_absolute()]


def test_bytes_of_a_name_that_are_no_text_are_remembered_like_others(home):
    odd = home / "raw" / str(YEAR) / "given" / "\udcb9\udcab.csv"
    odd.write_text("site,score\n")
    night(home)
    assert f"raw/{YEAR}/given/{odd.name}" in read_memory(Home(home)).files
    assert not [fault for fault in found(glance(Home(home))) if fault == "memory"]


@pytest.mark.parametrize(
    "receipt",
    ['{"receipt": {"files": []}}', '{"receipt": {"files": 7}}', '{"receipt": []}', "7", '{"receipt": {"files": [[1, 2]]}}'],
)
def test_a_receipt_that_tells_no_hashes_hides_nothing_else(home, receipt):
    (home / ENTRY / "receipt.json").write_text(receipt)
    (home / "results" / str(YEAR)).unlink()
    assert f"{YEAR}/link" in found(night(home))


def test_a_rollback_of_the_record_and_of_what_is_remembered_of_it_is_told_until_it_is_mended(home):
    record, heads = home / "publications" / str(YEAR) / "record.jsonl", home / ".pingyi.heads"
    before = record.read_bytes(), heads.read_bytes()
    publish_draft(Home(home), YEAR, write_draft(home, "two"), reason="修订", reviewed=True, by="office")
    night(home)
    after = record.read_bytes(), heads.read_bytes()
    thaw(home / "publications")
    shutil.move(home / "publications" / str(YEAR) / "2", home / "taken")
    for path, content in zip((record, heads), before, strict=True):
        path.unlink()
        path.write_bytes(content)
    (home / "results" / str(YEAR)).unlink()
    (home / "results" / str(YEAR)).symlink_to(f"../publications/{YEAR}/1")
    for day in (1, 2):
        assert found(glance(Home(home))) == found(night(home, day)) == [f"{YEAR}/rolled-back"]
    for path, content in zip((record, heads), after, strict=True):
        path.write_bytes(content)
    shutil.move(home / "taken", home / "publications" / str(YEAR) / "2")
    (home / "results" / str(YEAR)).unlink()
    (home / "results" / str(YEAR)).symlink_to(f"../publications/{YEAR}/2")
    assert found(night(home, 3)) == []


def test_a_year_of_which_nothing_at_all_is_left_is_told(home):
    night(home)
    shutil.rmtree(home / "publications")
    shutil.rmtree(home / "results")
    (home / ".pingyi.heads").unlink()
    assert found(glance(Home(home))) == found(night(home, 1)) == [f"{YEAR}/rolled-back"]
