"""How new the home page is, and the columns that the register lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from yarl import URL

from flows.crawler.checks import Row, made, none_made, not_made
from flows.crawler.home import SHELL
from flows.crawler.items import NEW_DAYS, Today
from flows.crawler.links import Links, may_be_page
from flows.crawler.pages import Page
from flows.crawler.results import short
from flows.crawler.rules import ColumnAddress

COLUMN_CHECKS = ("empty_columns", "stale_columns")
HOME_DAYS = NEW_DAYS
COLUMN_DAYS = {"news": NEW_DAYS, "notices": 183, "policy": 183}
_KIND = {"news": "动态要闻", "notices": "通知公告", "policy": "政策文件"}
_MOST_BELOW = 3
_MOST_FRAMES = 2
_MOST_SHOWN = 6
_MOST_DOUBTS = 3
_UNDATED = "没有注明日期的内容"


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was found. Of an `unseen` one nothing can be said; an empty one has no items at all."""

    summary: str
    unseen: bool = False
    empty: bool = False
    stale: bool = False


async def home_updated(url: str, page: Page, links: Links, today: Today) -> Row:
    if page.is_shell:
        return not_made("home_updated", url, SHELL)
    pages = [page]
    if page.items.newest is None:
        # What frames show stands on the page; else it is one level down.
        inside = (link for link in (page.links if page.is_navigation else page.frames) if links.own(link) and may_be_page(link))
        for address in islice((link for link in inside if not links.is_home(link)), _MOST_BELOW):
            look = await links.look_behind(address)
            if look.page is not None:
                pages.append(look.page)
    newest, age, ahead = _dates(pages, today)
    looked = "首页只有导航，看了下一级" if page.is_navigation else "看了框架里的"
    where = f"（{looked} {len(pages) - 1} 页）" if len(pages) > 1 else ""
    if (age is None or age > HOME_DAYS) and (why := _unclear(pages, today, HOME_DAYS)):
        return not_made("home_updated", url, f"{why}{where}")
    if age is None:
        return made("home_updated", False, url, f"{_UNDATED}{where}{ahead}")
    return made("home_updated", age <= HOME_DAYS, url, f"最新内容的日期 {newest}，{age} 天前{where}{ahead}", age)


async def column_rows(url: str, columns: Iterable[ColumnAddress], home: Page | None, links: Links, today: Today) -> list[Row]:
    """`home` is the home page: what stands there as well is navigation, no item of a column."""
    navigation = set(home.links) if home is not None else set()
    seen = [await _column(column, navigation, links, today) for column in columns]
    known = [column for column in seen if not column.unseen]
    if not known:
        return none_made(COLUMN_CHECKS, url, "；".join(column.summary for column in seen[:_MOST_SHOWN]) or "登记册没有列出栏目")
    empty = [column for column in known if column.empty]
    rows = [made("empty_columns", not empty, url, _summary(seen, "空", len(empty), empty), len(empty))]
    filled = [column for column in known if not column.empty]
    if not filled:
        return [*rows, not_made("stale_columns", url, "能看到的栏目都是空的，已计入空栏目")]
    stale = [column for column in filled if column.stale]
    return [*rows, made("stale_columns", not stale, url, _summary(seen, "过期", len(stale), stale or filled), len(stale))]


async def _column(column: ColumnAddress, navigation: set[URL], links: Links, today: Today) -> Column:
    try:
        address = URL(column.url).with_fragment(None)
    except ValueError:
        return Column(f"{column.url[:100]}：登记的地址不合规范", unseen=True)
    name = f"{_KIND[column.kind]} {short(address)}"
    look = await links.look_behind(address)
    if look.page is None:
        gone = look.verdict.dead is True and look.verdict.doubt is None and look.status in (200, 404, 410)
        return Column(f"{name}：{look.verdict.summary}", unseen=not gone, empty=gone)
    pages = [look.page]
    if look.page.items.newest is None:
        for frame in islice(filter(links.own, look.page.frames), _MOST_FRAMES):
            framed = await links.look_behind(frame)
            if framed.page is None:
                return Column(f"{name}：列表在框架里，没有看到：{framed.verdict.summary}", unseen=True)
            pages.append(framed.page)
    return _judged(name, column, pages, navigation, today)


def _judged(name: str, column: ColumnAddress, pages: list[Page], navigation: set[URL], today: Today) -> Column:
    """`pages` are the column and what its frames show."""
    if pages[0].leads_on is not None:
        return Column(f"{name}：网页转往别处，转到哪里看不出来，或不止转一次", unseen=True)
    newest, age, ahead = _dates(pages, today)
    only_navigation = navigation.issuperset(url for page in pages for url in page.items.undated)
    if age is not None and age <= COLUMN_DAYS[column.kind]:
        return Column(f"{name}：最新 {newest}，{age} 天前{ahead}")
    if age is None and only_navigation and any(page.is_scripted for page in pages):
        # A list that a script fetches cannot be told from none.
        return Column(f"{name}：{SHELL}", unseen=True)
    if why := _unclear(pages, today, COLUMN_DAYS[column.kind]):
        return Column(f"{name}：{why}", unseen=True)
    if age is not None:
        return Column(f"{name}：最新 {newest}，{age} 天前{ahead}", stale=True)
    if only_navigation and not ahead:
        return Column(f"{name}：没有内容", empty=True)
    return Column(f"{name}：{_UNDATED}{ahead}", stale=True)


def _dates(pages: list[Page], today: Today) -> tuple[date | None, int | None, str]:
    """The newest date of some pages, its age in days, and what to say of dates that lie ahead."""
    newest = max((page.items.newest for page in pages if page.items.newest is not None), default=None)
    ahead = sorted({day for page in pages for day in page.items.ahead})
    return (
        newest,
        None if newest is None else max(0, (today.day - newest).days),
        f"；未计入将来的日期 {'、'.join(map(str, ahead[:3]))}" if ahead else "",
    )


def _unclear(pages: list[Page], today: Today, most: int) -> str:
    """Why the dates of some pages say too little to hold it against anyone; empty where they are clear.

    Where more items have a date that was not understood than one that was, the newest may be among them. So it may be where a date
    of the last `most` days stands beside no item that can be told; an older one would not help.
    """
    unclaimed = max((day for page in pages for day in page.items.unclaimed), default=None)
    if unclaimed is not None and (today.day - unclaimed).days <= most:
        return f"网页上有日期 {unclaimed}，检测看不出它属于哪一条内容"
    doubts = [doubt for page in pages for doubt in page.items.doubts]
    if len(doubts) > sum(page.items.dated for page in pages):
        seen = "、".join(f"“{' '.join(doubt.split())[:20]}”" for doubt in dict.fromkeys(doubts[:_MOST_DOUBTS]))
        return f"条目里的 {seen} 可能是日期，检测看不懂"
    if not any(page.items.dated for page in pages) and any(page.fetches for page in pages):
        return "没有注明日期的内容，而网页的一部分由脚本取来，检测看不到"
    return ""


def _summary(seen: list[Column], word: str, number: int, columns: list[Column]) -> str:
    unseen = sum(column.unseen for column in seen)
    counts = f"{len(seen)} 个栏目，{word} {number} 个" + (f"，无法查看 {unseen} 个" if unseen else "")
    return "；".join([counts, *(column.summary for column in columns[:_MOST_SHOWN])])
