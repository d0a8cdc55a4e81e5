"""What is no file of the home is refused in words, without waiting, and takes no other file with it."""

import os

import pytest

from flows.errors import OperatorError
from flows.receive.deliveries import check_folders
from flows.receive.register import read_register
from flows.scheme.datasets import datasets
from tests.receive.correct import YEAR

pytestmark = pytest.mark.timeout(60)


def _refused(home):
    (received,) = home.receive("superior")
    assert any(receipt.file == "good.csv" for receipt in received.receipts)
    return {refusal.file: refusal.reason for refusal in received.refusals}


def test_pipes_devices_and_links_out_of_the_home_are_refused(home, tmp_path):
    home.put("superior/good.csv", "site,score\ns01,88\n")
    folder = home.raw / "superior"
    (tmp_path / "out.csv").write_text("site,score\ns01,1\n", encoding="utf-8")
    os.mkfifo(folder / "pipe.csv")
    links = (
        ("zero.csv", "/dev/zero"),
        ("random.xlsx", "/dev/urandom"),
        ("out.csv", tmp_path / "out.csv"),
        ("nowhere.csv", "nothing.csv"),
        ("itself.csv", "itself.csv"),
    )
    for name, target in links:
        (folder / name).symlink_to(target)
    refused = _refused(home)
    assert set(refused) == {"pipe.csv", *(name for name, _ in links)}
    assert "不存在之处" in refused["nowhere.csv"] and "绕回自己" in refused["itself.csv"]
    assert "FIFO" in refused["pipe.csv"] and "数据目录以外" in refused["out.csv"]
    assert all("移出" in reason for reason in refused.values())


def test_a_link_within_the_home_is_a_delivery(home):
    home.put("superior/good.csv", "site,score\ns01,88\n")
    (home.folder / "kept.csv").write_text("site,score\ns02,77\n", encoding="utf-8")
    (home.raw / "superior" / "link.csv").symlink_to("../../../kept.csv")
    assert _refused(home) == {}


@pytest.mark.parametrize("size", [1 << 30, 20 << 30], ids=["sparse", "too large"])
def test_a_file_whose_content_never_came_is_refused_before_it_is_read(home, size):
    home.put("superior/good.csv", "site,score\ns01,88\n")
    with (home.raw / "superior" / "sparse.csv").open("wb") as file:
        file.truncate(size)
    (reason,) = _refused(home).values()
    assert "NUL" in reason or "16384 MB" in reason


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_register_that_is_no_file_is_told(home, make):
    scheme = home.scheme
    path = home.raw / "sites.csv"
    path.unlink()
    make(path)
    with pytest.raises(OperatorError, match=r"sites\.csv.*请"):
        read_register(home.home, scheme)


@pytest.mark.parametrize(
    "content",
    [
        b"site_id,group,name\n\0\0",
        b"\xff\xfe\x00",
        b"",
        b"site_id,group,name\n" + b"x" * (5 << 20),
        b"a" * 100,
        "网站,组\n".encode("utf-16"),
    ],
)
def test_a_register_of_nonsense_is_told(home, content):
    scheme = home.scheme
    (home.raw / "sites.csv").write_bytes(content)
    with pytest.raises(OperatorError, match=r"sites\.csv"):
        read_register(home.home, scheme)


@pytest.mark.parametrize(
    "name", ["results", "drafts", "store", "publications", "runs", "raw/2008", "store/2007", "results/2007", "schemes"]
)
def test_a_file_where_a_folder_belongs_is_told(home, name):
    path = home.folder / name
    if path.is_dir():
        path.rename(home.folder / "before")
    path.parent.mkdir(exist_ok=True)
    path.write_text("no folder", encoding="utf-8")
    with pytest.raises(OperatorError) as fault:
        home.home.check()
    assert fault.value.faults == (str(path),) and "请" in fault.value.summary


def test_a_folder_of_the_office_may_be_a_link_to_a_folder_and_not_to_nothing(home, tmp_path):
    (tmp_path / "disk").mkdir()
    (home.folder / "reference").symlink_to(tmp_path / "disk")
    home.home.check()
    (tmp_path / "disk").rmdir()
    with pytest.raises(OperatorError, match="reference"):
        home.home.check()


def test_a_dataset_that_is_a_file_is_told(home):
    path = home.raw / "superior"
    if path.is_dir():
        path.rename(home.folder / "before")
    path.write_text("site,score\n", encoding="utf-8")
    with pytest.raises(OperatorError, match="superior 应是文件夹"):
        check_folders(home.home, YEAR, datasets(home.scheme))
