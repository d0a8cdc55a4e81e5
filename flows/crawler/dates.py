"""Dates as government sites write them, in the text around a link and in the address it leads to."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flows.crawler.dateforms import MONTH, back, day, day_of, month_and_day, newest

# Looked for first, as plain words where that will do: most texts have none, and the rest is slow to say so.
_HINT = re.compile(r"\d|刚[刚才]|[今昨前][天日早晨晚]|前|[上本这]个?[周月星礼]|ago\b|today|yesterday|just now|[一二][〇○零]", re.I)
_WIDE = str.maketrans("０１２３４５６７８９－／．：，（）［］〇○", "0123456789-/.:,()[]零零")
# What has digits and is no date: 沪府发〔2026〕28号, and numbers behind these words.
_DOCUMENT = re.compile(r"[〔(\[【]\s?(?:19|20)\d{2}\s?[〕)\]】]\s*第?\s*\d+\s*号")
_NUMBERED = re.compile(
    r"(?:(?:电话|热线|传真|手机|邮编|号码|编号|文号|证号|备案|账号|索引|QQ|微信|\btel|\bfax|\bphone|\bno)[号码是为:. \n()]{0,4}|第\s?)\d[\d -]*", re.I
)
_HAN_DATE = re.compile(r"([一二][零一二三四五六七八九]{3})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日")
_HAN_MONTH = re.compile(r"^(十[一二]?|[一二三四五六七八九])月$", re.M)
_HAN = {"零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}

_NUMBERED_WORDS = ("第", "电话", "热线", "传真", "手机", "邮编", "号码", "编号", "文号", "证号", "备案", "账号", "索引", "微信", "qq", "tel", "fax", "phone", "no")
_CLOCK_WORDS = ("今天", "今日", "当前", "现在", "星期", "周", "礼拜", "day", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BACK_WORDS = ("前", "刚", "今", "昨", "周", "月", "星期", "礼拜", "ago", "day", "just now")
_YEARS = ("19", "20")

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
_BETWEEN = re.compile(r"[-/.月]")
_EDGE_BEFORE, _EDGE_AFTER = r"(?:^|(?<=[\s|·(\[【:]))", r"(?=$|[\s|·)\]】,])"
_AGO = re.compile(rf"{_EDGE_BEFORE}(?:\d{{1,3}}|[半一二两三几])\s?个?半?\s?(?:秒钟?|分钟|小时|天|周)\s?前{_EDGE_AFTER}|\d{{1,3}} (?:minute|hour|day|week)s? ago", re.M)
_WORD_AT = re.compile(rf"{_EDGE_BEFORE}(今天|今日|昨天|昨日|前天)\s?(?=\d{{1,2}}:\d{{2}})", re.M)

# The clock of a page header, whose date is always today's.
_CLOCK_BEFORE = re.compile(r"(?:今天|今日|当前|现在)[^\d\n]{0,8}$|\btoday(?: is|:)?[^\d\n]{0,12}$", re.I)
_WEEKDAY = re.compile(
    r"[(\[]?\s?(?:星期|周|礼拜)[一二三四五六日天]\s?[)\]]?|[(\[]?\b(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?[)\]]?", re.I
)
_NEAR = 4
_CLOCK = re.compile(r"(?:上午|下午|凌晨|清晨|早上|晚上|中午|傍晚)?\s?(?<!\d)\d{1,2}(?::\d{2}){1,2}(?:\.\d+)?\s?(?:[ap]m|Z|[+-]\d{2}:?\d{2})?(?!\d)|(?<!\d)\d{1,2}[时点](?:\d{1,2}分)?", re.I)
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
_VAGUE = re.compile(r"(?:上|本|这|前)(?:个?月|周|星期|礼拜)[一二三四五六日天]?|.{1,8}前|.{1,12} ago", re.I)
_MAYBE = re.compile(rf"(?<!\d)(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])?(?!\d)|\d[\d\s,./-]*[年月日]|{MONTH}|(?<!\d)[0-3]?\d\s?[-/.]\s?[0-3]?\d(?!\d)", re.I)

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
    be days or a place in a list."""

    days: tuple[date, ...] = ()
    doubts: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


_NOTHING = Reading()


def dates_in_text(text: str, today: date) -> Iterator[date]:
    """Dates of the text around an item, not those of clocks and footers. A day without a year is the newest that is not ahead."""
    yield from read(text, today).days


def read(text: str, today: date) -> Reading:
    """The same with what was not understood. Each line of `text` is one run of text on the page.

    Where lines are dates and nothing else, alone or with the lines beside them, they are the item's date, whatever day its title
    speaks of; else any day is that can be told from the rest.
    """
    if not _HINT.search(text) or _is_footer(text):
        return _NOTHING
    text = text.translate(_WIDE)
    if "月" in text:
        text = _HAN_MONTH.sub(lambda found: f"{_small(found[1])}月", _HAN_DATE.sub(_in_digits, text))
    small = text.lower()
    if _has(small, _CLOCK_WORDS) and _is_clock(text, today):
        return _NOTHING
    if "号" in text:
        text = _DOCUMENT.sub(" ", text)
    if _has(small, _NUMBERED_WORDS):
        text = _NUMBERED.sub(" ", text)
    lines = _joined(text.split("\n"))
    days, doubts, numbers = _of_lines(lines, today)
    return Reading(tuple(dict.fromkeys(days or _anywhere(text, today))), tuple(doubts), tuple(numbers))


def date_in_address(path: str) -> date | None:
    for found in _IN_ADDRESS.finditer(path) if _CENTURY in path else ():
        if (seen := _day(*(group for group in found.groups() if group is not None))) is not None:
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


