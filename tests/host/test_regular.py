"""What people put into a data home is opened only where it is a regular file of the home."""

import errno
import os
import pickle
import socket
from pathlib import Path

import pytest

from flows.host.regular import SMALL, IrregularFile, open_regular, read_regular

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    (folder / "raw").mkdir(parents=True)
    return folder


def test_a_regular_file_is_read(home):
    (home / "a.csv").write_bytes(b"a,b\n")
    assert read_regular(home / "a.csv", home) == b"a,b\n"
    with open_regular(home / "a.csv", home) as file:
        assert file.read(3) == b"a,b"
        assert not os.get_inheritable(file.fileno())


def _pipe(path):
    os.mkfifo(path)


def _socket(path):
    # The name of a socket has room for a hundred letters.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    ("make", "kind"), [(_pipe, "FIFO"), (_socket, "套接字"), (os.mkdir, "文件夹")], ids=["pipe", "socket", "folder"]
)
def test_what_is_no_regular_file_is_refused_without_waiting(home, make, kind):
    make(home / "a.csv")
    with pytest.raises(IrregularFile) as fault:
        open_regular(home / "a.csv", home)
    assert kind in fault.value.strerror and fault.value.filename == str(home / "a.csv")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_a_device_is_refused_also_where_links_may_lead_anywhere(home, device):
    (home / "a.csv").symlink_to(device)
    for folder, kind in ((home, "链接"), (None, "设备")):
        with pytest.raises(IrregularFile) as fault:
            open_regular(home / "a.csv", folder)
        assert kind in fault.value.strerror


def test_a_link_leads_anywhere_in_the_home_and_nowhere_else(home, tmp_path):
    (home / "b.csv").write_bytes(b"in")
    (tmp_path / "out.csv").write_bytes(b"out")
    (tmp_path / "home-of-another").mkdir()
    (tmp_path / "home-of-another" / "c.csv").write_bytes(b"other")
    (home / "raw" / "in.csv").symlink_to("../b.csv")
    (home / "raw" / "out.csv").symlink_to("../../out.csv")
    (home / "raw" / "folder").symlink_to(tmp_path)
    # A name that begins as that of the home does.
    (home / "raw" / "beside.csv").symlink_to(tmp_path / "home-of-another" / "c.csv")
    assert read_regular(home / "raw" / "in.csv", home) == b"in"
    for name in ("out.csv", "folder/out.csv", "beside.csv"):
        with pytest.raises(IrregularFile, match="数据目录以外"):
            open_regular(home / "raw" / name, home)


def test_a_home_may_itself_be_reached_by_a_link(home, tmp_path):
    (home / "a.csv").write_bytes(b"in")
    (tmp_path / "link").symlink_to(home)
    assert read_regular(tmp_path / "link" / "a.csv", tmp_path / "link") == b"in"


@pytest.mark.parametrize("target", ["nothing.csv", "a.csv"], ids=["missing", "itself"])
def test_a_link_to_nothing_is_a_fault_of_the_system(home, target):
    (home / "a.csv").symlink_to(target)
    with pytest.raises(OSError) as fault:
        open_regular(home / "a.csv", home)
    assert fault.value.errno in (errno.ENOENT, errno.ELOOP)


def test_a_large_file_is_refused_before_it_is_read(home):
    with (home / "a.toml").open("wb") as file:
        file.truncate(SMALL + 1)
    with pytest.raises(IrregularFile, match="64 MB"):
        read_regular(home / "a.toml", home)
    with pytest.raises(IrregularFile, match="1 MB"):
        read_regular(home / "a.toml", home, most=1 << 20)


def test_a_file_that_grows_meanwhile_is_refused(home, monkeypatch):
    (home / "a.toml").write_bytes(b"four")
    opened = os.fdopen

    def grown(descriptor, mode):
        (home / "a.toml").write_bytes(b"now eight")
        return opened(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", grown)
    with pytest.raises(IrregularFile):
        read_regular(home / "a.toml", home, most=4)


def test_what_is_put_in_its_place_meanwhile_is_not_read(home, tmp_path, monkeypatch):
    (home / "raw" / "a.csv").write_bytes(b"in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_bytes(b"out")
    real = os.open

    def exchanged(path, flags):
        (home / "raw").rename(home / "before")
        (home / "raw").symlink_to(tmp_path / "out")
        return real(path, flags)

    monkeypatch.setattr(os, "open", exchanged)
    with pytest.raises(IrregularFile, match="数据目录以外"):
        open_regular(home / "raw" / "a.csv", home)


def test_the_fault_passes_between_processes(home):
    fault = pickle.loads(pickle.dumps(IrregularFile(home / "a", "是文件夹")))
    assert (fault.strerror, fault.filename) == ("是文件夹", str(home / "a"))
