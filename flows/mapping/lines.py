"""The text of a mapping: its keys in TOML, each with a remark above it."""

import json
from dataclasses import dataclass, field


@dataclass
class Lines:
    """The keys of the mapping in the order in which they are written, each with the remark above it."""

    keys: list[tuple[str, object, str]] = field(default_factory=list)

    def add(self, key: str, value: object, remark: str = "") -> None:
        if value:
            self.keys.append((key, value, remark))

    def text(self, name: str) -> str:
        lines = [f"[{name}]"]
        for key, value, remark in self.keys:
            lines += [f"# {remark}"] if remark else []
            lines.append(f"{key} = {toml(value)}")
        return "\n".join(lines) + "\n"


def toml(value: object) -> str:
    """A text, a number, a list or a table as TOML writes it in one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{toml(key)} = {toml(entry)}" for key, entry in value.items()) + " }"
        case tuple() | list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case int():
            return str(value)
    # A basic string of TOML is written as one of JSON, but for the character behind the ASCII letters.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
