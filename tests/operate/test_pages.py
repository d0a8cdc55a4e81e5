"""The status page and the files behind it, by real requests: what is shown, to whom, and what never."""

import json
import socket
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from flows.home import Home
from flows.host.ports import take_port
from flows.host.runs import Run
from flows.operate.pages import listing, pages
from flows.operate.status import Statement, Status

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
UI = "http://127.0.0.1:4200"
SECRET = "the key of the hashes"


def written(folder):
    home = folder / "home"
    files = {
        "drafts/2030/tables/a.csv": "a draft",
        "drafts/2030/.final/bulletin.docx": "scores",
        "results/2030/index.html": "<p>a result</p>",
        "results/名单 1.csv": "甲",
        "publications/2030/1/manifest.json": "{}",
        "quarantine/2030/given.csv": "a row",
        "raw/2030/given/scores.csv": "raw",
        "secret.key": SECRET,
        "keys/2030.key": SECRET,
        "results.key": SECRET,
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home


def status(home, *faults):
    began = NOW - timedelta(hours=1)
    run = Run("nightly", 2030, began, 7, "failed", "<b>坏了</b>", began + timedelta(minutes=3), "a-run", ("<i>一</i>", "二"))
    return Status(Home(home), NOW, ("磁盘还剩 9.0 GB（50%）",), tuple(map(Statement, faults)), (), (run,))


@contextmanager
def served(home, *faults, password=None):
    """`ask(path, method, **headers)` of the pages of a home; it returns status, headers and body."""
    with pages(Home(home), take_port(0), lambda: status(home, *faults), password, UI) as address:
        host = address.removeprefix("http://")

        def ask(path, method="GET", **headers):
            connection = HTTPConnection(host, timeout=10)
            try:
                # As it stands: the paths that matter are those that no browser would send.
                connection.putrequest(method, path, skip_host=True)
                for name, value in ({"Host": host} | headers).items():
                    connection.putheader(name, value)
                connection.endheaders()
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read().decode()
            finally:
                connection.close()

        ask.port = int(host.partition(":")[2])
        yield ask


@pytest.fixture
def home(tmp_path):
    return written(tmp_path)


@pytest.fixture(scope="module")
def calm_home(tmp_path_factory):
    """A home that no test changes; all is well there."""
    return written(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def ask(calm_home):
    with served(calm_home) as ask:
        yield ask


def test_the_page_says_that_all_is_well_and_what_there_is(ask, calm_home):
    code, headers, body = ask("/")
    assert code == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "一切正常" in body and "磁盘还剩 9.0 GB" in body and str(calm_home) in body and f'href="{UI}"' in body
    assert "2030-01-02 02:04 每晚运行 2030：没有完成，用时 3 分钟" in body


def test_what_a_run_said_is_text_on_the_page(ask):
    body = ask("/")[2]
    assert "&lt;b&gt;坏了&lt;/b&gt;" in body and "<b>" not in body
    assert "<li>&lt;i&gt;一&lt;/i&gt;</li><li>二</li>" in body and "<i>" not in body


def test_a_run_leads_to_what_it_left_in_the_ui(ask):
    assert f'href="{UI}/v2/runs/flow-run/a-run?tab=Artifacts">看这次运行</a>' in ask("/")[2]


def test_a_fault_is_shown_with_all_of_its_list(home):
    long = Statement("有 3 个文件无法接收：", ("甲.csv：缺列", "乙.csv：缺列", "丙.csv：缺列"), "other-run")
    changed = replace(status(home), faults=(long,))
    with pages(Home(home), take_port(0), lambda: changed, None, UI) as address, urlopen(address) as answer:
        body = answer.read().decode()
    assert "有 1 处需要处理" in body and "<li>甲.csv：缺列</li><li>乙.csv：缺列</li><li>丙.csv：缺列</li>" in body
    assert f"{UI}/v2/runs/flow-run/other-run?tab=Artifacts" in body


def test_while_it_starts_it_says_so(home):
    changed = replace(status(home), starting=("正在启动：worker 还没有报到。",))
    with pages(Home(home), take_port(0), lambda: changed, None, UI) as address:
        with urlopen(address) as answer:
            body = answer.read().decode()
        with urlopen(f"{address}/health") as answer:
            assert answer.status == 200
    assert '<h1 class="good">正在启动</h1>' in body and "worker 还没有报到" in body and "一切正常" not in body


def test_a_status_that_cannot_be_read_is_told_and_the_server_lives_on(home):
    def broken():
        raise ZeroDivisionError("division by zero")

    with pages(Home(home), take_port(0), broken, None, UI) as address:
        for path in ("/", "/health", "/status.json"):
            with pytest.raises(HTTPError) as raised:
                urlopen(f"{address}{path}")
            assert raised.value.code == 503 and "状态读不出来（ZeroDivisionError" in raised.value.read().decode()


def test_the_page_names_every_fault(home):
    with served(home, "磁盘只剩 0.1 GB", "每晚运行迟了") as ask:
        body = ask("/")[2]
    assert "有 2 处需要处理" in body and "磁盘只剩 0.1 GB" in body and "每晚运行迟了" in body and "一切正常" not in body


@pytest.mark.parametrize(("faults", "code", "text"), [((), 200, "good"), (("磁盘满了",), 503, "not good")])
def test_a_monitor_is_told_by_the_status_code(home, faults, code, text):
    with served(home, *faults) as ask:
        assert (ask("/health")[0], ask("/health")[2]) == (code, text)
        assert ask("/health?from=monitor")[0] == code


def test_a_program_is_told_the_same(home):
    with served(home, "磁盘满了") as ask:
        code, headers, body = ask("/status.json")
    assert code == 200 and headers["Content-Type"].startswith("application/json")
    assert json.loads(body) == {
        "good": False, "home": str(home), "at": "2030-01-02T03:04:05+00:00",
        "faults": ["磁盘满了"], "starting": [], "facts": ["磁盘还剩 9.0 GB（50%）"], "running": [],
        "runs": [{
            "run": "2030-01-02 02:04 每晚运行 2030：没有完成，用时 3 分钟：<b>坏了</b>\n  · <i>一</i>\n  · 二",
            "link": f"{UI}/v2/runs/flow-run/a-run?tab=Artifacts",
        }],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/drafts/2030/tables/a.csv", "a draft"),
        ("/results/2030/", "<p>a result</p>"),
        ("/results/%E5%90%8D%E5%8D%95%201.csv", "甲"),
        ("/publications/2030/1/manifest.json", "{}"),
        ("/quarantine/2030/given.csv", "a row"),
        ("/drafts/2030/../2030/tables/a.csv?x=1", "a draft"),
    ],
)
def test_the_files_of_drafts_and_results_are_there(ask, path, body):
    code, headers, text = ask(path)
    assert (code, text) == (200, body)
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"


def test_a_folder_lists_what_is_in_it(ask):
    for path in ("/drafts/2030/tables/", "/files/drafts/2030/tables/"):
        code, headers, body = ask(path)
        assert code == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
        assert '<a href="a.csv">a.csv</a></td><td>7 字节</td>' in body and "草稿 / 2030 / tables" in body
        assert "Directory" not in body and '<a href="../">上一级</a>' in body
    body = ask("/files/results/")[2]
    assert (
        '<a href="2030/">2030/</a>' in body
        and '<a href="%E5%90%8D%E5%8D%95%201.csv">名单 1.csv</a>' in body
        and 'href="../"' not in body
    )


def test_names_of_files_are_text_and_hidden_ones_are_left_out(home):
    folder = home / "drafts" / "2030"
    for name in ("<b>.csv", "a&b?#.csv", ".2030.building", b"\xff.csv".decode("utf-8", "surrogateescape")):
        (folder / name).write_text("")
    (folder / "nowhere").symlink_to(folder / "missing")
    with served(home) as ask:
        body = ask("/drafts/2030/")[2]
        assert ask("/drafts/2030/a%26b%3F%23.csv")[0] == 200
    assert "&lt;b&gt;.csv" in body and "<b>" not in body and "building" not in body and "nowhere" in body
    assert 'href="a%26b%3F%23.csv"' in body and 'href="%FF.csv"' in body


@pytest.mark.parametrize(
    "path",
    ["/secret.key", "/keys/2030.key", "/keys/", "/raw/2030/given/scores.csv", "/results.key", "/raw/", "/warehouse.duckdb", "//secret.key", "/./secret.key",
     "/results/../secret.key", "/results/%2e%2e/secret.key", "/results/..%2fsecret.key", "/results%2f..%2fsecret.key",
     "/results/2030/../../secret.key", "/results/..", "/results/../", "/drafts/../raw/2030/given/scores.csv",
     "/results/%252e%252e/secret.key", "/results/..\\secret.key", "/results/none.csv", "/results/%00", "/results/%ff%fe",
     "/drafts/2030/.final/bulletin.docx", "/drafts/2030/%2efinal/bulletin.docx", "/drafts/2030/.final/", "/files/drafts/2030/.final/",
     "http://127.0.0.1/results/../secret.key",
     "results/2030/", "http://[", "*", "?", "/%"],
)  # fmt: skip
def test_nothing_else_is_there_and_every_question_is_answered(ask, path):
    code, _, body = ask(path)
    assert code == 404 and SECRET not in body and "scores" not in body


@pytest.mark.parametrize("way", ["file", "folder", "index.html", "index.htm"])
def test_no_link_leads_out(home, way):
    outside = home / "results" / "2030"
    (outside / "index.html").unlink()
    if way == "folder":
        (outside / "out").symlink_to(home)
        paths = ["/results/2030/out/secret.key", "/results/2030/out/"]
    else:
        name = "out.csv" if way == "file" else way
        (outside / name).symlink_to(home / "secret.key")
        paths = [f"/results/2030/{name}", "/results/2030/"] if way != "file" else [f"/results/2030/{name}"]
    with served(home) as ask:
        answers = [ask(path) for path in paths]
    assert [code for code, _, _ in answers] == [404] * len(paths)
    assert not [body for _, _, body in answers if SECRET in body]


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "", "[", "elsewhere.example:4201"])
def test_another_name_is_turned_away(ask, host):
    for path in ("/", "/health", "/results/2030/"):
        code, _, body = ask(path, Host=host)
        assert code == 403 and "result" not in body


