"""HTTPS: whether it is offered, with what certificate, and whether HTTP leads there."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from yarl import URL

from flows.crawler.checks import Row, made, not_made
from flows.crawler.markup import Markup, read_markup
from flows.crawler.results import NETWORK, OURS, Answer, Failure, Hop, refuses, short
from flows.crawler.tls import LEFT_OUT

# RFC 6797, 6.1: directives parted by semicolons, which may be empty; a value is a token or a quoted string.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf'[ \t]*(?:(?P<name>{_TOKEN})[ \t]*(?:=[ \t]*(?P<value>{_TOKEN}|"(?:[^"\\]|\\.)*"))?)?[ \t]*(?:;|\Z)')
# As many digits as the column of a night's file has; thirty thousand years will do.
_LONGEST_AGE = 12
_LONGEST_STUB = 64 << 10
Result = Answer | Failure


class Transport(NamedTuple):
    """What the site's two addresses came to."""

    https: URL
    http: URL
    secure: Result
    plain: Result

    @property
    def hop(self) -> Hop | None:
        """The site's own answer over https, if there was one."""
        return next(iter(self._own), None)

    @property
    def failure(self) -> Failure:
        """Why there was none; asked for only there."""
        assert isinstance(self.secure, Failure), "who answers over https answers for himself first"
        return self.secure

    @property
    def hsts(self) -> str | None:
        """What the site's own answers say of it last (RFC 6797, 8.1), if they do."""
        return next((hop.hsts for hop in reversed(self._own) if hop.hsts is not None), None)

    @property
    def _own(self) -> list[Hop]:
        return [hop for hop in self.secure.hops if hop.url.scheme == "https" and hop.url.raw_host == self.https.raw_host]

    @property
    def doubt(self) -> float | None:
        """The time of the last failure here that an outage of our own line could explain."""
        failures = (result for result in (self.secure, self.plain) if isinstance(result, Failure))
        return max((failure.at for failure in failures if failure.kind in NETWORK), default=None)


async def try_both(url: URL, home: Result, get: Callable[[URL], Awaitable[Result]], keep_port: bool) -> Transport:
    """Asks for what the home page's own chain did not show."""
    https, http = _other(url, "https", keep_port), _other(url, "http", keep_port)
    seen = Transport(https, http, home, home)
    secure = home if seen.hop is not None or url.scheme == "https" else await get(https)
    plain = home if url.scheme == "http" else await get(http)
    return Transport(https, http, secure, plain)


def rows(transport: Transport, home: Result, now: datetime) -> list[Row]:
    return [_https(transport, home), _enforced(transport), _certificate(transport, now), _hsts(transport)]


def _other(url: URL, scheme: str, keep_port: bool) -> URL:
    """The root of the host by a scheme; on a port of its own only where the tests' servers speak both on one."""
    if url.scheme == scheme:
        return url.origin().with_path("/")
    port = url.port if keep_port and not url.is_default_port() else None
    return url.origin().with_scheme(scheme).with_port(port).with_path("/")


def _https(transport: Transport, home: Result) -> Row:
    if (hop := transport.hop) is not None:
        summary = LEFT_OUT if hop.incomplete else "证书有效"
        return made("https", True, transport.https, f"状态 {hop.status}，{summary}")
    failure = transport.failure
    if failure.kind in OURS or (failure.kind == "timeout" and isinstance(home, Failure)):
        return not_made("https", transport.https, failure.detail)
    return made("https", False, transport.https, failure.summary)


def _enforced(transport: Transport) -> Row:
    plain = transport.plain
    way = [hop.url for hop in plain.hops] + ([plain.url] if isinstance(plain, Failure) else [])
    led = next((url for url in way[1:] if url.scheme == "https"), None)
    if led is not None:
        return made("https_enforced", True, transport.http, f"http 地址跳转到 {short(led)}")
    if isinstance(plain, Answer):
        if (onward := _onward(plain)) is not None and onward.scheme == "https":
            return made("https_enforced", True, transport.http, f"http 地址的网页转到 {short(onward)}")
        if refuses(plain.status) and transport.hop is not None:
            return not_made("https_enforced", transport.http, f"http 地址拒绝访问，{plain.summary}")
        return made("https_enforced", False, transport.http, f"http 地址没有跳转到 https，{plain.summary}")
    if plain.kind == "refused" and transport.hop is not None:
        return made("https_enforced", True, transport.http, "http 端口不提供服务，只有 https")
    return not_made("https_enforced", transport.http, f"http 地址没有应答：{plain.detail}")


def _onward(plain: Answer) -> URL | None:
    """Where a page leads that is only there for it."""
    if not plain.body or len(plain.body) > _LONGEST_STUB or plain.status >= 400:
        return None
    markup = read_markup(plain)
    onward = markup.leads_on if isinstance(markup, Markup) else None
    return onward.url if onward is not None else None


def _certificate(transport: Transport, now: datetime) -> Row:
    if (hop := transport.hop) is not None and hop.incomplete:
        return made("certificate", False, transport.https, LEFT_OUT)
    if hop is not None:
        days = (hop.expires - now).days if hop.expires else None
        summary = f"证书有效，{hop.expires:%Y-%m-%d} 到期，还有 {days} 天" if hop.expires else "证书有效"
        return made("certificate", True, transport.https, summary, days)
    failure = transport.failure
    if failure.kind in ("certificate", "chain"):
        return made("certificate", False, transport.https, failure.summary)
    return not_made("certificate", transport.https, f"没有可用的 TLS 服务：{failure.detail}")


def _hsts(transport: Transport) -> Row:
    if transport.hop is None:
        return not_made("hsts", transport.https, "没有可用的 https")
    if transport.hsts is None:
        return made("hsts", False, transport.https, "没有 Strict-Transport-Security")
    seconds = hsts_age(transport.hsts)
    summary = f"Strict-Transport-Security: {transport.hsts[:100]}"
    if seconds is None:
        summary += "，不合 RFC 6797 的格式，浏览器不予理会"
    return made("hsts", bool(seconds), transport.https, summary, seconds)


def hsts_age(field: str) -> int | None:
    """The max-age of a Strict-Transport-Security field, seconds; None for a field that browsers ignore (RFC 6797, 6.1 and 8.1).

    They do so where it does not have the form, names a directive twice, gives `includeSubDomains` a value or lacks `max-age`.
    """
    found: dict[str, str | None] = {}
    end = 0
    while end < len(field):
        directive = _DIRECTIVE.match(field, end)
        if directive is None:
            return None
        end = directive.end()
        if (name := (directive["name"] or "").lower()) in found:
            return None
        if name:
            found[name] = directive["value"]
    if found.get("includesubdomains") is not None:
        return None
    digits = (found.get("max-age") or "").strip('"')
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits.lstrip("0")[: _LONGEST_AGE + 1] or 0), 10**_LONGEST_AGE - 1)
