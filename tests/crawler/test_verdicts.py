"""Each host gets the verdicts that it deserves, all of them and no others."""

import pytest

from tests.crawler.conftest import CASES
from tests.crawler.verdicts import disagreements, expect


@pytest.mark.parametrize("name", CASES)
def test_a_host_gets_the_verdicts_that_it_deserves(crawled, name):
    case, rows = crawled.cases[name], crawled.sites[name]
    assert disagreements(expect(*case.expected), rows) == []
    assert {check: word for check, word in case.says.items() if word not in rows[check].said} == {}


def test_every_verdict_says_what_was_seen_or_why_nothing_was(crawled):
    for rows in crawled.sites.values():
        for row in rows.values():
            assert bool(row.not_made) == (row.passed is None), row
            assert row.detail or row.not_made, row
            assert row.passed is not None or row.value is None, row


def test_the_address_of_a_check_is_on_the_site_or_in_the_register(crawled):
    for name, rows in crawled.sites.items():
        addresses = {row.url.partition("://")[2].split("/")[0].split(":")[0] for row in rows.values()}
        assert addresses == {name}


def test_progress_is_told_and_ends_with_all(crawled):
    assert {what for what, _, _ in crawled.told} == {"检测网站"}
    done = [done for _, done, _ in crawled.told]
    assert done == sorted(done) and crawled.told[-1][1:] == (len(crawled.cases), len(crawled.cases))


def test_what_robots_forbid_is_never_asked_for(crawled, server):
    assert set(server.paths("forbids.test")) == set(server.paths("forbids-us.test")) == {"/robots.txt"}
    for name in (
        "cr.test",
        "crlf.test",
        "as-html.test",
        "as-html-cr.test",
        "as-bytes.test",
        "wide-robots.test",
        "versioned.test",
    ):
        assert set(server.paths(name)) == {"/robots.txt"}, name
    assert set(server.paths("closed.test")) == set(server.paths("robots500.test")) == {"/robots.txt"}
    asked = {
        name: [path for path in server.paths(name) if path.startswith("/admin")] for name in ("folder.test", "unseen.test")
    }
    assert asked == {"folder.test": [], "unseen.test": []}


def test_robots_are_asked_first_and_once(crawled, server):
    for name in ("healthy.test", "dead.test", "elsewhere.test"):
        paths = server.paths(name)
        assert paths[0] == "/robots.txt" and paths.count("/robots.txt") == 1


def test_no_address_of_a_site_is_asked_for_twice(crawled, server):
    paths = server.paths("dead.test")
    assert len(paths) == len(set(paths))


def test_every_request_names_us_and_how_to_reach_us(crawled, server):
    agents = {request.headers.get("user-agent", "") for request in server.log}
    assert len(agents) == 1
    name, _, contact = agents.pop().partition(" ")
    assert name.startswith("pingyi/") and contact == "(+mailto:test@pingyi.example)"


def test_only_encodings_that_are_inflated_are_asked_for_and_no_cookie_comes_back(crawled, server):
    for request in server.log:
        asked = {word.split(";")[0].strip() for word in request.headers.get("accept-encoding", "identity").split(",")}
        assert asked <= {"gzip", "deflate", "identity"}
        assert "cookie" not in request.headers and request.method == "GET"


def test_a_body_without_end_is_left_after_the_cap(crawled, stage):
    # What was sent beyond the 2 MB that are read stood in the buffers of the sockets.
    assert stage.poured["huge.test"] and max(stage.poured["huge.test"]) < 50 << 20
