"""Days in Chinese numerals, put into digits: 二〇二六年十一月二十八日, 十一月廿八日."""

import re

_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"0": 0}
_TENS = {"十": 1, "廿": 2, "卅": 3} | {f"{digit}十": number for digit, number in _DIGITS.items()}
# 八, 十八, 廿八, 二十八.
_SMALL = _DIGITS | {ten + one: 10 * tens + ones for ten, tens in _TENS.items() for one, ones in ({"": 0} | _DIGITS).items()}
_YEAR, _MONTH, _OF_MONTH = (
    r"[一二][零0一二三四五六七八九]{3}",
    r"十[一二]?|[一二三四五六七八九]",
    r"[一二三四五六七八九十廿卅]{1,3}",
)
_DATE = re.compile(rf"(?:({_YEAR})年\s?)?(?<![一二三四五六七八九十])({_MONTH})月\s?({_OF_MONTH})\s?[日号]")
# Days of the lunar calendar are seldom called 日; those from 二十一 on have one name in both.
_DATE_OF_YEAR = re.compile(rf"({_YEAR})年\s?({_MONTH})月\s?((?!廿)[一二三四五六七八九十]{{1,3}})$", re.M)
_ONLY_MONTH = re.compile(rf"^({_MONTH})月$", re.M)
_LUNAR = re.compile(
    r"[农阴旧]历\s?[:是]?\s?(?:[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥](?:\(?.\)?)?年)?\s?\S{1,3}月\S{1,3}"
)
_MAYBE = re.compile(rf"(?:{_YEAR}年|[甲乙丙丁戊己庚辛壬癸]\S年)?\s?(?:闰?(?:{_MONTH}|[正冬腊])月)\s?(?:初?{_OF_MONTH})?[日号]?")


def in_digits(text: str) -> str:
    """`text`, whose zeros are 零, with its days in digits. Days of the lunar calendar are left out, where it is named."""
    if "历" in text:
        text = _LUNAR.sub(" ", text)
    for form in (_DATE, _DATE_OF_YEAR):
        text = form.sub(_day, text)
    return _ONLY_MONTH.sub(lambda found: f"{_SMALL.get(found[1], 0)}月", text)


def may_be_a_day(words: str) -> bool:
    """Whether words in Chinese numerals may be a day of this calendar or of the lunar one: 十一月廿八, 冬月初八."""
    return _MAYBE.fullmatch(words) is not None


def _day(found: re.Match[str]) -> str:
    year = f"{''.join(str(_DIGITS[letter]) for letter in found[1])}年" if found[1] else ""
    # A number that is none makes no day.
    return f"{year}{_SMALL.get(found[2], 0)}月{_SMALL.get(found[3], 0)}日"
