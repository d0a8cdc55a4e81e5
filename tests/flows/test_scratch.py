"""What a run keeps aside: on the disk of TMPDIR, gone with the run, however that ends."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from flows.errors import MachineError
from flows.host import disk
from flows.host.disk import machine_faults
from flows.host.scratch import clear_scratch, scratch
from tests.conftest import ROOT

_HOLDER = """
import sys
from flows.host.scratch import scratch
with scratch() as folder:
    (folder / "ballots").write_text("private", encoding="utf-8")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def _holder(there):
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER], cwd=ROOT, env=os.environ | {"TMPDIR": str(there), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    return process, Path(process.stdout.readline().strip())


def test_a_folder_of_a_run_that_was_killed_is_taken_away_by_the_next_and_no_other(there):
    killed, left = _holder(there)
    living, held = _holder(there)
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        others = [there / name for name in ("pingyi-test-x", "pingyi-run-", "pingyi-run-x-y", "other-1-abc", "elsewhere")]
        for folder in others:
            folder.mkdir()
        (there / "pingyi-run-1-link").symlink_to(there / "elsewhere")
        (there / "pingyi-run-1-file").write_text("", encoding="utf-8")
        assert (left / "ballots").exists()
        with scratch() as folder:
            assert folder.stat().st_mode & 0o777 == 0o700 and folder.parent == there
            assert not left.exists() and (held / "ballots").exists()
            clear_scratch()
            assert folder.exists()
        assert not folder.exists()
        assert all(path.is_dir() for path in others) and (there / "pingyi-run-1-link").is_symlink()
    finally:
        living.stdin.close()
        living.wait(30)
    assert not held.exists()


def test_a_full_disk_of_the_temporary_files_is_told_as_that(monkeypatch, tmp_path):
    home = tmp_path / "home"
    free = {home: 5000}
    monkeypatch.setattr(disk, "_free", lambda path: free.get(path, 0))
    with pytest.raises(MachineError, match=r"pingyi-run-\d+-\w+ 所在磁盘还剩 0 MB"), machine_faults(home), scratch(home):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    free[home] = -1
    with pytest.raises(MachineError, match=f"{home} 所在磁盘"), scratch(home):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_without_a_folder_for_temporary_files_it_is_said_in_words(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    with pytest.raises(MachineError, match="TMPDIR"), scratch():
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EIO, "磁盘或它的连接可能坏了"),
        (errno.ESTALE, "磁盘或它的连接可能坏了"),
        (errno.ENOTDIR, "有一个是文件"),
        (errno.EISDIR, "应当是文件"),
        (errno.EEXIST, "不是需要的文件夹"),
        (errno.ENOENT, "不见了"),
        (errno.EMFILE, "ulimit"),
        (errno.EBUSY, "busy"),
        (errno.EACCES, "权限"),
        (errno.EDQUOT, "磁盘已满"),
    ],
)
def test_a_fault_of_the_machine_is_a_sentence_with_the_path(number, words):
    with pytest.raises(MachineError, match=words) as told, machine_faults(Path("/home/of/data")):
        raise OSError(number, os.strerror(number), "/where/it/was")
    assert "/where/it/was" in str(told.value) and "已公布的结果没有改动" in str(told.value)


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        OSError(errno.EIO, "Input/output error"),
        RuntimeError("Input/output error (7)"),
        OSError("Too many open files (os error 24): /where/it/was"),
        OSError("Is a directory (os error 21): /where/it/was"),
        RuntimeError("IO Error: Cannot open file: Too many open files"),
    ],
)
def test_one_without_a_path_is_a_sentence_too(fault):
    with pytest.raises(MachineError), machine_faults():
        raise fault


@pytest.mark.parametrize("fault", [ValueError("x"), OSError(errno.ENOENT, "x"), KeyError("x")])
def test_what_is_no_fault_of_the_machine_passes(fault):
    with pytest.raises(type(fault)), machine_faults():
        raise fault


def test_a_folder_for_temporary_files_whose_path_is_no_text_is_refused_in_words(monkeypatch, tmp_path):
    odd = tmp_path / "\udcff"
    odd.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(odd))
    with pytest.raises(MachineError, match="TMPDIR"), scratch():
        pass
    assert list(odd.iterdir()) == []
