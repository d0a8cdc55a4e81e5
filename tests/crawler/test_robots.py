"""robots.txt by RFC 9309: what a text allows us, whatever its line ends, its content type and its mistakes."""

import pytest
from yarl import URL

from flows.crawler.results import Answer, Hop
from flows.crawler.robots import decide

ADDRESS = URL("http://a.test/robots.txt")


def _allows(text: str | bytes, path: str, kind: str = "text/plain", truncated: bool = False) -> bool:
    body = text.encode() if isinstance(text, str) else text
    hops = (Hop(ADDRESS, 200, None, None),)
    answer = Answer(200, {"Content-Type": kind} if kind else {}, body, len(body), truncated, None, hops, 0.1, 0.1, 0.0)
    return decide(answer).allows(ADDRESS.join(URL(path)))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    "kind", ["text/plain", "text/html", "text/html; charset=gbk", "application/octet-stream", "application/json", ""]
)
def test_rules_are_kept_by_any_line_end_and_content_type(end, kind):
    text = end.join(["# 全站", "User-agent: *", "Disallow: /admin/", "Allow: /admin/open", ""])
    assert not _allows(text, "/admin/x", kind) and _allows(text, "/admin/open.html", kind) and _allows(text, "/", kind)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(mark):
    assert not _allows("User-agent: *\nDisallow: /".encode(mark), "/a")


@pytest.mark.parametrize(
    ("agent", "ours"),
    [
        ("pingyi", True), ("PINGYI", True), ("pingyi/0.1", True), ("pingyi # we", True), ("*", True), ("* # all", True), ("ping", False),
        ("pingyi-news", False), ("pingyi_x", False), ("mypingyi", False), ("p", False), ("*yi", False), ("Mozilla/5.0 (pingyi)", False), ("", False),
    ],
)  # fmt: skip
def test_a_group_is_ours_by_the_whole_product_token(agent, ours):
    assert _allows(f"User-agent: {agent}\nDisallow: /\n", "/a") is not ours


def test_our_own_group_goes_before_that_of_all_and_groups_of_one_name_are_one():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: pingyi\nDisallow: /a\n\nUser-agent: x\nUser-agent: pingyi\nDisallow: /b\n"
    assert [_allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_no_other_character_ends_a_line(mark):
    assert _allows(f"User-agent: *\n# note{mark}Disallow: /\nDisallow: /x", "/a")


def test_what_our_limit_cut_in_two_forbids_nothing():
    text = "User-agent: *\nDisallow: /a\nDisallow: /"
    assert not _allows(text, "/b") and _allows(text, "/b", truncated=True) and not _allows(text, "/a", truncated=True)


@pytest.mark.parametrize(
    "text", ["<html><body>User-agent: *\nDisallow: /</body></html>", "\ufeff \r\n<!DOCTYPE html>\nDisallow: /"]
)
def test_a_page_in_its_place_forbids_nothing(text):
    assert _allows(text, "/a", "text/html")


def test_a_rule_before_any_group_is_nobodys():
    assert _allows("Disallow: /\nUser-agent: *\nDisallow: /x\n", "/a")
