"""What a host can answer: honest pages, and every way of not being one."""

import asyncio
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from itertools import count

from tests.crawler.fault_server import Answer, Request, Wire

_NO_END = 10 * 10**9


def reply(
    status: int, body: bytes | str = b"", kind: str = "text/html; charset=utf-8", headers: Mapping[str, str] | None = None
) -> Answer:
    """One whole answer with its length; a text as UTF-8."""
    content = body.encode() if isinstance(body, str) else body
    head = _head(status, {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})})

    async def answer(request: Request, wire: Wire) -> None:
        await wire.send(head + (b"" if request.method == "HEAD" else content))

    return answer


def page(text: str, headers: Mapping[str, str] | None = None) -> Answer:
    return reply(200, text, headers=headers)


def text(words: str) -> Answer:
    return reply(200, words, "text/plain; charset=utf-8")


def xml(words: str) -> Answer:
    return reply(200, words, "application/xml")


def status(number: int, **headers: str) -> Answer:
    """An error page; `Retry_After="1"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(number, f"<html><head><title>{number}</title></head><body>出错了（{number}）</body></html>", headers=named)


def redirect(location: str, number: int = 302) -> Answer:
    return reply(number, headers={"Location": location})


def packed(body: str, encoding: str, pack: Callable[[bytes], bytes]) -> Answer:
    return reply(200, pack(body.encode()), headers={"Content-Encoding": encoding})


def chunked(body: str) -> Answer:
    """In chunks of one byte."""
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body.encode()) + b"0\r\n\r\n"

    async def answer(request: Request, wire: Wire) -> None:
        await wire.send(_head(200, {"Content-Type": "text/html; charset=utf-8", "Transfer-Encoding": "chunked"}) + chunks)

    return answer


def hangs_up(then: Answer) -> Answer:
    """Answers as if the connection stayed, and ends it."""

    async def answer(request: Request, wire: Wire) -> None:
        await then(request, wire)
        wire.close()

    return answer


def after(seconds: float, then: Answer) -> Answer:
    async def answer(request: Request, wire: Wire) -> None:
        await asyncio.sleep(seconds)
        await then(request, wire)

    return answer


def behind(gate: threading.Event, then: Answer) -> Answer:
    """Waits for a gate that the test opens."""

    async def answer(request: Request, wire: Wire) -> None:
        while not gate.is_set():
            await asyncio.sleep(0.02)
        await then(request, wire)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first request gets the first answer, and so on; the last one for ever."""
    turns = count()

    async def answer(request: Request, wire: Wire) -> None:
        await answers[min(next(turns), len(answers) - 1)](request, wire)

    return answer


async def never(request: Request, wire: Wire) -> None:
    await asyncio.sleep(3600)


async def reset(request: Request, wire: Wire) -> None:
    wire.reset()


async def silent(request: Request, wire: Wire) -> None:
    """Takes the request and closes the connection without a word."""
    wire.close()


async def garbage(request: Request, wire: Wire) -> None:
    await wire.send(b"\x00\xff no such protocol\r\n\r\n")
    wire.close()


async def huge_header(request: Request, wire: Wire) -> None:
    await wire.send(_head(200, {"X-Filler": "x" * (1 << 20), "Content-Length": "0"}))
    wire.close()


async def many_headers(request: Request, wire: Wire) -> None:
    await wire.send(_head(200, {f"X-Filler-{number}": "x" * 60 for number in range(100_000)}))
    wire.close()


async def drip(request: Request, wire: Wire) -> None:
    """One byte a second, for ever."""
    await wire.send(_head(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": "3600"}))
    for _ in range(3600):
        await wire.send(b"<")
        await asyncio.sleep(1)


def slow_body(seconds: float, body: str) -> Answer:
    """The head at once, the body later."""
    content = body.encode()

    async def answer(request: Request, wire: Wire) -> None:
        await wire.send(_head(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}))
        await asyncio.sleep(seconds)
        await wire.send(content)

    return answer


def endless(first: str, sent: list[int]) -> Answer:
    """A page, and spaces up to 10 GB; `sent` gets the number of bytes that could be sent."""
    chunk = b" " * (256 << 10)

    async def answer(request: Request, wire: Wire) -> None:
        await wire.send(
            _head(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(_NO_END)}) + first.encode()
        )
        await _pour(wire, (chunk for _ in range(_NO_END // len(chunk))), sent)

    return answer


def bomb(first: str, sent: list[int]) -> Answer:
    """A page, and 1 GB of zeros, gzipped to 1 MB. A full flush makes the megabytes independent, so that they all look alike."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(first.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = _head(200, {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "Connection": "close"})

    async def answer(request: Request, wire: Wire) -> None:
        await wire.send(head + start)
        await _pour(wire, (megabyte for _ in range(1024)), sent)
        wire.close()

    return answer


async def _pour(wire: Wire, chunks: Iterable[bytes], sent: list[int]) -> None:
    total = 0
    try:
        for chunk in chunks:
            await wire.send(chunk)
            total += len(chunk)
    finally:
        sent.append(total)


def _head(number: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {number} X\r\n{lines}\r\n".encode()
