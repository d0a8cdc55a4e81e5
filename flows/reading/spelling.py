"""Brings texts with the same meaning to the same spelling, and finds the known name that an unknown one resembles.

Files come from spreadsheets, chat programs and PDF pages, which leave characters behind that nobody sees. Two spellings of
one person must be one person, and a name of the register must be known however it was copied; numbers and dates, on the
other hand, are read with care, since a superscript two is no digit of theirs.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

# What has no width: controls (Cc), format characters (Cf) and Default_Ignorable_Code_Point of Unicode 15, among them the
# marks of direction, the variation selectors, the joiners and the byte order mark.
INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# A text of these characters only is spelt as it is; every other one is looked at closely.
UNUSUAL = "[^\x20-\x7e\u3001\u3002\u3008-\u3011\u3400-\u4dbf\u4e00-\u9fff]"

_UNSEEN = re.compile(f"[{INVISIBLE}]")
_UNSEEN_IN_PROSE = re.compile(f"(?![\t\n\r])[{INVISIBLE}]")
# Full-width ASCII (U+FF01 to U+FF5E) stands 0xFEE0 above its narrow twin.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NARROW_LETTERS = {wide: narrow for wide, narrow in _NARROW.items() if chr(narrow).isalnum()}
# Radicals that look like the ideographs they are part of, where NFKC leaves them (Unicode's EquivalentUnifiedIdeograph).
_RADICALS = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻"
    "⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑𫜹忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿"
    "肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_APOSTROPHES = "'’‘"
_RESEMBLING = 0.6


def fold(text: str) -> str:
    """The form for comparing names and persons: NFKC without invisible characters, surrounding space, and the wrapping by which
    spreadsheets mark a text."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).translate(_RADICALS)
    return unwrapped(seen.strip())


def narrow(text: str) -> str:
    """A number, a date or a word as it is read: full-width as half-width, nothing invisible, no space around, unwrapped."""
    return unwrapped(_UNSEEN.sub("", text).translate(_NARROW).strip())


def prose(text: str) -> str:
    """Free text: full-width digits and letters narrowed, nothing invisible but line ends and tabs, no space around."""
    return _UNSEEN_IN_PROSE.sub("", text).translate(_NARROW_LETTERS).strip()


def unwrapped(text: str) -> str:
    """A text without the `="…"` or the leading apostrophe that make a spreadsheet program take digits for a text."""
    formula = _QUOTED_FORMULA.match(text)
    if formula:
        return formula[1].strip()
    if text[:1] in _APOSTROPHES and len(text) > 1:
        return text[1:].removesuffix(text[0]).strip()
    return text


def heading(text: str) -> str:
    """The form in which headings are compared: as names are, and without regard to case and to any space."""
    return "".join(fold(text).casefold().split())


def nearest(name: str, known: Iterable[str] | Mapping[str, str]) -> str | None:
    """The known name that an unknown one resembles most, or None where it resembles none.

    Of a mapping, the keys are compared and the value of the nearest is the answer.
    """
    meant = known if isinstance(known, Mapping) else {name: name for name in known}
    wanted = heading(name)
    likeness = {candidate: _likeness(wanted, heading(candidate)) for candidate in meant}
    best = max(likeness, key=lambda candidate: likeness[candidate], default=None)
    return meant[best] if best is not None and likeness[best] >= _RESEMBLING else None


def _likeness(first: str, second: str) -> float:
    """The similarity of two names, from 0 to 1. It is higher than the letters alone where a name is half of the other, such as
    满意 of 总体满意."""
    if not first or not second:
        return 0.0
    ratio = SequenceMatcher(None, first, second, autojunk=False).ratio()
    short, long = sorted((first, second), key=len)
    half = len(short) >= 2 and len(long) <= 2 * len(short) and (long.startswith(short) or long.endswith(short))
    return max(ratio, 0.75) if half else ratio
