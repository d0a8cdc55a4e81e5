"""Nothing that a server answers leads into our own network: redirects of any file, links, sitemaps, names that turn."""

import html as markup
import socket

import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from tests.crawler import html
from tests.crawler.answers import page, redirect, status, text, xml
from tests.crawler.crawling import at, quiet, rules
from tests.crawler.fault_server import Host
from tests.crawler.payloads import forbidden
from tests.crawler.trap import connects
from tests.crawler.verdicts import read_sites

pytestmark = pytest.mark.slow


@pytest.fixture
def crawl(server, stage, names, trap, tmp_path, noon):
    """Crawls hosts with loopback open; nobody may connect to anything but the server. Returns the rows of each host."""

    def run(hosts, pages=60):
        server.hosts.update(hosts)
        targets = [Target(name, stage.url(name)) for name in hosts]
        with connects() as made:
            night = crawl_night(targets, tmp_path, rules(pages=pages), quiet, at(noon))
        assert set(made) == {("127.0.0.1", server.port)} and trap.visitors() == 0
        return read_sites(night.file)

    return run


@pytest.fixture
def payloads(trap):
    return forbidden(trap.port)


def _slim(stage):
    """A host that takes few requests."""
    return Host({"/": page(html.page()), "/sitemap.xml": xml(html.sitemap(["http://a.test/"]))}, status(404))


def test_no_redirect_of_a_home_page_leads_inside(crawl, payloads, stage):
    # Some of them are relative addresses to a careful parser, and then lead to a 404 of the host itself.
    hosts = {f"r{number}.test": _slim(stage).but({"/": redirect(location)}) for number, location in enumerate(payloads)}
    assert len(hosts) > 120
    found = crawl(hosts)
    assert [name for name, rows in found.items() if rows["reachable"].passed] == []


def test_no_redirect_of_robots_leads_inside(crawl, payloads, stage):
    hosts = {
        f"b{number}.test": _slim(stage).but({"/robots.txt": redirect(location)}) for number, location in enumerate(payloads)
    }
    found = crawl(hosts)
    assert [name for name, rows in found.items() if rows["robots"].passed] == []


def test_no_sitemap_leads_inside(crawl, payloads, stage):
    named = "".join(f"Sitemap: {address}\n" for address in payloads)
    host = _slim(stage)
    hosts = {"named.test": host.but({"/robots.txt": text(f"User-agent: *\nDisallow:\n{named}")})}
    hosts |= {f"m{number}.test": host.but({"/sitemap.xml": redirect(location)}) for number, location in enumerate(payloads)}
    hosts |= {
        f"n{number}.test": host.but({"/robots.txt": text(f"Sitemap: {location}\n")}) for number, location in enumerate(payloads)
    }
    found = crawl(hosts)
    assert [name for name, rows in found.items() if rows["sitemap"].passed and name.startswith("m")] == []


def test_no_link_leads_inside(crawl, payloads, stage):
    links = html.links(*(markup.escape(address) for address in payloads), "http://10.0.0\n.1/", "ht\ntp://10.0.0.1/")
    hosts = {
        "links.test": stage.healthy("links.test", html.page(body=html.items(stage.today, 2) + links)),
        "inner-links.test": stage.healthy("inner-links.test", inner=links),
        "base.test": stage.healthy(
            "base.test", html.page(head='<base href="http://10.0.0.1/">', body=html.items(stage.today, 2))
        ),
    }
    found = crawl(hosts, pages=500)
    assert {rows["reachable"].verdict for rows in found.values()} == {"passed"}


def test_a_link_that_we_refuse_is_not_called_dead(crawl, stage):
    refused = (
        "http://10.0.0.1/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "ftp://a.test/",
        "http://a@10.0.0.1/",
        "javascript:void(0)",
    )
    body = html.items(stage.today, 2) + html.links(*refused)
    rows = crawl({"refuses.test": stage.healthy("refuses.test", html.page(body=body))})["refuses.test"]
    assert (rows["dead_links"].verdict, rows["dead_links"].value) == ("passed", 0)


def test_a_name_is_resolved_once_a_night_and_may_not_turn(monkeypatch, crawl, server, stage):
    asked = []

    def look_up(host, port, *rest, **more):
        asked.append(host)
        answer = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    rows = crawl({"turning.example": stage.healthy("turning.example")})["turning.example"]
    assert (asked, rows["reachable"].verdict) == (["turning.example"], "passed")
    assert len(server.requests("turning.example")) > 3


def test_a_name_with_one_forbidden_address_is_refused_whole(monkeypatch, server, stage, tmp_path, noon):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, stage.port)) for address in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: answers)
    server.hosts["mixed.example"] = stage.healthy("mixed.example")
    with connects() as made:
        night = crawl_night([Target("s1", stage.url("mixed.example"))], tmp_path, rules(), quiet, at(noon))
    assert made == []
    assert not read_sites(night.file)["s1"]["reachable"].passed


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"])
def test_proxies_of_the_environment_are_ignored(monkeypatch, crawl, trap, stage, name):
    monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    host = f"{name.lower().replace('_', '-')}.test"
    assert crawl({host: stage.healthy(host)})[host]["reachable"].verdict == "passed"
