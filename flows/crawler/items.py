"""The items of a page: what stands in its lists, and how new the newest is."""

from datetime import date, timedelta
from typing import NamedTuple

from selectolax.lexbor import LexborNode
from yarl import URL

from flows.crawler.dates import date_in_address, date_of_time, dates_in_text
from flows.crawler.markup import Markup

_CONTAINERS = {"li", "tr", "dd", "p", "dt", "article"}
# Beyond these there is no single item any more.
_WALLS = {"body", "html", "ul", "ol", "dl", "table", "tbody", "nav", "form", "main", "header", "footer", None}
_HIGHEST = 6
# What is longer is no item but a part of the page.
_LONGEST, _LONGEST_BOX = 500, 300
_NONE: frozenset[date] = frozenset()
_SUMMARIES = {"li", "tr", "dd", "article"}
_EDGE = 150
# Characters that are read of one page for its items.
_MOST_READ = 8 << 20
# A link of so few letters is navigation.
_SHORTEST_TITLE = 6


class Items(NamedTuple):
    """`newest` of the dated items, the dates that lie `ahead`, and links without a date that are long enough for a title."""

    newest: date | None
    ahead: tuple[date, ...]
    undated: tuple[URL, ...]


def items_of(markup: Markup, today: date) -> Items:
    """`today` is where the sites are; a day ahead of it is still believed."""
    reader = _Reader(today)
    days: set[date] = set()
    undated: list[URL] = []
    for link in markup.anchors:
        found = reader.beside(link.node)
        if (day := date_in_address(link.url.raw_path)) is not None:
            found = found | {day}
        days |= found
        if not found and len(link.node.text(strip=True)) >= _SHORTEST_TITLE:
            undated.append(link.url)
    for node in markup.times:
        day = date_of_time(node.attributes["datetime"] or "")
        if day is not None and reader.stands_by_a_link(node):
            days.add(day)
    last = today + timedelta(days=1)
    return Items(
        max((day for day in days if day <= last), default=None), tuple(sorted(day for day in days if day > last)), tuple(undated)
    )


class _Reader:
    """Reads the surroundings of links. What several links share is read once, and all of it together has a limit:
    where large parts of a page stand inside each other, reading each of them would take forever."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._left = _MOST_READ
        self._known: dict[int, frozenset[date]] = {}
        self._links: dict[int, bool] = {}

    def beside(self, link: LexborNode) -> frozenset[date]:
        """The dates in and beside a link."""
        node = link
        for _ in range(_HIGHEST):
            node = node.parent
            tag = node.tag if node is not None else None
            if tag in _WALLS:
                break
            if tag in _CONTAINERS or tag == "div":
                found = self._dates_of(node, tag)
                if found or tag in _CONTAINERS:
                    return found
        return self._dates_of(link, "a")

    def stands_by_a_link(self, node: LexborNode) -> bool:
        for _ in range(_HIGHEST):
            node = node.parent
            tag = node.tag if node is not None else None
            if tag == "a":
                return True
            if tag in _WALLS:
                return False
            if tag in _CONTAINERS or tag == "div":
                if self._has_link(node):
                    return True
                if tag in _CONTAINERS:
                    return False
        return False

    def _dates_of(self, node: LexborNode, tag: str) -> frozenset[date]:
        found = self._known.get(node.mem_id)
        if found is None:
            text = self._text(node, _LONGEST_BOX if tag == "div" else _LONGEST)
            found = frozenset(dates_in_text(text, self._today)) if text else _NONE
            if tag == "dt" and not found and (beside := _next_element(node)) is not None and beside.tag == "dd":
                # <dt>title</dt><dd>date</dd>
                found = self._dates_of(beside, "dd")
            self._known[node.mem_id] = found
        return found

    def _has_link(self, node: LexborNode) -> bool:
        known = self._links.get(node.mem_id)
        if known is None:
            known = self._links[node.mem_id] = bool(self._text(node, _LONGEST)) and node.css_first("a[href]") is not None
        return known

    def _text(self, node: LexborNode, longest: int) -> str:
        """The text of a small part of the page without breaks; nothing of a large one."""
        if self._left < 0:
            return ""
        text = " ".join(node.text(separator=" ").split())
        self._left -= len(text)
        if len(text) <= longest:
            return text
        # An item with a long summary has its date at its beginning or at its end.
        return f"{text[:_EDGE]} {text[-_EDGE:]}" if node.tag in _SUMMARIES else ""


def _next_element(node: LexborNode) -> LexborNode | None:
    beside = node.next
    while beside is not None and beside.tag == "-text":
        beside = beside.next
    return beside
