"""The password of `serve`: made once, for its owner alone, and links that open once."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from flows.errors import UsageError
from flows.operate.password import OF_SERVER, new_link, password_file, password_in_force, read_password, redeemed, session_of

UI = "http://127.0.0.1:4200"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.delenv(OF_SERVER, raising=False)
    return tmp_path / "prefect"


def _written(path, text, mode=0o600):
    path.write_bytes(text)
    path.chmod(mode)
    return path


def test_it_is_made_on_first_use_and_stays(folder):
    password, file = password_in_force(None)
    assert file == password_file() and file.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    assert password_in_force(None) == (password, file)
    assert [path.name for path in folder.iterdir()] == ["password"]


def test_two_that_start_at_the_same_time_have_one_password():
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: password_in_force(None)[0], range(8)))) == 1


def test_what_the_environment_or_a_file_says_counts(tmp_path, monkeypatch):
    file = _written(tmp_path / "own", b"office:pass word\r\n")
    assert password_in_force(file) == ("office:pass word", file)
    monkeypatch.setenv(OF_SERVER, "office:correct horse")
    assert password_in_force(None) == ("office:correct horse", None)
    assert not password_file().exists()


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"word", b":word", b"user:", b"user:wo\x00rd", b"a:b\nc:d", b"\xff:\xfe", b"a:\x1b[31m", "局:密码".encode()],
)
def test_a_file_without_a_password_is_refused_in_words(tmp_path, text):
    with pytest.raises(UsageError, match="own"):
        read_password(_written(tmp_path / "own", text))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_one_that_others_can_read_is_refused_with_what_to_do(tmp_path, mode):
    with pytest.raises(UsageError, match="chmod 600"):
        read_password(_written(tmp_path / "own", b"a:b", mode))


def test_what_is_no_file_is_refused_and_waits_for_nobody(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "nowhere", "/dev/null"):
        with pytest.raises(UsageError):
            read_password(path)


@pytest.mark.parametrize("text", ["word", ":x", "x:", "a:b\nc", "a:密码"])
def test_a_variable_without_a_password_is_refused_in_words(monkeypatch, text):
    monkeypatch.setenv(OF_SERVER, text)
    with pytest.raises(UsageError, match=OF_SERVER):
        password_in_force(None)


def test_a_link_is_followed_once_and_for_half_a_day(folder):
    password_in_force(None)
    first, second = (new_link(UI).rpartition("/")[2] for _ in range(2))
    assert redeemed(first) and not redeemed(first) and not redeemed("../password")
    yesterday = (datetime.now() - timedelta(days=1)).timestamp()
    (left,) = (folder / "links").iterdir()
    # What lies there opens nothing by itself.
    assert second not in left.name and left.stat().st_mode & 0o777 == 0o600
    os.utime(left, (yesterday, yesterday))
    assert not redeemed(second) and password_file().exists()


def test_a_session_is_over_when_the_password_is_another():
    assert session_of("a:b") == session_of("a:b") != session_of("a:c")
