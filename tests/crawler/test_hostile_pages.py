"""Pages made to keep a parser busy: 2 MB of one thing. None of them holds up the other sites of a night."""

import subprocess

import pytest

from flows.crawler.rules import Target
from tests.crawler.answers import page, text
from tests.crawler.crawling import rules, start_alone
from tests.crawler.verdicts import read_sites

pytestmark = pytest.mark.slow

_SIZE = 2 << 20


def _filled(unit: str, before: str = "", after: str = "") -> str:
    return before + unit * ((_SIZE - len(before) - len(after)) // len(unit.encode())) + after


PAGES = {
    "nested": _filled("<div>"),
    "table": _filled("<table>"),
    "formatting": _filled("<b><i><a href=/a>"),
    "anchors": _filled('<a href="/a">2026-11-20 一条消息</a>', "<li>"),
    "lists": "<ul>" + "<li>消息<ul>" * 5_000 + '<a href="/a">2026-11-20</a>' * 3_000,
    "times": _filled('<time datetime="2026-11-20">', "<li><a href=/a>消息</a>"),
    "labels": _filled("<form><input><label for=a>"),
    "attributes": "<a " + " ".join(f"x{number}=1" for number in range(150_000)) + " href=/a>a</a>",
    "names": _filled("<"),
    "comments": _filled("<!--"),
    "characters": _filled("&#20116;"),
    "meta": _filled("<meta "),
    "refresh": _filled("0", '<meta http-equiv="refresh" content="', '">'),
    "cdata": _filled("<![CDATA[", '<script type="text/xml">', "</script>"),
    "open-cdata": _filled("x", '<script type="text/xml">' + "<![CDATA[" * 11_000, "</script>"),
    "location": _filled("location = '", "<script>", "</script>"),
    "white": _filled(" ", "<script>location", "</script>"),
    "digits": _filled("1", "<li><a href=/a>", "</a>"),
    "address": _filled("a", '<a href="/', '">消息</a>'),
    "words": _filled("验"),
    "definitions": _filled("<dd><a href=/a>一条消息的标题</a>", "<dl>"),
    "siblings": "<dl>" + "<br>" * 100_000 + "<dd><a href=/a>一条消息的标题</a>" * 3_000,
    "hidden": _filled("<img>", "<div>" * 150),
    "roles": _filled("<p role=img aria-level=1 id=a aria-labelledby='b c d'>"),
    "jumps": _filled("location=u;", "<script>", "</script>"),
    "owners": _filled("a", "<script>", ".location='/'</script>"),
    "quotes": _filled("'\"", "<script>location", "</script>"),
    "refreshes": _filled("<meta http-equiv=refresh content='0;url=/a'>"),
    "frames": _filled("<iframe src=/a>x</iframe>"),
    "fronts": _filled("28 11 ", "<li><a href=/a>", "</a>"),
    "months": _filled("Nov 28 ", "<li><a href=/a>", "</a>"),
    "data": "<ul>" + "<li data-date='" + "1" * 400 + "'><a href=/a>一条消息的标题</a>" * 4_000,
    "metas": "<!--" * 1_000 + "<meta charset=" * 300 + "x" * 100_000,
}
ROBOTS = {
    "stars": "User-agent: *\nDisallow: /" + "*a" * 40 + "*b$\n",
    "many": "User-agent: *\n" + "".join(f"Disallow: /{number}*x\n" for number in range(25_000)),
    "agents": _filled("User-agent: a\n"),
    "sitemaps": _filled("Sitemap: http://10.0.0.1/a.xml\n"),
    "line": _filled("x", "Disallow: /"),
    "binary": _filled("\x00\ufeff\r"),
}


def test_no_page_and_no_robots_hold_up_a_night(server, stage, noon, tmp_path):
    for name, content in PAGES.items():
        server.hosts[f"{name}.hostile.test"] = stage.healthy("x.test").but({"/": page(content)})
    for name, content in ROBOTS.items():
        server.hosts[f"{name}.robots.test"] = stage.healthy("x.test").but(
            {"/robots.txt": text(content), "/" + "a" * 300: page("a")}
        )
    names = [*(f"{name}.hostile.test" for name in PAGES), *(f"{name}.robots.test" for name in ROBOTS)]
    alone = start_alone([Target(name, stage.url(name)) for name in names], tmp_path, rules(at_once=1, deadline=10), noon)
    try:
        alone.finish(30)
    except subprocess.TimeoutExpired:
        # One site at a time: the host that was asked last is the one that takes so long.
        pytest.fail(f"held up by {next(request.host for request in reversed(server.log) if request.host in names)}")
    finally:
        alone.process.kill()
    sites = read_sites(tmp_path / f"night-{stage.today}.parquet")
    assert [sites[name]["reachable"].said for name in names[: len(PAGES)] if not sites[name]["reachable"].passed] == []
