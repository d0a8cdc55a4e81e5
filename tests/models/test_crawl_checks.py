"""Crawl checks: passed, failed and not made kept apart, stale rows counted once, failures that others confirm (method 6)."""

import pytest

from tests.models.tables import expect, mean, rows, to

CHECKS = "staged.crawl_checks"
VALUES = "staged.monthly_values"
COUNTS = "published.check_counts"
UP = "indicator | from_crawl | measure\nup | reachable | passed\nlinks | dead_links | value"

Rows = list[tuple]


def nights(seen: str, check: str = "reachable", **more: str) -> str:
    """One check a night of January from a text: + passed, - failed, ? not made."""
    lines = [f"checked_at | checked_on | check | passed | not_made{''.join(f' | {name}' for name in more)}"]
    for night, sign in enumerate(seen, start=1):
        day = f"2007-01-{night:02}"
        passed, not_made = {"+": ("true", ""), "-": ("false", ""), "?": ("", "robots.txt 不准")}[sign]
        cells = [f"{day} 02:00:00", day, check, passed, not_made, *more.values()]
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def scans(*texts: str) -> str:
    """Rows of a scanner's table: `checked_at | check passed value not_made; …`."""
    lines = ["checked_at | checked_on | checks"]
    for text in texts:
        moment, checks = text.split(" | ")
        structs = []
        for check in checks.split(";"):
            name, passed, value, not_made = (None if cell == "." else cell for cell in check.split())
            structs.append({"check": name, "passed": passed, "value": value, "not_made": not_made})
        listed = ", ".join(
            "{" + ", ".join(f"'{key}': {'null' if value is None else repr(value)}" for key, value in struct.items()) + "}"
            for struct in structs
        )
        lines.append(f"{moment} | {moment[:10]} | [{listed}]")
    return "\n".join(lines)


def marks(seen: str, confirm: str) -> str:
    """The signs of the nights that count, as in `seen`; a dot for each other night."""
    checks = rows(CHECKS, {"raw.crawl_checks": nights(seen), "ref.crawl_rules": f"confirm\n{confirm}"}, "checked_at counts")
    return "".join(sign if counts else "." for sign, (_, counts) in zip(seen, sorted(checks), strict=True))


@pytest.mark.parametrize(
    ("confirm", "seen", "counts"),
    [
        ("1", "+-+--+", "+-+--+"),
        ("2", "+-+--+", "+.+--+"),
        ("2", "-+-+-+", ".+.+.+"),
        ("2", "--+-", "--+."),
        ("3", "--+---+--", "..+---+.."),
        ("3", "----", "----"),
        ("4", "---", "..."),
        # What was not made says nothing: it neither ends a row of failures nor adds to it.
        ("2", "-?-", "-.-"),
        ("3", "-??-", "...."),
        ("2", "?-?+?-?", "...+..."),
    ],
)
def test_a_failure_counts_where_enough_failures_in_a_row_confirm_it(confirm, seen, counts):
    assert marks(seen, confirm) == counts


def test_an_unconfirmed_failure_costs_nothing_and_a_confirmed_one_costs_every_night_of_it():
    tables = {"ref.indicators": UP, "raw.crawl_checks": nights("+++-+++--+"), "ref.crawl_rules": "confirm\n2"}
    expect(VALUES, tables, "indicator value checks", [("up", to(14, mean(1, 1, 1, 1, 1, 1, 0, 0, 1)), 9)], first=[CHECKS])


def test_a_value_that_belongs_to_an_unconfirmed_failure_does_not_count_either():
    checks = "\n".join([
        "checked_at          | check      | passed | value",
        "2007-01-01 02:00:00 | dead_links | true   | 0",
        "2007-01-02 02:00:00 | dead_links | false  | 500",
        "2007-01-03 02:00:00 | dead_links | true   | 0",
        "2007-01-04 02:00:00 | dead_links | false  | 7",
        "2007-01-05 02:00:00 | dead_links | false  | 8",
    ])  # fmt: skip
    tables = {"ref.indicators": UP, "raw.crawl_checks": checks, "ref.crawl_rules": "confirm\n2"}
    expect(VALUES, tables, "indicator value checks", [("links", to(14, mean(0, 0, 7, 8)), 4)], first=[CHECKS])


def test_a_month_without_a_check_that_counts_has_no_value():
    tables = {"ref.indicators": UP, "raw.crawl_checks": nights("??-?"), "ref.crawl_rules": "confirm\n2"}
    expect(VALUES, tables, "indicator", [], first=[CHECKS])


