"""One request on the wire: a connection, an answer, as much of its body as wanted, and a deadline over all of it.

Bodies are inflated by ourselves, so that neither 10 GB nor a bomb takes memory.
"""

import asyncio
import socket
import ssl
import time
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple

import aiohttp
from yarl import URL

from flows.crawler.addresses import Guard, Names
from flows.crawler.faults import leaves_out_issuer, meaning
from flows.crawler.results import Failure
from flows.crawler.rules import CrawlRules
from flows.crawler.tls import showing, verifying

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Of an answer that only leads elsewhere so much is read, so that its connection can be used again.
_ASIDE = 16 << 10
# Where we computed for more than this part of a deadline, an answer may have lain unread.
_BUSY = 0.5
_PLAIN = {"", "identity", "none"}
_GZIP = {"gzip", "x-gzip"}
_GZIP_START = b"\x1f\x8b"
# A stream may be long and inflate to nothing; beyond the cap and this it is not read on.
_SPARE = 64 << 10
# Sockets that the request under way has opened; empty afterwards, it went over a connection kept from before.
_opened: ContextVar[list[str]] = ContextVar("opened")


class Exchange(NamedTuple):
    """One answer. `first_byte` and `took` are seconds from the start, `busy` those that we computed meanwhile for whatever
    site; `expires` is the certificate's end, over https."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    unreadable: str | None
    first_byte: float
    took: float
    busy: float
    expires: datetime | None


class Wire:
    """Sends requests over one session. Does not resolve redirects, know robots.txt or wait for anyone."""

    def __init__(self, session: aiohttp.ClientSession, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self._loop = asyncio.get_running_loop()

    async def exchange(self, url: URL, most: int, seconds: float, tls: ssl.SSLContext | None = None) -> Exchange | Failure:
        """Asks once. At most `most` bytes of the body are read and everything ends after `seconds`. `tls` verifies the server in
        place of the usual context."""
        opened: list[str] = []
        _opened.set(opened)
        response = None
        computed, start = time.thread_time(), self._loop.time()
        try:
            async with asyncio.timeout_at(start + seconds):
                response = await self._session.get(url, allow_redirects=False, ssl=tls or True)
                first_byte = self._loop.time() - start
                wanted = min(most, _ASIDE) if response.status in REDIRECTS else most
                body = await _read_body(response, wanted)
        except (OSError, aiohttp.ClientError, _Dropped, zlib.error) as fault:
            cause = (fault.__cause__ or fault) if isinstance(fault, _Dropped) else fault
            kind, detail = meaning(cause)
            _let_go(fault)
            if kind == "timeout" and time.thread_time() - computed > seconds * _BUSY:
                kind, detail = "own", f"本机太忙，{seconds:.0f} 秒内没有收到应答说明不了什么"
            elif kind == "timeout":
                detail = f"{seconds:.0f} 秒内没有应答" if response is None else f"有应答，但 {seconds:.0f} 秒内没有传完"
            kept = not opened and isinstance(fault, (_Dropped, aiohttp.ClientConnectionResetError))
            return Failure(kind, detail, url, self._loop.time(), kept=kept, incomplete=leaves_out_issuer(cause))
        finally:
            # With its last byte an answer has given its connection back by itself.
            if response is not None and not response.closed:
                response.release()
        took, busy = self._loop.time() - start, time.thread_time() - computed
        return Exchange(
            status=response.status, headers=response.headers, body=body.data, truncated=body.truncated,
            unreadable=body.unreadable, first_byte=first_byte, took=took, busy=busy,
            expires=response.expires if isinstance(response, _Response) else None,
        )  # fmt: skip

    async def certificate(self, url: URL, addresses: tuple[str, ...], seconds: float) -> bytes:
        """The certificate that a server shows, in DER, unverified; empty where it shows none. Nothing is sent to it."""
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            transport = None
            try:
                with self._guard.socket((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, url.port))) as opened:
                    opened.setblocking(False)
                    async with asyncio.timeout(seconds):
                        await self._loop.sock_connect(opened, (address, url.port))
                        transport, _ = await self._loop.create_connection(
                            asyncio.Protocol, ssl=showing(), sock=opened.dup(), server_hostname=url.raw_host
                        )
                    return transport.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
            except OSError:
                continue
            finally:
                if transport is not None:
                    transport.abort()
        return b""


@asynccontextmanager
async def open_wire(rules: CrawlRules, guard: Guard, names: Names, agent: str) -> AsyncGenerator[Wire]:
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=names,
        use_dns_cache=False,
        socket_factory=lambda address: _open_socket(guard, address),
        ssl=verifying(),
        # Long enough for the next polite request, and soon over for a host that is done.
        keepalive_timeout=rules.interval + 1,
    )
    headers = {
        "User-Agent": agent,
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=False,
        response_class=_Response,
    ) as session:
        yield Wire(session, guard)


class _Response(aiohttp.ClientResponse):
    """Keeps the end of the server's certificate: a short answer has given its connection back before anyone sees it. And
    renames the faults after which the library would send the request a second time by itself, uncounted and at once."""

    expires: datetime | None = None

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        certificate = connection.transport.get_extra_info("peercert") if connection.transport else None
        if certificate:
            self.expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
        try:
            return await super().start(connection)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as fault:
            raise _Dropped from fault


class _Dropped(Exception):
    """The connection broke before an answer; its cause is the library's own exception."""


