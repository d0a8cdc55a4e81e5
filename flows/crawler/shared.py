"""A bounded memory of what was found out, shared by all sites: whoever comes while it is being found out waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """At most `most` in weight is kept; what was not asked for longest goes first. `keeps` says which values last."""

    def __init__(
        self, most: int, keeps: Callable[[V], bool] = lambda value: True, weight: Callable[[V], int] = lambda value: 1
    ) -> None:
        self._keeps = keeps
        self._kept: LRUCache[K, V] = LRUCache(most, weight)
        self._making: dict[K, asyncio.Future[None]] = {}

    def known(self, key: K) -> V | None:
        return self._kept.get(key)

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """The value that is known, or the one that `make` gives. A value that is not kept is made again by the next."""
        while (value := self.known(key)) is None:
            making = self._making.get(key)
            if making is None:
                return await self._make(key, make)
            # Shielded: one site that gives up must not end the waiting of all others.
            await asyncio.shield(making)
        return value

    def keep(self, key: K, value: V) -> None:
        self._kept[key] = value

    def forget(self, which: Callable[[V], bool]) -> None:
        for key in [key for key, value in self._kept.items() if which(value)]:
            del self._kept[key]

    async def _make(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        future = self._making[key] = asyncio.get_running_loop().create_future()
        try:
            value = await make()
            if self._keeps(value):
                self.keep(key, value)
            return value
        finally:
            del self._making[key]
            future.set_result(None)
