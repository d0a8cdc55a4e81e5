"""Dates as government sites write them, in the text around a link and in the address it leads to."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flows.crawler.clocks import WEEKDAY, is_clock, is_introduced, latest, may_be_clock
from flows.crawler.dateforms import MONTH, back, day, day_of, month_and_day, newest
from flows.crawler.hannumbers import in_digits, may_be_a_day

# Looked for first, by one letter or as plain words: most texts have none, and the rest is slow to say so.
_HINT = re.compile(r"[\d前刚剛今昨月周週期拜零〇○]")
_ENGLISH_DAYS = ("day", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HINTS = ("ago", "just now", "last", "this", *_ENGLISH_DAYS)
# Wide forms as narrow ones, and what stands for time in traditional characters as in simplified ones.
_WIDE = str.maketrans(
    "０１２３４５６７８９－／．：，（）［］〇○週禮剛鐘時個點號農曆", "0123456789-/.:,()[]零零周礼刚钟时个点号农历"
)
# What has digits and is no date: 沪府发〔2026〕28号, and numbers behind these words.
_DOCUMENT = re.compile(r"[〔(\[【]\s?(?:19|20)\d{2}\s?[〕)\]】]\s*第?\s*\d+\s*号")
_NUMBERED = re.compile(
    r"(?:(?:电话|热线|传真|手机|邮编|号码|编号|文号|证号|备案|账号|索引|QQ|微信|\btel|\bfax|\bphone|\bno)[号码是为:. \n()]{0,4}|第\s?)\d[\d -]*",
    re.I,
)
_NUMBERED_WORDS = (
    "第", "电话", "热线", "传真", "手机", "邮编", "号码", "编号", "文号", "证号", "备案", "账号", "索引", "微信", "qq", "tel", "fax", "phone", "no",
)  # fmt: skip
_CLOCK_WORDS = ("今天", "今日", "当前", "现在", "星期", "周", "礼拜", *_ENGLISH_DAYS)
_BACK_WORDS = (*"前刚今昨周月", "星期", "礼拜", *_HINTS)

# Days that can be told wherever they stand.
_FULL = re.compile(r"(?<![\d./-])(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)\s?日?")
_ANYWHERE = re.compile(
    r"(?<![\w./#-])20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\w%./#-])"
    r"|(?<![\d./-])\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d{2}(?![\d./-]\d|\d)"
    rf"|(?<![\w./-])\d{{1,2}}(?:st|nd|rd|th)?[\s./-]{{0,2}}{MONTH}[\s,./-]{{0,2}}(?:19|20)\d{{2}}(?!\d)"
    rf"|(?<![a-z]){MONTH}[\s./-]{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?[\s,]{{1,2}}(?:19|20)\d{{2}}(?!\d)",
    re.I,
)
_MONTH_DAY = re.compile(
    r"(?<![\d/:.-])(\d{2})([-/])(\d{2})(?![\d/:.年-]|\s?[%元万亿人个件名岁级度号℃])"
    r"|[\[(【〔]\s?(?=\d{1,2}[-/]|\d{2}\.\d{2}\s?[\])】〕])(\d{1,2})([-/.])(\d{1,2})\s?[\])】〕]"
    r"|(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?日"
)
_MONTH_OF_DAY = re.compile(r"(?<![\d年])\d{1,2}\s?月\s?\d{1,2}\s?日")
_BETWEEN = re.compile(r"[-/.月]")
_EDGE_BEFORE, _EDGE_AFTER = r"(?:^|(?<=[\s|·(\[【:]))", r"(?=$|[\s|·)\]】,])"
_AGO = re.compile(
    rf"{_EDGE_BEFORE}(?:\d{{1,3}}|[半一二两三几])\s?个?半?\s?(?:秒钟?|分钟|小时|天|周)\s?前{_EDGE_AFTER}|\d{{1,3}} (?:minute|hour|day|week)s? ago",
    re.M,
)
_WORD_AT = re.compile(rf"{_EDGE_BEFORE}(今天|今日|昨天|昨日|前天)\s?(?=\d{{1,2}}:\d{{2}})", re.M)

_CLOCK = re.compile(
    r"(?:上午|下午|凌晨|清晨|早上|晚上|中午|傍晚)?\s?(?<!\d)\d{1,2}(?::\d{2}){1,2}(?:\.\d+)?\s?(?:[ap]m|Z|[+-]\d{2}:?\d{2})?(?!\d)|(?<!\d)\d{1,2}[时点](?:\d{1,2}分)?",
    re.I,
)
_HOUR = re.compile(r"\d:\d{2}(?!\d|:)|\d[时点]")
_ISO_T = re.compile(r"(?<=\d)T(?=\d{2}:)")
_LABEL = re.compile(
    r"(?:(?:最[后新])?(?:发布|发表|更新|公布|公开|成文|印发|上传|修改|创建|添加|录入|登载|刊登|发文)(?:日期|时间|于)?|日期|时间|(?:date|time|posted|published|updated)(?: on)?)"
    r"\s?:?\s?", re.I,
)  # fmt: skip
_AROUND = " []()【】〔〕<>{}|·•:,、;；-—*»›"
_BARE = re.compile(rf"(?:[\d\s/.,年月日号-]|{MONTH}|(?<=\d)(?:st|nd|rd|th)|\bof\b)+", re.I)
_LONGEST_BARE = 40
_NAME = re.compile(MONTH, re.I)
_DIGIT = re.compile(r"\d")
_MOST_PARTS = 3
_MARKS = ("年", "月", "日", "号")
_LONGEST_MARK = 12
# A forecast, not news.
_FORECAST = re.compile(r"明天|后天|℃|°|多云|阵雨|小雨|气温|天气|空气质量")
_VAGUE = re.compile(
    r"(?:上{1,2}|本|这|前)个?(?:月|周|星期|礼拜)(?:[一二三四五六日天]|[初中末底])?|.{1,8}前|.{1,12} ago"
    r"|(?:late |earlier )?(?:last|this|past) (?:week|month|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)", re.I
)  # fmt: skip
_MAYBE = re.compile(
    rf"(?<!\d)(?:19|20)\d{{2}}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d)?)?(?!\d)|\d[\d\s,./-]*[年月日]|{MONTH}|(?<!\d)[0-3]?\d\s?[-/.]\s?[0-3]?\d(?!\d)",
    re.I,
)

_IN_ADDRESS = re.compile(
    r"[/_t](20\d{2})(0[1-9]|1[0-2])([0-3]\d)(?=[/_.])"  # /t20261124_123.html, /20261124/
    r"|/(20\d{2})-?(0[1-9]|1[0-2])/([0-3]\d)/"  # /202611/24/, /2026-11/24/
    r"|/(20\d{2})/(0[1-9]|1[0-2])([0-3]\d)/"  # /2026/1124/
    r"|/(20\d{2})[-/](\d{1,2})[-/](\d{1,2})/"  # /2026/11/24/
)
_CENTURY = "20"
_SECONDS, _MILLISECONDS = 10, 13


class Reading(NamedTuple):
    """What a text around an item says of its day. `doubts` may be dates and were not understood; `numbers` stand alone, and may
    be days or a place in a list. `clocks` are an item's days where they stand by one, and a page's clock anywhere else: today's day with
    its weekday, or a weekday alone."""

    days: tuple[date, ...] = ()
    doubts: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    clocks: tuple[date, ...] = ()


_NOTHING = Reading()


def read(text: str, today: date) -> Reading:
    """Dates of the text around an item, not those of clocks and footers, and what was not understood. Each line of `text` is one
    run of text on the page. A day without a year is the newest that is not ahead.

    Where lines are dates and nothing else, alone or with the lines beside them, they are the item's date, whatever day its title
    speaks of; else any day is that can be told from the rest.
    """
    if not may_tell(text) or is_footer(text):
        return _NOTHING
    text = _plain(text)
    small = text.lower()
    is_open = False
    if has_words := _has(small, _CLOCK_WORDS):
        matches = _matches(text)
        if is_clock(text, matches):
            return _NOTHING
        is_open = may_be_clock(text, matches, today)
    if "号" in text:
        text = _DOCUMENT.sub(" ", text)
    if _has(small, _NUMBERED_WORDS):
        text = _NUMBERED.sub(" ", text)
    lines = _joined(text.split("\n"))
    days, doubts, numbers = _of_lines(lines, today)
    found = tuple(dict.fromkeys(days or filter(None, _anywhere(text, today))))
    if is_open and today in found:
        return Reading(clocks=found)
    if has_words and not (found or doubts or numbers) and (of_week := _of_weekdays(text, today)) is not None:
        return Reading(clocks=(of_week,))
    return Reading(found, tuple(doubts), tuple(numbers))


def may_tell(text: str) -> bool:
    """Whether a text is worth reading."""
    return _HINT.search(text) is not None or _has(text.lower(), _HINTS)


def is_page_clock(text: str) -> bool:
    """Whether a text says what day today is."""
    text = _plain(text)
    return _has(text.lower(), _CLOCK_WORDS) and is_clock(text, _matches(text))


def is_footer(text: str) -> bool:
    text = text.lower()
    return "版权所有" in text or "copyright" in text or "©" in text or "icp备" in text


def date_in_address(path: str) -> date | None:
    for found in _IN_ADDRESS.finditer(path) if _CENTURY in path else ():
        if (seen := day(*(int(group) for group in found.groups() if group is not None))) is not None:
            return seen
    return None


def date_of_time(stamp: str) -> date | None:
    """Of a `datetime` attribute: 2026-11-24, with or without a time behind it."""
    try:
        return date.fromisoformat(stamp.strip()[:10])
    except ValueError:
        return None


def date_of_seconds(stamp: str, zone: ZoneInfo) -> date | None:
    """Of a number of seconds, or thousandths of them, since 1970, as scripts keep them."""
    if not stamp.isdecimal() or len(stamp) not in (_SECONDS, _MILLISECONDS):
        return None
    return datetime.fromtimestamp(int(stamp[:_SECONDS]), UTC).astimezone(zone).date()


def _plain(text: str) -> str:
    text = text.translate(_WIDE)
    return in_digits(text) if "月" in text else text


def _matches(text: str) -> list[re.Match[str]]:
    return [*_FULL.finditer(text), *_ANYWHERE.finditer(text), *_MONTH_OF_DAY.finditer(text)]


def _of_lines(lines: list[str], today: date) -> tuple[list[date], list[str], list[int]]:
    days: list[date] = []
    doubts: list[str] = []
    numbers: list[int] = []
    bare = [_bare(line) for line in lines]
    forecast = any(map(_FORECAST.search, lines))
    index = 0
    while index < len(lines):
        size, found = 1, None
        alone = bare[index]
        if alone is None:
            counts_back = len(lines[index]) <= _LONGEST_BARE and _has(lines[index].lower(), _BACK_WORDS)
            whole = _shorn(lines[index]) if counts_back else ""
            words = _without_clock(whole)
            # Without an hour or a count, 今天 may be the heading of a forecast or of a clock.
            if words and not (words == whole and forecast):
                found = back(words, today)
            if found is None and whole and (_VAGUE.fullmatch(whole) or _VAGUE.fullmatch(words) or may_be_a_day(words)):
                doubts.append(whole)
        else:
            for size in range(min(_MOST_PARTS, len(lines) - index), 0, -1):
                parts = [part for part in bare[index : index + size] if part is not None]
                if len(parts) == size and (found := day_of(" ".join(parts), today)) is not None:
                    break
            if found is None:
                _doubt(alone, doubts, numbers)
        if found is not None:
            days.append(found)
        index += size
    return days, doubts, numbers


def _joined(lines: list[str]) -> list[str]:
    """Without lines that only part others or tell an hour or a weekday, and with 年, 月 and 日 at the number that they stand behind."""
    found: list[str] = []
    for line in lines:
        words = line.strip(_AROUND)
        if words in _MARKS and found and found[-1][-1:].isdecimal():
            found[-1] += words
        elif len(words) > _LONGEST_MARK or not (words.strip("/.") == "" or WEEKDAY.fullmatch(words) or _CLOCK.fullmatch(words)):
            found.append(line)
    return found


def _anywhere(text: str, today: date) -> Iterator[date | None]:
    """The days that can be told from the rest; None for what only looks like one."""
    rest = text
    for found in _FULL.finditer(text):
        rest = rest.replace(found[0], " ")
        yield day(*map(int, found.groups()))
    for found in _ANYWHERE.finditer(rest) if "19" in rest or "20" in rest else ():
        rest = rest.replace(found[0], " ")
        yield day_of(" ".join(found[0].split()), today)
    for found in _AGO.finditer(rest) if "前" in rest or "ago" in rest else ():
        yield back(found[0].strip(), today)
    for found in _WORD_AT.finditer(rest) if ":" in rest else ():
        yield back(found[1], today)
    for found in _MONTH_DAY.finditer(rest) if _BETWEEN.search(rest) else ():
        if is_introduced(rest, found.start()):
            continue
        if found[1]:
            yield month_and_day(found[1], found[2], found[3], today)
        else:
            yield newest(today, int(found[4] or found[7]), int(found[6] or found[8]))


def _of_weekdays(text: str, today: date) -> date | None:
    """Of lines one of which is a weekday, with or without an hour. Several are a calendar, or the hours of an office."""
    if not WEEKDAY.search(text) or _FORECAST.search(text):
        return None
    lines = [_shorn(line) for line in text.split("\n") if len(line) <= _LONGEST_BARE and WEEKDAY.search(line)]
    days = [latest(_without_clock(line), today) for line in lines if len(_HOUR.findall(line)) <= 1]
    found = [each for each in days if each is not None]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=8_192)
def _bare(line: str) -> str | None:
    """A line that is nothing but a date, or a part of one, without label, brackets, clock and weekday."""
    if len(line) > _LONGEST_BARE or not (_DIGIT.search(line) or _NAME.fullmatch(line)):
        return None
    words = _without_clock(WEEKDAY.sub(" ", _ISO_T.sub(" ", _shorn(line))))
    return words if _BARE.fullmatch(words) and (_DIGIT.search(words) or _NAME.fullmatch(words)) else None


def _without_clock(words: str) -> str:
    return " ".join(_CLOCK.sub(" ", words).strip(_AROUND).split())


def _shorn(line: str) -> str:
    words = line.strip(_AROUND)
    label = _LABEL.match(words)
    return words[label.end() :].strip(_AROUND) if label else words


def _doubt(words: str, doubts: list[str], numbers: list[int]) -> None:
    """What a part of a line that is no date may be all the same. A telephone number, a price or a count is not."""
    if words.isdecimal() and len(words) <= 2:
        if 1 <= int(words) <= 31:
            numbers.append(int(words))
    elif _MAYBE.fullmatch(words) or (not words.isdecimal() and _MAYBE.search(words) and len(words) <= 20):
        doubts.append(words)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
