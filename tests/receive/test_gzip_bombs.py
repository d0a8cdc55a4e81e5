"""Small gzip files that unfold into hundreds of megabytes: refused in bounded memory."""

import gzip

import pytest

from flows.receive.chunks import RefusedFile
from tests.receive.home import peak_memory

HEADER = gzip.compress(b"site,score\n")


def _refused(intake, content):
    intake.take("superior/first.csv", "site,score\ns01,88\n")
    before = peak_memory()
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/bomb.csv.gz", content)
    assert peak_memory() - before < 60 << 10
    return str(fault.value)


def test_many_small_rows(intake):
    block = gzip.compress(b"s01,88\n" * (1 << 20))
    content = HEADER + block * 45
    assert len(content) < 1 << 20 and 45 * 7 > 300
    message = _refused(intake, content)
    assert "100" in message and "未压缩" in message


def test_one_endless_line(intake):
    assert "4 MB" in _refused(intake, HEADER + gzip.compress(b"9" * (1 << 20)) * 400)


def test_zeros(intake):
    assert "NUL" in _refused(intake, HEADER + gzip.compress(bytes(1 << 20)) * 400)


def test_an_honest_file_that_compresses_well_is_read(intake):
    rows = "".join(f"s01,{number % 100}\n" for number in range(50_000))
    content = gzip.compress(b"site,score\n" + rows.encode())
    assert len(content) * 100 < len(rows)
    assert intake.take("superior/a.csv.gz", content).receipt.loaded == 50_000
