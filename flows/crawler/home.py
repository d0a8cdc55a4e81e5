"""The checks of the home page's answer and of the page, and why there may be no page to look into."""

from typing import TypeGuard

from yarl import URL

from flows.crawler.checks import Row, made, none_made, not_made
from flows.crawler.items import Today
from flows.crawler.links import is_challenge
from flows.crawler.pages import CHALLENGED, HomePage, read_home
from flows.crawler.results import NETWORK, OURS, Answer, Failure, refuses, short
from flows.crawler.robots import robots_address

SLOWEST = 3.0
SHELL = "网页的内容由脚本生成，检测看不到"
FRAMED = "网页由几个框架拼成，检测不把它们合起来看"
_LONGEST = 60


def page_of(home: Answer | Failure, today: Today) -> HomePage | str:
    """The home page, or why nothing can be said of it."""
    if isinstance(home, Failure):
        return f"首页没有取到：{home.detail}"
    if home.status >= 400:
        return f"首页没有取到：状态 {home.status}"
    return read_home(home, today)


def is_down(home: Answer | Failure) -> TypeGuard[Failure]:
    """Whether it is of no use to ask the host for anything else."""
    return isinstance(home, Failure) and home.kind in NETWORK | {"name_trouble", "chain"}


def reachable(url: URL, home: Answer | Failure) -> Row:
    if isinstance(home, Failure):
        if home.kind in OURS:
            return not_made("reachable", url, home.summary)
        # Where already robots.txt could not be had, that address is the evidence.
        about = home.url if not home.hops and home.url == robots_address(url) else url
        return made("reachable", False, about, home.summary)
    if home.status < 400:
        return made("reachable", True, url, home.summary, round(home.full_load, 6))
    if refuses(home.status):
        return not_made("reachable", url, f"对方拒绝访问，{home.summary}")
    if is_challenge(home):
        return not_made("reachable", url, f"{CHALLENGED}，{home.summary}")
    return made("reachable", False, url, home.summary)


def redirects(url: str, home: Answer | Failure, onward: str) -> Row:
    """`onward` says where the page itself leads, which is no redirect."""
    if isinstance(home, Answer):
        way = (f"，最后到 {short(home.final_url)}" if home.redirects else "") + onward
        return made("redirects", True, url, f"跳转 {home.redirects} 次{way}", home.redirects)
    if home.kind == "too_many_redirects":
        return made("redirects", False, url, home.summary, len(home.hops))
    return not_made("redirects", url, f"没有应答：{home.detail}")


def speed(url: str, home: Answer) -> list[Row]:
    return [
        _within("first_byte", url, home.first_byte, home.busy, f"{home.first_byte:.2f} 秒后开始应答"),
        _within("full_load", url, home.full_load, home.busy, home.summary),
    ]


def _within(check: str, url: str, seconds: float, busy: float, summary: str) -> Row:
    if seconds > SLOWEST >= seconds - busy:
        return not_made(check, url, f"本机繁忙，测得的时间不可靠：{summary}")
    return made(check, seconds <= SLOWEST, url, summary, round(seconds, 6))


def content(url: str, page: HomePage) -> list[Row]:
    """What the page says of itself and offers to its readers."""
    title, lang = page.title, page.lang
    found = [
        made("viewport", page.viewport, url, "有 meta viewport" if page.viewport else "没有 meta viewport"),
        made("lang", bool(lang), url, f"lang 为 {lang[:_LONGEST]}" if lang else "html 没有 lang"),
        made("title", bool(title), url, f"标题为“{title[:_LONGEST]}”" if title else "没有标题", len(title)),
    ]
    if page.is_shell:
        # Scripts may set these as well.
        found = [row if row.passed else not_made(row.check, url, SHELL) for row in found]
    return [*found, made("charset", page.charset_right, url, page.charset_summary), *_offers(url, page)]


def _offers(url: str, page: HomePage) -> list[Row]:
    if page.is_shell or page.is_framed:
        return none_made(("search", "accessibility"), url, SHELL if page.is_shell else FRAMED)
    search, faults = page.search, page.faults
    faults_by_name = [
        f"{faults.images} 张图片没有替代文字" if faults.images else "",
        f"{faults.inputs} 个输入框没有标签" if faults.inputs else "",
        "没有一级标题 h1" if faults.no_heading else "",
        "没有主区域 main" if faults.no_main else "",
    ]
    summary = "，".join(name for name in faults_by_name if name) or "图片、输入框、标题和主区域都有标注"
    return [
        made("search", search is not None, url, search or "没有搜索框或搜索链接"),
        made("accessibility", faults.total == 0, url, summary, faults.total),
    ]
