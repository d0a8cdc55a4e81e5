"""What a site may still ask for is looked at when a request is made, however many ask at once and whatever they wait for."""

import asyncio
from types import SimpleNamespace

import pytest
from yarl import URL

from flows.crawler.fetch import Allowance, Fetcher
from flows.crawler.results import Failure
from flows.crawler.wire import Exchange
from tests.crawler.crawling import rules


class _Slow:
    """Names that are found only after a while."""

    async def find(self, _):
        await asyncio.sleep(0.01)
        return SimpleNamespace(kind=None, detail="")


class _Wire:
    def __init__(self):
        self.asked = []

    async def exchange(self, url, most, seconds, tls):
        self.asked.append(url.path)
        await asyncio.sleep(0)
        return Exchange(200, {"Content-Type": "text/plain"}, b"", False, None, 0.0, 0.0, 0.0, None)


@pytest.mark.parametrize("left", [1, 3, 5])
def test_of_many_at_once_no_more_are_sent_than_are_left(left):
    wire = _Wire()

    async def ask():
        guard = SimpleNamespace(fault=lambda url, port: None)
        fetcher = Fetcher(wire, guard, _Slow(), rules())
        allowance = Allowance(left, None)
        got = await asyncio.gather(*(fetcher.get(URL(f"http://deep.test/{number}"), allowance) for number in range(8)))
        return got, allowance

    got, allowance = asyncio.run(ask())
    assert len(wire.asked) == left and allowance.left == 0
    refused = [one for one in got if isinstance(one, Failure)]
    assert refused and all(one.kind == "budget" for one in refused)
