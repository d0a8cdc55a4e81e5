"""Files of strangers are read by another process: its end, however it comes, is the refusal of one file and nothing more."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.host.apart import Apart
from flows.receive import apart, receive
from flows.receive.apart import READER, Task, limits_for, read_apart
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import sha256_of
from flows.receive.entries import Contract
from flows.receive.reader import answer
from tests.receive.home import Home, peak_memory, small_home
from tests.receive.sheets import HEADER, row, with_sheet

pytestmark = pytest.mark.timeout(240)

GOOD = "site,score\ns01,88\n"
ROOT = Path(__file__).resolve().parents[2]


def _refused(intake, name, content):
    with pytest.raises(RefusedFile) as fault:
        intake.take(f"superior/{name}", content)
    assert intake.take("superior/good.csv", GOOD).receipt.loaded == 1
    return str(fault.value)


def _parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


@pytest.fixture
def little_memory(monkeypatch):
    """Half a GB, so that a test fills it in a moment; for a process that has read nothing under another limit."""
    ordinary = limits_for
    READER.end()
    monkeypatch.setattr(apart, "limits_for", lambda size: replace(ordinary(size), memory=1 << 29))


def test_a_kilobyte_of_parquet_that_unfolds_to_gigabytes_is_refused(intake, little_memory):
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["x" * (1 << 20)]))
    content = _parquet(site=["s01"] * 20_000, score=[1] * 20_000, note=repeated)
    assert len(content) < 2_000
    refusal = _refused(intake, "a.parquet", content)
    assert "内存超过 0.5 GB" in refusal or "解开后超过 1024 MB" in refusal


def _repeating(cells, size):
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="{name}" Type="{office}/{kind}" Target="{target}"/>'
        for name, kind, target in (
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "sharedStrings.xml"),
        )
    )
    rows = "".join(row(line, f'<c r="A{line}" t="s"><v>0</v></c>') for line in range(2, cells + 2))
    parts = {
        "xl/sharedStrings.xml": f"<sst {main}><si><t>{'x' * size}</t></si></sst>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
    }
    return with_sheet(HEADER + rows, parts)


def test_a_workbook_whose_cells_repeat_a_long_text_is_refused_before_the_library_copies_it(intake):
    intake.take("superior/good.csv", GOOD)
    content, before = _repeating(3_000, 1 << 20), peak_memory()
    assert len(content) < 40_000
    assert "重复同几段很长的文字" in _refused(intake, "a.xlsx", content)
    assert peak_memory() - before < 100 << 10


def test_a_workbook_that_repeats_a_short_text_is_read(intake):
    taken = intake.take("superior/b.xlsx", _repeating(200, 40))
    assert taken.receipt.rows_in == 200


def test_an_endless_number_of_keys_is_refused_at_once(intake):
    intake.take("superior/good.csv", GOOD)
    before = peak_memory()
    lines = "".join(json.dumps({"site": "s01", "score": 1, f"k{number}": number}) + "\n" for number in range(30_000))
    assert "2000 列" in _refused(intake, "a.jsonl", lines)
    assert peak_memory() - before < 100 << 10


@pytest.mark.parametrize("depth", [200, 990, 5_000, 100_000])
def test_json_of_any_depth_costs_its_line_only(intake, depth):
    deep = '{"site": "s02", "score": 7, "x": ' + "[" * depth + "]" * depth + "}\n"
    taken = intake.take("superior/deep.jsonl", '{"site": "s01", "score": 88}\n' + deep)
    assert taken.rows[0]["site_id"] == "s01" and taken.receipt.rows_in == 2


def test_thousands_of_columns_are_read_in_little_memory(intake):
    intake.take("superior/good.csv", GOOD)
    before = peak_memory()
    header = ",".join(["site", "score", *(f"c{number}" for number in range(1_998))])
    line = ",".join(["s01", "1", *["1"] * 1_998])
    taken = intake.take("superior/wide.csv", f"{header}\n" + f"{line}\n" * 4_000)
    assert taken.receipt.loaded == 4_000
    assert peak_memory() - before < 1 << 20


def test_styles_without_end_are_refused(intake):
    content = with_sheet(HEADER, {"xl/styles.xml": "<s>" + "<a/>" * 5_000_000 + "</s>"})
    assert len(content) < 40_000
    assert "样式" in _refused(intake, "a.xlsx", content)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PanicException", pa.array([2**31 - 1], pa.int32()).cast(pa.date32())),
        ("OverflowError", pa.array([2**62], pa.duration("s"))),
        ("OverflowError", pa.array([[2**62]], pa.list_(pa.timestamp("us")))),
    ],
)
@pytest.mark.parametrize("column", ["score", "note"])
def test_whatever_a_library_raises_is_the_files_refusal_with_its_name(intake, name, values, column):
    columns = {"site": ["s01"], "score": [1], column: values}
    assert name in _refused(intake, "a.parquet", _parquet(**columns))


def test_a_list_of_millions_in_one_cell_is_refused_or_kept_apart(intake, little_memory):
    many = pa.ListArray.from_arrays(pa.array([0, 60_000_000]), pa.array(pl.zeros(60_000_000, pl.Int8, eager=True).to_arrow()))
    assert "内存超过" in _refused(intake, "a.parquet", _parquet(site=["s01"], score=[1], note=many))


def test_a_file_that_takes_too_long_is_refused(intake, monkeypatch):
    ordinary = limits_for
    monkeypatch.setattr(apart, "limits_for", lambda size: replace(ordinary(size), processor=0))
    content = _parquet(site=["s01"] * 1_000_000, score=list(range(1_000_000)))
    with pytest.raises(RefusedFile, match="处理器时间超过 0 秒"):
        intake.take("superior/slow.parquet", content)
    monkeypatch.undo()
    assert intake.take("superior/good.csv", GOOD).receipt.loaded == 1


def test_a_file_that_becomes_too_large_is_refused(intake, monkeypatch):
    ordinary = limits_for
    monkeypatch.setattr(apart, "limits_for", lambda size: replace(ordinary(size), written=2_000))
    with pytest.raises(RefusedFile, match="读出的内容超过"):
        intake.take("superior/large.csv", "site,score,note\n" + "".join(f"s01,1,{number}\n" for number in range(20_000)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_the_end_of_the_process_is_the_refusal_of_its_file(intake, number):
    intake.take("superior/good.csv", f"{GOOD}s02,{number}\n")
    ended = READER.process_id

    def end() -> None:
        while not list(intake.folder.glob(f"store/*/*.{os.getpid()}")):
            time.sleep(0.01)
        os.kill(ended, number)

    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(RefusedFile, match="读它的"):
        intake.take("superior/ended.csv", f"site,score\n{f's01,{number}' + chr(10)}" * 300_000)
    ending.join()
    assert intake.take("superior/good.csv", f"{GOOD}d01,{number}\n").receipt.loaded == 2
    assert READER.process_id != ended


def test_a_process_that_ended_between_two_files_costs_no_file(intake):
    intake.take("superior/good.csv", "site,score\ns02,3\n")
    assert READER.process_id is not None
    os.kill(READER.process_id, signal.SIGKILL)
    time.sleep(0.5)
    assert intake.take("superior/next.csv", "site,score\ns02,4\n").receipt.loaded == 1


_PARENT = """
import sys, time
from pathlib import Path
from flows.receive.apart import READER
from tests.receive.home import small_home
home = small_home(Path(sys.argv[1]))
home.take("superior/a.csv", "site,score\\ns01,88\\n")
print(READER.process_id, flush=True)
{then}
"""


def _is_there(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_the_process_ends_with_its_parent_whatever_ends_that(tmp_path, number):
    script = _PARENT.format(then="time.sleep(60)" if number else "")
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "home")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    reader = int(parent.stdout.readline())
    assert number is None or _is_there(reader)
    if number:
        parent.send_signal(number)
    parent.wait(timeout=30)
    end = time.monotonic() + 20
    while _is_there(reader) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _is_there(reader)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_an_interrupt_while_a_file_is_read_leaves_nothing_behind(tmp_path):
    large = _parquet(site=["s01"] * 2_000_000, score=list(range(2_000_000)))
    (tmp_path / "large.parquet").write_bytes(large)
    script = _PARENT.format(
        then="home.take('superior/large.parquet', Path(sys.argv[1]).with_name('large.parquet').read_bytes())"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "home")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    reader = int(parent.stdout.readline())
    store = tmp_path / "home" / "store"
    end = time.monotonic() + 60
    while not list(store.glob(f"*/*.{parent.pid}")) and time.monotonic() < end:
        time.sleep(0.02)
    parent.send_signal(signal.SIGINT)
    parent.wait(timeout=30)
    assert parent.returncode != 0
    assert not list(store.glob(f"*/*.{parent.pid}"))
    assert not _is_there(reader)


def test_a_full_disk_stays_the_machines_fault(intake, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "rows.parquet")

    monkeypatch.setattr("flows.receive.reader.write_entry", full)
    path = intake.put("superior/full.csv", GOOD)
    contract = Contract(intake.dataset("superior"), None, ".csv")
    task = Task(path, sha256_of(path), path.stat().st_size, contract, path.parent, "entry")
    said = answer(task, intake.store.context)
    assert (said["errno"], said["file"]) == (errno.ENOSPC, "rows.parquet")
    monkeypatch.setattr(READER, "do", lambda *_: said)
    with pytest.raises(OSError, match="No space left") as fault:
        read_apart(task, "", intake.store.context)
    assert fault.value.errno == errno.ENOSPC


@pytest.fixture
def side_by_side(monkeypatch):
    """Any files are worth it to be read by two processes at a time."""
    monkeypatch.setattr("flows.receive._WORTH_IT", 0)
    two = Apart("flows.receive.reader", 2)
    monkeypatch.setattr("flows.receive.READER", two)
    monkeypatch.setattr("flows.receive.apart.READER", two)
    yield two
    two.end()


def _many(home: Home, count: int) -> None:
    for number in range(count):
        home.put(f"superior/{number}.csv", f"site,score\ns0{1 + number % 3},{number}\n")
    home.put("superior/again.csv", "site,score\ns01,0\n")
    home.put("superior/broken.csv", "nothing\n1\n")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_process_that_keeps_more_memory_than_a_task_may_have_reads_no_other_file(intake, monkeypatch):
    READER.end()
    intake.take("superior/first.csv", "site,score\ns01,77.1\n")
    kept = int(Path(f"/proc/{READER.process_id}/statm").read_text(encoding="utf-8").split()[5]) * os.sysconf("SC_PAGE_SIZE")
    ordinary = limits_for
    monkeypatch.setattr(apart, "limits_for", lambda size: replace(ordinary(size), memory=kept - (1 << 20)))
    intake.take("superior/second.csv", "site,score\ns01,77.2\n")
    assert READER.process_id is None
    monkeypatch.undo()
    intake.take("superior/third.csv", "site,score\ns01,77.3\n")
    assert READER.process_id is not None


def test_files_that_are_read_side_by_side_have_the_receipts_of_files_that_are_read_in_turn(tmp_path, side_by_side):
    homes = [small_home(tmp_path / name) for name in ("one", "two")]
    for home in homes:
        _many(home, 12)
    (beside,) = homes[0].receive("superior")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("flows.receive._WORTH_IT", 1 << 30)
        (in_turn,) = homes[1].receive("superior")
    for left, right in zip(beside.receipts, in_turn.receipts, strict=True):
        assert replace(left, folder=right.folder) == right
    assert [refusal.file for refusal in beside.refusals] == ["broken.csv"]
    assert (beside.refusals, beside.repeats) == (in_turn.refusals, in_turn.repeats)
    assert len(beside.repeats) == 1


def test_whoever_is_interrupted_waits_for_no_file_and_leaves_nothing_half_there(tmp_path, side_by_side):
    home = small_home(tmp_path)
    (home.raw / "superior" / "scores.csv").unlink()
    home.put("superior/large.csv", "site,score\n" + "s01,88\n" * 6_000_000)
    home.put("superior/small.csv", GOOD)

    def interrupt(_: str, finished: int, of: int) -> None:
        if finished:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        receive(home.home, home.scheme, home.dataset("superior"), home.store, interrupt)
    (entry,) = home.folder.glob("store/*/*")
    assert pl.read_parquet(entry / "rows.parquet").height == 1
    assert side_by_side.process_id is not None, "the process of the small file is there for others"
