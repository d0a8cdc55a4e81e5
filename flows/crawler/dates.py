"""Dates as government sites write them, in the text around a link and in the address it leads to."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

# \d takes full-width digits as well, and int() reads them.
_FULL = re.compile(r"(?<![\d./-])(\d{4})\s?[-－/／.．年]\s?(\d{1,2})\s?[-－/／.．月]\s?(\d{1,2})(?!\d)\s?日?")
_MONTH_DAY = re.compile(
    r"(?<![\d/:：.-])(\d{2})[-－/／](\d{2})(?![\d/:：.年-])"
    r"|[\[(（【〔]\s?(\d{1,2})[-－/／](\d{1,2})\s?[\])）】〕]"
    r"|(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?日"
)
# Looked for first: most texts have none, and the expression above is slow to say so.
_BETWEEN = re.compile(r"[-－/／月]")
# The clock of a page header, whose date is always today's.
_CLOCK_BEFORE = re.compile(r"(?:今天|今日|当前|现在|today|Today)[^\d]{0,8}$")
_CLOCK_AFTER = re.compile(r"\s{0,3}(?:星期|周[一二三四五六日])")
_DIGIT = re.compile(r"\d")
_IN_ADDRESS = re.compile(
    r"[/_t](20\d{2})(0[1-9]|1[0-2])([0-3]\d)(?=[/_.])"  # /t20261124_123.html, /20261124/
    r"|/(20\d{2})(0[1-9]|1[0-2])/([0-3]\d)/"  # /202611/24/
    r"|/(20\d{2})[-/](\d{1,2})[-/](\d{1,2})/"  # /2026/11/24/
)
_CENTURY = "20"
_EARLIEST = 1990


def dates_in_text(text: str, today: date) -> Iterator[date]:
    """Dates of the text around an item, not those of clocks and footers. A day without a year is the newest that is not ahead."""
    if not _DIGIT.search(text) or _is_footer(text):
        return
    rest = text
    for found in _FULL.finditer(text):
        if _CLOCK_BEFORE.search(text, max(0, found.start() - 12), found.start()) or _CLOCK_AFTER.match(text, found.end()):
            return
        rest = rest.replace(found[0], " ")
        if (day := _date(*found.groups())) is not None:
            yield day
    for found in _MONTH_DAY.finditer(rest) if _BETWEEN.search(rest) else ():
        if not _CLOCK_BEFORE.search(rest, max(0, found.start() - 12), found.start()):
            month, day_of_month = (group for group in found.groups() if group is not None)
            if (day := _newest(today, int(month), int(day_of_month))) is not None:
                yield day


def date_in_address(path: str) -> date | None:
    for found in _IN_ADDRESS.finditer(path) if _CENTURY in path else ():
        if (day := _date(*(group for group in found.groups() if group is not None))) is not None:
            return day
    return None


def date_of_time(stamp: str) -> date | None:
    """Of a `datetime` attribute: 2026-11-24, with or without a time behind it."""
    try:
        return date.fromisoformat(stamp.strip()[:10])
    except ValueError:
        return None


def _is_footer(text: str) -> bool:
    text = text.lower()
    return "版权" in text or "copyright" in text or "©" in text or "icp备" in text


# The same few days stand on most pages of a night.
@lru_cache(maxsize=4_096)
def _date(year: str, month: str, day: str) -> date | None:
    if int(year) < _EARLIEST:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _newest(today: date, month: int, day: int) -> date | None:
    # Eight years back there was a 29 February, whatever year it is.
    for year in range(today.year + 1, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today + timedelta(days=1):
            return found
    return None
