"""Whether our own line is up, so that an outage here is never held against the sites of a night."""

import asyncio
from itertools import cycle

from yarl import URL

from flows.crawler.fetch import Fetcher

# How long a line that is down is waited for, and how often it is tried meanwhile.
_PATIENCE = 20.0
_PAUSE = 2.0
# A canary that has not answered by then does not count.
_SECONDS = 4.0


class LineDown(Exception):
    """No canary answers: what was seen meanwhile says nothing about any site."""


class LineGone(Exception):
    """The line did not come back; the night ends."""


class Line:
    """Asks the canaries in turn. One check at a time: whoever comes meanwhile shares its outcome."""

    def __init__(self, fetcher: Fetcher, canaries: tuple[str, ...]) -> None:
        self._fetcher = fetcher
        self._canaries = [URL(canary) for canary in canaries]
        self._turns = cycle(range(len(canaries)))
        self._loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self._up_at = -1.0
        self._down_at = -1.0

    async def must_have_been_up(self, failed_at: float) -> None:
        """Raises `LineDown` unless a canary has answered after a failure (at a time of the event loop)."""
        if self._canaries and not await self._answers(failed_at):
            raise LineDown

    async def must_have_carried(self, failed_at: float) -> None:
        """The same for failures that weigh less: an answer from anywhere will do."""
        if self._canaries and self._fetcher.heard <= failed_at:
            await self.must_have_been_up(failed_at)

    async def wait(self) -> None:
        """Returns when a canary answers. Raises `LineGone` when none does for a while."""
        if not self._canaries:
            return
        end = self._loop.time() + _PATIENCE
        while not await self._answers(self._loop.time()):
            if self._loop.time() > end:
                raise LineGone
            await asyncio.sleep(_PAUSE)
        self._fetcher.forget_failures()

    async def _answers(self, since: float) -> bool:
        """Whether a canary has answered later than `since`."""
        if self._up_at > since:
            return True
        async with self._lock:
            if self._up_at > since:
                return True
            if self._down_at > since:
                return False
            for _ in self._canaries:
                if await self._knock(self._canaries[next(self._turns)]):
                    self._up_at = self._loop.time()
                    return True
            self._down_at = self._loop.time()
            # Not least what was just learnt about the names of the canaries.
            self._fetcher.forget_failures()
            return False

    async def _knock(self, canary: URL) -> bool:
        try:
            # Over everything: without a line, resolving the name takes longest.
            async with asyncio.timeout(_SECONDS):
                return await self._fetcher.knock(canary, _SECONDS) is None
        except TimeoutError:
            return False
