"""The clock of a page header, whose date is always today's, and weekdays."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from flows.crawler.dateforms import day_of

WEEKDAY = re.compile(
    r"[(\[]?\s?(?:星期|周|礼拜)[一二三四五六日天]\s?[)\]]?|[(\[]?\b(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?[)\]]?",
    re.I,
)
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# 今天是 in front of a date, with or without a weekday between them.
_BETWEEN = rf"(?:[\s:,]|日期|时间|的|{WEEKDAY.pattern})*"
_INTRODUCED = re.compile(
    rf"(?:(?:今天|今日|当前|现在)\s?(?:是|为|:|日期|时间|北京时间)|\btoday(?:'s date)?\s?(?:is|:)){_BETWEEN}$", re.I
)  # fmt: skip
_CALLED = re.compile(rf"(?:今天|今日|当前|现在|\btoday){_BETWEEN}$", re.I)
_FARTHEST, _NEAR = 32, 4


def is_introduced(text: str, start: int) -> bool:
    """Whether the date that begins there is said to be today's, as no item says of its own."""
    return _INTRODUCED.search(text, max(0, start - _FARTHEST), start) is not None


def is_clock(text: str, matches: Iterable[re.Match[str]]) -> bool:
    return any(is_introduced(text, found.start()) for found in matches)


def may_be_clock(text: str, matches: Iterable[re.Match[str]], today: date) -> bool:
    """Whether a date is today's and has its weekday, or is called so."""
    for found in matches:
        if _CALLED.search(text, max(0, found.start() - _FARTHEST), found.start()):
            return True
        if day_of(" ".join(found[0].split()), today) == today and _has_weekday(text, found.start(), found.end()):
            return True
    return False


def latest(words: str, today: date) -> date | None:
    """Of a weekday and nothing else the latest such day, which may be today."""
    if not WEEKDAY.fullmatch(words):
        return None
    words = words.strip("()[] .,").lower()
    number = _NAMES.index(words[:3]) if words[:3] in _NAMES else "一二三四五六日".index(words[-1].replace("天", "日"))
    return today - timedelta(days=(today.weekday() - number) % 7)


def _has_weekday(text: str, start: int, end: int) -> bool:
    after = WEEKDAY.match(text, end + len(text[end : end + _NEAR]) - len(text[end : end + _NEAR].lstrip()))
    return after is not None or any(found.end() >= start - _NEAR for found in WEEKDAY.finditer(text, max(0, start - 16), start))
