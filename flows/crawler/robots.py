"""What a host's robots.txt allows us, by RFC 9309, asked for once a night."""

import codecs
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from protego import Protego
from yarl import URL

from flows.crawler.addresses import host_of
from flows.crawler.results import NETWORK, Answer, Failure
from flows.crawler.shared import Shared

AGENT = "pingyi"
# A text without any of these, in small letters, forbids nothing, and need not be asked for every address: the parser takes
# several misspellings of "disallow".
_DISALLOW = ("llow", "alow", "llaw")
# RFC 9309, 2.2: a line ends with CR, LF or both. The parser knows more ends; to the RFC they are characters like others.
_NEWLINE = re.compile(r"\r\n?")
_NO_NEWLINES = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FIELD = re.compile(r"^[^\S\n]*(?:user[- ]?agent|(?:dis)?allow|site-?map|crawl[- ]delay)[^\S\n]*:", re.I | re.M)
_GROUP = re.compile(r"^([^\S\n]*user[- ]?agent)[^\S\n]*:?[^\S\n]*(\*(?![^\s#])|[A-Za-z_-]+)?([^\n]*)$", re.I | re.M)
_NOBODY = "another"
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
    summary: str = ""
    missing: str | None = None
    closed: str | None = None
    rules: Protego | None = None
    crawl_delay: float = 0.0
    sitemaps: tuple[str, ...] = ()
    size: int = 0

    def allows(self, url: URL) -> bool:
        return self.rules is None or self.rules.can_fetch(str(url), AGENT)


Origin = tuple[str, str | None, int | None]
# Asks for an address and follows its redirects without asking robots.txt.
Ask = Callable[[URL], Awaitable[Answer | Failure]]


class RobotsOfHosts:
    """Decisions by host name. That there is no robots.txt, or that it could not be had, counts for its own scheme and port
    only: where http leads every address to one page over https, the real robots.txt is there."""

    def __init__(self) -> None:
        self._hosts: Shared[str, Robots] = Shared(_MOST_KEPT, weight=lambda robots: robots.size + _LEAST_WEIGHT)
        self._lacking: Shared[Origin, Robots] = Shared(_MOST_LACKING, keeps=_lacks)

    def known(self, url: URL) -> Robots | None:
        return self._hosts.known(host_of(url)) or self._lacking.known(_origin(url))

    async def of(self, url: URL, ask: Ask) -> Robots:
        return self.known(url) or await self._lacking.get(_origin(url), lambda: self._ask(url, ask))

    def forget_failures(self) -> None:
        self._lacking.forget(lambda robots: robots.failure is not None)

    async def _ask(self, url: URL, ask: Ask) -> Robots:
        known = self._hosts.known(host_of(url))
        if known is not None:  # found out while we waited for our turn
            return known
        robots = decide(await ask(robots_address(url)))
        if robots.rules is not None or robots.closed is not None:
            self._hosts.keep(host_of(url), robots)
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
    """The RFC asks for text/plain; a text by any other name has rules as well, and a good guest keeps them. What begins as a page
    does is one."""
    if isinstance(result, Failure):
        if result.kind == "too_many_redirects" or (result.hops and result.kind in ("forbidden_address", "forbidden_scheme")):
            # Led astray is not there, and not there forbids nothing.
            status = result.hops[-1].status if result.hops else 0
            return Robots(status=status, summary=result.summary, missing=f"robots.txt {result.detail}")
        return Robots(failure=result)
    robots = Robots(status=result.status, summary=result.summary)
    if result.status >= 500:
        return robots._replace(missing="robots.txt 出错", closed=f"robots.txt 出错（状态 {result.status}），按规范不再访问")
    if result.status >= 300:
        return robots._replace(missing="没有 robots.txt")
    if result.unreadable:
        return robots._replace(missing=f"robots.txt {result.unreadable}")
    kind = result.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    text = _text(result)
    has_fields = _FIELD.search(text) is not None
    if text.lstrip()[:1] == "<" and ("html" in kind or not has_fields):
        return robots._replace(missing="robots.txt 的地址给出的是网页")
    if not has_fields and kind not in ("", "text/plain"):
        return robots._replace(missing=f"robots.txt 的地址给出的是 {kind[:60]}，没有一行规则")
    if "html" in kind:
        robots = robots._replace(summary=f"{result.summary}，内容类型 {kind[:60]} 应为 text/plain")
    rules = Protego.parse(_GROUP.sub(_for_us, text))
    small = text.lower()
    return robots._replace(
        rules=rules if any(word in small for word in _DISALLOW) else None,
        crawl_delay=rules.crawl_delay(AGENT) or 0.0,
        sitemaps=tuple(rules.sitemaps),
        size=len(result.body),
    )


def _text(answer: Answer) -> str:
    """The text with one kind of line end. A last line that our own limit cut off is left out: half an address forbids too much."""
    codec = next((codec for mark, codec in _MARKS if answer.body.startswith(mark)), "utf-8-sig")
    text = _NEWLINE.sub("\n", answer.body.decode(codec, "replace")).translate(_NO_NEWLINES)
    return text[: text.rfind("\n") + 1] if answer.truncated else text


def _for_us(group: re.Match[str]) -> str:
    """A line that begins a group, as the RFC reads it (2.2.1): the whole product token counts, whatever stands behind it. The
    parser takes the beginning of our name for it, and `pingyi/1.0` for another."""
    field, token, rest = group.groups()
    if token is None:
        return f"{field}: {_NOBODY}" if rest.strip() and not rest.lstrip().startswith("#") else group[0]
    return f"{field}: {token if token == '*' else AGENT if token.lower() == AGENT else _NOBODY}"
