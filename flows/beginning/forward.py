"""Carries a scheme forward to another year: its text with all comments, the year changed, its days moved.

The text is changed where days and the year stand in it, and a line is added where the old scheme left to a default what a new one
says by itself, and nowhere else; what comes of it is read as TOML and compared with what the old scheme says a year later. Where
the two differ, nothing is written.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flows.beginning.toml import STATED, quoted
from flows.errors import OperatorError
from flows.scheme.keys import KEYS
from flows.scheme.schema import LINE

# What is between the values of a TOML file: comments, and strings of its four sorts.
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'''.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<day>(?<![\w.+-])\d{4}-\d{2}-\d{2}(?![\w:-])(?![ T]\d\d:))
    """,
    re.X | re.S,
)
_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LIST_KEY = r"(?m)^[ \t]*{key}[ \t]*=[ \t]*"
# What an old scheme that says nothing is to say from now on.
_TREATMENT = "incomplete"


@dataclass(frozen=True)
class Forward:
    """The new text, and as sentences what was changed and what still speaks of the old year."""

    text: str
    changes: tuple[str, ...]
    doubts: tuple[str, ...]


def carry_forward(old: str, name: str, year: int, title: str = "") -> Forward:
    """The text of a valid scheme, carried forward to `year`. `title` takes the place of the old one.

    Raises `OperatorError` where the text is written in a way that cannot be changed with certainty.
    """
    before = _read(old)
    was = before["year"]
    wanted_title = title or _named_year(before["title"], was, year)
    wanted = _later(before, was, year)
    wanted["year"], wanted["title"] = year, wanted_title
    confirmed = before.get("comparison", {}).get("confirmed", [])
    if confirmed:
        wanted["comparison"]["confirmed"] = []
    is_silent = _TREATMENT not in before
    if is_silent:
        wanted[_TREATMENT] = STATED[_TREATMENT]
    text = _with_days(old, year - was)
    text = _with_value(text, "year", str(year))
    if wanted_title != before["title"]:
        text = _with_value(text, "title", quoted(wanted_title))
    if confirmed:
        text = _with_value(text, "confirmed", "[]")
    if is_silent:
        text = _with_line(text, f"{_TREATMENT} = {quoted(STATED[_TREATMENT])}  # {KEYS[_TREATMENT].meaning}")
    if not re.search(r"(?m)^#:schema ", text):
        text = f"{LINE}\n{text}"
    if _read(text) != wanted:
        raise OperatorError(
            f"方案 {name} 的写法（year、title 或日期）没有把握自动改到 {year} 年，没有写出任何文件。请复制它，手工改年度和日期后用 pingyi check 检查。"
        )
    notice = [f"notice 照抄了，还对不对：{wanted['notice']}"] if "notice" in wanted and year != was else []
    changes = [f"{path}：{old_value} → {new_value}" for path, old_value, new_value in _differences(before, wanted)]
    if is_silent:
        changes.append(
            f"{_TREATMENT}：没有写（就是 tell，应到而没有到齐的只作提示） → {STATED[_TREATMENT]}（没有补齐或批准就不公布）；自己写明的来源不变"
        )
    return Forward(text, tuple(changes), (*notice, *_speaking_of(wanted, was, year)))


def _read(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def _later(value: Any, was: int, year: int) -> Any:
    if isinstance(value, dict):
        return {key: _later(each, was, year) for key, each in value.items()}
    if isinstance(value, list):
        return [_later(each, was, year) for each in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return _moved(value, year - was)
    if isinstance(value, str) and _WHOLE_DAY.fullmatch(value):
        return _moved_text(value, year - was)
    return value


def _moved(day: date, years: int) -> date:
    """The same day so many years later; the last of February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _moved_text(text: str, years: int) -> str:
    try:
        return _moved(date.fromisoformat(text), years).isoformat()
    except ValueError:
        return text


def _with_days(text: str, years: int) -> str:
    def changed(found: re.Match[str]) -> str:
        if found["day"]:
            return _moved_text(found["day"], years)
        inner = found[0][1:-1]
        if found["string"] and _WHOLE_DAY.fullmatch(inner):
            return found[0][0] + _moved_text(inner, years) + found[0][-1]
        return found[0]

    return _TOKEN.sub(changed, text)


def _with_value(text: str, key: str, value: str) -> str:
    """The text with another value of the first line `key = …` that is no part of a string; a list may span lines."""
    for found in re.finditer(_LIST_KEY.format(key=key), text):
        if not _inside_token(text, found.start()):
            end = _end_of_value(text, found.end())
            return text[: found.end()] + value + text[end:]
    return text


def _with_line(text: str, line: str) -> str:
    """The text with a line of its own behind one of the keys that every scheme has before its tables."""
    for key in ("timezone", "year"):
        for found in re.finditer(_LIST_KEY.format(key=key), text):
            if not _inside_token(text, found.start()):
                end = text.index("\n", _end_of_value(text, found.end()))
                ending = "\r\n" if text[end - 1] == "\r" else "\n"
                return f"{text[: end + 1]}{line}{ending}{text[end + 1 :]}"
    return text


def _inside_token(text: str, place: int) -> bool:
    return any(token.start() < place < token.end() for token in _TOKEN.finditer(text))


def _end_of_value(text: str, start: int) -> int:
    """Where the value ends that begins here: behind a string, behind the list's last bracket, or before what follows on the line."""
    token = _TOKEN.match(text, start)
    if token and token["string"]:
        return token.end()
    if text[start] != "[":
        return next((place for place in range(start, len(text)) if text[place] in " \t\r\n#,"), len(text))
    depth, place = 0, start
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token:
            place = token.end()
            continue
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        place += 1
        if not depth:
            break
    return place


def _named_year(title: str, was: int, year: int) -> str:
    """The title with the new year wherever the old one stands as a number of its own."""
    return re.sub(rf"(?<!\d){was}(?!\d)", str(year), title)


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from _differences(value, after[key], f"{path}.{key}" if path else key)
    elif before != after:
        yield path, before, after


def _speaking_of(table: Any, was: int, year: int) -> Iterator[str]:
    """The texts in which the old year still stands."""
    if was == year:
        return
    for path, text in _texts(table, ""):
        if path != "notice" and re.search(rf"(?<!\d){was}(?!\d)", text):
            yield f"{path} 里还写着 {was}：{text}"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, each in enumerate(value, start=1):
            yield from _texts(each, f"{path}[{place}]")
    elif isinstance(value, str):
        yield path, value
