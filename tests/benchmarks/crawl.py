"""How long a night's crawl takes beside a bare asynchronous client that makes the same requests of the same server.

    ./run python -m tests.benchmarks.crawl 69 5000
    ./run python -m tests.benchmarks.crawl 69 5000 --latency 30

A loopback server of its own process serves that many healthy sites (virtual hosts) and writes down what it is asked. The
crawler looks at all of them with politeness off; then a bare aiohttp client, as many hosts at a time, sends exactly the
requests that the server saw, with the same headers and in vain over TLS as well, and reads every answer as the library's own
manual does it: its status and its text. All else about it are the library's defaults; once more it runs on the event loop
that the crawler uses. Each runs in a fresh process, in turns, and looks at one site before the clock starts, so that
importing libraries is not measured. Memory is the process's peak.

Without latency (milliseconds that the server takes to answer) all that is measured is what the two clients compute.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import socket
import statistics
import sys
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, NamedTuple

import uvloop

_ITEMS = "".join(f'<li><a href="/item/{n}.html">办事指南第{n}号</a> <span>2026-11-{20 - n:02}</span></li>' for n in range(12))
_HOME = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<title>市政务网</title></head><body><main><h1>市政务网</h1><form action=/s><label>搜索<input name=q></label></form><ul>{_ITEMS}</ul>"
    f"<p>{'政府信息公开与办事服务。' * 400}</p></main></body></html>"
)
_PAGES = {
    "/": ("text/html; charset=utf-8", _HOME),
    "/robots.txt": ("text/plain", "User-agent: *\nAllow: /\nSitemap: /sitemap.xml\n"),
    "/sitemap.xml": ("application/xml", '<?xml version="1.0"?><urlset><url><loc>/</loc></url></urlset>'),
    **{
        f"/item/{n}.html": ("text/html; charset=utf-8", f"<title>{n}</title><p>2026-11-20 第{n}号{'内容' * n}</p>")
        for n in range(12)
    },
}
_MISSING = ("text/html; charset=utf-8", "<title>404</title><p>没有这个页面</p>")
_AT_ONCE = 256
_LOOPS = {"bare": asyncio.new_event_loop, "bare on uvloop": uvloop.new_event_loop}


def _answer(status: str, kind: str, text: str) -> bytes:
    body = text.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


_ANSWERS = {path: _answer("200 OK", *page) for path, page in _PAGES.items()}
_NO_SUCH = _answer("404 Not Found", *_MISSING)


class Figures(NamedTuple):
    """`computed` are seconds of CPU, which hardly depend on what else the machine does; `peak` is memory in MB."""

    seconds: float
    computed: float
    peak: int
    requests: int


class _Site(asyncio.Protocol):
    """Answers requests that come whole in one read, which is what both clients send. A TLS hello is seen under no host."""

    seen: ClassVar[dict[str, list[str]]] = {}
    headers: ClassVar[dict[str, str]] = {}
    latency = 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"GET "):
            _Site.seen.setdefault("", []).append("TLS")
            self.transport.abort()
            return
        head, *lines = data.decode("latin-1").split("\r\n")
        path = head.split(" ")[1]
        if not _Site.headers:
            _Site.headers = dict(line.split(": ", 1) for line in lines if line)
        host = next(line[5:].strip() for line in lines if line.lower().startswith("host:"))
        _Site.seen.setdefault(host, []).append(path)
        answer = _ANSWERS.get(path, _NO_SUCH)
        if self.latency:
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)
        else:
            self.transport.write(answer)


def _serve(listener: socket.socket, latency: float, pipe: Connection) -> None:
    _Site.latency = latency

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(_Site, sock=listener, backlog=1024)
        while (asked := await loop.run_in_executor(None, pipe.recv)) is not None:
            if asked == "seen":
                pipe.send(({name: value for name, value in _Site.headers.items() if name.lower() != "host"}, _Site.seen))
            _Site.headers, _Site.seen = {}, {}

    asyncio.run(run())


def _crawl(port: int, hosts: list[str], pipe: Connection) -> None:
    from flows.crawler.rules import CrawlRules, Target
    from flows.crawler.run import crawl_night

    rules = CrawlRules(
        contact="bench@example.org", timezone="Asia/Shanghai", canaries=(), interval=0, at_once=_AT_ONCE, open_loopback=True
    )

    def crawl(names: list[str]) -> tuple[float, int]:
        targets = [Target(name, f"http://{name}:{port}/") for name in names]
        with TemporaryDirectory(prefix="pingyi-bench-") as folder:
            begun = time.perf_counter()
            night = crawl_night(targets, Path(folder), rules, lambda *_: None, lambda: datetime.now(UTC))
            seconds = time.perf_counter() - begun
        if night.crawled != len(names):
            raise AssertionError(night)
        return seconds, night.requests

    crawl(hosts[:1])
    pipe.send("warm")
    pipe.recv()
    computed = time.process_time()
    seconds, requests = crawl(hosts)
    pipe.send(Figures(seconds, time.process_time() - computed, _peak(), requests))


def _bare(name: str, hosts: list[str], headers: dict[str, str], seen: dict[str, list[str]], pipe: Connection) -> None:
    import aiohttp
    from aiohttp.abc import AbstractResolver

    class Loopback(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

        async def close(self) -> None:
            """Nothing is open."""

    hellos = seen.pop("", [])
    if len(hellos) != len(hosts):
        raise AssertionError(f"{len(hellos)} questions for TLS of {len(hosts)} hosts")

    async def run(asked: dict[str, list[str]]) -> int:
        waiting = iter(asked.items())
        connector = aiohttp.TCPConnector(resolver=Loopback(), limit=0)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

            async def worker() -> int:
                made = 0
                for host, paths in waiting:
                    for path in paths:
                        async with session.get(f"http://{host}{path}") as answer:
                            if answer.status not in (200, 404) or not await answer.text():
                                raise AssertionError(answer)
                        made += 1
                    try:
                        await session.get(f"https://{host}/")
                    except aiohttp.ClientError:
                        made += 1
                return made

            return sum(await asyncio.gather(*(worker() for _ in range(_AT_ONCE))))

    def fetch(asked: dict[str, list[str]]) -> int:
        with asyncio.Runner(loop_factory=_LOOPS[name]) as runner:
            return runner.run(run(asked))

    fetch(dict(list(seen.items())[:1]))
    pipe.send("warm")
    pipe.recv()
    begun, computed = time.perf_counter(), time.process_time()
    requests = fetch(seen)
    pipe.send(Figures(time.perf_counter() - begun, time.process_time() - computed, _peak(), requests))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _measured(job, ready, *arguments) -> Figures:
    """What a job says of itself in a fresh process. `ready` is called when it is warm."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=job, args=(*arguments, there))
    process.start()
    there.close()
    try:
        here.recv()
        ready()
        here.send("go")
        return here.recv()
    finally:
        process.join()


