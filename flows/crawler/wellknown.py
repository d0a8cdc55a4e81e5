"""The addresses that every site should have, robots.txt and a sitemap, and one that it cannot have."""

import re
import zlib
from collections.abc import Awaitable, Callable
from hashlib import sha256

from yarl import URL

from flows.crawler.checks import Row, made, not_made
from flows.crawler.links import asks_for_proof, is_challenge
from flows.crawler.results import GONE, OURS, Answer, Failure, refuses
from flows.crawler.robots import Robots, robots_address

Result = Answer | Failure
_MOST_SITEMAPS = 2
_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b")
_LOC = re.compile(rb"<(?:\w+:)?loc\b")
_ROOT_WITHIN = 4096
_LINE = re.compile(rb"^\s*https?://\S+\s*$", re.M)
# A sitemap may be a gzip file, which is no compression of the transfer.
_GZIP_START = b"\x1f\x8b"
_MOST_INFLATED = 2 << 20


def stray_address(url: URL) -> URL:
    """An address that no site has; the same every night, and another for every host so that nobody prepares for it."""
    mark = sha256(f"pingyi {url.raw_host}".encode()).hexdigest()[:12]
    return url.join(URL(f"no-such-page-{mark}.html", encoded=True))


def not_found(url: URL, probe: Result) -> Row:
    if isinstance(probe, Failure):
        if probe.kind == "too_many_redirects":
            return made("not_found", False, url, probe.summary)
        return not_made("not_found", url, probe.summary)
    if refuses(probe.status) or (probe.status not in GONE and asks_for_proof(probe)):
        return not_made("not_found", url, f"对方拒绝访问或要求验证，{probe.summary}")
    return made("not_found", probe.status in GONE, url, probe.summary, probe.status)


def robots_row(url: URL, robots: Robots) -> Row:
    address = robots_address(url)
    if robots.failure is not None:
        return not_made("robots", address, robots.failure.summary)
    if robots.missing is None:
        return made("robots", True, address, robots.summary)
    if refuses(robots.status):
        return not_made("robots", address, f"对方拒绝访问，{robots.summary}")
    return made("robots", False, address, f"{robots.missing}，{robots.summary}")


async def sitemap(url: URL, robots: Robots, get: Callable[[URL], Awaitable[Result]]) -> Row:
    """Looks at those that robots.txt names, then at /sitemap.xml. The row is always about /sitemap.xml of the site."""
    usual = url.origin() / "sitemap.xml"
    sitemaps = [address for address in map(_parsed, robots.sitemaps[:_MOST_SITEMAPS]) if address is not None]
    seen: list[str] = []
    unknown: list[str] = []
    for address in dict.fromkeys([*(url.join(each) for each in sitemaps), usual]):
        result = await get(address)
        if isinstance(result, Failure):
            (unknown if result.kind in OURS or result.kind == "timeout" else seen).append(result.summary)
        elif refuses(result.status) or is_challenge(result):
            unknown.append(result.summary)
        elif result.status == 200 and (addresses := _addresses(result)) is not None:
            return made("sitemap", True, usual, f"有 {addresses} 个地址，{result.summary}", addresses)
        else:
            seen.append(f"不是网站地图，{result.summary}" if result.status == 200 else result.summary)
    if unknown:
        return not_made("sitemap", usual, "；".join(unknown))
    return made("sitemap", False, usual, "；".join(seen))


def _addresses(answer: Answer) -> int | None:
    """How many addresses a sitemap lists, as far as it was read; None for what is no sitemap."""
    body = answer.body
    if body.startswith(_GZIP_START):
        try:
            body = zlib.decompressobj(31).decompress(body, _MOST_INFLATED)
        except zlib.error:
            return None
    if _ROOT.search(body, 0, _ROOT_WITHIN):
        return len(_LOC.findall(body))
    if "html" in answer.headers.get("Content-Type", "").lower():
        return None
    lines = [line for line in body.splitlines() if line.strip()]
    return len(lines) if lines and all(_LINE.match(line) for line in lines[:-1] or lines) else None


def _parsed(words: str) -> URL | None:
    try:
        return URL(words)
    except ValueError:
        return None
