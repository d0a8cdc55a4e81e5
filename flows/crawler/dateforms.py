"""The forms of a date that stands for itself: a day in one piece or in parts, in Chinese or English, or counted back from now."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

_EARLIEST = 1990
# Told from today, nobody counts farther.
_LONGEST_BACK = 36_500
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)(?![a-z])\.?"
)
_YEAR, _DAY, _NUMBER_OF_MONTH = r"(?P<y>(?:19|20)\d{2})", r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})"
_NAME, _DAYTH = rf"(?P<name>{MONTH})", r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
# `a` and `b` are a day and a month in an order that only their numbers tell; `p` and `q` month and day, unless that cannot be.
_A, _B, _P, _Q = r"(?P<a>\d{1,2})", r"(?P<b>\d{1,2})", r"(?P<p>\d{1,2})", r"(?P<q>\d{1,2})"
_CUT, _GAP, _ANY = r"\s?[-/.]\s?", r"[\s,]+", r"[\s,./-]*"


def _compiled(*forms: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.I) for form in forms)


_DATED = _compiled(
    rf"{_YEAR}\s?[-/.年]\s?{_NUMBER_OF_MONTH}\s?[-/.月]\s?{_DAY}\s?[日号]?",  # 2026-11-28
    r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})",  # 20261128
    r"(?P<y>20\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>\d{2})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d",  # 20261128101500
    rf"{_A}{_CUT}{_B}{_CUT}{_YEAR}",  # 28/11/2026, 11/28/2026
    rf"{_DAY}[日号]?{_GAP}{_YEAR}\s?[-/.年]\s?{_NUMBER_OF_MONTH}月?",  # 28 above 2026-11
    rf"{_YEAR}\s?[-/.年]\s?{_NUMBER_OF_MONTH}月?{_GAP}{_DAY}[日号]?",  # 2026-11 above 28
    rf"{_DAY}[日号]?{_GAP}{_NUMBER_OF_MONTH}{_CUT}{_YEAR}",  # 28 above 11/2026
    rf"{_NUMBER_OF_MONTH}{_CUT}{_YEAR}{_GAP}{_DAY}[日号]?",
    rf"{_NUMBER_OF_MONTH}\s?月\s?{_DAY}\s?[日号]?{_GAP}{_YEAR}\s?年?",  # 11月28日 beside 2026
    rf"{_P}{_CUT}{_Q}{_GAP}{_YEAR}\s?年?",  # 11-28 above 2026
    rf"{_YEAR}\s?年?{_GAP}{_NUMBER_OF_MONTH}\s?月\s?{_DAY}\s?[日号]?",
    rf"{_YEAR}\s?年?{_GAP}{_P}{_CUT}{_Q}",  # 2026 above 11-28
    rf"{_DAY}\s?[日号]?{_GAP}{_NUMBER_OF_MONTH}\s?月{_GAP}{_YEAR}\s?年?",  # 28, 11月, 2026
    rf"{_YEAR}\s?年?{_GAP}{_NUMBER_OF_MONTH}\s?月?{_GAP}{_DAY}\s?[日号]?",  # 2026, 11, 28
    rf"{_A}{_GAP}{_B}{_GAP}{_YEAR}",  # 28, 11, 2026
    rf"{_DAYTH}{_ANY}(?:of\s+)?{_NAME}{_ANY}{_YEAR}",  # 28 November 2026
    rf"{_NAME}{_ANY}{_DAYTH}{_GAP}{_YEAR}",  # Nov 28, 2026
    rf"{_YEAR}{_ANY}{_NAME}{_ANY}{_DAYTH}",
    rf"{_NAME}{_ANY}{_YEAR}{_GAP}{_DAYTH}",  # Nov 2026 above 28
    rf"{_DAYTH}{_GAP}{_YEAR}{_ANY}{_NAME}",
)
_YEARLESS = _compiled(
    rf"{_NUMBER_OF_MONTH}\s?月\s?{_DAY}\s?[日号]?",  # 11月28日, 11月 above 28
    rf"{_DAY}\s?[日号]?{_GAP}{_NUMBER_OF_MONTH}\s?月",  # 28 above 11月
    rf"{_DAYTH}{_ANY}(?:of\s+)?{_NAME}",
    rf"{_NAME}{_ANY}{_DAYTH}",
)
_TWO_DIGIT_YEAR = re.compile(r"(\d{2})([-/.])(\d{2})\2(\d{2})")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})")
# Hours of a unit; what is shorter than one makes no day.
_UNITS = {
    "秒": 0, "秒钟": 0, "分": 0, "分钟": 0, "小时": 1, "钟头": 1, "天": 24, "周": 168, "星期": 168, "礼拜": 168, "月": 720, "年": 8760,
    "second": 0, "sec": 0, "minute": 0, "min": 0, "hour": 1, "hr": 1, "day": 24, "week": 168, "month": 720, "year": 8760,
}  # fmt: skip
# 几 and 数 are a few.
_HAN = {letter: number for number, letter in enumerate("半一二三四五六七八九十")} | {"两": 2, "几": 3, "数": 3}
# Not 3日前 and 3月前, which may be what comes before the third, or before March.
_BACK = re.compile(
    r"(?:约|大约|近|不到)?\s?(\d{1,4}|[半一二两三四五六七八九十几数])\s?(?:多)?\s?个?半?\s?(秒钟?|分钟?|小时|钟头|天|周|星期|礼拜|(?<=个)月|年)\s?[之以]?前"
    r"|(?:about\s)?(\d{1,4}|an?|one)\s(second|sec|minute|min|hour|hr|day|week|month|year)s?\sago",
    re.I,
)
_PUBLISHED = re.compile(r"\s?(?:发布|发表|更新|上传)$")
_WORDS = {
    "刚刚": 0, "刚才": 0, "今天": 0, "今日": 0, "今晨": 0, "今早": 0, "今晚": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "前日": 2, "大前天": 3,
    "just now": 0, "today": 0, "this morning": 0, "yesterday": 1, "last night": 1,
}  # fmt: skip
_OF_WEEK = re.compile(r"([上本这])个?(?:周|星期|礼拜)([一二三四五六日天])")
_DAYS = {letter: number for number, letter in enumerate("一二三四五六日")} | {"天": 6}


@lru_cache(maxsize=16_384)
def day_of(words: str, today: date) -> date | None:
    """The day that some words are, and nothing but that; of days without a year the newest that does not lie ahead."""
    for form in _DATED:
        if found := form.fullmatch(words):
            return _dated(found.groupdict(), today)
    if found := _TWO_DIGIT_YEAR.fullmatch(words):
        year = 2000 + int(found[1])
        return day(year, int(found[3]), int(found[4])) if year <= today.year else None
    for form in _YEARLESS:
        if found := form.fullmatch(words):
            parts = found.groupdict()
            return newest(today, _month(parts), int(parts["d"]))
    found = _MONTH_AND_DAY.fullmatch(words)
    return month_and_day(found[1], found[2], found[3], today) if found else None


def month_and_day(first: str, cut: str, second: str, today: date) -> date | None:
    """11-28, 11/28, 11.28, 28/11. A place in a series (3/5) or a number (3.5) is written with fewer digits."""
    a, b = int(first), int(second)
    both = len(first) == len(second) == 2
    if not both and (cut == "." or max(a, b) <= 12):
        return None
    return newest(today, b, a) if a > 12 and cut == "/" else newest(today, a, b)


def back(words: str, today: date) -> date | None:
    """Of what is told from today: `2小时前`, `昨天`, `3 days ago`. Hours make a day as soon as there are 24 of them."""
    words = _PUBLISHED.sub("", words)
    if (days := _WORDS.get(words.lower())) is not None:
        return today - timedelta(days=days)
    if found := _OF_WEEK.fullmatch(words):
        # A week begins with its Monday.
        seen = today + timedelta(days=_DAYS[found[2]] - today.weekday() - 7 * (found[1] == "上"))
        return seen if seen <= today else None
    found = _BACK.fullmatch(words)
    if found is None:
        return None
    number = (found[1] or found[3]).lower()
    count = int(number) if number.isdecimal() else _HAN.get(number, 1)
    unit = _UNITS[(found[2] or found[4]).lower()]
    return today - timedelta(days=min(count * unit // 24, _LONGEST_BACK))


def newest(today: date, month: int, of_month: int) -> date | None:
    # Eight years back there was a 29 February, whatever year it is.
    return next(
        (found for year in range(today.year, today.year - 9, -1) if (found := day(year, month, of_month)) and found <= today),
        None,
    )


# The same few days stand on most pages of a night.
@lru_cache(maxsize=4_096)
def day(year: int, month: int, of_month: int) -> date | None:
    if year < _EARLIEST:
        return None
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _dated(parts: dict[str, Any], today: date) -> date | None:
    year = int(parts["y"])
    if (d := parts.get("d")) is not None:
        return day(year, _month(parts), int(d))
    if (p := parts.get("p")) is not None:
        p, q = int(p), int(parts["q"])
        return day(year, p, q) or day(year, q, p)
    a, b = int(parts["a"]), int(parts["b"])
    found = [each for each in (day(year, a, b), day(year, b, a)) if each is not None]
    # Both can be read: what lies ahead is not meant, and of two the newer is the kinder.
    return max((each for each in found if each <= today), default=min(found, default=None))


def _month(parts: dict[str, Any]) -> int:
    name = parts.get("name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["m"])
