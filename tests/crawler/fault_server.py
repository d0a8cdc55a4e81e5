"""A web server on real loopback sockets that plays any number of hosts, most of them badly.

One port speaks both HTTP and TLS: the first byte of a connection tells which, the name in the TLS hello or in the Host
header tells the host. A host without TLS answers a TLS hello as a plain web server does, with a 400 in plain text.
The server runs in a thread of its own and keeps a log of every request, which a test can wait on.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

_FIRST_BYTE_OF_TLS = b"\x16"
_LONGEST_HEAD = 64 << 10


@dataclass(frozen=True)
class Request:
    """One request as it came. `at` is `time.monotonic()` when its head had arrived; header names are lower case."""

    at: float
    host: str
    path: str
    secure: bool
    method: str
    headers: Mapping[str, str]


class Wire:
    """The server's end of one connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.open = True

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self.open = False

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        self.open = False


Answer = Callable[[Request, Wire], Awaitable[None]]


@dataclass(frozen=True)
class Host:
    """What a host answers on each path, and on all `others`. `tls` is the kind of its certificate, None for plain HTTP only;
    `plainly`, where given, answers every request that comes without TLS."""

    paths: Mapping[str, Answer]
    others: Answer
    tls: str | None = None
    plainly: Answer | None = None

    def but(self, paths: Mapping[str, Answer], **changes) -> "Host":
        return replace(self, paths={**self.paths, **paths}, **changes)

    def answer(self, request: Request) -> Answer:
        if self.plainly and not request.secure:
            return self.plainly
        return self.paths.get(request.path, self.others)


@dataclass
class FaultServer:
    """Start it, add hosts, read `log`. Without TLS contexts it speaks plain HTTP only."""

    contexts: Mapping[str, ssl.SSLContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self._log: list[Request] = []
        self._news = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task] = set()
        self._thread = threading.Thread(target=self._run, name="fault server", daemon=True)
        self._thread.start()

    @property
    def log(self) -> list[Request]:
        with self._news:
            return list(self._log)

    def requests(self, host: str) -> list[Request]:
        return [request for request in self.log if request.host == host]

    def paths(self, host: str) -> list[str]:
        return [request.path for request in self.requests(host)]

    def wait_until(self, holds: Callable[[list[Request]], bool], seconds: float = 30) -> None:
        """Returns as soon as the log is as `holds` wants it."""
        with self._news:
            if not self._news.wait_for(lambda: holds(self._log), seconds):
                raise AssertionError(f"not within {seconds} s; the log ends with {self._log[-5:]}")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._accept())
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._listener.close()
        self._loop.close()

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            connection.setblocking(False)
            task = self._loop.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        writer = None
        try:
            hello = await self._peek(connection)
            secure = hello[:1] == _FIRST_BYTE_OF_TLS
            context = self._context(hello) if secure else None
            reader = asyncio.StreamReader(limit=_LONGEST_HEAD)
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, connection, ssl=context)
            writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
            wire = Wire(writer)
            if secure and context is None:
                await wire.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                return
            while wire.open and (request := await _read(reader, secure)):
                with self._news:
                    self._log.append(request)
                    self._news.notify_all()
                host = self.hosts.get(request.host)
                await (host.answer(request) if host else _nobody)(request, wire)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # the visitor went away or talks nonsense
        finally:
            if writer:
                writer.close()
            else:
                connection.close()

    async def _peek(self, connection: socket.socket) -> bytes:
        readable = self._loop.create_future()
        self._loop.add_reader(connection, lambda: readable.done() or readable.set_result(None))
        try:
            await readable
        finally:
            self._loop.remove_reader(connection)
        return connection.recv(8192, socket.MSG_PEEK)

    def _context(self, hello: bytes) -> ssl.SSLContext | None:
        """By the server name in the hello, which stands there with its type and length before it."""
        for name, host in list(self.hosts.items()):
            if host.tls and struct.pack(">BH", 0, len(name)) + name.encode() in hello:
                return self.contexts[host.tls]
        return None


async def _read(reader: asyncio.StreamReader, secure: bool) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(time.monotonic(), headers.get("host", "").split(":")[0], path, secure, method, headers)


async def _nobody(request: Request, wire: Wire) -> None:
    """The answer for a host that the test has not added: seldom what a test wants, so it stands out."""
    await wire.send(b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n")