def test_the_password_is_asked_for_everywhere_but_for_health(home):
    right, wrong = (f"Basic {b64encode(text.encode()).decode()}" for text in ("office:secret", "office:wrong"))
    with served(home, password="office:secret") as ask:
        for path in ("/", "/status.json", "/results/2030/", "/nothing"):
            code, headers, body = ask(path)
            assert code == 401 and headers["WWW-Authenticate"].startswith("Basic ") and "result" not in body
            assert ask(path, Authorization=wrong)[0] == 401
            assert ask(path, "HEAD")[0] == 401
        assert ask("/health")[0] == 200
        assert ask("/", Authorization=right)[0] == 200 and ask("/results/2030/", Authorization=right)[2] == "<p>a result</p>"


@pytest.mark.parametrize("path", ["/", "/health", "/status.json", "/results/2030/", "/nothing"])
def test_head_tells_the_same_without_a_body(ask, path):
    code, headers, body = ask(path)
    # Read from the socket itself: a client that expects no body overlooks one.
    with socket.create_connection(("127.0.0.1", ask.port), timeout=10) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.0\r\nHost: 127.0.0.1:{ask.port}\r\n\r\n".encode())
        head, _, nothing = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.split()[1] == str(code).encode() and nothing == b""
    assert f"Content-Length: {len(body.encode())}" in head.decode() and headers["Content-Length"] == str(len(body.encode()))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(ask, calm_home, method):
    assert ask("/results/2030/index.html", method)[0] == 501
    assert (calm_home / "results" / "2030" / "index.html").is_file()


def test_a_time_that_no_calendar_has_ends_no_list(home, monkeypatch):
    listed = home / "drafts" / "2030" / "tables"

    class Far:
        st_size, st_mode, st_mtime = 1, 0o100600, 1e18

    state = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **options: Far() if path.name == "a.csv" else state(path, **options))
    assert "a.csv" in listing(listed, Home(home), UTC)
