"""What a new year needs, while it is being asked for: a scheme in the making, which is valid at any moment.

Whoever answers types words such as `部门=20` or `满意=100 一般=60`; the functions here make values of them, and raise `Wrong` with
a sentence where they cannot. Whether the values make a scheme is decided by the scheme's own reader.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flows.errors import OperatorError
from flows.sources import Source, kinds

HUNDRED = Decimal(100)
_BETWEEN = re.compile(r"[\s,，;；]+")


class Wrong(Exception):
    """An answer that says nothing: the sentences that tell why."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Refused(Wrong):
    """An answer that makes no valid scheme, in the sentences of the scheme's reader, which begin with the key."""


@dataclass(frozen=True)
class Named:
    """Something with an id, what it is called, and what was written behind it."""

    id: str
    label: str
    value: str = ""


@dataclass
class PlannedSource:
    """A source with its kind and the keys of its kind, as a scheme has them."""

    id: str
    label: str
    kind: str
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def of_kind(self) -> type[Source]:
        return kinds()[self.kind]


@dataclass
class Plan:
    """A year in the making. `weights` are those of the sources, in their order, for each group by its id. Without an `office` the
    scheme names none."""

    year: int
    title: str
    timezone: str
    groups: list[tuple[Named, int]]
    sources: list[PlannedSource]
    aspects: list[tuple[Named, Decimal]]
    weights: dict[str, list[Decimal]] = field(default_factory=dict)
    office: str = ""

    @property
    def rates_aspects(self) -> bool:
        return any(source.of_kind.rates_aspects for source in self.sources)

    def table(self) -> dict[str, Any]:
        """The scheme as `tomllib` would read it, its keys in the order in which they are written."""
        ids = [source.id for source in self.sources]
        aspects = {named.id: {"label": named.label, "weight": weight} for named, weight in self.aspects}
        return {
            "year": self.year,
            "title": self.title,
            "timezone": self.timezone,
            **({"office": self.office} if self.office else {}),
            **({"aspects": aspects} if self.rates_aspects else {}),
            "groups": {
                named.id: {
                    "label": named.label,
                    "publish_top": top,
                    "weights": dict(zip(ids, self.weights[named.id], strict=True)),
                }
                for named, top in self.groups
            },
            "sources": {source.id: {"label": source.label, "kind": source.kind, **source.keys} for source in self.sources},
        }


@dataclass(frozen=True)
class Question:
    """Something to be asked: its name, as `--set` takes it, the question, and the answer that Enter gives; without one it must be
    answered, unless it is `optional`. `put` writes an answer, as the words of which it is made, into the plan or raises `Wrong`;
    those of an answer that is left empty are none (of `one`: an empty one).
    """

    name: str
    asked: str
    usual: str
    put: Callable[[list[str]], None]
    one: bool = False
    optional: bool = False

    def answer(self, text: str) -> None:
        self.put([text.strip()] if self.one else words(text))


def words(text: str) -> list[str]:
    return [word for word in _BETWEEN.split(text) if word]


def named(word: str, what: str) -> Named:
    """`编号:名称=值`, or `名称=值`, whose letters and digits are then the id."""
    name, equals, value = word.replace("＝", "=").partition("=")
    if not equals or not value.strip():
        raise Wrong(f"“{word}”应写成 名称=值，如 {what}")
    first, colon, label = (part.strip() for part in name.replace("：", ":").partition(":"))
    label = label if colon else first
    id_ = first if colon else "".join(letter for letter in first if letter.isalnum() or letter in "_-")
    if not label or not id_:
        raise Wrong(f"“{word}”没有名称；应写成 名称=值，如 {what}")
    return Named(id_, label, value.strip())


def all_named(texts: Sequence[str], what: str) -> list[Named]:
    """Several of them, no two with the same id."""
    found = [named(text, what) for text in texts]
    ids = [each.id for each in found]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise Wrong(f"“{twice}”出现了不止一次")
    return found


def number(text: str, what: str) -> Decimal:
    """A number as it was typed, in full width too; a sign of percent and 分 behind it are dropped."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%").removesuffix("分").strip()
    try:
        found = Decimal(plain) if re.fullmatch(r"-?[0-9]*\.?[0-9]+", plain) else None
    except InvalidOperation:
        found = None
    if found is None:
        raise Wrong(f"{what}应为数字，现为“{text}”")
    return found


def whole(text: str, what: str) -> int:
    found = number(text, what)
    if found != int(found):
        raise Wrong(f"{what}应为整数，现为“{text}”")
    return int(found)


def limit(
    source: PlannedSource, key: str, asked: str, usual: str, read: Callable[[str, str], Decimal | int] = number, silent: int = 0
) -> Question:
    """A question about a number of a source; the key is not written where the answer is what its silence says, `silent`."""

    def put(texts: list[str]) -> None:
        value = read(texts[0], asked.partition("（")[0])
        source.keys.pop(key, None)
        if value != silent:
            source.keys[key] = value

    return Question(f"{source.id}.{key}", f"{source.label}：{asked}", usual, put, one=True)


def shares(texts: Sequence[str], what: str) -> list[Decimal]:
    """Weights: fractions that add up to 1, or percentages that add up to 100, which become fractions, all exactly."""
    numbers = [number(text, f"{what}的权重") for text in texts]
    total = sum(numbers)
    if total == HUNDRED:
        return [each / HUNDRED for each in numbers]
    if total != 1:
        raise Wrong(f"{what}：权重之和为 {total}，应恰为 1，或以百分数计恰为 100")
    return numbers


def even(count: int) -> list[Decimal]:
    """Weights of about the same size, in whole percent."""
    each, rest = divmod(100, count)
    return [Decimal(each + (place < rest)) / HUNDRED for place in range(count)]


def day(text: str) -> date:
    parts = re.fullmatch(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?", unicodedata.normalize("NFKC", text))
    try:
        return date(*map(int, parts.groups())) if parts else date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"“{text}”应为日期，如 2025-11-01") from None


def sentences(fault: OperatorError) -> tuple[str, ...]:
    return fault.faults or (fault.summary,)
