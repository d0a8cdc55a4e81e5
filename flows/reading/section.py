"""One table of a TOML file, read key by key, its faults collected instead of raised."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Weights, points and maxima are kept as decimal(14, 8) in the warehouse.
DECIMAL_PLACES = 8
DIGITS = 6


class Section:
    """A TOML table and its path in the file. Each read marks its key as known; `finish` reports the unknown keys."""

    def __init__(self, table: dict[str, Any], path: str, faults: list[str], name: str = "") -> None:
        self._table = table
        self._path = path
        self._faults = faults
        self._known: set[str] = set()
        self.name = name

    def fault(self, key: str, text: str) -> None:
        where = f"{self._path}.{key}" if self._path and key else self._path or key
        self._faults.append(f"{where}：{text}")

    def finish(self) -> None:
        for key in self._table:
            if key not in self._known:
                known = "、".join(sorted(self._known))
                self.fault(key, f"不认识的键；这里可用的键：{known}")

    def value(self, key: str, optional: bool = False) -> Any:
        self._known.add(key)
        if key not in self._table:
            if not optional:
                self.fault(key, "缺少这个键")
            return None
        return self._table[key]

    def _checked(self, key: str, value: Any, valid: bool, wanted: str) -> Any:
        """A valid value as it is, and None for an absent one; None with a fault for any other."""
        if value is None or valid:
            return value
        self.fault(key, f"应为{wanted}，现为 {value!r}")
        return None

    def _text(self, key: str, value: Any) -> str | None:
        return self._checked(key, value, isinstance(value, str) and bool(value.strip()), "不空的文字")

    def _table_at(self, key: str, value: Any) -> dict[str, Any] | None:
        return self._checked(key, value, isinstance(value, dict), "一个表")

    def names(self, key: str) -> set[str]:
        table = self._table.get(key)
        return set(table) if isinstance(table, dict) else set()

    def text(self, key: str, optional: bool = False) -> str | None:
        return self._text(key, self.value(key, optional))

    def integer(self, key: str, at_least: int, at_most: int = 2**31 - 1, optional: bool = False) -> int | None:
        value = self.value(key, optional)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= at_most:
            bounds = f"不小于 {at_least}" if at_most == 2**31 - 1 else f"{at_least} 到 {at_most}"
            self.fault(key, f"应为{bounds} 的整数，现为 {value}")
            return None
        return value

    def flag(self, key: str) -> bool:
        """true or false; false where the key is absent."""
        value = self.value(key, optional=True)
        return bool(self._checked(key, value, isinstance(value, bool), " true 或 false"))

    def decimal(
        self,
        key: str,
        at_least: int | None = None,
        at_most: int | None = None,
        above: int | None = None,
        optional: bool = False,
        default: Decimal | None = None,
    ) -> Decimal | None:
        value = self.value(key, optional or default is not None)
        if value is None:
            return default
        return self._number(key, value, at_least, at_most, above)

    def _number(self, key: str, value: Any, at_least: int | None, at_most: int | None, above: int | None):
        sound = isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()
        if self._checked(key, value, sound, "数字") is None:
            return None
        number = Decimal(value)
        if at_least is not None and number < at_least:
            self.fault(key, f"为 {number}，应不小于 {at_least}")
        elif above is not None and number <= above:
            self.fault(key, f"为 {number}，应大于 {above}")
        elif at_most is not None and number > at_most:
            self.fault(key, f"为 {number}，应不大于 {at_most}")
        elif _decimal_places(number) > DECIMAL_PLACES or number.adjusted() >= DIGITS:
            self.fault(key, f"为 {number}，最多 {DIGITS} 位整数、{DECIMAL_PLACES} 位小数")
        else:
            return number
        return None

    def choice(self, key: str, offered: Iterable[str], optional: bool = False, default: str | None = None) -> Any:
        words = tuple(offered)
        if key not in self._table and not optional and default is None:
            self._known.add(key)
            self.fault(key, f"缺少这个键，应为 {'、'.join(words)} 之一")
            return None
        value = self.value(key, optional=True)
        if value is None:
            return default
        if not isinstance(value, str) or value not in words:
            self.fault(key, f"为 {value!r}，应为 {'、'.join(words)} 之一")
            return default
        return value

    def texts(self, key: str, needed: bool = False, default: tuple[str, ...] = (), otherwise: str = "") -> tuple[str, ...]:
        """A list of texts; where it may not be empty, `otherwise` says what leaving the key out means."""
        value = self.value(key, optional=not needed)
        if value is None:
            return default
        if value == [] and otherwise:
            self.fault(key, f"是空的；{otherwise}")
        sound = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        return tuple(self._checked(key, value, sound, '文字的列表，如 ["满意"]') or ())

    def words(self, key: str) -> tuple[str, ...]:
        """A text, or a list of texts where there are several."""
        if isinstance(self._table.get(key), str):
            text = self.text(key)
            return () if text is None else (text,)
        words = self.texts(key, needed=True)
        if self._table.get(key) == []:
            self.fault(key, "是空的")
        return words

    def day(self, key: str, optional: bool = False) -> date | None:
        value = self.value(key, optional)
        if isinstance(value, str):
            with suppress(ValueError):
                return date.fromisoformat(value)
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        return self._checked(key, value, is_day, "日期（如 2007-11-01）")

    def must_differ(self, key: str, names: Iterable[str]) -> None:
        names = list(names)
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(key, f"“{name}”出现了不止一次")

    def has(self, key: str) -> bool:
        return key in self._table

    def is_table(self, key: str) -> bool:
        return isinstance(self._table.get(key), dict)

    def words_or_sections(self, key: str) -> list["tuple[str, tuple[str, ...]] | Section"]:
        """A table with entries of two types: a text or list of texts, returned with its name, or a subtable."""
        below = self.section(key, needed=True)
        if below is None:
            return []
        return [
            Section(value, below._below(name), self._faults, name) if isinstance(value, dict) else (name, below.words(name))
            for name, value in below._table.items()
        ]

    def _subtable(self, key: str, needed: bool) -> dict[str, Any] | None:
        table = self._table_at(key, self.value(key, optional=not needed))
        if needed and table == {}:
            self.fault(key, "是空的")
        return table

    def section(self, key: str, needed: bool = False) -> "Section | None":
        table = self._subtable(key, needed)
        return None if table is None else Section(table, self._below(key), self._faults, key)

    def sections(self, key: str, needed: bool) -> list["Section"]:
        """The named tables of a table, such as `[groups.department]`, in the file's order."""
        tables = {name: self._table_at(f"{key}.{name}", table) for name, table in (self._subtable(key, needed) or {}).items()}
        below = self._below(key)
        return [Section(table, f"{below}.{name}", self._faults, name) for name, table in tables.items() if table is not None]

    def entries(self, key: str) -> list["Section"]:
        """The tables of a list, such as `indicators = [ { … }, { … } ]`."""
        value = self.value(key)
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.fault(key, "应为不空的列表，每项是一个 { … } 表")
            return []
        return [Section(item, f"{self._below(key)}[{position}]", self._faults) for position, item in enumerate(value, 1)]

    def decimals(self, key: str, optional: bool = False) -> dict[str, Decimal]:
        """A table of numbers from 0 on, such as `weights`."""
        table = self._subtable(key, not optional) or {}
        numbers = {name: self._number(f"{key}.{name}", value, 0, None, None) for name, value in table.items()}
        return {name: number for name, number in numbers.items() if number is not None}

    def labels(self, key: str) -> dict[str, str]:
        """A table of texts, such as `item_types`."""
        texts = {name: self._text(f"{key}.{name}", value) for name, value in (self._subtable(key, True) or {}).items()}
        return {name: text for name, text in texts.items() if text is not None}

    def _below(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _decimal_places(number: Decimal) -> int:
    """How many decimal places a finite number has."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
