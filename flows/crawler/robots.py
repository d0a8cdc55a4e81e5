"""What a host's robots.txt allows us, by RFC 9309, asked for once a night."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from protego import Protego
from yarl import URL

from flows.crawler.results import NETWORK, Answer, Failure
from flows.crawler.shared import Shared

AGENT = "pingyi"
# A text without it forbids nothing, and need not be asked for every address.
_DISALLOW = re.compile(rb"^\s*disallow\s*:", re.I | re.M)
MOST_BYTES = 500 << 10
# Decisions kept, by the size of the texts they come from: memory, not the number of hosts, is what must be bounded.
_MOST_KEPT = 16 << 20
_LEAST_WEIGHT = 1 << 10
_MOST_LACKING = 20_000


class Robots(NamedTuple):
    """A host's decision. `failure` is why robots.txt could not be had: then nothing may be fetched, and that is the reason.

    `status` is that of the answer, `missing` says why there is no robots.txt in it, `closed` why all is forbidden.
    """

    failure: Failure | None = None
    status: int = 0
    told: str = ""
    missing: str | None = None
    closed: str | None = None
    rules: Protego | None = None
    crawl_delay: float = 0.0
    sitemaps: tuple[str, ...] = ()
    size: int = 0

    def allows(self, url: URL) -> bool:
        return self.rules is None or self.rules.can_fetch(str(url), AGENT)


Origin = tuple[str, str, int]
# Asks for an address and follows its redirects without asking robots.txt.
Ask = Callable[[URL], Awaitable[Answer | Failure]]


class RobotsOfHosts:
    """Decisions by host name. That there is no robots.txt, or that it could not be had, counts for its own scheme and port
    only: where http leads every address to one page over https, the real robots.txt is there."""

    def __init__(self) -> None:
        self._hosts: Shared[str, Robots] = Shared(_MOST_KEPT, weight=lambda robots: robots.size + _LEAST_WEIGHT)
        self._lacking: Shared[Origin, Robots] = Shared(_MOST_LACKING, keeps=_lacks)

    def known(self, url: URL) -> Robots | None:
        return self._hosts.known(url.raw_host) or self._lacking.known(_origin(url))

    async def of(self, url: URL, ask: Ask) -> Robots:
        return self.known(url) or await self._lacking.get(_origin(url), lambda: self._ask(url, ask))

    def forget_failures(self) -> None:
        self._lacking.forget(lambda robots: robots.failure is not None)

    async def _ask(self, url: URL, ask: Ask) -> Robots:
        known = self._hosts.known(url.raw_host)
        if known is not None:  # found out while we waited for our turn
            return known
        robots = decide(await ask(robots_address(url)))
        if robots.rules is not None or robots.closed is not None:
            self._hosts.keep(url.raw_host, robots)
        return robots


def _origin(url: URL) -> Origin:
    # What URL.origin() makes is a whole address, and as a key many times as slow.
    return url.scheme, url.raw_host, url.port


def _lacks(robots: Robots) -> bool:
    if robots.failure is not None:
        return robots.failure.kind in NETWORK
    return robots.rules is None and robots.closed is None


def robots_address(url: URL) -> URL:
    return url.origin() / "robots.txt"


def decide(result: Answer | Failure) -> Robots:
    if isinstance(result, Failure):
        if result.kind == "too_many_redirects" or (result.hops and result.kind in ("forbidden_address", "forbidden_scheme")):
            # Led astray is not there, and not there forbids nothing.
            status = result.hops[-1].status if result.hops else 0
            return Robots(status=status, told=result.told, missing=f"robots.txt {result.detail}")
        return Robots(failure=result)
    if result.status >= 500:
        return Robots(
            status=result.status, told=result.told, missing="robots.txt 出错",
            closed=f"robots.txt 出错（状态 {result.status}），按规范不再访问",
        )  # fmt: skip
    if result.status >= 300:
        return Robots(status=result.status, told=result.told, missing="没有 robots.txt")
    if result.unreadable:
        return Robots(status=result.status, told=result.told, missing=f"robots.txt {result.unreadable}")
    if "html" in result.headers.get("Content-Type", "").lower() or result.body.lstrip()[:1] == b"<":
        return Robots(status=result.status, told=result.told, missing="robots.txt 的地址给出的是网页")
    rules = Protego.parse(result.body.decode("utf-8-sig", "replace"))
    return Robots(
        status=result.status,
        told=result.told,
        rules=rules if _DISALLOW.search(result.body) else None,
        crawl_delay=rules.crawl_delay(AGENT) or 0.0,
        sitemaps=tuple(rules.sitemaps),
        size=len(result.body),
    )
