"""The `[crawl]` table of a scheme: its keys, and the report of every fault under its key."""

from datetime import date

import pytest

from flows.errors import OperatorError
from flows.scheme import Crawl, WideCheck
from flows.scheme.crawl import crawl_period
from flows.scheme.file import parse_scheme
from tests.receive.correct import SCHEME, YEAR


def crawl(text: str) -> Crawl:
    return parse_scheme(f"{SCHEME}\n[crawl]\n{text}".encode(), YEAR, "2007.toml").crawl


def faults(text: str) -> list[str]:
    with pytest.raises(OperatorError) as error:
        crawl(text)
    return list(error.value.faults)


def test_without_it_every_failure_of_every_day_counts():
    assert parse_scheme(SCHEME.encode(), YEAR, "2007.toml").crawl == Crawl(None, None, 1, (), None, "", None, None)


def test_we_crawl_in_the_scheme_s_period_or_else_in_the_evaluated_year():
    assert crawl_period(Crawl(), 2007) == (date(2007, 1, 1), date(2007, 12, 31))
    assert crawl_period(crawl("opens = 2007-03-01\ncloses = 2008-02-28"), 2007) == (date(2007, 3, 1), date(2008, 2, 28))


def test_confirm_is_for_all_checks_or_for_some():
    assert crawl("confirm = 3").confirm == 3
    some = crawl("confirm = { reachable = 3, dead_links = 2 }")
    assert (some.confirm, some.confirm_checks) == (1, (("dead_links", 2), ("reachable", 3)))


def test_a_check_is_a_column_several_names_of_one_or_words_under_conditions():
    made = crawl(
        '[crawl.wide]\nsite = "a"\nchecked_at = "b"\n[crawl.wide.checks]\nx = "c"\ny = ["d", "e"]\n'
        'z = { column = "f", passed = ["ok"], failed = ["bad", "worse"], not_made = ["?"], when = { g = ["1", "2"], h = "3" } }'
    ).wide
    assert made.checks == (
        WideCheck("x", ("c",)),
        WideCheck("y", ("d", "e")),
        WideCheck("z", ("f",), ("ok",), ("bad", "worse"), ("?",), (("g", ("1", "2")), ("h", ("3",)))),
    )


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        ("opens = 2007-02-01\ncloses = 2007-01-31", "crawl.closes：", "2007-02-01"),
        ('opens = "soon"', "crawl.opens：", "soon"),
        ("confirm = 0", "crawl.confirm：", "1 到 1000"),
        ("confirm = 1001", "crawl.confirm：", "1 到 1000"),
        ('confirm = "twice"', "crawl.confirm：", "twice"),
        ("confirm = {}", "crawl.confirm：", "空"),
        ("confirm = { reachabel = 2 }", "crawl.confirm.reachabel：", "reachable"),
        ("confirm = { reachable = 0 }", "crawl.confirm.reachable：", "1 到 1000"),
        ('canaries = ["ftp://a.example/"]', "crawl.canaries：", "ftp://a.example/"),
        ('canaries = ["a.example"]', "crawl.canaries：", "a.example"),
        ("pages = 0", "crawl.pages：", "1 到 100000"),
        ("contact = 7", "crawl.contact：", "7"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"', "crawl.wide.checks：", "缺少"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { passed = ["ok"] } }', "crawl.wide.checks.x.column：", "缺少"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = [] }', "crawl.wide.checks.x：", "空"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = 5 }', "crawl.wide.checks.x：", "5"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", not_made = ["?"] } }', "crawl.wide.checks.x.not_made：", "passed"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", passed = ["A"], failed = ["a"] } }', "crawl.wide.checks.x.passed、failed、not_made：", "“a”"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", colour = "d" } }', "crawl.wide.checks.x.colour：", "column"),
        ('[crawl.wide]\nsite = "a"\nchecked_at = "b"\nchecks = { x = { column = "c", when = { d = 1 } } }', "crawl.wide.checks.x.when.d：", "1"),
    ],
)  # fmt: skip
def test_a_fault_is_reported_under_its_key(text, key, part):
    sentences = faults(text)
    assert len(sentences) == 1 and sentences[0].startswith(key) and part in sentences[0], sentences
