"""The server's transactions on SQLite take turns: none is refused because another one writes."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.exc import OperationalError

from flows.operate import database
from flows.operate.database import QueuedSqlite

AT_ONCE = 8


@pytest.fixture
def url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


def _run(configuration, body):
    """Runs `body(begin)`, where `begin` opens a transaction of a session of its own; returns what the counter, a row, says then."""

    async def run():
        engine = await configuration.engine()

        @asynccontextmanager
        async def begin():
            async with await configuration.session(engine) as session, configuration.begin_transaction(session):
                yield session

        async with begin() as session:
            await session.execute(sa.text("create table counter (n integer)"))
            await session.execute(sa.text("insert into counter values (0)"))
        try:
            await body(begin)
            async with begin() as session:
                return await _read(session)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def _read(session):
    return (await session.execute(sa.text("select n from counter"))).scalar_one()


async def _count_on(begin):
    async with begin() as session:
        number = await _read(session)
        # Here the server does something else.
        await asyncio.sleep(0.01)
        await session.execute(sa.text("update counter set n = :n"), {"n": number + 1})


async def _all_at_once(begin):
    await asyncio.gather(*(_count_on(begin) for _ in range(AT_ONCE)))


async def _many_at_once(begin):
    await asyncio.gather(*(_count_on(begin) for _ in range(3 * AT_ONCE)))


def test_transactions_at_once_all_succeed_and_see_each_other(url):
    assert _run(QueuedSqlite(url), _all_at_once) == AT_ONCE


def test_without_turns_they_are_refused(url):
    # What this is there for. Should Prefect mend it, this test says that it can go.
    with pytest.raises(OperationalError, match="database is locked"):
        _run(AioSqliteConfiguration(url), _all_at_once)


def test_one_that_fails_gives_its_turn_away(url):
    async def body(begin):
        with pytest.raises(ZeroDivisionError):
            async with begin():
                raise ZeroDivisionError
        await _count_on(begin)

    assert _run(QueuedSqlite(url), body) == 1


def test_one_that_is_cancelled_while_it_waits_takes_no_turn(url):
    async def body(begin):
        async with begin():
            waiting = asyncio.create_task(_count_on(begin))
            await asyncio.sleep(0.05)
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await _count_on(begin)

    assert _run(QueuedSqlite(url), body) == 1


def test_one_within_another_does_not_wait_for_itself(url):
    async def body(begin):
        async with begin() as session, begin() as within:
            assert await _read(session) == await _read(within) == 0

    assert _run(QueuedSqlite(url), body) == 0


def test_a_session_without_a_transaction_reads_within_one(url):
    configuration = QueuedSqlite(url)

    async def body(begin):
        async with begin() as session:
            await session.execute(sa.text("update counter set n = 5"))
            # It inherits the context; in the mode of the transaction around it, it would wait for that for a minute.
            async with await configuration.session(await configuration.engine()) as within:
                assert await _read(within) == 0

    assert _run(configuration, body) == 5


def test_those_who_wait_long_in_a_long_queue_wait_on(url, monkeypatch, caplog):
    monkeypatch.setattr(database, "_PATIENCE", 0.1)
    # Each takes its turn for 0.01 s, so that the last waits longer than it would for any one.
    assert _run(QueuedSqlite(url), _many_at_once) == 3 * AT_ONCE
    assert "does not wait" not in caplog.text


def test_the_patience_with_one_that_does_not_end_is_not_endless(url, monkeypatch, caplog):
    monkeypatch.setattr(database, "_PATIENCE", 0.05)

    async def body(begin):
        async with begin():
            # It waits for another task, which begins a transaction too.
            async def other():
                async with begin() as session:
                    return await _read(session)

            assert await asyncio.create_task(other()) == 0

    assert _run(QueuedSqlite(url), body) == 0
    assert "does not wait" in caplog.text


def test_other_databases_are_left_alone(monkeypatch):
    monkeypatch.setattr(database, "set_database_config", lambda config: pytest.fail("PostgreSQL needs no turns"))
    database.queue_transactions("postgresql+asyncpg://prefect@127.0.0.1/prefect")
