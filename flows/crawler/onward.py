"""Where a page leads by itself: a refresh, and scripts that set the location."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from yarl import URL

# A refresh of up to so many seconds leads on whatever there is to read meanwhile (0 is navigation by the HTML Standard), one of
# up to so many where there is next to nothing.
AT_ONCE, SOON = 1, 30
_REFRESH = re.compile(r"\s*(\d+|(?=\.))[\d.]*(?:\s*$|(?=[\s;,])\s*[;,]?\s*(.*))", re.S)
_REFRESH_URL = re.compile(r"u(?:r(?:l\s*(?:=\s*)?)?)?", re.I)
_LONGEST = 2_000
_STRING = rf"""(?:"((?:\\.|[^"\\\n]){{1,{_LONGEST}}})"|'((?:\\.|[^'\\\n]){{1,{_LONGEST}}})'|`([^`\\$]{{1,{_LONGEST}}})`)"""
# Strings are matched only so that an address in one is no comment.
_COMMENT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)|(?<![:\\])//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)""",
)
_GOES = re.compile(
    r"""\blocation(?:\s?\.\s?href|\[["']href["']\])?\s{0,9}=(?![=>])\s{0,9}"""
    r"""|\blocation(?:\s?\.\s?href)?\s?\.\s?(?:replace|assign)\s{0,9}\(\s{0,9}"""
    r"""|\bwindow\s?\.\s?navigate\s?\(\s{0,9}|\bwindow\.open\((?=[^()\n]{1,300},\s*["']_(?:self|top|parent)["'])\s{0,9}"""
)
# What may stand before the word: a window or its document. Anything else has a location of its own.
_OWNER = re.compile(r"([\w$\])]{1,30})\s?\.\s?$")
_OWNER_WITHIN = 34
_WINDOWS = {"window", "document", "self", "top", "parent", "this", "frames", "globalThis"}
_TEXT = re.compile(_STRING + r"\s*(\+)?")
_NAME = re.compile(r"([A-Za-z_$][\w$]*)\s*(?:[;)\n]|$)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.S)
_MOST_JUMPS = 20


class Onward(NamedTuple):
    """Where a page leads that is only there to lead on; no `url` where that cannot be told. `how` is a Chinese phrase, and
    `framed` says that the other page is shown inside this one."""

    url: URL | None
    how: str
    framed: bool = False


class Jump(NamedTuple):
    """An address that a script goes to, None where only running it would tell; `at_once`: in no block, so whoever opens the page."""

    words: str | None
    at_once: bool


def refresh_of(content: str) -> tuple[int, str] | None:
    """Seconds and address of a refresh, as the HTML Standard reads it (4.2.4.3); the address is empty for the page itself."""
    found = _REFRESH.match(content[:_LONGEST])
    if found is None:
        return None
    words = found[2] or ""
    target = _REFRESH_URL.match(words)
    # Behind what is not quite the word "url=", all that stands there is the address.
    if target is None or target[0].rstrip().endswith("="):
        words = words[target.end() :] if target else words
        if words[:1] in ("'", '"'):
            words = words[1:].partition(words[0])[0]
    return int(found[1][:9] or 0), words.strip()


def jumps(code: Sequence[str]) -> Iterator[Jump]:
    number = 0
    names: dict[str, str | None] = {}
    for text in code:
        if "location" not in text and "window.open" not in text and "navigate" not in text:
            continue
        text = _COMMENT.sub(lambda found: found[1] or " ", text)
        depth = end = 0
        for found in _GOES.finditer(text):
            depth += text.count("{", end, found.start()) - text.count("}", end, found.start())
            end = found.start()
            owner = _OWNER.search(text[max(0, found.start() - _OWNER_WITHIN) : found.start()])
            if owner is not None and owner[1] not in _WINDOWS:
                continue
            yield Jump(_value(text, found.end(), code, names), at_once=depth <= 0)
            number += 1
            if number == _MOST_JUMPS:
                return


def _value(text: str, at: int, code: Sequence[str], names: dict[str, str | None]) -> str | None:
    """A string, or a variable that is given one string and no other; `names` remembers these."""
    if found := _TEXT.match(text, at):
        return None if found[4] else _unescaped(found[1] or found[2] or found[3])
    if (name := _NAME.match(text, at)) is None:
        return None
    if name[1] not in names:
        names[name[1]] = _given(name[1], code)
    return names[name[1]]


def _given(name: str, code: Sequence[str]) -> str | None:
    given = re.compile(rf"(?<![\w$.]){re.escape(name)}\s{{0,9}}(\+)?=(?!=)\s{{0,9}}(?:{_STRING}\s{{0,9}}(\+)?)?")
    values = {
        None if found[1] or found[5] or not any(found.group(2, 3, 4)) else _unescaped(found[2] or found[3] or found[4])
        for each in code
        for found in given.finditer(each)
    }
    return values.pop() if len(values) == 1 else None


def _unescaped(words: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else found[3], words)
