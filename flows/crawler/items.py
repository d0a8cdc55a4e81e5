"""The items of a page: what stands in its lists, and how new the newest is."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborNode
from yarl import URL

from flows.crawler.clocks import WEEKDAY
from flows.crawler.dates import Reading, date_in_address, date_of_seconds, date_of_time, read
from flows.crawler.loose import Loose, loose_dates
from flows.crawler.markup import Markup, Title
from flows.crawler.neighbours import group_of, near, walk

# Where an item ends. In a paragraph or a list's term there may be only a part of it.
_CONTAINERS = {"li", "tr", "dd", "article"}
_PARTS = {"p", "dt", "div"}
# Beyond these there is no single item any more.
_WALLS = {"body", "html", "ul", "ol", "dl", "table", "tbody", "nav", "form", "main", "header", "footer", None}
_HIGHEST = 6
# What is longer is no item but a part of the page.
_LONGEST, _LONGEST_BOX = 500, 300
# What stands in these with a title is an item, be it the only one.
_LISTED = {"li", "dd", "dt", "article", "a"}
_SUMMARIES = {"li", "tr", "dd", "article"}
_EDGE = 150
# A box is an item where so few links stand in it: those of a picture, a title and "more".
_LONGEST_CARD, _LINKS_OF_CARD = 2_000, 3
# Characters that are read of one page for its items, and elements of one item for its attributes.
_MOST_READ = 8 << 20
_MOST_ELEMENTS = 60
# A link of so few letters is navigation.
_SHORTEST_TITLE = 6
# Nor is one to a front page, or to one of a page's own tools.
_HOME = re.compile(r"/?(?:(?:index|default|home|main)\.\w{2,5})?", re.I)
_LONGEST_TOOL = 10
_TOOL = re.compile(
    r"首页|收藏|无障碍|适老|长者|关怀|大字|登[录陆]|注册|[繁简][体體]|手机版|移动版|客户端|邮箱|网站地图|欢迎|天气|网站支持|智能|机器人|搜索|检索"
    r"|公众号|微信|微博|订阅|帮助|IPv6|english|log ?in|sign ?in|home ?page",
    re.I,
)  # fmt: skip
# A link that is only these is a calendar's, and no title.
_OF_DAY = re.compile(r"[\d\s年月日号:/.-]|(?:星期|周|礼拜)[一二三四五六日天]")
_BETWEEN_RUNS = "\x1f"
_TELLING = ("date", "time", "day", "pub", "update")
_MOST_DOUBTS = 50
# What is at most so old is new by every check.
NEW_DAYS = 14


class Today(NamedTuple):
    """The day where the sites are, and their time zone."""

    day: date
    zone: ZoneInfo


class Items(NamedTuple):
    """`newest` of the dated items and how many these are, the dates that lie `ahead`, links without a date that are long enough
    for a title, and of these what may be dates and was not understood. `unclaimed` are dates of the page, up to today, that belong to
    no item that can be told; they are looked for where nothing is new, since only there somebody asks."""

    newest: date | None
    dated: int
    ahead: tuple[date, ...]
    undated: tuple[URL, ...]
    doubts: tuple[str, ...]
    unclaimed: tuple[date, ...] = ()


NO_ITEMS = Items(None, 0, (), (), ())


def items_of(markup: Markup, today: Today) -> Items:
    """A day ahead of today is still believed."""
    reader = _Reader(today)
    days: set[date] = set()
    dated = 0
    undated: list[URL] = []
    doubts: list[str] = []
    numbers: list[int] = []
    for link in markup.titles:
        found = reader.beside(link)
        beside = set(found.days)
        if link.url is not None and (day := date_in_address(link.url.raw_path)) is not None:
            beside.add(day)
        days |= beside
        if beside:
            dated += 1
        elif len(link.node.text(strip=True)) >= _SHORTEST_TITLE:
            if link.url is not None:
                undated.append(link.url)
            doubts += found.doubts
            numbers += found.numbers
    for node in markup.times:
        day = date_of_time(node.attributes["datetime"] or "")
        if day is not None and reader.stands_by_a_link(node):
            days.add(day)
            dated += 1
    if not _are_positions(numbers):
        doubts += map(str, numbers)
    last = today.day + timedelta(days=1)
    loose = Loose()
    if max((day for day in days if day <= last), default=date.min) < today.day - timedelta(days=NEW_DAYS):
        loose = reader.loose(markup)
        days |= loose.days
        dated += loose.dated
        doubts += loose.doubts
    # What may be a page's clock is one where there are dated items that it could be compared with.
    unclaimed = (
        {day for day in loose.unclaimed if day < today.day or (day == today.day and not dated)} | loose.open | reader.alone
    )
    return Items(
        max((day for day in days if day <= last), default=None),
        dated,
        tuple(sorted(day for day in days if day > last)),
        tuple(undated),
        tuple(doubts[:_MOST_DOUBTS]),
        tuple(sorted(unclaimed - days)),
    )


def _are_positions(numbers: list[int]) -> bool:
    """Whether numbers that stand alone count the items of a list: 1, 2, 3."""
    return sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1))


class _Reader:
    """Reads the surroundings of links. What several links share is read once, and all of it together has a limit:
    where large parts of a page stand inside each other, reading each of them would take forever."""

    def __init__(self, today: Today) -> None:
        self._today = today
        self._left = _MOST_READ
        self._known: dict[int, Reading] = {}
        self._links: dict[int, bool] = {}
        self._claimed: set[int] = set()
        self.alone: set[date] = set()

    def beside(self, link: Title) -> Reading:
        """The dates in and beside a link; where there are none, what may be one."""
        found, doubtful = Reading(), None
        for node, tag in self._around(link):
            found = self._of_item(link, node, tag)
            if found.days:
                return found
            if doubtful is None and (found.doubts or found.numbers):
                doubtful = found
        return doubtful or found

    def _around(self, link: Title) -> Iterator[tuple[LexborNode, str]]:
        """Where the date of a link may stand, the likeliest first, and by the rules of which element it is read."""
        boxes = []
        for node in takewhile(lambda each: each.tag not in _WALLS, walk(link.node, "parent", _HIGHEST)):
            if node.tag in _CONTAINERS:
                yield node, node.tag
                return
            if node.tag in _PARTS:
                yield node, node.tag
            else:
                boxes.append(node)
        # No list is around it: any box will do, such as a section.
        yield from ((box, "div") for box in boxes)
        yield link.node, "a"

    def loose(self, markup: Markup) -> Loose:
        """The dates that stand outside of all items that were found."""
        return loose_dates(markup.bodies, self._claimed, self._today.day, _SHORTEST_TITLE)

    def _of_item(self, link: Title, node: LexborNode, tag: str) -> Reading:
        """What the surroundings of a link, or a link itself, say of its day."""
        found = self._reading_of(node, tag)
        if found.clocks and self._is_item(link, node, tag, found.clocks):
            found = Reading(found.clocks)
        if found.days:
            self._claimed.add(node.mem_id)
        return found

    def _is_item(self, link: Title, node: LexborNode, tag: str, clocks: tuple[date, ...]) -> bool:
        """Whether what a page's clock may say as well is the date of an item: beside a title, in a list or where its like stands."""
        title = _OF_DAY.sub("", link.node.text(strip=True))
        is_home = link.url is not None and _HOME.fullmatch(link.url.raw_path_qs) is not None
        if is_home or (len(title) <= _LONGEST_TOOL and _TOOL.search(title)):
            return False
        if len(title) >= _SHORTEST_TITLE and (tag in _LISTED or self._today.day not in clocks):
            return True
        if any(self._is_like(each, tag) for each in near(node)):
            return True
        if len(title) >= _SHORTEST_TITLE and len(node.css("a")) == 1:
            # One title and one date: an item, or a header that looks like one.
            self.alone |= set(clocks)
        return False

    def _is_like(self, node: LexborNode, tag: str) -> bool:
        """Whether an element has a link and a date, outside of a list one with a weekday."""
        found = self._reading_of(node, tag)
        has_date = found.clocks or (found.days and (tag in _LISTED or WEEKDAY.search(self._text(node, _LONGEST))))
        return bool(has_date) and (node.tag == "a" or self._has_link(node))

    def stands_by_a_link(self, node: LexborNode) -> bool:
        for around in walk(node, "parent", _HIGHEST):
            if around.tag == "a" or (around.tag not in _WALLS and self._has_link(around)):
                return True
            if around.tag in _WALLS or around.tag in _CONTAINERS:
                return False
        return False

    def _reading_of(self, node: LexborNode, tag: str) -> Reading:
        found = self._known.get(node.mem_id)
        if found is None:
            text = self._text(node, _LONGEST_BOX if tag == "div" else _LONGEST)
            found = read(text, self._today.day) if text else Reading()
            if text and not found.days and (days := self._in_attributes(node)):
                found = Reading(days)
            if not (found.days or found.clocks) and tag in ("dt", "dd"):
                # <dt>title</dt><dd>date</dd>, or the other way round
                group = "\n".join(self._text(each, _LONGEST) for each in group_of(node))
                beside = read(group, self._today.day) if len(group) <= _LONGEST else found
                found = beside if beside.days or beside.clocks else found
            self._known[node.mem_id] = found
        return found

    def _in_attributes(self, node: LexborNode) -> tuple[date, ...]:
        """Dates that elements of an item keep in attributes: a tooltip, or what a script shows."""
        days: list[date] = []
        for each in islice(node.traverse(include_text=False), _MOST_ELEMENTS):
            self._left -= 1
            for name, value in each.attributes.items():
                if not value or not (name in ("title", "datetime") or name.startswith("data-")) or len(value) > _LONGEST:
                    continue
                tells_date = any(word in name for word in _TELLING)
                if tells_date and (day := date_of_seconds(value.strip(), self._today.zone)) is not None:
                    days.append(day)
                elif tells_date or name == "title":
                    days += read(value, self._today.day).days
                elif value.count("-") >= 2 and (day := date_of_time(value)) is not None:
                    days.append(day)
        return tuple(days)

    def _has_link(self, node: LexborNode) -> bool:
        known = self._links.get(node.mem_id)
        if known is None:
            known = self._links[node.mem_id] = bool(self._text(node, _LONGEST)) and node.css_first("a[href]") is not None
        return known

    def _text(self, node: LexborNode, longest: int) -> str:
        """The text of a small part of the page, a line for each of its runs; nothing of a large one."""
        if self._left < 0:
            return ""
        runs = (" ".join(run.split()) for run in node.text(separator=_BETWEEN_RUNS).split(_BETWEEN_RUNS))
        text = "\n".join(run for run in runs if run)
        self._left -= len(text)
        if len(text) <= longest:
            return text
        # An item with a long summary has its date at its beginning or at its end.
        is_item = node.tag in _SUMMARIES or (len(text) <= _LONGEST_CARD and len(node.css("a[href]")) <= _LINKS_OF_CARD)
        return f"{text[:_EDGE]}\n{text[-_EDGE:]}" if is_item else ""
