"""Our own line: while it is down nothing is held against a site, and the night is taken up again later."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from tests.crawler.answers import reset, status, text
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.fault_server import Host
from tests.crawler.trap import connects
from tests.crawler.verdicts import read_sites

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def down(server, stage, noon, tmp_path_factory):
    """Two nights, each in a thread: the line is down before the first one, and breaks in the middle of the second."""
    up = threading.Event()
    up.set()

    async def line(request, wire):
        await (text("ok") if up.is_set() else reset)(request, wire)

    async def breaks(request, wire):
        up.clear()
        wire.reset()

    server.hosts["line.test"] = Host({}, line)
    server.hosts["before.test"] = stage.healthy("before.test")
    server.hosts["breaks.test"] = Host({}, breaks)
    nights = {
        "before": (["before.test"], f"http://line.test:{stage.closed}/"),
        "middle": (["breaks.test"], stage.url("line.test")),
    }
    folders = {name: tmp_path_factory.mktemp(name) for name in nights}

    def crawl(name):
        hosts, canary = nights[name]
        targets = [Target(host, stage.url(host)) for host in hosts]
        return crawl_night(targets, folders[name], rules(canaries=(canary,)), quiet, at(noon))

    with ThreadPoolExecutor() as threads:
        found = dict(zip(nights, threads.map(crawl, nights), strict=True))
    return found, folders


def test_nothing_is_asked_of_a_site_while_the_line_is_down(down, server):
    night = down[0]["before"]
    assert (night.line_down, night.crawled, night.left, night.file) == (True, 0, 1, None)
    assert server.requests("before.test") == []


def test_nothing_is_recorded_of_a_site_that_fails_with_the_line(down, server):
    night = down[0]["middle"]
    assert (night.line_down, night.crawled, night.left) == (True, 0, 1)
    assert server.requests("breaks.test")
    assert not list(down[1]["middle"].glob("night-*.parquet"))


def test_the_next_start_records_what_was_left(down, server, stage, noon):
    server.hosts["breaks.test"] = stage.healthy("breaks.test")
    for name, host in {"before": "before.test", "middle": "breaks.test"}.items():
        server.hosts["up.test"] = Host({}, text("ok"))
        night = crawl_night(
            [Target(host, stage.url(host))], down[1][name], rules(canaries=(stage.url("up.test"),)), quiet, at(noon)
        )
        assert (night.line_down, night.crawled, night.left) == (False, 1, 0)
        assert read_sites(night.file)[host]["reachable"].verdict == "passed"


@pytest.mark.parametrize("answer", [text("ok"), status(500), status(404)])
def test_a_site_that_is_down_while_a_canary_answers_is_held_to_it(server, stage, noon, tmp_path, answer):
    server.hosts["canary.test"] = Host({"/robots.txt": status(404)}, answer)
    server.hosts["broken.test"] = Host({}, reset)
    targets = [Target("closed", f"http://closed.test:{stage.closed}/"), Target("broken", stage.url("broken.test"))]
    canaries = (f"http://dead-canary.test:{stage.closed}/", stage.url("canary.test"))
    night = crawl_night(targets, tmp_path, rules(canaries=canaries), quiet, at(noon))
    assert (night.line_down, night.crawled, night.left) == (False, 2, 0)
    assert {rows["reachable"].verdict for rows in read_sites(night.file).values()} == {"failed"}


def test_a_canary_passes_the_same_guards(server, stage, noon, tmp_path):
    server.hosts["guarded.test"] = stage.healthy("guarded.test")
    canaries = ("http://10.0.0.1/", "file:///etc/passwd", "http://2130706433/", stage.url("canary.test"))
    server.hosts["canary.test"] = Host({}, text("ok"))
    with connects() as made:
        night = crawl_night([Target("s1", stage.url("guarded.test"))], tmp_path, rules(canaries=canaries), quiet, at(noon))
    assert (night.crawled, set(made)) == (1, {("127.0.0.1", server.port)})
