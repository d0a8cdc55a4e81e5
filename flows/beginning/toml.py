"""Writes a new scheme as TOML that explains itself: every key that may be added stands there as a comment, with what it means."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flows.reading.recording import ANY
from flows.scheme.keys import KEYS, Key, meaning
from flows.scheme.schema import LINE

# What every new scheme says by itself, as values of its top-level keys: whatever must not rest on a default.
STATED: dict[str, Any] = {"missing": "fail", "incomplete": "fail"}

_HEAD = """{line}
# {year}年度评议方案。
# “#”后面是说明。“# 键 = 值”这样的行是可以加的键，写着的是不加时的值或一个例子；要用就去掉行首的“# ”。
# 改好后运行 pingyi check {year}，所有错误一次列出。写成中文句子的评议办法：pingyi method {year}。
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 44


def scheme_text(table: Mapping[str, Any]) -> str:
    """The text of a scheme, with the tables of `Plan.table`."""
    said = {**table, **{key: value for key, value in STATED.items() if key not in table}}
    known = _Known(table)
    lines = _HEAD.format(line=LINE, year=table["year"]).splitlines()
    lines += ["", *_keys((), said, known)]
    if "aspects" in table:
        lines += ["", f"# {KEYS['aspects'].meaning}。", "[aspects]"]
        lines += [f"{_name(name)} = {_value(aspect)}" for name, aspect in table["aspects"].items()]
    lines += ["", f"# {KEYS['groups'].meaning}。"]
    for name, group in table["groups"].items():
        lines += [f"[groups.{_name(name)}]", *_keys(("groups", ANY), group, known), ""]
    lines += [f"# {KEYS['sources'].meaning}。"]
    for name, source in table["sources"].items():
        lines += [f"[sources.{_name(name)}]", *_keys(("sources", source["kind"]), source, known), ""]
    for section in ("crawl", "comparison"):
        lines += [f"# {KEYS[section].meaning}。要用时去掉下面各行行首的“# ”，[{section}] 这一行也要。", f"# [{section}]"]
        lines += [*_keys((section,), {}, known), ""]
    lines[-1:] = ["# 扫描程序自己的检测表（[crawl.wide]）见 data/README.zh.md。"]
    return "\n".join(lines) + "\n"


class _Known:
    """The first of each sort of name in a scheme, for the examples."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._names = {
            "source": next(iter(table["sources"])),
            "group": next(iter(table["groups"])),
            "aspect": next(iter(table.get("aspects", {"": {}}))),
            "year": str(table["year"]),
        }

    def example(self, key: Key, keys: Mapping[str, Any]) -> str:
        names = {**self._names, "type": _name(next(iter(keys.get("item_types", {"": ""}))))}
        return re.sub("<([a-z]+)>", lambda found: names[found[1]], key.shown)


def _keys(path: tuple[str, ...], table: Mapping[str, Any], known: _Known) -> Iterator[str]:
    """A line for every key of a table: with its value, or as a comment that shows how it could be added."""
    ways = (path, ("sources", ANY)) if path[:1] == ("sources",) else (path,)
    prefixes = [".".join((*way, "")) for way in ways]
    listed = [
        (name.removeprefix(prefix), key)
        for prefix in reversed(prefixes)
        for name, key in KEYS.items()
        if name.startswith(prefix) and "." not in name.removeprefix(prefix) and name.removeprefix(prefix) not in ("", ANY)
    ]
    for name, key in listed:
        if name in table and (path or not isinstance(table[name], dict)):
            yield from _written(name, table[name], meaning((*path, name)), path)
        elif key.shown:
            yield f"# {_aligned(f'{name} = {known.example(key, table)}')}# {key.meaning}"


def _written(name: str, value: Any, says: str, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield f"# {says}。"
        entries = {key.rpartition(".")[2]: each for key, each in KEYS.items() if key.startswith(".".join((*path, name, "[].")))}
        yield from (f"#   {key}：{each.meaning}" for key, each in entries.items())
        yield f"{name} = ["
        yield from (f"  {_value(entry)}," for entry in value)
        yield "]"
    else:
        yield f"{_aligned(f'{name} = {_value(value)}')}# {says}"


def _aligned(text: str) -> str:
    """The text with room behind it, in which Chinese letters count twice."""
    width = sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
    return text + " " * max(2, _WIDTH - width)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    # A string of JSON is one of TOML, but for this control.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case str():
            return quoted(value)
        case int():
            return str(value)
        case Decimal():
            return _plain(value)
        case date():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_name(key)} = {_value(each)}' for key, each in value.items())} }}"
    raise TypeError(f"no TOML for {value!r}")


def _plain(number: Decimal) -> str:
    """A decimal without an exponent; a whole number without a point."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
