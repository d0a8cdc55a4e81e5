"""One request a host and interval, whatever site asks; whoever tells us to wait or to stay away is obeyed."""

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_CRAWL_DELAY = 10.0
# A host that asks us to come back later than this is left alone for the night.
LONGEST_RETRY = 30.0
# Hosts remembered before those whose turn is past are dropped; forgetting them changes nothing.
_MANY = 10_000


class Politeness:
    """Turns by host name. Times are those of the event loop, in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._free_at: dict[str, float] = {}
        self._many = _MANY
        self._loop = asyncio.get_running_loop()

    def waiting(self, host: str) -> float:
        """Seconds until the next free turn; infinite for a host that is left alone."""
        free_at = self._free_at.get(host)
        return 0.0 if free_at is None else max(0.0, free_at - self._loop.time())

    async def turn(self, host: str, crawl_delay: float) -> None:
        """Takes the next free turn and waits for it. Not for a host that is left alone."""
        now = self._loop.time()
        at = max(now, self._free_at.get(host, 0.0))
        if self._interval:
            self._set(host, at + self._gap(crawl_delay))
        if at > now:
            await asyncio.sleep(at - now)

    def answered(self, host: str, crawl_delay: float) -> None:
        """The interval counts from here: what was sent late, because a connection had to be made first, arrived late."""
        if self._interval:
            self._put_off(host, self._gap(crawl_delay))

    def pause(self, host: str, seconds: float) -> None:
        self._put_off(host, seconds)

    def leave(self, host: str) -> None:
        self._set(host, math.inf)

    def _gap(self, crawl_delay: float) -> float:
        return max(self._interval, min(crawl_delay, LONGEST_CRAWL_DELAY))

    def _put_off(self, host: str, seconds: float) -> None:
        self._set(host, max(self._free_at.get(host, 0.0), self._loop.time() + seconds))

    def _set(self, host: str, free_at: float) -> None:
        self._free_at[host] = free_at
        if len(self._free_at) > self._many:
            now = self._loop.time()
            self._free_at = {name: at for name, at in self._free_at.items() if at > now}
            self._many = max(_MANY, 2 * len(self._free_at))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks to wait, or None. The server's date is held against the server's own clock."""
    words = headers.get("Retry-After", "").strip()
    if not words:
        return None
    if words.isascii() and words.isdigit():
        return float(words[:9])
    until, now = _moment(words), _moment(headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _moment(words: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(words)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