def _of_lines(lines: list[str], today: date) -> tuple[list[date], list[str], list[int]]:
    days: list[date] = []
    doubts: list[str] = []
    numbers: list[int] = []
    bare = [_bare(line) for line in lines]
    forecast = any(map(_FORECAST.search, lines))
    place = 0
    while place < len(lines):
        size, found = 1, None
        if bare[place] is None:
            words = _stripped(lines[place]) if _has(lines[place].lower(), _BACK_WORDS) else ""
            # Without an hour or a count, 今天 may be the heading of a forecast or of a clock.
            if words and not (words == _shorn(lines[place]) and forecast) and not _WEEKDAY.search(lines[place]):
                found = back(words, today)
            if found is None and words and _VAGUE.fullmatch(whole := _shorn(lines[place])):
                doubts.append(whole)
        else:
            for size in range(min(_MOST_PARTS, len(lines) - place), 0, -1):
                parts = bare[place : place + size]
                if None not in parts and (found := day_of(" ".join(parts), today)) is not None:
                    break
            if found is None:
                _doubt(bare[place], doubts, numbers)
        if found is not None:
            days.append(found)
        place += size
    return days, doubts, numbers


def _joined(lines: list[str]) -> list[str]:
    """Without lines that only part others or tell an hour or a weekday, and with 年, 月 and 日 at the number that they stand behind."""
    found: list[str] = []
    for line in lines:
        words = line.strip(_AROUND)
        if words in _MARKS and found and found[-1][-1:].isdecimal():
            found[-1] += words
        elif len(words) > _LONGEST_MARK or not (words.strip("/.") == "" or _WEEKDAY.fullmatch(words) or _CLOCK.fullmatch(words)):
            found.append(line)
    return found


def _anywhere(text: str, today: date) -> Iterator[date]:
    rest = text
    for found in _FULL.finditer(text):
        rest = rest.replace(found[0], " ")
        if (seen := _day(*found.groups())) is not None:
            yield seen
    for found in _ANYWHERE.finditer(rest) if _has(rest, _YEARS) else ():
        rest = rest.replace(found[0], " ")
        if (seen := day_of(" ".join(found[0].split()), today)) is not None:
            yield seen
    for found in _AGO.finditer(rest) if "前" in rest or "ago" in rest else ():
        if (seen := back(found[0].strip(), today)) is not None:
            yield seen
    for found in _WORD_AT.finditer(rest) if ":" in rest else ():
        if (seen := back(found[1], today)) is not None:
            yield seen
    for found in _MONTH_DAY.finditer(rest) if _BETWEEN.search(rest) else ():
        if not _CLOCK_BEFORE.search(rest, max(0, found.start() - 12), found.start()):
            first, cut, second = found[1], found[2], found[3]
            if first:
                seen = month_and_day(first, cut, second, today)
            else:
                seen = newest(today, int(found[4] or found[7]), int(found[6] or found[8]))
            if seen is not None:
                yield seen


def _is_clock(text: str, today: date) -> bool:
    """Whether the text is a page header's clock: a day that is called today's, or is today's and has its weekday."""
    for found in (*_FULL.finditer(text), *_ANYWHERE.finditer(text)):
        if _CLOCK_BEFORE.search(text, max(0, found.start() - 24), found.start()):
            return True
        if day_of(" ".join(found[0].split()), today) == today and _has_weekday(text, found.start(), found.end()):
            return True
    for found in _MONTH_DAY.finditer(text) if "月" in text else ():
        if found[7] and newest(today, int(found[7]), int(found[8])) == today and _has_weekday(text, found.start(), found.end()):
            return True
    return False


def _has_weekday(text: str, start: int, end: int) -> bool:
    after = _WEEKDAY.match(text, end + len(text[end : end + _NEAR]) - len(text[end : end + _NEAR].lstrip()))
    return after is not None or any(found.end() >= start - _NEAR for found in _WEEKDAY.finditer(text, max(0, start - 16), start))


@lru_cache(maxsize=8_192)
def _bare(line: str) -> str | None:
    """A line that is nothing but a date, or a part of one, without label, brackets, clock and weekday."""
    if len(line) > _LONGEST_BARE or not (_DIGIT.search(line) or _NAME.fullmatch(line)):
        return None
    words = _stripped(line)
    return words if _BARE.fullmatch(words) and (_DIGIT.search(words) or _NAME.fullmatch(words)) else None


def _stripped(line: str) -> str:
    if len(line) > _LONGEST_BARE:
        return ""
    return " ".join(_CLOCK.sub(" ", _WEEKDAY.sub(" ", _ISO_T.sub(" ", _shorn(line)))).strip(_AROUND).split())


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
    return any([word in text for word in words])


def _is_footer(text: str) -> bool:
    text = text.lower()
    return "版权所有" in text or "copyright" in text or "©" in text or "icp备" in text


def _day(year: str, month: str, of_month: str) -> date | None:
    return day(int(year), int(month), int(of_month))


def _in_digits(found: re.Match[str]) -> str:
    year = "".join(str(_HAN[letter]) for letter in found[1])
    return f"{year}年{_small(found[2])}月{_small(found[3])}日"


def _small(words: str) -> int:
    """二十八 and the like, up to 99; 0 for what is none."""
    tens, ten, ones = words.partition("十")
    if not ten:
        return _HAN[words] if len(words) == 1 else 0
    return 10 * (_HAN.get(tens, 0) if tens else 1) + (_HAN.get(ones, 0) if ones else 0)
