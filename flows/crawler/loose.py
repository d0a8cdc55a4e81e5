"""Dates of a page that stand in no item: in lists without a box for each item, or where nobody can say whose they are."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from selectolax.lexbor import LexborNode

from flows.crawler.dates import Reading, is_footer, is_page_clock, may_tell, read

# Elements that text flows across; all others begin a block of their own.
_INLINE = frozenset((
    "abbr", "b", "big", "bdi", "bdo", "cite", "code", "em", "font", "i", "ins", "label", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "tt", "u", "var",
))  # fmt: skip
_UNREAD = frozenset(["script", "style", "template", "noscript", "select", "textarea", "button", "footer"])
_FOOT = ("foot", "copyright")
# Elements and pieces of text of one page that are looked at, and letters of a block; a date of an item has few words around it.
_MOST, _LONGEST, _LONGEST_DATE = 60_000, 2_000, 100
# Titles between two dates of a list: the item's own, and that of its picture.
_MOST_BETWEEN = 2
_NAMES = 3
_SECONDS = re.compile(r"\d:\d{2}:\d{2}")
_OF_PAGE = re.compile(r"(?:最[后近新]|网站|页面|网页|本[站页])\S{0,4}(?:更新|修改|维护)")


class Loose(NamedTuple):
    """`days` are those of lists in which titles and dates take turns, `dated` how many, and `doubts` what stands there instead and
    was not understood. Of the `unclaimed` nobody can say whose they are; of the `open` ones not even whether they are the clock's."""

    days: frozenset[date] = frozenset()
    dated: int = 0
    doubts: tuple[str, ...] = ()
    unclaimed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()


class _Block(NamedTuple):
    """Text that flows together; `names` are those of the elements around it, and how deep it stands."""

    text: str
    names: tuple[Any, ...]


class _Found(NamedTuple):
    """A date between two titles of the page, by the number of the place; `is_last`: the page's footer is all that follows."""

    gap: int
    block: _Block
    reading: Reading
    is_last: bool

    @property
    def days(self) -> tuple[date, ...]:
        return (*self.reading.days, *self.reading.clocks)


def loose_dates(bodies: list[LexborNode], claimed: set[int], today: date, shortest: int) -> Loose:
    """`claimed` are the elements whose dates belong to items, `shortest` are the letters of the shortest title.

    Dates in elements of the same names, as deep, with a title between each two of them, are those of a list; a single one is not.
    """
    gaps = [gap for body in bodies for gap in _gaps(body, claimed, shortest)]
    footer = max((number for number, gap in enumerate(gaps) if any(is_footer(block.text) for block in gap)), default=len(gaps))
    found = [each for number, gap in enumerate(gaps) if gap for each in _read(number, gap, footer, today)]
    listed = _listed(found)
    # In front of the first title a page's clock stands as well.
    first = {id(each) for each in listed if each.gap == 0 and today in each.days}
    days = frozenset(day for each in listed if id(each) not in first for day in each.days)
    return Loose(
        days,
        sum(bool(each.days) and id(each) not in first for each in listed),
        tuple(doubt for each in listed for doubt in each.reading.doubts),
        frozenset(day for each in found if not each.is_last and not _is_running(each, today) for day in each.reading.days)
        - days,
        frozenset({today}) if first else frozenset(),
    )


def _listed(found: list[_Found]) -> list[_Found]:
    by_names: dict[tuple[Any, ...], list[_Found]] = {}
    for each in found:
        if len(each.block.text) <= _LONGEST_DATE:
            by_names.setdefault(each.block.names, []).append(each)
    listed = {}
    for alike in by_names.values():
        for first, second in pairwise(alike):
            if 1 <= second.gap - first.gap <= _MOST_BETWEEN:
                listed |= {id(first): first, id(second): second}
    return list(listed.values())


def _is_running(found: _Found, today: date) -> bool:
    """Whether a date is a clock that runs, with its seconds."""
    return found.reading.days == (today,) and _SECONDS.search(found.block.text) is not None


def _read(number: int, gap: list[_Block], footer: int, today: date) -> Iterator[_Found]:
    """The dates of the text between two titles; where no block of it is one, those that its blocks make together, or a doubt."""
    if number == footer:
        gap = gap[: next(index for index, block in enumerate(gap) if is_footer(block.text))]
    gap = [block for block in gap if may_tell(block.text)]
    blocks = [block for block in gap if not is_page_clock(block.text)]
    found = []
    for block in blocks:
        is_last = number > footer or (number == footer and _OF_PAGE.search(block.text) is not None)
        found.append(_Found(number, block, read(block.text, today), is_last))
    if not any(each.days for each in found) and len(blocks) > 1:
        whole = "\n".join(block.text for block in blocks)
        if len(whole) <= _LONGEST:
            block = next((block for block in blocks if any(map(str.isdecimal, block.text))), blocks[0])
            found.insert(0, _Found(number, block, read(whole, today), number > footer))
    if any(is_page_clock(f"{first.text}\n{second.text}") for first, second in pairwise(gap)):
        # 今天是 and its date in two blocks
        found = [each for each in found if today not in each.days]
    dated = [each for each in found if each.days]
    yield from dated or [each for each in found if each.reading.doubts][:1]


def _gaps(body: LexborNode, claimed: set[int], shortest: int) -> Iterator[list[_Block]]:
    """The blocks of text in front of the first title of the page, and behind each title."""
    gap: list[_Block] = []
    runs: list[str] = []
    of_runs: tuple[Any, ...] = ()

    def end_of_block() -> None:
        if runs:
            text = "\n".join(runs)
            if len(text) > _LONGEST:
                text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
            gap.append(_Block(text, of_runs))
            runs.clear()

    # An element comes back without a node when all in it has been seen.
    waiting: list[tuple[LexborNode | None, tuple[Any, ...]]] = [(body, (0,))]
    for _ in range(_MOST):
        if not waiting:
            break
        node, names = waiting.pop()
        if node is None:
            end_of_block()
            continue
        tag = node.tag
        if tag == "-text":
            if words := " ".join((node.text_content or "").split()):
                of_runs = of_runs if runs else names
                runs.append(words)
            continue
        if tag == "a":
            if len(node.text(strip=True)) >= shortest:
                end_of_block()
                yield gap
                gap = []
            continue
        is_block = tag not in _INLINE
        if is_block:
            end_of_block()
        if tag in _UNREAD or node.mem_id in claimed or _is_foot(node, tag):
            continue
        if is_block:
            waiting.append((None, ()))
        inside = (names[0] + 1, *names[1:][-_NAMES + 1 :], tag)
        waiting += [(child, inside) for child in reversed([*node.iter(include_text=True)])]
    end_of_block()
    yield gap


def _is_foot(node: LexborNode, tag: str | None) -> bool:
    if tag == "body":
        return False
    attributes = node.attributes
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
    return any(word in names for word in _FOOT)
