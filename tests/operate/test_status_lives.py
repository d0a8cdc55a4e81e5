"""The status never dies and never hangs: whatever lies where it looks, it says so and tells the rest."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.errors import OperatorError
from flows.home import Home
from flows.host.lock import only_writer
from flows.host.ports import take_port
from flows.operate import status as module
from flows.operate.health import ask_server
from flows.operate.instance import Serving, mark_served
from flows.operate.pages import pages
from flows.operate.status import read_status, server_expected
from flows.results.publications import publish_draft
from flows.settings import ROOT
from tests.flows.homes import YEAR, small_home, thaw
from tests.results.results import write_draft

pytestmark = pytest.mark.timeout(60)

# Everything that it looks at.
PATHS = [
    "runs/2030-01-01T000000-nightly-2030-0000.jsonl", "runs", "schemes", f"schemes/{YEAR}.toml", "drafts", f"drafts/{YEAR}",
    f"drafts/{YEAR}/manifest.json", "results", f"results/{YEAR}", "publications", f"publications/{YEAR}",
    f"publications/{YEAR}/1", f"publications/{YEAR}/1/manifest.json", f"publications/{YEAR}/1/tables", f"publications/{YEAR}/record.jsonl",
    ".pingyi.lock", ".pingyi.heads", ".pingyi.scrub", "raw", f"raw/{YEAR}", f"raw/{YEAR}/given", f"raw/{YEAR}/sites.csv",
    f"raw/{YEAR}/given/scores.csv", "store", f"store/{YEAR}", f"store/{YEAR}/{'a' * 64}", f"store/{YEAR}/{'a' * 64}/receipt.json",
    f"store/{YEAR}/{'a' * 64}/rows.parquet",
]  # fmt: skip
WAYS = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "garbage": lambda path: path.write_bytes(b"\xff\xfe[{\x00" * 50 + b"\n"),
    "empty": Path.touch,
    "numbers": lambda path: path.write_text("1\n"),
    "lists": lambda path: path.write_text("[[[]]]\n"),
    "objects": lambda path: path.write_text('{"a": {"b": []}}\n'),
    "deep": lambda path: path.write_text("[" * 200_000 + "\n"),
    "zeros": lambda path: path.symlink_to("/dev/zero"),
    "circle": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to("nowhere"),
    "elsewhere": lambda path: path.symlink_to("/etc/hostname"),
    "sparse": lambda path: path.open("wb").truncate(40 << 30),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = small_home(tmp_path_factory.mktemp("lives") / "home")
    publish_draft(Home(home), YEAR, write_draft(home), reason="", reviewed=True, by="office")
    write_draft(home, "next")
    return home


@pytest.fixture
def home(made, tmp_path):
    copied = shutil.copytree(made, tmp_path / "home", symlinks=True)
    thaw(copied / "publications")
    return copied


def put(path, way):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    WAYS[way](path)


@pytest.fixture(scope="module", autouse=True)
def no_server_named():
    # Once for all: Prefect takes longer to make its settings anew than a look takes.
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


def looked(home):
    """The status, and what `serve` and the command ask for before it."""
    return read_status(Home(home), datetime.now(UTC), ask_server(Home(home)))


@pytest.mark.parametrize("way", WAYS)
def test_whatever_lies_there_it_is_told_and_so_is_the_rest(home, way):
    before = looked(home)
    for name in PATHS:
        copied = shutil.copytree(home, home.with_name("tried"), symlinks=True)
        thaw(copied / "publications")
        put(copied / name, way)
        status = looked(copied)
        texts = [str(fault) for fault in status.faults]
        assert any("磁盘还剩" in fact for fact in status.facts), (name, texts)
        assert not [text for text in texts if "Traceback" in text or "Error:" in text], (name, texts)
        assert all("请" in text or "移走" in text or "没有" in text for text in texts), (name, texts)
        shutil.rmtree(copied)
    assert [str(fault) for fault in before.faults] == []


@pytest.mark.parametrize(
    ("name", "way", "words"),
    [
        ("runs/a.jsonl", "pipe", "a.jsonl 是管道"),
        ("runs/a.jsonl", "garbage", "a.jsonl 不是运行记录"),
        ("runs/a.jsonl", "objects", "a.jsonl 不是运行记录"),
        ("runs", "garbage", "runs Not a directory"),
        (f"drafts/{YEAR}/manifest.json", "pipe", "是管道"),
        (f"publications/{YEAR}/record.jsonl", "pipe", "是管道"),
        (f"publications/{YEAR}/1/manifest.json", "pipe", "是管道"),
        (".pingyi.lock", "pipe", "的锁"),
        (".pingyi.heads", "pipe", "是管道"),
        ("schemes", "garbage", "没有任何评议方案"),
    ],
)
def test_what_lies_there_is_named(home, name, way, words):
    put(home / name, way)
    assert [fault for fault in looked(home).faults if words in str(fault)], [str(fault) for fault in looked(home).faults]


@pytest.mark.parametrize("fields", [
    {"what": 1}, {"what": []}, {"began": "2030-01-01T00:00:00"}, {"began": 7}, {"process": "x"}, {"year": "x"}, {"flow_run": 1},
])  # fmt: skip
def test_a_record_of_a_run_with_other_fields_is_told(home, fields):
    begun = {"what": "nightly", "year": YEAR, "began": "2030-01-01T00:00:00+08:00", "process": 1, "flow_run": ""} | fields
    put(home / "runs" / "a.jsonl", "empty")
    (home / "runs" / "a.jsonl").write_text(json.dumps(begun) + "\n")
    (fault,) = looked(home).faults
    assert "a.jsonl 不是运行记录" in str(fault)


def test_a_look_that_fails_for_whatever_reason_leaves_the_others(home, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    for name in ("home_zone", "holder", "watched", "_disk"):
        monkeypatch.setattr(module, name, broken)
    status = read_status(Home(home), datetime.now(UTC))
    assert len(status.faults) == 4 and all("ZeroDivisionError: division by zero" in str(fault) for fault in status.faults)


@contextmanager
def as_somebody():
    """Without the rights of root, whom no mode keeps from anything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    "name", [".", "runs", "runs/a.jsonl", "publications", f"publications/{YEAR}", f"publications/{YEAR}/record.jsonl", f"publications/{YEAR}/1",
             f"publications/{YEAR}/1/manifest.json", f"publications/{YEAR}/1/tables.xlsx", "results", f"drafts/{YEAR}/manifest.json", ".pingyi.lock",
             ".pingyi.heads", ".pingyi.scrub", "schemes", f"raw/{YEAR}/given/scores.csv"],
)  # fmt: skip
def test_what_may_not_be_read_is_told(home, name):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copied = shutil.copytree(home, Path(folder) / "home", symlinks=True)
        for path in (copied / "runs" / "a.jsonl", copied / ".pingyi.lock", copied / ".pingyi.scrub"):
            path.parent.mkdir(exist_ok=True)
            path.touch()
        for path in (copied, *copied.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)
        (copied / name).chmod(0)
        try:
            with as_somebody():
                server_expected(Home(copied))
                status = read_status(Home(copied), datetime.now(UTC))
        finally:
            (copied / name).chmod(0o755)
    assert not status.good and any("Permission denied" in str(fault) or "没有" in str(fault) for fault in status.faults)
    assert not [fault for fault in status.faults if "Traceback" in str(fault)]


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "iso-8859-1"},
        {"PYTHONIOENCODING": "gb18030"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_in_every_locale_the_command_says_what_it_can(home, tmp_path, variables):
    (home / ".pingyi.lock").write_text("年度", encoding="gb18030")
    ended = subprocess.run(
        [sys.executable, "-m", "flows.command", "status", "--data", str(home)],
        cwd=ROOT,
        env=os.environ | {"PREFECT_HOME": str(tmp_path / "prefect")} | variables,
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode in (0, 1) and ended.stdout.count(b"\n") > 4 and b"Traceback" not in ended.stderr, ended.stderr


@pytest.mark.parametrize("way", ["pipe", "folder", "circle", "elsewhere"])
def test_a_lock_that_is_no_file_refuses_a_run_in_words(home, way):
    put(home / ".pingyi.lock", way)
    with pytest.raises(OperatorError, match="是数据目录的锁"), only_writer(Home(home), "yearly 2030", 0, print):
        pass


@contextmanager
def served(home):
    with pages(Home(home), take_port(0), lambda: read_status(Home(home), datetime.now(UTC)), None, "http://ui") as address:
        yield address.removeprefix("http://")


def asked(host, path):
    connection = HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read()
    finally:
        connection.close()


def test_health_is_bad_where_something_is_amiss_and_good_again_after(home):
    with served(home) as host:
        assert asked(host, "/health")[0] == 200
        link = (home / "results" / str(YEAR)).readlink()
        (home / "results" / str(YEAR)).unlink()
        assert asked(host, "/health")[0] == 503
        assert "不见了" in asked(host, "/")[2].decode() and "不见了" in asked(host, "/status.json")[2].decode()
        (home / "results" / str(YEAR)).symlink_to(link)
        assert asked(host, "/health")[0] == 200


@pytest.mark.parametrize("kind", ["", "/files"])
def test_a_page_of_the_results_leads_to_the_publication_that_stands(home, kind):
    with served(home) as host:
        code, location, _ = asked(host, f"{kind}/results/{YEAR}/index.html?x=1")
        assert (code, location) == (302, f"{kind}/publications/{YEAR}/1/index.html")
        assert asked(host, f"/publications/{YEAR}/1/index.html")[0] == 200
        assert asked(host, f"{kind}/results/{YEAR}/")[1] == f"{kind}/publications/{YEAR}/1/"
        assert asked(host, f"/files/publications/{YEAR}/1/")[0] == 200
        for path in (f"/results/{YEAR}/../../secret.key", f"/results/{YEAR}/%2e%2e/x", "/results/2001/", f"/results/{YEAR}5/"):
            assert asked(host, path)[0] == 404


@pytest.mark.parametrize("way", ["pipe", "circle", "zeros"])
def test_a_file_that_is_none_keeps_no_request_waiting(home, way, capfd):
    put(home / "drafts" / str(YEAR) / "index.html", way)
    with served(home) as host:
        assert asked(host, f"/drafts/{YEAR}/index.html")[0] == 404
        assert asked(host, f"/drafts/{YEAR}/")[0] in (200, 404)
        assert asked(host, "/")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_hangs_up_leaves_no_trace_on_the_terminal(home, capfd):
    import socket
    import struct

    (home / "drafts" / str(YEAR) / "large.bin").write_bytes(b"x" * (8 << 20))
    with served(home) as host:
        name, _, port = host.partition(":")
        for path in (f"/drafts/{YEAR}/large.bin", "/"):
            with socket.create_connection((name, int(port))) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        end = time.monotonic() + 20
        while time.monotonic() < end and any("process_request" in thread.name for thread in threading.enumerate()):
            time.sleep(0.05)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("began", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_no_clock_has_shown_is_told_wherever_it_stands(home, began):
    record = {"what": "nightly", "year": YEAR, "began": began, "process": 1, "flow_run": ""}
    (home / "runs").mkdir()
    (home / "runs" / "a.jsonl").write_text(json.dumps(record) + "\n")
    publications = home / "publications" / str(YEAR) / "record.jsonl"
    publications.write_text(
        re.sub(r'"at": "[^"]+"', f'"at": "{began}"', publications.read_text(encoding="utf-8")), encoding="utf-8"
    )
    memory = {"files": {}, "rotten": {}, "first_seen": {"x": began}, "at": began}
    (home / ".pingyi.scrub").write_text(json.dumps(memory))
    texts = [str(fault) for fault in looked(home).faults]
    for name in ("a.jsonl 不是运行记录", "record.jsonl 读不出来", ".pingyi.scrub 读不出来"):
        assert sum(name in text for text in texts) == 1, texts
    assert not [text for text in texts if "Error" in text], texts


def test_a_run_of_a_clock_that_was_ahead_hides_no_later_one(home):
    now = datetime.now(UTC)
    for number, (began, outcome) in enumerate([(now + timedelta(days=400), "done"), (now - timedelta(days=3), "failed")]):
        begun = {"what": "nightly", "year": YEAR, "began": began.isoformat(), "process": 1, "flow_run": ""}
        ended = {"ended": began.isoformat(), "outcome": outcome, "sentence": "坏了。"}
        (home / "runs").mkdir(exist_ok=True)
        (home / "runs" / f"{number}.jsonl").write_text(f"{json.dumps(begun)}\n{json.dumps(ended)}\n")
    texts = [str(fault) for fault in looked(home).faults]
    for words in ("在将来", "每晚运行迟了", "最近一次每晚运行没有成功"):
        assert sum(words in text for text in texts) == 1, texts


def test_bytes_of_a_name_that_are_no_text_are_shown_to_whoever_asks(home):
    odd = home / "publications" / str(YEAR) / "1" / "\udcff\x1b[31m\u202e.csv"
    odd.touch()
    with served(home) as host:
        for path, shown in (("/", "\\xff\\x1b[31m\\u202e.csv 是后来放进去的"), ("/status.json", "\\u001b[31m\\u202e.csv")):
            status, _, body = asked(host, path)
            assert status == 200 and shown in body.decode(), body.decode()
        json.loads(asked(host, "/status.json")[2])
        assert asked(host, f"/files/publications/{YEAR}/1/")[0] == 200


def _told(home, folder, **variables):
    ended = subprocess.run(
        [sys.executable, "-m", "flows.command", "status", "--data", str(home)],
        cwd=ROOT,
        env=os.environ | {"PREFECT_HOME": str(folder)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1 and "Traceback" not in ended.stderr, ended.stderr
    return ended.stdout


def test_a_setting_of_prefects_that_cannot_be_hides_nothing_else(home, tmp_path):
    out = _told(home, tmp_path, PREFECT_API_REQUEST_TIMEOUT="soon")
    assert "Prefect 的设置有误" in out and "soon" in out and "磁盘还剩" in out


@pytest.mark.parametrize("mode", [None, 0o644])
def test_a_password_that_cannot_be_read_hides_nothing_else(home, tmp_path, mode):
    password = tmp_path / "password"
    if mode:
        password.write_text("a:b\n")
        password.chmod(mode)
    # As while `serve` runs.
    serving = Serving(
        "http://127.0.0.1:9",
        "http://127.0.0.1:9",
        str(home),
        os.getpid(),
        "2030-01-01T00:00:00+08:00",
        password_file=str(password),
    )
    with (tmp_path / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps(asdict(serving)))
        lock.flush()
        out = _told(home, tmp_path)
    assert f"密码文件 {password}" in out and "磁盘还剩" in out


@pytest.mark.parametrize("way", ["pipe", "folder", "elsewhere", "nowhere"])
def test_the_mark_of_serve_is_left_where_nothing_has_its_name(home, way):
    mark_served(Home(home))
    assert "pingyi serve" in (home / ".pingyi.served").read_text(encoding="utf-8")
    put(home / ".pingyi.served", way)
    mark_served(Home(home))
    assert not (home / "nowhere").exists()