def _let_go(fault: BaseException | None) -> None:
    """An exception holds the calls that it came through, and they hold it, with the connection and its buffers; that would all
    stay until garbage is collected."""
    while fault is not None:
        fault.__traceback__ = None
        fault = fault.__cause__ or fault.__context__


def _open_socket(guard: Guard, address: tuple):
    opened = guard.socket(address)
    _opened.get().append(address[4][0])
    return opened


class _Body(NamedTuple):
    """`data` is inflated. `unreadable` says why nothing could be read of it."""

    data: bytes
    truncated: bool
    unreadable: str | None = None


async def _read_body(response: aiohttp.ClientResponse, most: int) -> _Body:
    """At most `most` bytes, inflated. Raises `zlib.error` where the encoding is not what it says."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _PLAIN:
        inflater = None
    elif encoding in _GZIP or encoding == "deflate":
        inflater = _Inflater(encoding in _GZIP)
    else:
        return _Body(b"", True, f"内容以 {encoding[:40]} 压缩，没有这样要求，读不了")
    content = response.content
    parts: list[bytes] = []
    raw = size = 0
    # Most bodies have come whole with their headers, and are there without waiting.
    while not content.at_eof() and (data := content.read_nowait() or await content.readany()):
        raw += len(data)
        # One byte more than wanted tells that there is more.
        part = data if inflater is None else inflater.feed(data, most + 1 - size)
        parts.append(part)
        size += len(part)
        if size > most or raw > most + _SPARE:
            return _Body(b"".join(parts)[:most], True)
    return _Body(parts[0] if len(parts) == 1 else b"".join(parts), False)


class _Inflater:
    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._begun = gzip
        self._inflater = zlib.decompressobj(31 if gzip else 15)

    def feed(self, data: bytes, room: int) -> bytes:
        """What `data` inflates to, at most `room` bytes; the rest is lost, so nothing may be fed after a full room."""
        if not self._begun:
            self._begun = True
            # Servers send "deflate" with and without the header of zlib.
            if data[0] & 0x0F != 8:
                self._inflater = zlib.decompressobj(-15)
        parts: list[bytes] = []
        while data and room > 0:
            part = self._inflater.decompress(data, room)
            parts.append(part)
            room -= len(part)
            data = self._inflater.unused_data
            if data:
                # Another member of the same file; anything else behind the end is padding.
                if not (self._gzip and data.startswith(_GZIP_START)):
                    break
                self._inflater = zlib.decompressobj(31)
        return b"".join(parts)
