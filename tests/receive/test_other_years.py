"""Months and days that are not of the evaluated year, or of the time that the scheme gives, are set aside with a reason."""

import pytest

from flows.errors import OperatorError
from flows.scheme.file import parse_scheme
from tests.receive.correct import SCHEME, YEAR

pytestmark = pytest.mark.timeout(60)

RECORDS = "site,indicator,month,value\n"
SCORES = "expert_id,site,aspect,score,reviewed_on\n"
ITEMS = "item_id,site,name,item_type,approval,reachable,guide,form,online,audited_on\n"


def _aside(home, name, header, rows):
    taken = home.take(name, header + "".join(f"{row}\n" for row in rows))
    assert all("不在评议期" in reason for reason in taken.reasons)
    return [line for line, _, _ in taken.faults]


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        ("daily_work/a.csv", RECORDS, "s01,d1,{}-{:02}{},5"),
        ("expert/a.csv", SCORES, "e1,s01,services,90,{}-{:02}-{}"),
        ("service_audit/a.csv", ITEMS, "i1,s01,登记,apply,是,通过,通过,通过,通过,{}-{:02}-{}"),
        ("portal_traffic/a.csv", "column,month,views\n", "新闻,{}-{:02}{},5"),
    ],
)
def test_rows_of_another_year_are_set_aside(home, name, header, row):
    has_days = row.count("{}") == 2 and "-{}" in row.partition("{:02}")[2]
    times = [
        (YEAR - 1, 12, "31"),
        (YEAR, 1, "01"),
        (YEAR, 6, "15"),
        (YEAR, 12, "31"),
        (YEAR + 1, 1, "01"),
        (YEAR + 22, 1, "01"),
    ]
    rows = [row.format(year, month, day if has_days else "") for year, month, day in times]
    assert _aside(home, name, header, rows) == [2, 6, 7]


def test_an_empty_day_is_no_day_of_another_year(home):
    assert _aside(home, "expert/a.csv", SCORES, ["e1,s01,services,90,", "e2,s01,services,80,"]) == []


def test_the_scheme_may_give_another_time(home):
    home.write_scheme(
        home.scheme_text().replace('kind = "records"', f'kind = "records"\nopens = {YEAR - 1}-11-01\ncloses = {YEAR}-10-31')
        .replace('kind = "panel"', f'kind = "panel"\ncloses = {YEAR + 1}-01-31')
    )  # fmt: skip
    months = [f"{YEAR - 1}-10", f"{YEAR - 1}-11", f"{YEAR}-10", f"{YEAR}-11"]
    assert _aside(home, "daily_work/a.csv", RECORDS, [f"s01,d1,{month},5" for month in months]) == [2, 5]
    days = [f"{YEAR - 1}-12-31", f"{YEAR}-01-01", f"{YEAR + 1}-01-31", f"{YEAR + 1}-02-01"]
    assert _aside(home, "expert/a.csv", SCORES, [f"e1,s01,services,90,{day}" for day in days]) == [2, 5]


def test_too_many_such_rows_stop_the_run_and_say_what_may_be_written(home):
    home.put("daily_work/a.csv", RECORDS + f"s01,d1,{YEAR + 1}-01,5\ns01,d1,{YEAR + 1}-02,5\ns01,d1,{YEAR}-01,5\n")
    with home.loaded("daily_work") as connection, pytest.raises(OperatorError, match=r"opens、closes.*\n.*不在评议期"):
        home.check(connection, "daily_work")


@pytest.mark.parametrize("kind", ["records", "panel", "audit"])
def test_a_time_that_ends_before_it_begins_is_refused(kind):
    text = SCHEME.replace(f'kind = "{kind}"', f'kind = "{kind}"\nopens = 2007-05-01\ncloses = 2007-04-30')
    with pytest.raises(OperatorError) as fault:
        parse_scheme(text.encode(), YEAR, "2007.toml")
    assert len(fault.value.faults) == 1 and "closes：截止日" in fault.value.faults[0]
