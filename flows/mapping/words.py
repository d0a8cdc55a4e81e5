"""Finds sites and aspects in headings, and the shape that many headings have in common."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.reading.spelling import fold

_LONGEST = 60
# A longer heading is none that anybody wrote.
_LONGEST_HEADING = 500
_DIGITS = re.compile(r"[0-9]+")


def spelt(text: str) -> str:
    """A heading, or a word that may stand in one, in the form in which both are compared here: position for position."""
    return " ".join(fold(text).split())


class Words:
    """Words that may stand in headings, such as the names of sites."""

    def __init__(self, words: Iterable[str]) -> None:
        # A number in a heading is that of a question.
        self._words = {spelt(word).lower() for word in words if word and not word.isdecimal()}
        self._longest = min(max(map(len, self._words), default=0), _LONGEST)

    def found(self, text: str) -> tuple[int, int] | None:
        """Where the longest of the words stands in a heading, the last of several; None where none does."""
        lower, best = text.lower(), None
        if len(lower) != len(text) or len(text) > _LONGEST_HEADING:
            return None
        for first in range(len(text)):
            for last in range(min(len(text), first + self._longest), first, -1):
                if best and last - first < best[1] - best[0]:
                    break
                if lower[first:last] in self._words and _stands_alone(text, first, last):
                    best = first, last
        return best

    def __contains__(self, text: str) -> bool:
        return spelt(text).lower() in self._words


def _stands_alone(text: str, first: int, last: int) -> bool:
    """Whether a word in Latin letters is not the middle of a longer one."""
    before, behind = text[first - 1 : first], text[last : last + 1]
    return not (_joins(before, text[first]) or _joins(text[last - 1], behind))


def _joins(left: str, right: str) -> bool:
    return bool(left) and bool(right) and (left + right).isascii() and left.isalnum() and right.isalnum()


@dataclass(frozen=True)
class Shape:
    """A heading of a mapping, and the headings of a file that it is."""

    text: str
    headings: tuple[str, ...]


def shapes(headings: Mapping[str, Iterable[str]], sites: Words, aspects: Words) -> list[Shape]:
    """The shapes of headings with a site or an aspect, those of the most headings first. Of each heading, `headings` has the texts
    by which it may go."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for name, texts in headings.items():
        found = [shape for text in texts if (shape := _shape(spelt(text), sites, aspects))]
        if found:
            # That with more places says more of the heading.
            by_text[max(found, key=lambda text: text.count("{"))].append(name)
    alike: dict[str, list[str]] = defaultdict(list)
    for text in by_text:
        alike[_DIGITS.sub("#", text)].append(text)
    made = []
    for texts in alike.values():
        text = texts[0] if len(texts) == 1 else _without_numbers(texts)
        made.append(Shape(text, tuple(name for one in texts for name in by_text[one])))
    return sorted(made, key=lambda shape: (-shape.text.count("{site}") - shape.text.count("{aspect}"), -len(shape.headings)))


def _without_numbers(texts: list[str]) -> str:
    """Texts that are alike but for numbers, with a place for every number in which they differ."""
    numbers = list(zip(*(_DIGITS.findall(text) for text in texts), strict=True))
    differing = iter([len(set(number)) > 1 for number in numbers])
    return _DIGITS.sub(lambda number: "{}" if next(differing) else number[0], texts[0])


def _shape(text: str, sites: Words, aspects: Words) -> str | None:
    site = sites.found(text)
    rest = text if site is None else text[: site[0]] + "\0" * (site[1] - site[0]) + text[site[1] :]
    aspect = aspects.found(rest)
    spans = sorted((span, name) for span, name in ((site, "{site}"), (aspect, "{aspect}")) if span)
    for (first, last), name in reversed(spans):
        text = text[:first] + name + text[last:]
    return text if spans else None
