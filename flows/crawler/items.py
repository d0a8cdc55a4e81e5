"""The items of a page: what stands in its lists, and how new the newest is."""

from dataclasses import dataclass
from datetime import date, timedelta

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
_MOST_NODES = 120
# A link of so few letters is navigation.
_SHORTEST_TITLE = 6


@dataclass(frozen=True, slots=True)
class Items:
    """`newest` of the dated items, the dates that lie ahead, and links of lists that look like items without a date."""

    newest: date | None
    ahead: tuple[date, ...]
    undated: tuple[URL, ...]


def items_of(markup: Markup, today: date) -> Items:
    """`today` is where the sites are; a day ahead of it is still believed."""
    days: set[date] = set()
    undated: list[URL] = []
    # Several links stand in one container; its text is read once.
    texts: dict[int, set[date]] = {}
    for link in markup.anchors:
        found = set(dates_in_text(_bounded(link.node, _LONGEST) or "", today))
        if (day := date_in_address(link.url.raw_path)) is not None:
            found.add(day)
        container = _container(link.node, texts, today, found)
        days |= found
        if container in _CONTAINERS and not found and len(link.node.text(strip=True)) >= _SHORTEST_TITLE:
            undated.append(link.url)
    for node in markup.times:
        day = date_of_time(node.attributes["datetime"] or "")
        if day is not None and _stands_by_a_link(node):
            days.add(day)
    last = today + timedelta(days=1)
    return Items(
        max((day for day in days if day <= last), default=None), tuple(sorted(day for day in days if day > last)), tuple(undated)
    )


def _container(node: LexborNode, texts: dict[int, set[date]], today: date, found: set[date]) -> str | None:
    """Adds the dates beside a link to `found`; the tag of what holds the link, if that is one for items."""
    for _ in range(_HIGHEST):
        node = node.parent
        tag = node.tag if node is not None else None
        if tag in _WALLS:
            return None
        if tag in _CONTAINERS or tag == "div":
            key = node.mem_id
            if key not in texts:
                texts[key] = _dates_of(node, tag, today)
            found |= texts[key]
            if tag in _CONTAINERS:
                return tag
            if found:
                return None
    return None


def _dates_of(node: LexborNode, tag: str, today: date) -> set[date]:
    text = _bounded(node, _LONGEST_BOX if tag == "div" else _LONGEST)
    days = set(dates_in_text(text, today)) if text else set()
    if tag == "dt" and not days:
        # <dt>title</dt><dd>date</dd>
        beside = node.next
        while beside is not None and beside.tag == "-text":
            beside = beside.next
        if beside is not None and beside.tag == "dd":
            days = set(dates_in_text(_bounded(beside, _LONGEST) or "", today))
    return days


def _stands_by_a_link(node: LexborNode) -> bool:
    for _ in range(_HIGHEST):
        node = node.parent
        tag = node.tag if node is not None else None
        if tag == "a":
            return True
        if tag in _WALLS:
            return False
        if (tag in _CONTAINERS or tag == "div") and _bounded(node, _LONGEST) is not None:
            if node.css_first("a[href]") is not None:
                return True
            if tag in _CONTAINERS:
                return False
    return False


def _bounded(node: LexborNode, longest: int) -> str | None:
    """The text of a small part of the page, or None for a large one, without reading all of it."""
    parts: list[str] = []
    length = 0
    for number, inner in enumerate(node.traverse(include_text=True)):
        if number > _MOST_NODES:
            return None
        if inner.tag == "-text":
            part = inner.text(deep=False)
            parts.append(part)
            length += len(part)
            if length > longest:
                return None
    return " ".join(parts)