def measure(sites: int, turns: int, latency: float) -> None:
    hosts = [f"h{number}.test" for number in range(sites)]
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    pipe, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(listener, latency, theirs), daemon=True)
    server.start()
    try:
        figures: dict[str, list[Figures]] = {"crawler": [], **{name: [] for name in _LOOPS}}
        for _ in range(turns):
            figures["crawler"].append(_measured(_crawl, lambda: pipe.send("forget"), port, hosts))
            pipe.send("seen")
            seen = pipe.recv()
            for name in _LOOPS:
                figures[name].append(_measured(_bare, lambda: None, name, hosts, *seen))
    finally:
        pipe.send(None)
        server.terminate()
        server.join()
    for name, found in figures.items():
        # Ratios within each turn, since the machine is not equally fast in all of them.
        pairs = list(zip(found, figures["bare"], strict=True))
        seconds = statistics.median(each.seconds for each in found)
        computed = statistics.median(each.computed for each in found)
        print(
            f"{sites:>6} sites  {name:<14}{found[0].requests:>8} requests{seconds:9.2f} s"
            f"{statistics.median(each.seconds / bare.seconds for each, bare in pairs):7.2f}{computed:9.2f} s of CPU"
            f"{statistics.median(each.computed / bare.computed for each, bare in pairs):7.2f}"
            f"{max(each.peak for each in found):>7} MB   {json.dumps([round(each.seconds, 2) for each in found])}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sites", type=int, nargs="+")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS")
    options = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    for sites in options.sites:
        measure(sites, options.turns, options.latency / 1000)


if __name__ == "__main__":
    sys.exit(main())
