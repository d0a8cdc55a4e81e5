"""Host names: each resolved once a night, by threads of our own, and refused whole where any of its addresses is forbidden."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult

from flows.crawler.addresses import ForbiddenAddress, Guard
from flows.crawler.results import Kind
from flows.crawler.shared import Shared

# Slow names block a thread for many seconds each, and must not hold up the others.
_THREADS = 64
_MOST_NAMES = 20_000
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


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
