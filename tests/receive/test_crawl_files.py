"""Crawl files in the contract's form and as a scanner's own table, one row per site and scan."""

import json
from datetime import datetime
from decimal import Decimal

import pytest

from flows.receive.chunks import RefusedFile

WIDE = """
[crawl]
wide = { site = "target_url", checked_at = "scan_date", checks = { reachable = "live", https = "https_enforced", dead = "dead_links" } }
"""
BY_WORD = """
[crawl.wide]
site = "target_url"
checked_at = "scan_date"
[crawl.wide.checks]
up = { column = "status", passed = ["completed"], failed = ["timeout", "dns_error"], not_made = ["crashed"] }
answer = { column = "code", passed = ["200"], failed = ["404"] }
search = { column = ["site_search", "search_detected"], when = { status = ["completed"] } }
"""
LONG = "site,checked_at,check,passed,url,value,detail\n"


@pytest.fixture
def scanner(home):
    home.write_scheme(home.scheme_text() + WIDE)
    return home


def _checks(taken):
    return [(row["site_id"], row["check"], row["passed"], row["value"], row["month"], row["line"]) for row in taken.rows]


def test_the_contracts_form_has_one_row_a_check(home):
    rows = "s01,2007-10-31T16:00:00Z,reachable,true,http://s01.example/,,\ns01,2007-11-05,dead,false,,12.5,两处\n"
    taken = home.take("crawl/a.csv", LONG + rows)
    assert _checks(taken) == [
        ("s01", "reachable", True, None, "2007-11", 2),
        ("s01", "dead", False, Decimal("12.5"), "2007-11", 3),
    ]


@pytest.mark.parametrize(("row", "column", "value"), [("s99,2007-11-05,x,true,,,", "site", "s99"), ("s01,2007-11-05,x,,,1,", "passed", ""),
                                                      ("s01,2007-11-05,,true,,,", "check", ""), ("s01,2007-13-01,x,maybe,,,", "checked_at", "2007-13-01")])  # fmt: skip
def test_a_broken_check_goes_to_quarantine(home, row, column, value):
    assert home.take("crawl/a.csv", LONG + row + "\n").faults == [(2, column, value)]


def _scans(taken):
    """Per line the checks as `name passed value not_made`."""
    return {
        (row["site_id"], row["line"]): {c["check"]: (c["passed"], c["value"], c["not_made"]) for c in row["checks"]}
        for row in taken.rows
    }


def test_a_scanners_table_becomes_one_row_a_scan_with_its_checks(scanner):
    taken = scanner.take(
        "crawl/a.csv",
        "target_url,scan_date,live,https_enforced,dead_links,agency\n市财政局,2007-11-05 01:00,TRUE,false,7,X\ns02,2007-11-05,,,,Y\nd01,2007-11-05,True,,0,Z\n",
    )
    nothing = (None, None, "没有值")
    assert _scans(taken) == {
        ("s01", 2): {"reachable": (True, None, None), "https": (False, None, None), "dead": (None, 7, None)},
        ("s02", 3): {"reachable": nothing, "https": nothing, "dead": nothing},
        ("d01", 4): {"reachable": (True, None, None), "https": nothing, "dead": (None, 0, None)},
    }
    assert {row["checked_at"] for row in taken.rows} == {datetime(2007, 11, 4, 17), datetime(2007, 11, 4, 16)}
    assert {(str(row["checked_on"]), row["month"]) for row in taken.rows} == {("2007-11-05", "2007-11")}
    assert (taken.receipt.table, taken.receipt.rows_in, taken.receipt.loaded, taken.faults) == ("crawl_scans", 3, 3, [])


def test_the_columns_that_the_scheme_does_not_name_are_kept(scanner):
    taken = scanner.take("crawl/a.csv", "target_url,scan_date,live,agency,site\ns01,2007-11-05,true,财政,x\n")
    assert [json.loads(row["other"]) for row in taken.rows] == [{"agency": "财政", "site": "x"}]


@pytest.fixture
def by_word(home):
    home.write_scheme(home.scheme_text() + BY_WORD)
    return home


def test_a_status_columns_words_are_passed_failed_or_not_made(by_word):
    taken = by_word.take(
        "crawl/a.csv",
        "target_url,scan_date,status,code\ns01,2007-11-01,completed,200\ns01,2007-11-02,timeout,\ns01,2007-11-03,crashed,404.0\ns01,2007-11-04,,200.0\n",
    )
    assert [seen for _, seen in sorted(_scans(taken).items())] == [
        {"up": (True, None, None), "answer": (True, None, None)},
        {"up": (False, None, None), "answer": (None, None, "没有值")},
        {"up": (None, None, "crashed"), "answer": (False, None, None)},
        {"up": (None, None, "没有值"), "answer": (True, None, None)},
    ]


def test_a_word_that_the_scheme_does_not_list_sets_the_scan_aside(by_word):
    taken = by_word.take(
        "crawl/a.csv", "target_url,scan_date,status,code\ns01,2007-11-01,exploded,200\ns02,2007-11-01,completed,200\n"
    )
    assert taken.faults == [(2, "up", "exploded")]
    assert "crawl.wide.checks.up" in taken.reasons[0]
    assert {row["site_id"] for row in taken.rows} == {"s02"}


