"""Writes a scheme as TOML. Decimals are written digit by digit, so that 0.1 stays one tenth."""

import json
import re
from datetime import date
from decimal import Decimal


def toml_text(scheme: dict) -> str:
    plain = {key: value for key, value in scheme.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {_inline(value)}" for key, value in plain.items()]
    for section in ("aspects", "crawl"):
        if section in scheme:
            lines += _table([section], scheme[section])
    for section in ("groups", "sources"):
        for name, table in scheme[section].items():
            lines += _table([section, name], table)
    return "\n".join(lines) + "\n"


def _table(path: list[str], table: dict) -> list[str]:
    header = ".".join(_key(part) for part in path)
    return ["", f"[{header}]", *(f"{_key(key)} = {_inline(value)}" for key, value in table.items())]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _inline(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case list():
            return "[" + ", ".join(_inline(item) for item in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
    raise TypeError(f"no TOML for {value!r}")
