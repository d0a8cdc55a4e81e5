"""What was read is what the hash names, whoever writes to the file meanwhile, and however he hides it."""

import io
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import OperatorError
from flows.receive import deliveries as found
from flows.receive.chunks import RefusedFile
from flows.receive.content import Content, opened_content
from flows.receive.deliveries import Delivery, sha256_of
from flows.receive.register import read_register
from tests.receive.sheets import honest

pytestmark = pytest.mark.timeout(60)


def _parquet(score):
    buffer = io.BytesIO()
    pq.write_table(pa.table({"site": ["s01"], "score": [score]}), buffer)
    return buffer.getvalue()


def _of(name, score):
    match name.rpartition(".")[2]:
        case "csv":
            return f"site,score\ns01,{score}\n".encode()
        case "jsonl":
            return f'{{"site": "s01", "score": {score}}}\n'.encode()
        case "xlsx":
            return honest(lambda book, sheet: None, [["site", "score"], ["s01", score]])
        case _:
            return _parquet(score)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx", "a.parquet"])
@pytest.mark.parametrize("way", ["in place", "another file"])
def test_a_file_replaced_between_its_hash_and_its_reading_is_refused(intake, name, way):
    path = intake.put(f"superior/{name}", _of(name, 11))
    delivery = Delivery(intake.dataset("superior"), path, sha256_of(path), path.stat().st_size)
    before = path.stat()
    if way == "in place":
        path.write_bytes(_of(name, 22))
    else:
        fresh = path.with_name("fresh.part")
        fresh.write_bytes(_of(name, 22))
        fresh.rename(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(RefusedFile, match="读取期间文件有变动"):
        intake.store.receive(delivery)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx", "a.parquet"])
def test_a_file_changed_while_it_is_read_is_refused_though_its_time_is_put_back(intake, read_here, monkeypatch, name):
    """The reading of the first bytes is the moment; sizes and times are the same before and after."""
    path = intake.put(f"superior/{name}", _of(name, 33))
    delivery = Delivery(intake.dataset("superior"), path, sha256_of(path), path.stat().st_size)
    begins = Content.__init__

    def changed(self, *arguments):
        begins(self, *arguments)
        before = path.stat()
        path.write_bytes(_of(name, 44))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    monkeypatch.setattr(Content, "__init__", changed)
    with pytest.raises(RefusedFile, match="读取期间文件有变动"):
        intake.store.receive(delivery)


def test_a_large_parquet_file_is_hashed_again_once_it_was_read(intake, read_here, monkeypatch):
    monkeypatch.setattr("flows.receive.content.IN_MEMORY", 10)
    path = intake.put("superior/large.parquet", _of("large.parquet", 55))
    delivery = Delivery(intake.dataset("superior"), path, sha256_of(path), path.stat().st_size)
    assert intake.store.receive(delivery).loaded == 1
    path.write_bytes(_of("large.parquet", 66))
    with pytest.raises(RefusedFile, match="读取期间文件有变动"):
        intake.store.receive(Delivery(delivery.dataset, path, "0" * 64, path.stat().st_size))


def test_the_whole_is_compared_also_where_the_reader_did_not_read_it_all(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"site,score\n" + b"s01,1\n" * 400_000)
    with opened_content(path, None, sha256_of(path)) as content, content.read() as stream:
        assert stream.read(4) == b"site"
    with opened_content(path, None, "0" * 64) as content, pytest.raises(RefusedFile), content.read() as stream:
        stream.read(4)


def test_a_file_that_only_got_other_rights_meanwhile_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"site,score\n")
    with opened_content(path, None, sha256_of(path)) as content:
        path.chmod(0o600)
        content.check()


def test_the_hash_of_the_register_is_that_of_what_was_read(home, monkeypatch):
    path = home.raw / "sites.csv"
    content = path.read_bytes()
    assert read_register(home.home, home.scheme).sha256 == sha256_of(path)
    begins = Content.__init__

    def changed(self, *arguments):
        begins(self, *arguments)
        path.write_bytes(content.replace(b"s02", b"s09"))

    monkeypatch.setattr(Content, "__init__", changed)
    with pytest.raises(OperatorError, match="读取期间文件有变动"):
        read_register(home.home, home.scheme)


def test_a_file_that_goes_on_arriving_is_refused_and_the_others_are_kept(home, monkeypatch):
    home.put("superior/a.csv", "site,score\ns01,88\n")
    path = home.put("superior/b.csv", "site,score\ns02,77\n")
    hashed = found.hashed

    def grown(*arguments):
        delivery = hashed(*arguments)
        if delivery.path == path:
            path.write_bytes(path.read_bytes() + b"d01,66\n")
        return delivery

    monkeypatch.setattr("flows.receive.hashed", grown)
    (received,) = home.receive("superior")
    assert [receipt.file for receipt in received.receipts if receipt.file in ("a.csv", "b.csv")] == ["a.csv"]
    assert [(refusal.file, "变动" in refusal.reason) for refusal in received.refusals] == [("b.csv", True)]
