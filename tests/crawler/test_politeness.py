"""A good guest: one request a second to a host, robots.txt and Retry-After honoured, a bounded number of requests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from tests.crawler import html
from tests.crawler.answers import in_turn, page, status, text
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.fault_server import Host
from tests.crawler.verdicts import Row, read_sites

# A request may be late by this much in the log, and the next one on time.
_LATE = 0.15


@dataclass(frozen=True)
class Guest:
    """A night with one second between requests: the rows, and the times and paths of each host's requests."""

    sites: dict[str, dict[str, Row]]
    times: dict[str, list[float]]
    paths: dict[str, list[str]]

    def gaps(self, host: str) -> list[float]:
        return [after - before for before, after in zip(self.times[host], self.times[host][1:], strict=False)]


@pytest.fixture(scope="module")
def guest(server, stage, tmp_path_factory):
    def small(name, home=None, **paths):
        """A host that takes few requests: nothing but its home page may be fetched."""
        robots = "User-agent: *\nAllow: /$\nDisallow: /\n" + paths.pop("robots", "")
        return Host({"/robots.txt": text(robots), "/": home or page(html.page(body=html.items(stage.today, 1)))}, status(404))

    def linking(name, *numbers):
        links = html.links(*(stage.url("shared.test", f"/{number}") for number in numbers))
        return stage.healthy(name, html.page(body=f"<ul>{html.item('一条消息', '/news/1.html', stage.ago(1))}</ul>" + links))

    def until(seconds):
        async def answer(request, wire):
            moment = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
            await status(503, Retry_After=moment)(request, wire)

        return answer

    other_map = stage.url("delay.test", "/map.xml")
    good = page(html.page(body=html.items(stage.today, 1)))
    hosts = {
        "pace-a.test": linking("pace-a.test", 1, 2),
        "pace-b.test": linking("pace-b.test", 3, 4),
        "delay.test": small(
            "delay.test", robots=f"Allow: /map.xml\nAllow: /sitemap.xml\nCrawl-delay: 2\nSitemap: {other_map}\n"
        ),
        "wait.test": small("wait.test", in_turn(status(429, Retry_After="2"), good)),
        "date.test": small("date.test", in_turn(until(3), good)),
        "stubborn.test": small("stubborn.test", status(429, Retry_After="1")),
        "leave.test": stage.healthy("leave.test").but({"/": status(503, Retry_After="3600")}),
        "leave-date.test": stage.healthy("leave-date.test").but({"/": until(3600)}),
    }
    server.hosts.update(
        hosts | {"shared.test": Host({f"/{number}": page(html.page(f"{number}")) for number in range(9)}, status(404))}
    )
    night = crawl_night(
        [Target(name, stage.url(name)) for name in hosts], tmp_path_factory.mktemp("polite"), rules(interval=1, pages=8), quiet
    )
    names = [*hosts, "shared.test"]
    log = {name: server.requests(name) for name in names}
    return Guest(
        read_sites(night.file),
        {name: [request.at for request in log[name]] for name in names}, {name: [request.path for request in log[name]] for name in names},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["pace-a.test", "pace-b.test", "shared.test", "wait.test"])
def test_a_host_is_asked_once_a_second_whatever_site_asks(guest, name):
    assert len(guest.gaps(name)) >= 2
    assert min(guest.gaps(name)) > 1 - _LATE


def test_two_hosts_are_asked_side_by_side(guest):
    one, other = guest.times["pace-a.test"], guest.times["pace-b.test"]
    assert one[0] < other[1] and other[0] < one[1]
    after_each_other = (one[-1] - one[0]) + (other[-1] - other[0])
    together = max(one[-1], other[-1]) - min(one[0], other[0])
    assert together < after_each_other * 0.75
    # Half of the requests to one of them, and more, come while the other is visited.
    assert sum(one[0] < moment < one[-1] for moment in other) >= len(other) / 2


def test_a_crawl_delay_is_kept(guest):
    """It is not known before robots.txt has been read."""
    assert guest.paths["delay.test"] == ["/robots.txt", "/", "/map.xml", "/sitemap.xml"]
    assert min(guest.gaps("delay.test")[1:]) > 2 - _LATE


@pytest.mark.parametrize(("name", "seconds"), [("wait.test", 2), ("date.test", 2)])
def test_a_host_that_asks_for_a_moment_gets_it_and_is_asked_once_more(guest, name, seconds):
    assert guest.paths[name].count("/") == 2
    home = [moment for moment, path in zip(guest.times[name], guest.paths[name], strict=True) if path == "/"]
    assert home[1] - home[0] > seconds - _LATE
    assert guest.sites[name]["reachable"].verdict == "passed"


def test_a_host_that_stays_busy_is_asked_once_more_and_not_blamed(guest):
    assert guest.paths["stubborn.test"].count("/") <= 2
    assert guest.sites["stubborn.test"]["reachable"].verdict == "not made"


@pytest.mark.parametrize("name", ["leave.test", "leave-date.test"])
def test_a_host_that_asks_for_an_hour_is_left_alone(guest, name):
    assert guest.paths[name] == ["/robots.txt", "/"]
    rows = guest.sites[name]
    assert "503" in rows["reachable"].said
    assert [check for check, row in rows.items() if row.passed is False] == []


def test_no_site_takes_more_requests_than_the_rules_allow(server, stage, tmp_path, noon):
    inside = [f"/page/{number}.html" for number in range(100)]
    outside = [stage.url("far.test", f"/{number}") for number in range(100)]
    far = Host({f"/{number}": page(html.page(f"{number}")) for number in range(100)}, status(404))
    server.hosts["far.test"] = far
    for name, links in {"deep.test": inside, "wide.test": outside}.items():
        host = stage.healthy(name, html.page(body=html.items(stage.today, 1, 2, 3) + html.links(*links)))
        server.hosts[name] = host.but({path: page(html.page(path)) for path in inside})
    targets = [Target(name, stage.url(name)) for name in ("deep.test", "wide.test")]
    # A visit during which our own machine was too busy is made again, with requests of its own; this is not about that.
    before = len(server.log)
    night = crawl_night(targets, tmp_path, rules(pages=12, deadline=30), quiet, at(noon))
    deep, wide, distant = (
        sum(request.host == name for request in server.log[before:]) for name in ("deep.test", "wide.test", "far.test")
    )
    assert 8 <= deep <= 12 and 8 <= wide + distant <= 12
    assert night.requests >= deep + wide
    for rows in read_sites(night.file).values():
        assert (rows["reachable"].verdict, rows["dead_links"].verdict, rows["dead_links"].value) == ("passed", "passed", 0)


@pytest.mark.parametrize("pages", [1, 2, 3, 5])
def test_what_there_were_no_requests_left_for_is_not_made(server, stage, tmp_path, noon, pages):
    name = f"few{pages}.test"
    server.hosts[name] = stage.healthy(name)
    night = crawl_night([Target(name, stage.url(name))], tmp_path, rules(pages=pages), quiet, at(noon))
    rows = read_sites(night.file)[name]
    assert 1 <= len(server.requests(name)) <= night.requests <= pages
    assert {check for check, row in rows.items() if row.passed is False} <= {"https", "https_enforced"}
    assert rows["reachable"].verdict == ("not made" if pages == 1 else "passed")
