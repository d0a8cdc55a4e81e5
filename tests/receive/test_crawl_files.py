"""Crawl files in the contract's form and as a scanner's own table, one row per site and scan."""

from datetime import datetime
from decimal import Decimal

import pytest

from flows.receive.chunks import RefusedFile

WIDE = """
[crawl]
wide = { site = "target_url", checked_at = "scan_date", checks = { reachable = "live", https = "https_enforced", dead = "dead_links" } }
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
    assert _checks(taken) == [("s01", "reachable", True, None, "2007-11", 2), ("s01", "dead", False, Decimal("12.5"), "2007-11", 3)]


@pytest.mark.parametrize(("row", "column", "value"), [("s99,2007-11-05,x,true,,,", "site", "s99"), ("s01,2007-11-05,x,,,1,", "passed", ""),
                                                      ("s01,2007-11-05,,true,,,", "check", ""), ("s01,2007-13-01,x,maybe,,,", "checked_at", "2007-13-01")])  # fmt: skip
def test_a_broken_check_goes_to_quarantine(home, row, column, value):
    assert home.take("crawl/a.csv", LONG + row + "\n").faults == [(2, column, value)]


def test_a_scanners_table_becomes_one_row_a_filled_cell(scanner):
    taken = scanner.take("crawl/a.csv", "target_url,scan_date,live,https_enforced,dead_links,agency\n市财政局,2007-11-05 01:00,TRUE,false,7,X\ns02,2007-11-05,,,,Y\nd01,2007-11-05,True,,0,Z\n")
    assert sorted(_checks(taken)) == [
        ("d01", "dead", None, 0, "2007-11", 4), ("d01", "reachable", True, None, "2007-11", 4), ("s01", "dead", None, 7, "2007-11", 2),
        ("s01", "https", False, None, "2007-11", 2), ("s01", "reachable", True, None, "2007-11", 2)]  # fmt: skip
    assert {row["checked_at"] for row in taken.rows} == {datetime(2007, 11, 4, 17), datetime(2007, 11, 4, 16)}
    assert (taken.receipt.rows_in, taken.receipt.loaded, taken.faults) == (3, 3, [])


@pytest.mark.parametrize("cell", ["maybe", "NaN", "0x1A", "yes"])
def test_a_cell_that_is_neither_true_nor_a_number_sets_the_scan_aside(scanner, cell):
    taken = scanner.take("crawl/a.csv", f"target_url,scan_date,live,https_enforced\ns01,2007-11-05,true,{cell}\ns02,2007-11-05,true,false\n")
    assert {row["site_id"] for row in taken.rows} == {"s02"}
    assert taken.faults == [(2, "https", cell)]


def test_a_scanner_may_drop_the_column_of_a_check(scanner):
    taken = scanner.take("crawl/a.csv", "target_url,scan_date,live\ns01,2007-11-05,true\n")
    assert _checks(taken) == [("s01", "reachable", True, None, "2007-11", 2)]


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
