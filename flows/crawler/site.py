"""One site's visit: what is asked for, in what order, and the row that each check comes to."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from yarl import URL

from flows.crawler import home, transport, wellknown
from flows.crawler.addresses import address_of, host_of
from flows.crawler.checks import Row, made, none_made, not_made
from flows.crawler.fetch import Allowance, Fetcher
from flows.crawler.freshness import COLUMN_CHECKS, column_rows, home_updated
from flows.crawler.items import Today
from flows.crawler.line import Line
from flows.crawler.links import Elsewhere, Links, Look, Stray, Tally, may_be_page, verdict
from flows.crawler.markup import read_markup
from flows.crawler.onward import Onward
from flows.crawler.pages import HomePage, Page, behind, looks_of, read_home
from flows.crawler.results import NETWORK, Answer, Failure, short
from flows.crawler.rules import CrawlRules, Target
from flows.datasets.checks import CHECKS, PAGE_CHECKS

_MOST_INNER = 3
# The part of the requests left for links that inner pages may count on.
_INNER_PART = 3


@dataclass(frozen=True)
class Visitor:
    """What all visits of a night share."""

    fetcher: Fetcher
    line: Line
    elsewhere: Elsewhere
    rules: CrawlRules
    zone: ZoneInfo

    async def visit(self, target: Target, at: datetime) -> tuple[Row, ...]:
        """All checks of a site, in order. Raises `LineDown` where our own line may be what failed."""
        url = address_of(target.url)
        if url is None:
            why = f"登记册里的网址“{target.url.strip()[:100]}”不是完整的 http 或 https 地址"
            return nothing_made(target, why)
        return await _Visit(self, target, url, at).rows()


def nothing_made(target: Target, why: str) -> tuple[Row, ...]:
    return tuple(none_made(CHECKS, target.url, why))


class _Visit:
    def __init__(self, visitor: Visitor, target: Target, url: URL, at: datetime) -> None:
        self._visitor = visitor
        self._target = target
        self._url = url
        # What most rows are about.
        self._address = str(url)
        self._at = at
        self._today = Today(at.astimezone(visitor.zone).date(), visitor.zone)
        self._allowance = Allowance(visitor.rules.pages, url.port)
        # Where the home page leads by itself, where that page could not be looked at.
        self._led_to: URL | None = None
        self._links = Links(visitor.fetcher, self._allowance, visitor.elsewhere, host_of(url), self._today)

    async def rows(self) -> tuple[Row, ...]:
        answer = await self._get(self._url)
        if isinstance(answer, Failure) and answer.kind in NETWORK | {"name_trouble", "own"}:
            await self._visitor.line.must_have_been_up(answer.at)
        page = home.page_of(answer, self._today)
        rows = [home.reachable(self._url, answer)]
        first, onward = answer, ""
        if isinstance(answer, Answer) and isinstance(page, HomePage) and page.leads_on is not None:
            onward = f"，再由{page.leads_on.how}转到 {short(page.leads_on.url)}" if page.leads_on.url else ""
            answer, page = await self._behind(answer, page, page.leads_on)
        rows.append(home.redirects(self._address, first, onward))
        if isinstance(answer, Answer):
            # Bodies of many sites together would take too much memory.
            answer = answer._replace(body=b"")
        carried = await transport.try_both(self._url, answer, self._get, self._visitor.rules.open_loopback)
        rows += transport.rows(carried, answer, self._at)
        rows += await self._wellknown(answer, page)
        rows += await self._columns(answer, page)
        if isinstance(page, str):
            rows += none_made(PAGE_CHECKS, self._address, page)
            if self._led_to is not None:
                # The one link that every visitor follows.
                rows.append(_links_row("dead_links", self._address, await self._links.tally([self._led_to], 0), ""))
        elif isinstance(answer, Answer):
            rows += home.speed(self._address, answer)
            rows += home.content(self._address, page)
            rows.append(await home_updated(self._address, page, self._links, self._today))
            rows += await self._dead_links(page)
        doubts = [at for at in (carried.doubt, self._links.doubt) if at is not None]
        if doubts:
            await self._visitor.line.must_have_carried(max(doubts))
        found = {row.check: row for row in rows}
        # A check that is missing is a defect of ours.
        return tuple(found[check] for check in CHECKS)

    def _get(self, url: URL) -> Awaitable[Answer | Failure]:
        return self._visitor.fetcher.get(url, self._allowance, patient=self._links.own(url))

    async def _behind(self, answer: Answer, page: HomePage, onward: Onward) -> tuple[Answer, HomePage | str]:
        """The page that the home page only leads on to, as if a redirect had led there, or why there is none to look at. One hop:
        whoever leads on from there, or back, shows us nothing."""
        url = onward.url
        if url is None:
            return answer, f"首页由{onward.how}转到别处，转到哪里看不出来"
        if any(hop.url == url for hop in answer.hops):
            return answer, f"首页由{onward.how}转回自己，看不到内容"
        further = await self._get(url)
        led = f"首页由{onward.how}转到 {short(url)}"
        if isinstance(further, Failure) or further.status >= 400:
            self._led_to = url
            own = isinstance(further, Answer) and self._links.own(further.final_url)
            self._links.learn(url, Look(verdict(further, own=own)))
            return answer, f"{led}，没有取到：{further.summary}"
        shown = read_home(further, self._today)
        if isinstance(shown, str):
            return answer, f"{led}：{shown}"
        if shown.leads_on is not None:
            return answer, f"{led}，那里又转往别处，只跟一次"
        together = further._replace(
            hops=answer.hops + further.hops, full_load=answer.full_load + further.full_load, busy=answer.busy + further.busy
        )
        return together, behind(page, shown)

    async def _wellknown(self, answer: Answer | Failure, page: HomePage | str) -> list[Row]:
        base = self._base(answer)
        robots = await self._visitor.fetcher.robots(base, self._allowance)
        rows = [wellknown.robots_row(base, robots)]
        if home.is_down(answer):
            return rows + none_made(("sitemap", "not_found"), base, f"主机没有应答：{answer.detail}")
        stray = wellknown.stray_address(base)
        probe = await self._get(stray)
        if isinstance(probe, Answer) and probe.status < 400 and isinstance(page, HomePage):
            self._links.stray = _stray(probe, page)
        rows.append(wellknown.not_found(stray, probe))
        rows.append(await wellknown.sitemap(base, robots, self._get))
        if isinstance(answer, Answer):
            for own in {self._url, *(hop.url for hop in answer.hops)}:
                self._links.learn(own, Look(verdict(answer, own=True)), is_home=True)
        return rows

    async def _columns(self, answer: Answer | Failure, page: HomePage | str) -> list[Row]:
        if home.is_down(answer) and self._target.columns:
            return none_made(COLUMN_CHECKS, self._address, f"主机没有应答：{answer.detail}")
        known = page if isinstance(page, HomePage) else None
        return await column_rows(self._address, self._target.columns, known, self._links, self._today)

    async def _dead_links(self, page: HomePage) -> list[Row]:
        reserve = self._allowance.left // _INNER_PART
        inner = await self._inner_pages(page, reserve)
        top = await self._links.tally(page.links, reserve)
        below = await self._links.tally(dict.fromkeys(url for each in inner for url in each.links), 0)
        if top.left_out and self._allowance.left > 0:
            # What the inner pages have left of the requests is for the home page again.
            top = await self._links.tally(page.links, 0)
        return [
            _links_row("dead_links", self._address, top, "首页上没有链接"),
            _links_row("inner_dead_links", self._address, below, "内页上没有链接" if inner else "没有打得开的内页"),
        ]

    async def _inner_pages(self, page: HomePage, reserve: int) -> list[Page]:
        """The first pages of the site that the home page leads to; looked into as they are tried."""
        inner: list[Page] = []
        for url in page.links:
            if len(inner) == _MOST_INNER or self._allowance.left <= reserve:
                break
            if self._links.own(url) and may_be_page(url) and not self._links.is_home(url):
                look = await self._links.look(url, whole=True)
                if look.page is not None:
                    inner.append(look.page)
        return inner

    def _base(self, answer: Answer | Failure) -> URL:
        """The site's address as it is reached: over https where the home page leads there on the same host."""
        if isinstance(answer, Answer) and answer.final_url.raw_host == self._url.raw_host:
            return answer.final_url.origin().join(self._url.relative())
        return self._url


def _stray(probe: Answer, page: HomePage) -> Stray | None:
    """The page for an address that cannot exist, where it is one."""
    markup = read_markup(probe)
    if isinstance(markup, str) or markup.is_challenge:
        return None
    looks = looks_of(probe, markup)
    return Stray(looks, is_home=not looks.isdisjoint(page.looks))


def _links_row(check: str, url: str, tally: Tally, none: str) -> Row:
    if tally.tried:
        return made(check, not tally.dead, url, tally.summary, len(tally.dead))
    return not_made(check, url, f"没有一个链接能判断：{tally.summary}" if tally.unknown or tally.left_out else none)