@pytest.mark.parametrize("column", ["site_search", "search_detected"])
def test_a_check_is_found_under_each_name_that_its_column_had(by_word, column):
    taken = by_word.take("crawl/a.csv", f"target_url,scan_date,status,{column}\ns01,2007-11-01,completed,true\n")
    assert _scans(taken)["s01", 2]["search"] == (True, None, None)


def test_of_two_names_of_a_column_the_schemes_first_counts(by_word):
    taken = by_word.take(
        "crawl/a.csv", "target_url,scan_date,status,search_detected,site_search\ns01,2007-11-01,completed,true,false\n"
    )
    assert _scans(taken)["s01", 2]["search"] == (False, None, None)
    assert [json.loads(row["other"]) for row in taken.rows] == [{"search_detected": "true"}]


def test_a_check_is_made_only_under_its_condition(by_word):
    taken = by_word.take(
        "crawl/a.csv",
        "target_url,scan_date,status,site_search\ns01,2007-11-01,completed,false\ns01,2007-11-02,timeout,false\ns01,2007-11-03,crashed,garbage\n",
    )
    assert [seen["search"] for _, seen in sorted(_scans(taken).items())] == [
        (False, None, None), (None, None, "status=timeout"), (None, None, "status=crashed")]  # fmt: skip
    assert taken.faults == []


@pytest.mark.parametrize("written", ["completed", "Completed", "COMPLETED", "ｃｏｍｐｌｅｔｅｄ"])
def test_words_are_compared_without_regard_to_case_and_width(by_word, written):
    taken = by_word.take("crawl/a.csv", f"target_url,scan_date,status,site_search\ns01,2007-11-01,{written},true\n")
    assert _scans(taken)["s01", 2] == {"up": (True, None, None), "search": (True, None, None)}


def test_a_table_without_the_column_of_a_condition_is_refused(by_word):
    with pytest.raises(RefusedFile) as fault:
        by_word.take("crawl/a.csv", "target_url,scan_date,site_search\ns01,2007-11-01,true\n")
    assert "status（方案的 crawl.wide.checks.search.when）" in str(fault.value)


def test_a_table_of_a_header_alone_is_reported(scanner):
    taken = scanner.take("crawl/a.csv", "target_url,scan_date,live\n")
    assert (taken.rows, taken.faults, taken.receipt.warnings) == ([], [], ("只有表头，没有数据行",))
    assert scanner.files("crawl") == [("crawl", "a.csv", 0, 0, 0)]


def test_a_table_without_any_check_is_refused(scanner):
    with pytest.raises(RefusedFile) as fault:
        scanner.take("crawl/a.csv", "target_url,scan_date,agency\ns01,2007-11-05,X\n")
    assert "live、https_enforced、dead_links" in str(fault.value)


def test_a_check_that_was_not_made_says_why_instead_of_a_verdict(home):
    header = "site,checked_at,check,passed,not_made\n"
    taken = home.take("crawl/a.csv", header + "s01,2007-11-05,lang,,robots.txt 不准\ns01,2007-11-05,title,true,\n")
    assert [(row["check"], row["passed"], row["not_made"]) for row in taken.rows] == [
        ("lang", None, "robots.txt 不准"),
        ("title", True, None),
    ]
    assert taken.faults == []
    taken = home.take("crawl/b.csv", header + "s01,2007-11-05,lang,,\ns01,2007-11-05,title,false,坏了\n")
    assert taken.faults == [(2, "passed", ""), (3, "passed", "false")]
    assert taken.reasons == ["缺少必填的值", "与 not_made 只能填一个"]


@pytest.mark.parametrize("cell", ["maybe", "NaN", "0x1A", "yes"])
def test_a_cell_that_is_neither_true_nor_a_number_sets_the_scan_aside(scanner, cell):
    taken = scanner.take(
        "crawl/a.csv", f"target_url,scan_date,live,https_enforced\ns01,2007-11-05,true,{cell}\ns02,2007-11-05,true,false\n"
    )
    assert {row["site_id"] for row in taken.rows} == {"s02"}
    assert taken.faults == [(2, "https", cell)]


def test_a_scanner_may_drop_the_column_of_a_check(scanner):
    taken = scanner.take("crawl/a.csv", "target_url,scan_date,live\ns01,2007-11-05,true\n")
    assert _scans(taken) == {("s01", 2): {"reachable": (True, None, None)}}


def test_beside_a_scanners_tables_the_contracts_form_is_still_read(scanner):
    taken = scanner.take("crawl/a.csv", LONG + "s01,2007-11-05,reachable,true,,,\n")
    assert _checks(taken) == [("s01", "reachable", True, None, "2007-11", 2)]


def test_a_scanners_table_without_its_time_is_refused_under_the_name_it_has_there(scanner):
    with pytest.raises(RefusedFile) as fault:
        scanner.take("crawl/a.csv", "target_url,live\ns01,true\n")
    assert "scan_date" in str(fault.value)


def test_every_scan_is_accounted_for_and_may_come_again(scanner):
    scanner.put("crawl/a.csv", "target_url,scan_date,live\ns01,2007-11-05,true\n?,2007-11-05,true\ns01,2007-11-05,true\n")
    assert scanner.files("crawl") == [("crawl", "a.csv", 3, 2, 1)]
