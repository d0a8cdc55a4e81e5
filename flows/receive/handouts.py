"""The mark by which a handout (填报表, `flows.templates`) is known when it comes back filled in.

It is a name that the workbook defines, whose value is a text; spreadsheet programs keep such names when they save a workbook.
A workbook without the mark, such as one into which somebody has copied the cells, is a delivery like any other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

NAME = "pingyi.handout"
# The most that a spreadsheet program takes for a text in a formula or in a name.
MOST = 255
_LONGEST_DATASET = 80


@dataclass(frozen=True)
class Mark:
    """What a handout says of itself.

    `dataset` is the one that it asks for, its name cut to its first letters. The others are headings of its first sheet: `given`
    of the columns that it has filled in, `once` of those that are written once for all rows, `shown` of those that are there to be
    looked at only. `sheets` has the names of its other sheets, with their rows.
    """

    dataset: str
    given: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    sheets: Mapping[str, int] = field(default_factory=dict)

    def asks_for(self, dataset: str) -> bool:
        return self.dataset == dataset[:_LONGEST_DATASET]

    def written(self) -> str:
        """The value of the name. Raises `ValueError` where a spreadsheet program would not take so long a text."""
        content = [self.dataset[:_LONGEST_DATASET], self.given, self.once, self.shown, self.sheets]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace('"', '""')
        if len(text) > MOST:
            raise ValueError(f"the mark of a handout has {len(text)} letters: {text}")
        return f'"{text}"'

    @classmethod
    def read(cls, value: str) -> Self | None:
        """The mark that the value of the name holds; None where somebody else uses this name."""
        text = value.strip()
        if len(text) < 2 or text[0] != '"' or text[-1] != '"':
            return None
        try:
            content = json.loads(text[1:-1].replace('""', '"'))
        except (ValueError, RecursionError):
            return None
        match content:
            case [str(dataset), [*given], [*once], [*shown], {**sheets}] if _are(str, given, once, shown) and _are(
                int, sheets.values()
            ):
                return cls(dataset, tuple(given), tuple(once), tuple(shown), sheets)
        return None


def _are(kind: type, *lists: Any) -> bool:
    return all(type(thing) is kind for things in lists for thing in things)
