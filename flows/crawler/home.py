"""The checks of the home page's answer, and why there may be no page to look into."""

from typing import TypeGuard

from yarl import URL

from flows.crawler.checks import PAGE_CHECKS, Row, made, not_made
from flows.crawler.items import Today
from flows.crawler.links import is_challenge
from flows.crawler.pages import CHALLENGED, HomePage, read_home
from flows.crawler.results import NETWORK, OURS, Answer, Failure, refuses, short
from flows.crawler.robots import robots_address

SLOWEST = 3.0


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


def no_page(url: str, why: str) -> list[Row]:
    return [not_made(check, url, why) for check in PAGE_CHECKS]
