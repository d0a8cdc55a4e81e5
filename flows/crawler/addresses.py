"""Where we may connect to: our own table, applied to every address just before a connection is made.

The standard library's `is_private` and `is_global` let through addresses that lead inside (shared address space with a
cloud's metadata service, NAT64, 6to4, multicast), so the table is ours. `Guard.socket` is the one choke point: literal
addresses, a resolver's answers and redirects all pass it, and what it has checked is what is connected to. Host names are
each resolved once a night, by threads of our own, and refused whole where any of their addresses is forbidden.
"""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from flows.crawler.results import Kind
from flows.crawler.shared import Shared

_FORBIDDEN_4 = tuple(map(IPv4Network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)))  # fmt: skip
# Only global unicast is open, so mapped, compatible, NAT64, link-local and multicast addresses need no entry.
_OPEN_6 = IPv6Network("2000::/3")
_FORBIDDEN_6 = tuple(IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_LOOPBACK_4, _LOOPBACK_6 = IPv4Network("127.0.0.0/8"), IPv6Address("::1")
_TEST_NAMES = (".test", ".localhost")
_PORTS = frozenset({80, 443, 8080, 8443})

_NAME = re.compile(r"(?=.{1,254}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
# A host whose last label is a number is taken for an IPv4 address by resolvers: 2130706433, 0x7f.1, 127.1, 0177.0.0.1.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_QUAD = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}")

# Slow names block a thread for many seconds each, and must not hold up the others.
_THREADS = 64
_MOST_NAMES = 20_000
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def host_of(url: URL) -> str:
    """The host of a whole address, such as all are that are asked for, as it goes on the wire."""
    return url.raw_host or ""


def address_of(words: str) -> URL | None:
    """The register's address, or None for what is none."""
    try:
        url = URL(words.strip()).with_fragment(None)
        if url.scheme not in ("http", "https") or not url.raw_host:
            return None
        if ":" in url.raw_host:
            # The parser takes whatever stands in brackets.
            IPv6Address(url.raw_host)
    except ValueError:
        return None
    return url


class ForbiddenAddress(OSError):
    """Raised in place of a connection. An OSError, because that is what a connector passes on."""


class Guard:
    """Decides on URLs before they are asked for and on addresses before they are connected to."""

    def __init__(self, open_loopback: bool) -> None:
        self._open_loopback = open_loopback
        # The same few thousand addresses come again and again.
        self.allows = lru_cache(maxsize=16_384)(self._allows)
        self._host_fault = lru_cache(maxsize=16_384)(self._fault_of_host)

    def socket(self, address: tuple) -> socket.socket:
        """A socket for one of getaddrinfo's tuples. Raises `ForbiddenAddress`."""
        family, kind, protocol, _, socket_address = address
        if not self.allows(socket_address[0]):
            raise ForbiddenAddress(f"内部地址 {socket_address[0]}")
        return socket.socket(family, kind, protocol)

    def resolves_itself(self, host: str) -> bool:
        """Whether the name stands for 127.0.0.1 by the tests' rules, without any resolver."""
        return self._open_loopback and host.rstrip(".").endswith(_TEST_NAMES)

    def fault(self, url: URL, own_port: int | None) -> tuple[Kind, str] | None:
        """Why a URL must not be asked for, or None. `own_port` is that of the site's address in the register."""
        if url.scheme not in ("http", "https"):
            return "forbidden_scheme", f"地址以 {url.scheme or '空协议'}: 开头，只访问 http 和 https"
        host = url.raw_host
        if not host:
            return "forbidden_address", "地址里没有主机名"
        if (fault := self._host_fault(host)) is not None:
            return "forbidden_address", fault
        if url.raw_user is not None or url.raw_password is not None:
            return "forbidden_address", "地址里带有用户名或口令"
        port = url.port
        if port not in _PORTS and port != own_port and not self._open_loopback:
            # A rule of ours, no fault of whoever listens there.
            return "own", f"端口 {port} 不在访问之列"
        return None

    def _fault_of_host(self, host: str) -> str | None:
        if ":" in host or _QUAD.fullmatch(host):
            return None if self.allows(host) else f"内部地址 {host}，不访问"
        if _NUMERIC.fullmatch(host):
            return f"主机 {host} 是变了形的 IP 地址，不访问"
        return None if _NAME.fullmatch(host) else "主机名不合规范"

    def _allows(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, IPv4Address):
            if self._open_loopback and ip in _LOOPBACK_4:
                return True
            return not any(ip in net for net in _FORBIDDEN_4)
        if self._open_loopback and ip == _LOOPBACK_6:
            return True
        return ip.scope_id is None and ip in _OPEN_6 and not any(ip in net for net in _FORBIDDEN_6)


class Found(NamedTuple):
    """A name's addresses, or why there are none to connect to."""

    addresses: tuple[str, ...] = ()
    kind: Kind | None = None
    detail: str = ""


class Names(AbstractResolver):
    """The resolver of all connections, too: what was checked is what is connected to."""

    def __init__(self, guard: Guard, seconds: float) -> None:
        self._guard = guard
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")
        self._found: Shared[str, Found] = Shared(_MOST_NAMES, keeps=lambda found: found.kind != "name_trouble")

    async def find(self, host: str) -> Found:
        """The addresses of a name or a literal address that `Guard.fault` let pass."""
        return await self._found.get(host, lambda: self._look_up(host))

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        found = await self.find(host)
        if found.kind == "forbidden_address":
            raise ForbiddenAddress(found.detail)
        if found.kind:
            raise socket.gaierror(socket.EAI_NONAME if found.kind == "name_not_found" else socket.EAI_AGAIN, found.detail)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            )
            for address in found.addresses
        ]  # fmt: skip

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def forget_failures(self) -> None:
        self._found.forget(lambda found: found.kind is not None)

    async def _look_up(self, host: str) -> Found:
        if self._guard.resolves_itself(host):
            return Found(("127.0.0.1",))
        if self._guard.allows(host):  # a literal address
            return Found((host,))
        try:
            async with asyncio.timeout(self._seconds):
                answers = await asyncio.get_running_loop().run_in_executor(self._threads, _ask, host)
        except TimeoutError:
            return Found(kind="name_trouble", detail=f"域名解析 {self._seconds:g} 秒没有结果")
        except socket.gaierror as fault:
            if fault.errno in _UNKNOWN:
                return Found(kind="name_not_found", detail="域名不存在或没有地址")
            return Found(kind="name_trouble", detail=f"域名暂时无法解析（{fault.strerror}）")
        except UnicodeError:
            return Found(kind="name_not_found", detail="域名不合规范")
        addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in answers))
        forbidden = [address for address in addresses if not self._guard.allows(address)]
        if forbidden:
            return Found(kind="forbidden_address", detail=f"域名指向内部地址 {forbidden[0]}，不访问")
        return Found(addresses)


def _ask(host: str) -> list[tuple]:
    # AI_ADDRCONFIG: a machine without IPv6 must not blame a site for its IPv6 address.
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
