"""The crawl as an operator runs it: a night is kept, continued, and used in the scores."""

import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest

from flows.home import Home
from flows.host.runs import WARNINGS, read_runs
from tests.flows.homes import YEAR, small_home, write_rows

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


class Site(BaseHTTPRequestHandler):
    """A plain site; the server's `asked` lists every request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.headers["Host"], self.path, self.headers["User-Agent"]))
        known = {
            "/": f"<html lang=zh><title>网站</title><li><a href=/1>一条新闻的标题</a> {TODAY}</li></html>",
            "/1": "<p>新闻</p>",
        }
        body = known.get(self.path, "没有").encode()
        self.send_response(200 if self.path in known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """The test's output is its own."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as serving:
        serving.asked = []
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def write_scheme(home: Path, crawl: str) -> None:
    path = home / "schemes" / f"{YEAR}.toml"
    text = path.read_text(encoding="utf-8")
    indicator = '{ id = "r1", label = "报送", max = 10, rule = "ratio", target = 30 }'
    assert indicator in text
    up = '{ id = "up", label = "可用", max = 10, rule = "ratio", target = 1, from_crawl = "reachable", measure = "passed" }'
    path.write_text(text.replace(indicator, f"{indicator}, {up}") + f"\n[crawl]\n{crawl}\n", encoding="utf-8")


@pytest.fixture
def home(tmp_path, server, monkeypatch) -> Path:
    monkeypatch.setenv("PINGYI_CRAWL_LOOPBACK", "1")
    monkeypatch.setenv("PINGYI_CRAWL_INTERVAL", "0")
    home, port = small_home(tmp_path / "home"), server.server_address[1]
    rows = [
        ["site_id", "group", "name", "url"],
        ["s1", "bureau", "第一局", f"http://one.test:{port}/"],
        ["s2", "bureau", "第二局", ""],
    ]
    write_rows(home, "sites.csv", rows)
    up = f'canaries = ["http://canary.test:{port}/"]'
    write_scheme(home, f'opens = {TODAY}\ncloses = 2099-12-31\ncontact = "office@example.gov.cn"\n{up}')
    return home


def nights(home: Path) -> list[Path]:
    return sorted((home / "raw" / str(YEAR) / "crawl").iterdir())


def test_crawl_keeps_the_night_and_names_its_file(run, home, server):
    status, out, err = run("crawl", YEAR, "--data", home)
    assert (status, err) == (0, "")
    (night,) = nights(home)
    assert f"检测了 1 个网站，结果在 raw/{YEAR}/crawl/{night.name}；登记册中 1 个网站没有网址" in out
    rows = pl.read_parquet(night).filter(check="reachable").select("site", "passed", "not_made").rows()
    assert rows == [("s1", True, None)]
    assert all("office@example.gov.cn" in agent for host, _, agent in server.asked if host.startswith("one"))


def test_a_second_start_asks_nothing(run, home, server):
    run("crawl", YEAR, "--data", home)
    (night,) = nights(home)
    before, asked = night.read_bytes(), len(server.asked)
    status, out, _ = run("crawl", YEAR, "--data", home)
    assert status == 0 and "检测了 0 个网站（先前已检测 1 个）" in out
    assert (night.read_bytes(), len(server.asked)) == (before, asked)


def test_parts_of_a_night_are_crawled_one_by_one_and_the_whole_then_has_nothing_to_do(run, home, server):
    told = [run("crawl", YEAR, "--part", f"{number}/3", "--data", home) for number in (1, 2, 3)]
    assert [status for status, _, _ in told] == [0, 0, 0]
    (mine,) = (number for number, (_, out, _) in enumerate(told, start=1) if "检测了 1 个网站" in out)
    (night,) = nights(home)
    assert night.name == f"night-{TODAY}.{mine}of3.parquet" and f"第 {mine} 部分（共 3 部分）" in told[mine - 1][1]
    asked = len(server.asked)
    status, out, _ = run("nightly", YEAR, "--data", home)
    assert status == 0 and "检测了 0 个网站（先前已检测 1 个）" in out and len(server.asked) == asked
    status, _, err = run("crawl", YEAR, "--part", "4/3", "--data", home)
    assert status == 2 and "第几/共几" in err


def test_nightly_crawls_and_draws_the_checks_into_the_scores(run, home):
    status, out, err = run("nightly", YEAR, "--data", home)
    assert (status, err) == (0, "") and "检测了 1 个网站" in out
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "select site_id, indicator, value from staged.monthly_values where indicator = 'up'"
        ).fetchall()
        counts = connection.execute(
            'select count(distinct "check"), sum(made + not_made) from published.check_counts'
        ).fetchall()
    assert rows == [("s1", "up", 1)]
    assert counts == [(22, 22)]


def test_the_night_is_a_delivery_like_any_other(run, home):
    run("crawl", YEAR, "--data", home)
    status, out, err = run("check", YEAR, "--data", home)
    assert (status, err) == (0, "")
    assert f"crawl/{nights(home)[0].name}：22 行 = 接收 22 + 不合格 0" in out


def test_when_our_own_line_is_down_nothing_is_kept_and_the_run_says_so(run, home, server, monkeypatch):
    monkeypatch.setattr("flows.crawler.line._PATIENCE", 0.5)
    path = home / "schemes" / f"{YEAR}.toml"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"canary.test:{server.server_address[1]}", f"canary.test:{port}"), encoding="utf-8")
    status, out, err = run("crawl", YEAR, "--data", home)
    assert status == 5 and out == ""
    assert "本机的线路不通" in err and "还有 1 个没有检测" in err
    assert [night for night in nights(home) if night.suffix == ".parquet"] == []
    assert not any(host.startswith("one") for host, _, _ in server.asked)
    status, out, _ = run("nightly", YEAR, "--data", home)
    assert status == 0 and "本机的线路不通" in out
    assert read_runs(Home(home))[0].outcome == WARNINGS


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('contact = "office@example.gov.cn"\n', "", "crawl.contact"),
        (f"opens = {TODAY}\n", "opens = 2098-01-01\n", "不在检测期（2098-01-01 到 2099-12-31）之内"),
    ],
)
def test_what_must_not_be_crawled_is_not_and_nightly_goes_on_without(run, home, server, old, new, expected):
    path = home / "schemes" / f"{YEAR}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    status, _, err = run("crawl", YEAR, "--data", home)
    assert status == 2 and expected in err
    status, out, _ = run("nightly", YEAR, "--data", home)
    assert status == 0 and expected in out
    assert server.asked == []