def test_every_check_may_have_a_number_of_its_own():
    tables = {
        "raw.crawl_checks": nights("--+") + "\n" + "\n".join(nights("--+", check="hsts").splitlines()[1:]),
        "ref.crawl_rules": "confirm\n1",
        "ref.confirmations": "check | confirm\nreachable | 3",
    }
    expect(CHECKS, tables, "check outcome counts", [
        *[("reachable", "failed", False)] * 2, ("reachable", "passed", True), *[("hsts", "failed", True)] * 2, ("hsts", "passed", True),
    ])  # fmt: skip


def test_rows_in_a_row_are_those_of_one_site_check_and_address():
    delivered = "\n".join([
        "site_id | checked_at          | check     | url | passed",
        "s1      | 2007-01-01 02:00:00 | reachable | a   | false",
        "s1      | 2007-01-02 02:00:00 | reachable | b   | false",
        "s2      | 2007-01-03 02:00:00 | reachable | a   | false",
        "s1      | 2007-01-04 02:00:00 | hsts      | a   | false",
        "s1      | 2007-01-05 02:00:00 | reachable | a   | false",
    ])  # fmt: skip
    confirmed = rows(CHECKS, {"raw.crawl_checks": delivered, "ref.crawl_rules": "confirm\n2"}, "site_id check url confirmed")
    assert [row for row in confirmed if row[3]] == [("s1", "reachable", "a", True)] * 2


def test_two_failures_of_one_moment_are_not_two_in_a_row():
    values = "value | passed\n1 | false\n2 | false"
    expect(CHECKS, {"raw.crawl_checks": values, "ref.crawl_rules": "confirm\n2"}, "place confirmed", [(1, False), (2, False)])


def test_a_stale_row_counts_once_and_never_confirms_itself():
    scan = "2007-01-01 02:00:00 | reachable false . .;hsts true . ."
    tables = {
        "raw.crawl_scans": scans(scan, scan, scan, "2007-01-02 02:00:00 | reachable true . .;hsts true . ."),
        "ref.crawl_rules": "confirm\n2",
    }
    expect(CHECKS, tables, "check outcome deliveries counts", [
        ("reachable", "failed", 3, False), ("reachable", "passed", 1, True), ("hsts", "passed", 3, True), ("hsts", "passed", 1, True)])  # fmt: skip


def test_both_forms_of_delivery_are_one_and_the_same_check():
    tables = {
        "raw.crawl_checks": nights("+"),
        "raw.crawl_scans": scans("2007-01-01 02:00:00 | reachable true . .;links . 4 .;search . . 没有值"),
    }
    expect(CHECKS, tables, "check outcome value deliveries not_made", [
        ("reachable", "passed", None, 2, None), ("links", "measured", 4, 1, None), ("search", "not_made", None, 1, "没有值")])  # fmt: skip


def test_only_days_of_the_period_count_and_failures_outside_confirm_nothing():
    checks = "\n".join([
        "checked_at          | checked_on | passed",
        "2006-12-31 15:59:59 | 2006-12-31 | false",
        "2006-12-31 16:00:00 | 2007-01-01 | false",
        "2007-12-31 15:59:59 | 2007-12-31 | false",
        "2007-12-31 16:00:00 | 2008-01-01 | false",
    ])  # fmt: skip
    period = "opens | closes | confirm\n2007-01-01 | 2007-12-31 | 2"
    expect(CHECKS, {"raw.crawl_checks": checks, "ref.crawl_rules": period}, "place in_period confirmed",
           [(1, False, False), (1, True, True), (1, True, True), (1, False, False)])  # fmt: skip
    period = "opens | closes | confirm\n2007-01-02 | | 3"
    expect(CHECKS, {"raw.crawl_checks": checks, "ref.crawl_rules": period}, "in_period confirmed",
           [(False, False), (False, False), (True, False), (True, False)])  # fmt: skip


def test_the_counts_tell_what_was_made_failed_and_not_made():
    tables = {
        "raw.crawl_checks": nights("+-+--??") + "\n2007-01-01 02:00:00 | 2007-01-01 | reachable | true |",
        "raw.crawl_scans": scans("2006-12-31 02:00:00 | reachable true . .;links . 9 .", "2007-01-01 02:00:00 | links . 9 ."),
        "ref.crawl_rules": "opens | confirm\n2007-01-01 | 2",
    }
    expect(COUNTS, tables, "check made passed failed confirmed not_made stale outside_period", [
        ("reachable", 5, 2, 3, 2, 2, 1, 1), ("links", 1, 0, 0, 0, 0, 0, 1)], first=[CHECKS])  # fmt: skip
