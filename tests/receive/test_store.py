"""The store is derived: what it holds is believed only where it is as it was written, and is read again otherwise."""

import hashlib
import json
import os
import shutil
import subprocess

import polars as pl
import pytest

from flows.receive import open_store
from flows.receive.pseudonyms import Pseudonyms
from tests.receive.correct import YEAR
from tests.receive.home import SECRET

pytestmark = pytest.mark.timeout(60)

CONTENT = "site,score\ns01,88\ns02,77\nnobody,1\n"


@pytest.fixture
def entry(home):
    """The folder of an entry, and what it holds."""
    taken = home.take("superior/a.csv", CONTENT)
    return taken.receipt.folder


def _cut(path):
    path.write_bytes(path.read_bytes()[:-3])


def _lose_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _as_folder(path):
    path.unlink()
    path.mkdir()


def _as_link(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def _empty(path):
    path.write_bytes(b"")


def _of_another_shape(path):
    path.write_text('[{"receipt": 1}]', encoding="utf-8")


@pytest.mark.parametrize("file", ["rows.parquet", "faults.parquet", "receipt.json"])
@pytest.mark.parametrize(
    "change", [_cut, _lose_a_bit, _empty, _as_folder, _as_link, _of_another_shape, lambda path: path.unlink()]
)
def test_an_entry_that_is_not_as_it_was_written_is_read_again_and_that_is_said(home, entry, caplog, file, change):
    change(entry / file)
    taken = home.take("superior/a.csv", CONTENT)
    assert [(row["site_id"], int(row["score"])) for row in taken.rows] == [("s01", 88), ("s02", 77)]
    assert taken.faults == [(4, "site", "nobody")]
    (said,) = [record.getMessage() for record in caplog.records if record.name == "pingyi"]
    assert "superior/a.csv" in said and "重新读取" in said
    caplog.clear()
    home.take("superior/a.csv", CONTENT)
    assert not caplog.records


def test_a_rating_that_was_changed_is_never_believed_even_with_a_receipt_that_agrees(home, entry):
    """Whoever changes rows can make hashes, but not the seal."""
    rows = pl.read_parquet(entry / "rows.parquet")
    rows.with_columns(score=pl.lit(1).cast(rows.schema["score"])).write_parquet(entry / "rows.parquet")
    sealed = json.loads((entry / "receipt.json").read_text(encoding="utf-8"))
    sealed["receipt"]["files"]["rows.parquet"] = hashlib.sha256((entry / "rows.parquet").read_bytes()).hexdigest()
    (entry / "receipt.json").write_text(json.dumps(sealed, ensure_ascii=False), encoding="utf-8")
    assert [int(row["score"]) for row in home.take("superior/a.csv", CONTENT).rows] == [88, 77]


def test_an_entry_in_the_place_of_another_is_not_believed(home, entry):
    other = home.take("superior/b.csv", "site,score\ns01,1\n").receipt.folder
    shutil.rmtree(entry)
    shutil.copytree(other, entry)
    assert [int(row["score"]) for row in home.take("superior/a.csv", CONTENT).rows] == [88, 77]


def test_a_file_where_the_entry_should_be_is_replaced(home, entry):
    shutil.rmtree(entry)
    entry.write_text("no folder", encoding="utf-8")
    assert len(home.take("superior/a.csv", CONTENT).rows) == 2


def test_what_is_no_entry_is_nobody_s_to_remove_also_where_the_store_is_a_link(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "folder").mkdir(parents=True)
    (elsewhere / "folder" / "a.txt").write_text("x", encoding="utf-8")
    (elsewhere / "b.1").mkdir()
    (home.folder / "store").mkdir(exist_ok=True)
    (home.folder / "store" / str(YEAR)).symlink_to(elsewhere)
    used = home.take("superior/a.csv", CONTENT).receipt.folder.name
    unused = home.take("superior/b.csv", CONTENT + "\n").receipt.folder.name
    home.store.prune({used})
    assert {path.name for path in elsewhere.iterdir()} == {"folder", "b.1", used} != {unused}
    assert (elsewhere / "folder" / "a.txt").read_text(encoding="utf-8") == "x"


def test_what_a_killed_run_was_writing_is_removed_when_the_store_is_opened_next(home):
    entry = home.take("superior/a.csv", CONTENT).receipt.folder
    with subprocess.Popen(["true"]) as ended:
        pass
    left = entry.with_name(f"{entry.name}.{ended.pid}")
    living = entry.with_name(f"{entry.name}.{os.getpid()}")
    for folder in (left, living):
        folder.mkdir()
    open_store(home.home, home.scheme, home.register, Pseudonyms(SECRET))
    assert not left.exists() and living.exists() and entry.exists()
