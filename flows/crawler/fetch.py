"""Asks for an address as a good guest: every hop is checked, allowed by its host's robots.txt, and waits for its turn."""

import asyncio
import math
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from yarl import URL

from flows.crawler.addresses import Found, Guard, Names, host_of
from flows.crawler.politeness import LONGEST_RETRY, Politeness, retry_after
from flows.crawler.results import Answer, Failure, Hop, Kind
from flows.crawler.robots import MOST_BYTES, Robots, RobotsOfHosts
from flows.crawler.rules import CrawlRules
from flows.crawler.tls import Chains
from flows.crawler.turns import SharedPoliteness
from flows.crawler.wire import REDIRECTS, Exchange, Wire

MOST_REDIRECTS = 5
# A host that many sites link to has a long queue; what its turn comes too late for is not known.
_LONGEST_QUEUE = 20.0
# Once more where a connection that was kept broke before any answer.
_TRIES = 2
_LONGEST_CERTIFICATE = 64 << 10
_CONTROL = re.compile(r"[\t\r\n]")


@dataclass
class Allowance:
    """What one site may still ask for tonight. `port` is that of its address in the register."""

    left: int
    port: int | None


class Fetcher:
    """All requests of a night go through here. `heard` is the event loop's time of the last answer from anywhere."""

    def __init__(self, wire: Wire, guard: Guard, names: Names, rules: CrawlRules) -> None:
        self._wire = wire
        self._guard = guard
        self._names = names
        self._rules = rules
        shared = rules.turns if rules.interval else None
        self._politeness = SharedPoliteness(rules.interval, Path(shared)) if shared else Politeness(rules.interval)
        self._robots = RobotsOfHosts()
        self._chains = Chains()
        self._loop = asyncio.get_running_loop()
        self.requests = 0
        self.heard = -1.0

    def get(
        self, url: URL, allowance: Allowance, most: int | None = None, *, patient: bool = True
    ) -> Awaitable[Answer | Failure]:
        """The answer at the end of at most five redirects. `most` bytes of its body are read (the rules' `most_bytes`).

        `patient` is who waits for a turn however long the host's queue is: a site at its own host.
        """
        limit = self._rules.most_bytes if most is None else min(most, self._rules.most_bytes)
        return self._follow(url, allowance, limit, obey=True, patient=patient)

    def robots(self, url: URL, allowance: Allowance, *, patient: bool = True) -> Awaitable[Robots]:
        """The robots.txt of a URL's host, asked for now if it is not known."""
        return self._robots.of(url, lambda address: self._follow(address, allowance, MOST_BYTES, obey=False, patient=patient))

    async def knock(self, url: URL, seconds: float) -> Failure | None:
        """Whether a URL answers at all, redirects not followed, robots.txt not asked: for the addresses of the canaries."""
        got = await self._ask(url, Allowance(1, url.port), 0, seconds, obey=False, patient=True)
        return got if isinstance(got, Failure) else None

    def forget_failures(self) -> None:
        """After an outage of our own line, what could not be found out meanwhile is asked for again."""
        self._names.forget_failures()
        self._robots.forget_failures()
        self._chains.forget_failures()

    async def _follow(self, url: URL, allowance: Allowance, most: int, *, obey: bool, patient: bool) -> Answer | Failure:
        hops: list[Hop] = []
        spent = busy = 0.0
        waited = cookies = False
        while True:
            got = await self._ask(url, allowance, most, self._rules.deadline - spent, obey=obey, patient=patient)
            if isinstance(got, Failure):
                return got._replace(hops=tuple(hops))
            if got.status in (429, 503) and (wait := retry_after(got.headers)) is not None:
                if wait > LONGEST_RETRY:
                    self._politeness.pause(host_of(url), math.inf)
                    return self._failure("busy", f"状态 {got.status}，对方要求 {wait:.0f} 秒后再来，今晚不再访问", url, hops)
                if not waited:
                    waited = True
                    self._politeness.pause(host_of(url), wait)
                    continue
            if got.status < 200:
                return self._failure("protocol", f"状态 {got.status} 不是完整的应答", url, hops)
            spent += got.took
            busy += got.busy
            incomplete = self._chains.known(url) is not None
            hops.append(Hop(url, got.status, got.expires, got.headers.get("Strict-Transport-Security"), incomplete))
            if got.status not in REDIRECTS:
                return Answer(
                    status=got.status, headers=got.headers, body=got.body, size=len(got.body), truncated=got.truncated,
                    unreadable=got.unreadable, hops=tuple(hops), first_byte=got.first_byte, full_load=spent, busy=busy,
                )  # fmt: skip
            cookies = cookies or "Set-Cookie" in got.headers
            target = _target(url, got.headers.get("Location", ""))
            if target is None:
                return self._failure("protocol", f"状态 {got.status}，但没有写明跳转到哪里", url, hops)
            if any(hop.url == target for hop in hops):
                if cookies:
                    return self._failure("own", "跳转循环，但对方依靠 Cookie，而检测不保存 Cookie", target, hops)
                return self._failure("too_many_redirects", f"跳转循环，{len(hops)} 次后回到已经到过的地址", target, hops)
            if len(hops) > MOST_REDIRECTS:
                return self._failure("too_many_redirects", f"跳转超过 {MOST_REDIRECTS} 次", target, hops)
            url = target

    async def _ask(
        self, url: URL, allowance: Allowance, most: int, seconds: float, *, obey: bool, patient: bool
    ) -> Exchange | Failure:
        """One hop, with everything that must be known before it."""
        if (forbidden := self._guard.fault(url, allowance.port)) is not None:
            return self._failure(*forbidden, url)
        if (fault := self._no_turn(url, allowance, patient)) is not None:
            return fault
        host = host_of(url)
        found = await self._names.find(host)
        if found.kind is not None:
            return self._failure(found.kind, found.detail, url)
        crawl_delay = 0.0
        if obey:
            robots = await self.robots(url, allowance, patient=patient)
            if robots.failure is not None:
                return robots.failure
            if robots.closed is not None:
                return self._failure("robots", robots.closed, url)
            if not robots.allows(url):
                return self._failure("robots", "robots.txt 不允许访问", url)
            crawl_delay = robots.crawl_delay
        if seconds <= 0:
            return self._failure("timeout", f"{self._rules.deadline:.0f} 秒内没有跳转完", url)
        # Whatever was waited for above, others of this site have asked meanwhile, and the host may have sent us away.
        if (fault := self._no_turn(url, allowance, patient)) is not None:
            return fault
        chain = self._chains.known(url)
        got: Exchange | Failure = self._spent(url)
        for _ in range(_TRIES):
            if chain is not None and chain.context is None:
                return self._failure(chain.kind, chain.detail, url)
            if allowance.left <= 0:
                return got
            await self._turn(host, allowance, crawl_delay)
            got = await self._wire.exchange(url, most, seconds, chain.context if chain else None)
            self._politeness.answered(host)
            if isinstance(got, Exchange):
                self.heard = self._loop.time()
                break
            if got.incomplete and chain is None:
                chain = await self._chains.complete(
                    url,
                    got.detail,
                    lambda: self._certificate(url, found, allowance, crawl_delay),
                    lambda at: self._issuer(at, allowance),
                )
                got = self._spent(url)
            elif not got.kept:
                break
        return got

    async def _turn(self, host: str, allowance: Allowance, crawl_delay: float) -> None:
        allowance.left -= 1
        if (wait := self._politeness.turn(host, crawl_delay)) > 0:
            await asyncio.sleep(wait)
        self.requests += 1

    async def _certificate(self, url: URL, found: Found, allowance: Allowance, crawl_delay: float) -> bytes | None:
        """The certificate that a host shows, which takes a connection of its own. None where there is no request left for it."""
        if allowance.left <= 0:
            return None
        await self._turn(host_of(url), allowance, crawl_delay)
        shown = await self._wire.certificate(url, found.addresses, self._rules.deadline)
        self._politeness.answered(host_of(url))
        return shown

    async def _issuer(self, address: URL, allowance: Allowance) -> bytes | None:
        """What an authority has at the address that one of its certificates names: no page, so robots.txt does not come into it."""
        got = await self._ask(address, allowance, _LONGEST_CERTIFICATE, self._rules.deadline, obey=False, patient=True)
        if isinstance(got, Failure):
            return None if got.kind in ("budget", "own", "name_trouble") else b""
        return got.body if got.status == 200 else b""

    def _no_turn(self, url: URL, allowance: Allowance, patient: bool) -> Failure | None:
        if allowance.left <= 0:
            return self._spent(url)
        waiting = self._politeness.waiting(host_of(url))
        if waiting == math.inf:
            return self._failure("busy", "对方要求很久以后再来，今晚不再访问", url)
        if waiting > _LONGEST_QUEUE and not patient:
            return self._failure("budget", "等着访问这台主机的请求太多，今晚不再排队", url)
        return None

    def _spent(self, url: URL) -> Failure:
        return self._failure("budget", f"已达到每晚每站 {self._rules.pages} 次请求的上限", url)

    def _failure(self, kind: Kind, detail: str, url: URL, hops: list[Hop] | None = None) -> Failure:
        return Failure(kind, detail, url, self._loop.time(), tuple(hops or ()))


def _target(url: URL, location: str) -> URL | None:
    """Where a Location leads, or None where it leads nowhere. Bytes that are no UTF-8 are passed back as they came."""
    try:
        words = location.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        words = quote(location.encode("utf-8", "surrogateescape"), safe="%/:=&?~#+!$,;'@()*[]")
    words = _CONTROL.sub("", words).strip()
    if not words:
        return None
    try:
        return url.join(URL(words)).with_fragment(None)
    except ValueError:
        return None
