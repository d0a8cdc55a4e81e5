"""Dates as they stand beside an item and in its address, and those that belong to no item."""

from datetime import date

import pytest

from flows.crawler.dates import date_in_address, date_of_time, dates_in_text

TODAY = date(2026, 11, 24)
HERE = date(2026, 11, 20)


@pytest.mark.parametrize(
    "words",
    [
        "2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", "2026年11月20", "２０２６－１１－２０", "２０２６年１１月２０日",
        "2026-11-20 08:30:00", "[2026-11-20]", "（2026-11-20）", "关于做好工作的通知2026-11-20", "[11-20]", "11-20", "11/20", "(11/20)",
        "【11-20】", "11月20日", "1-20的通知 [11-20]", "发布时间：2026-11-20 来源：本局", "2026 - 11 - 20",
    ],
)  # fmt: skip
def test_a_date_beside_an_item_is_read(words):
    assert list(dates_in_text(words, TODAY)) == [HERE]


@pytest.mark.parametrize("words", ["2026-1-2", "2026/1/2", "2026年1月2日", "2026.01.02", "01-02", "[1-2]", "1月2日"])
def test_days_and_months_of_one_digit_are_read(words):
    assert list(dates_in_text(words, TODAY)) == [date(2026, 1, 2)]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("[12-31]", date(2025, 12, 31)), ("11-24", date(2026, 11, 24)), ("11-26", date(2025, 11, 26)), ("[02-29]", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_the_newest_that_does_not_lie_ahead(words, day):
    assert list(dates_in_text(words, TODAY)) == [day]


def test_a_date_that_lies_ahead_is_read_as_it_stands():
    assert list(dates_in_text("2099-01-01", TODAY)) == [date(2099, 1, 1)]


@pytest.mark.parametrize(
    "words",
    [
        "今天是2026年11月24日", "今天是 2026-11-24", "今天是：2026年11月24日 星期二", "2026年11月24日 星期二", "现在时间：2026-11-24", "今天是11月24日",
        "版权所有 2005-2026", "版权所有 © 2026-11-24", "Copyright 2026.11.24", "2026", "2026年", "2026年11月", "2026-13-01", "2026-02-30", "0000-00-00",
        "2026-11-200", "12026-11-20", "13-45", "[13-01]", "[2-30]", "电话 021-12345678", "13812345678", "192.168.11.20", "10:11-20:30", "3.5-4.0", "", "通知",
    ],
)  # fmt: skip
def test_what_is_no_date_of_an_item_is_none(words):
    assert list(dates_in_text(words, TODAY)) == []


@pytest.mark.parametrize(
    "path",
    [
        "/xwzx/t20261120_123.html", "/2026/11/20/123.html", "/202611/20/a.html", "/art/2026/11/20/art_1_2.html", "/20261120/1.html",
        "/col/202611/t20261120_99.htm", "/2026-11-20/1.html",
    ],
)  # fmt: skip
def test_a_date_in_an_address_is_read(path):
    assert date_in_address(path) == HERE


@pytest.mark.parametrize("path", ["/", "/123456789.html", "/t20261340_1.html", "/2026/13/20/a.html", "/20269999/", "/id/120261120.html", "/2026/"])
def test_other_numbers_in_an_address_are_no_dates(path):
    assert date_in_address(path) is None


@pytest.mark.parametrize(("stamp", "day"), [("2026-11-20", HERE), (" 2026-11-20T08:30:00+08:00", HERE), ("", None), ("昨天", None)])
def test_the_time_element_gives_its_day(stamp, day):
    assert date_of_time(stamp) == day
