"""One request a host and interval, whatever site asks; whoever tells us to wait or to stay away is obeyed."""

import asyncio
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
        # When each host's last turn was, and until when it is not to be asked.
        self._last: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._many = _MANY
        self._loop = asyncio.get_running_loop()

    def waiting(self, host: str) -> float:
        """Seconds until the next free turn; infinite for a host that is left alone."""
        if host not in self._last and host not in self._not_before:
            return 0.0
        return max(0.0, self._free_at(host, 0.0) - self._loop.time())

    def turn(self, host: str, crawl_delay: float) -> float:
        """Takes the next free turn: in so many seconds. Not for a host that is left alone."""
        if not self._interval and host not in self._not_before:
            return 0.0
        now = self._loop.time()
        at = max(now, self._free_at(host, crawl_delay))
        if self._interval:
            self._last[host] = at
            self._tidy(now)
        return at - now

    def answered(self, host: str) -> None:
        """The interval counts from here: what was sent late, because a connection had to be made first, arrived late."""
        if self._interval:
            self._last[host] = max(self._last.get(host, 0.0), self._loop.time())

    def pause(self, host: str, seconds: float) -> None:
        """Leaves a host alone for so long, or by infinity for the night."""
        self._not_before[host] = max(self._not_before.get(host, 0.0), self._loop.time() + seconds)

    def _free_at(self, host: str, crawl_delay: float) -> float:
        last = self._last.get(host)
        free = 0.0 if last is None else last + max(self._interval, min(crawl_delay, LONGEST_CRAWL_DELAY))
        return max(free, self._not_before.get(host, 0.0))

    def _tidy(self, now: float) -> None:
        if len(self._last) > self._many:
            longest = max(self._interval, LONGEST_CRAWL_DELAY)
            self._last = {host: last for host, last in self._last.items() if last + longest > now}
            self._not_before = {host: until for host, until in self._not_before.items() if until > now}
            self._many = max(_MANY, 2 * len(self._last))


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
