"""Dates as they stand beside an item and in its address, and those that belong to no item."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.crawler.dates import date_in_address, date_of_seconds, date_of_time, read

TODAY = date(2026, 11, 24)
HERE = date(2026, 11, 20)


@pytest.mark.parametrize(
    "words",
    [
        "2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", "2026年11月20", "２０２６－１１－２０", "２０２６年１１月２０日",
        "2026-11-20 08:30:00", "[2026-11-20]", "（2026-11-20）", "关于做好工作的通知2026-11-20", "[11-20]", "11-20", "11/20", "(11/20)",
        "【11-20】", "11月20日", "1-20的通知 [11-20]", "发布时间：2026-11-20 来源：本局", "2026 - 11 - 20",
        # in one piece
        "20261120", "[20261120]", "11.20", "[11.20]", "(11.20)", "20/11", "20/11/2026", "20.11.2026", "11/20/2026", "26-11-20", "[26/11/20]",
        "20 November 2026", "Nov 20, 2026", "November 20th, 2026", "20-Nov-2026", "2026 Nov 20", "Fri, 20 Nov 2026 08:30:00 +0800", "20 Nov", "Nov. 20",
        "2026-11-20T08:30:00+08:00", "二〇二六年十一月二十日", "二○二六年十一月二十日", "日期：11-20", "11月20日 08:30",
        # in parts, each on a line of its own
        "20\n2026-11", "2026-11\n20", "20\n2026.11", "20\n2026年11月", "20日\n2026年11月", "2026/11\n20", "20\n11/2026", "11-20\n2026", "2026\n11-20",
        "2026\n11/20", "11月20日\n2026", "2026年\n11月20日", "20\n11月\n2026", "2026\n11\n20", "20\nNov 2026", "Nov\n20", "20\nNOV\n2026", "20\n11月", "11月\n20",
        "十一月\n20", "20\n2026-11\n关于2026年11月1日停水的通知", "一条消息的标题\n20\n2026-11\n阅读 33",
        "2026\n年\n11\n月\n20\n日", "20\n/\n2026-11", "20\n星期五\n2026-11", "2026-11\n08:30\n20", "11\n月\n20\n日", "Fri\n20\nNov\n2026",
        # with a weekday that is not today's
        "2026-11-20 星期五", "2026年11月20日（星期五）", "2026-11-20 周五", "星期五 2026年11月20日", "2026-11-20 (Fri)", "11月20日 星期五",
        # in Chinese numerals
        "十一月二十日", "十一月二十号", "二〇二六年十一月廿日", "二零二六年十一月二十", "二〇二六年 十一月 二十日", "十一月廿日 08:30", "发布日期：十一月二十日",
        # with a time behind it
        "20261120101500", "[20261120235959]", "20261120 10:15", "20261120 10:15:30",
        # of a week that is said
        "上周五", "上星期五 10:00", "[上周五]", "上礼拜五", "上週五",
        # counted back
        "4天前", "四天前", "100小时前", "发布于 4 天前", "4 days ago", "4天前 阅读 33",
    ],
)  # fmt: skip
def test_a_date_beside_an_item_is_read(words):
    assert list(read(words, TODAY).days) == [HERE]


@pytest.mark.parametrize(
    ("words", "ago"),
    [
        ("刚刚", 0), ("5秒前", 0), ("30分钟前", 0), ("半小时前", 0), ("2小时前", 0), ("23小时前", 0), ("今天 08:30", 0), ("今日 8:30", 0), ("today 10:00", 0),
        ("just now", 0), ("24小时前", 1), ("昨天", 1), ("昨天 10:20", 1), ("昨日 08:00:01", 1), ("yesterday", 1), ("发布：昨天 10:20 来源：本局", 1), ("一天前", 1), ("前天", 2),
        ("[前天 09:10]", 2), ("大前天", 3), ("3天前", 3), ("1周前", 7), ("两周前", 14), ("2 weeks ago", 14), ("1个月前", 30), ("刚刚发布", 0), ("this morning", 0), ("last night 20:00", 1), ("2小時前", 0), ("剛剛", 0), ("本周一", 1), ("这周二", 0), ("这个星期一", 1), ("上周日", 2), ("上周一", 8), ("2 hours ago", 0), ("a day ago", 1), ("2小时前更新", 0), ("标题\n昨天 10:20", 1),
    ],
)  # fmt: skip
def test_what_is_told_from_today_is_counted_back(words, ago):
    assert list(read(words, TODAY).days) == [TODAY - timedelta(days=ago)]


@pytest.mark.parametrize("hours", [23, 24, 47, 48, 71, 72, 95, 96, 167, 168, 335, 336, 9999])
def test_hours_make_a_day_as_soon_as_there_are_24_of_them(hours):
    assert list(read(f"{hours}小时前", TODAY).days) == [TODAY - timedelta(days=hours // 24)]


@pytest.mark.parametrize("words", ["9999年前", "9999 years ago", "9999个月前"])
def test_a_count_that_nobody_means_is_an_old_day(words):
    assert list(read(words, TODAY).days) == [TODAY - timedelta(days=36_500)]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("05/11/2026", date(2026, 11, 5)), ("2026\n05/11", date(2026, 5, 11)), ("05-11", date(2026, 5, 11)), ("12/31", date(2025, 12, 31)),
        ("31/12", date(2025, 12, 31)), ("11-25", date(2025, 11, 25)), ("20\n2025-11", date(2025, 11, 20)), ("13-11-20", date(2013, 11, 20)),
    ],
)  # fmt: skip
def test_of_two_readings_the_one_that_can_be_is_taken(words, day):
    assert list(read(words, TODAY).days) == [day]


def test_a_date_that_stands_for_itself_goes_before_one_in_a_title():
    assert list(read("关于2026年11月23日停水的通知\n2026-01-02", TODAY).days) == [date(2026, 1, 2)]


@pytest.mark.parametrize(
    "words",
    ["2026-11", "2026年11月", "11/2026", "2026", "202611", "3/5", "1-2", "28-11", "上周", "上上周三", "本周六", "上月底", "last week", "last Friday", "this week", "202611201015", "十一月廿八", "十月初八", "冬月初八", "丙午年十月廿一", "3日前", "2026-13-01", "31\n2026-02", "28"],
)  # fmt: skip
def test_what_may_be_a_date_and_is_not_understood_is_told(words):
    found = read(words, TODAY)
    assert bool(found.days) != bool(found.doubts or found.numbers)


@pytest.mark.parametrize(
    "words",
    [
        "沪府发〔2026〕28号", "沪府发[2026]11号", "(2026)第28号", "021-12345678", "电话：20261120", "电话\n20261120", "No. 20261120", "12345", "13812345678", "V1.2.3",
        "11.20元", "增长11.20%", "¥11.20", "第20261120期", "编号 2026-11-20", "阅读 33", "今天\n多云 12℃", "今天，我们一起出发", "昨天的故事", "5年前的今天", "提前3天前往",
        "10-12岁儿童", "2小时前往现场", "2026-11-24 星期二", "星期二 2026年11月24日", "11月24日 星期二", "2026-11-24 (Tue)", "99", "今天 星期二", "Today is Tuesday, 24 November 2026", "Tuesday, November 24, 2026", "20261124 星期二",
    ],
)  # fmt: skip
def test_other_numbers_and_clocks_are_neither_dates_nor_doubts(words):
    found = read(words, TODAY)
    assert (found.days, found.doubts, found.numbers) == ((), (), ())


@pytest.mark.parametrize(
    ("words", "ago"),
    [
        ("星期六", 3), ("周六 10:00", 3), ("（星期五）", 4), ("礼拜天", 2), ("週一", 1), ("Sat", 3), ("Saturday 10:00", 3), ("标题\n周三", 6), ("发布：周六", 3), ("星期二", 0),
        ("2026-11-24 星期二", 0), ("11月24日 周二", 0), ("Tue, 24 Nov 2026", 0), ("今天 2026-11-24", 0),
    ],
)  # fmt: skip
def test_a_weekday_and_today_with_it_are_days_of_an_item_or_a_clock(words, ago):
    found = read(words, TODAY)
    assert (found.clocks, found.days, found.doubts) == ((TODAY - timedelta(days=ago),), (), ())


@pytest.mark.parametrize(
    "words",
    ["周六 9:00-12:00", "周一至周五", "星期一\n星期二", "周六 多云", "周末", "周六日休息", "今天是星期二", "Sun Microsystems", "今天是2026年11月24日 星期二", "现在是 2026-11-24 周二", "Today is 24 Nov 2026"],
)  # fmt: skip
def test_office_hours_calendars_and_what_is_said_to_be_today_are_no_days(words):
    assert read(words, TODAY) == ((), (), (), ())


@pytest.mark.parametrize("words", ["国家版权局 2026-11-20", "版权保护宣传周启动 2026-11-20"])
def test_an_item_about_copyright_is_no_footer(words):
    assert list(read(words, TODAY).days) == [HERE]


@pytest.mark.parametrize("words", ["2026-1-2", "2026/1/2", "2026年1月2日", "2026.01.02", "01-02", "[1-2]", "1月2日"])
def test_days_and_months_of_one_digit_are_read(words):
    assert list(read(words, TODAY).days) == [date(2026, 1, 2)]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("[12-31]", date(2025, 12, 31)), ("11-24", date(2026, 11, 24)), ("11-26", date(2025, 11, 26)), ("[02-29]", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_the_newest_that_does_not_lie_ahead(words, day):
    assert list(read(words, TODAY).days) == [day]


def test_a_date_that_lies_ahead_is_read_as_it_stands():
    assert list(read("2099-01-01", TODAY).days) == [date(2099, 1, 1)]


@pytest.mark.parametrize(
    "words",
    [
        "今天是2026年11月24日", "今天是 2026-11-24", "今天是：2026年11月24日 星期二", "2026年11月24日 星期二", "现在时间：2026-11-24", "今天是11月24日",
        "版权所有 2005-2026", "版权所有 © 2026-11-24", "Copyright 2026.11.24", "2026", "2026年", "2026年11月", "2026-13-01", "2026-02-30", "0000-00-00",
        "2026-11-200", "12026-11-20", "13-45", "[13-01]", "[2-30]", "电话 021-12345678", "13812345678", "192.168.11.20", "10:11-20:30", "3.5-4.0", "", "通知",
    ],
)  # fmt: skip
def test_what_is_no_date_of_an_item_is_none(words):
    assert list(read(words, TODAY).days) == []


@pytest.mark.parametrize(
    "path",
    [
        "/xwzx/t20261120_123.html", "/2026/11/20/123.html", "/202611/20/a.html", "/art/2026/11/20/art_1_2.html", "/20261120/1.html",
        "/col/202611/t20261120_99.htm", "/2026-11-20/1.html", "/2026/1120/c1-2.html", "/2026-11/20/1.html",
    ],
)  # fmt: skip
def test_a_date_in_an_address_is_read(path):
    assert date_in_address(path) == HERE


@pytest.mark.parametrize(
    "path", ["/", "/123456789.html", "/t20261340_1.html", "/2026/13/20/a.html", "/20269999/", "/id/120261120.html", "/2026/"]
)
def test_other_numbers_in_an_address_are_no_dates(path):
    assert date_in_address(path) is None


@pytest.mark.parametrize(
    ("stamp", "day"), [("2026-11-20", HERE), (" 2026-11-20T08:30:00+08:00", HERE), ("", None), ("昨天", None)]
)
def test_the_time_element_gives_its_day(stamp, day):
    assert date_of_time(stamp) == day


@pytest.mark.parametrize("stamp", ["1795132800", "1795132800000"])
def test_a_number_of_seconds_gives_the_day_where_the_sites_are(stamp):
    assert date_of_seconds(stamp, ZoneInfo("Asia/Shanghai")) == date(2026, 11, 20)
    assert date_of_seconds(stamp, ZoneInfo("America/New_York")) == date(2026, 11, 19)
    assert date_of_seconds("20261120", ZoneInfo("Asia/Shanghai")) is None
