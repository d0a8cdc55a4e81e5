"""Prefect's own database where it is SQLite: the transactions of the server take their turns.

A transaction of Prefect reads first and writes later. Where another one is writing just then, SQLite does not wait but
refuses ("database is locked"), since what was read is out of date: the API answers 503, which a run asks again but the
UI shows as an error, and a worker loses its channel. What waits inside SQLite can be worse: the server has been seen to
stand still for the whole minute of SQLite's patience, its event loop with it. So a transaction begins here when no other
is under way, and takes SQLite's write lock as it begins. Single statements outside of transactions, of which the server
makes some, wait inside SQLite as before, for as long as the one transaction under way takes.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from prefect.server.utilities.database import get_dialect
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

logger = logging.getLogger("pingyi")

_PATIENCE = 20.0


class _Turn:
    """Whose turn it is, among the tasks of one event loop."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.holder: asyncio.Task | None = None
        self.number = 0

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[bool, None]:
        """Waits for the turn; False where there is none to be had, and the transaction must go on as it would without."""
        task = asyncio.current_task()
        if self.holder is task:
            # A transaction within another of the same task would wait for itself.
            yield False
            return
        if not await self._acquired():
            logger.warning(
                "a transaction of %s has taken %.0f s and more; another one does not wait for it", self.holder, _PATIENCE
            )
            yield False
            return
        self.holder = task
        self.number += 1
        try:
            yield True
        finally:
            self.holder = None
            self.lock.release()

    async def _acquired(self) -> bool:
        """False where one and the same transaction has had the turn for all of our patience."""
        while True:
            number = self.number
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self.lock.acquire()
            except TimeoutError:
                if self.number == number:
                    return False
            else:
                return True


class QueuedSqlite(AioSqliteConfiguration):
    """SQLite as Prefect sets it up, with one transaction at a time."""

    def __init__(self, connection_url: str) -> None:
        super().__init__(connection_url)
        # Prefect has an engine for each event loop too.
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turn] = WeakKeyDictionary()

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        turn = self._turns.setdefault(asyncio.get_running_loop(), _Turn())
        async with turn.taken() as ours, super().begin_transaction(session, with_for_update or ours) as transaction:
            # BEGIN is said with the first statement. It is said here, since Prefect lets other sessions that are opened
            # in this context begin in the same mode, and one that only reads would wait for the write lock that we have.
            await session.connection()
            mode = SQLITE_BEGIN_MODE.set("DEFERRED")
            try:
                yield transaction
            finally:
                SQLITE_BEGIN_MODE.reset(mode)


def queue_transactions(connection_url: str) -> None:
    """Lets Prefect's transactions on this database take turns in this process, if it is SQLite; others can do without."""
    if get_dialect(connection_url).name == "sqlite":
        set_database_config(QueuedSqlite(connection_url))
