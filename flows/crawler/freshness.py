"""How new the home page is, and the columns that the register lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from yarl import URL

from flows.crawler.checks import Row, made, not_made
from flows.crawler.content import SHELL
from flows.crawler.items import Items
from flows.crawler.links import Links, may_be_page
from flows.crawler.pages import Page
from flows.crawler.results import short
from flows.crawler.rules import ColumnAddress

HOME_DAYS = 14
COLUMN_DAYS = {"news": 14, "notices": 183, "policy": 183}
_KIND = {"news": "动态要闻", "notices": "通知公告", "policy": "政策文件"}
_MOST_BELOW = 3
_NAMED = 6
_UNDATED = "没有注明日期的内容"


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was found. Of an `unseen` one nothing can be said; an empty one has no items at all."""

    told: str
    unseen: bool = False
    empty: bool = False
    stale: bool = False


async def home_updated(url: str, page: Page, links: Links, today: date) -> Row:
    if page.is_shell:
        return not_made("home_updated", url, SHELL)
    found = [page.items]
    below: list[URL] = []
    if page.items.newest is None and page.is_navigation:
        inside = (link for link in page.links if links.own(link) and may_be_page(link) and not links.is_home(link))
        for address in islice(inside, _MOST_BELOW):
            look = await links.look(address, whole=True, dated=True)
            if look.page is not None:
                below.append(address)
                found.append(look.page.items)
    newest = max((items.newest for items in found if items.newest is not None), default=None)
    where = f"（首页只有导航，看了下一级 {len(below)} 页）" if below else ""
    ahead = _ahead(found)
    if newest is None:
        return made("home_updated", False, url, f"{_UNDATED}{where}{ahead}")
    age = max(0, (today - newest).days)
    return made("home_updated", age <= HOME_DAYS, url, f"最新内容的日期 {newest}，{age} 天前{where}{ahead}", age)


async def column_rows(url: str, columns: Iterable[ColumnAddress], home: Page | None, links: Links, today: date) -> list[Row]:
    """`home` is the home page: what stands there as well is navigation, no item of a column."""
    navigation = set(home.links) if home is not None else set()
    seen = [await _column(column, navigation, links, today) for column in columns]
    if not seen:
        why = "登记册没有列出栏目"
        return [not_made("empty_columns", url, why), not_made("stale_columns", url, why)]
    known = [column for column in seen if not column.unseen]
    if not known:
        why = "；".join(column.told for column in seen[:_NAMED])
        return [not_made("empty_columns", url, why), not_made("stale_columns", url, why)]
    empty = sum(column.empty for column in known)
    rows = [made("empty_columns", empty == 0, url, _told(seen, "空", empty, [column for column in known if column.empty]), empty)]
    filled = [column for column in known if not column.empty]
    if filled:
        stale = sum(column.stale for column in filled)
        told = _told(seen, "过期", stale, [column for column in filled if column.stale] or filled)
        rows.append(made("stale_columns", stale == 0, url, told, stale))
    else:
        rows.append(not_made("stale_columns", url, "能看到的栏目都是空的，已计入空栏目"))
    return rows


async def _column(column: ColumnAddress, navigation: set[URL], links: Links, today: date) -> Column:
    try:
        address = URL(column.url).with_fragment(None)
    except ValueError:
        return Column(f"{column.url[:100]}：登记的地址不合规范", unseen=True)
    name = f"{_KIND[column.kind]} {short(address)}"
    look = await links.look(address, whole=True, dated=True)
    if look.page is None:
        gone = look.verdict.dead is True and look.verdict.doubt is None and look.status in (200, 404, 410)
        return Column(f"{name}：{look.verdict.told}", unseen=not gone, empty=gone)
    return _judged(name, column, look.page, navigation, today)


def _judged(name: str, column: ColumnAddress, page: Page, navigation: set[URL], today: date) -> Column:
    items = page.items
    if items.newest is None:
        if not items.ahead and navigation.issuperset(items.undated):
            # A list that a script fetches cannot be told from none.
            if page.is_scripted:
                return Column(f"{name}：{SHELL}", unseen=True)
            return Column(f"{name}：没有内容", empty=True)
        return Column(f"{name}：{_UNDATED}{_ahead([items])}", stale=True)
    age = max(0, (today - items.newest).days)
    return Column(f"{name}：最新 {items.newest}，{age} 天前{_ahead([items])}", stale=age > COLUMN_DAYS[column.kind])


def _told(seen: list[Column], word: str, number: int, named: list[Column]) -> str:
    unseen = sum(column.unseen for column in seen)
    counts = f"{len(seen)} 个栏目，{word} {number} 个" + (f"，无法查看 {unseen} 个" if unseen else "")
    return "；".join([counts, *(column.told for column in named[:_NAMED])])


def _ahead(found: list[Items]) -> str:
    days = sorted({day for items in found for day in items.ahead})
    return f"；未计入将来的日期 {'、'.join(map(str, days[:3]))}" if days else ""
