"""Deadlines that are looked over together end what is late, and nothing else."""

import asyncio

import pytest

from flows.crawler.deadlines import Deadlines


def _now():
    return asyncio.get_running_loop().time()


async def _late(deadlines, seconds, until):
    with deadlines.until(_now() + until):
        await asyncio.sleep(seconds)


def test_what_is_late_ends_and_what_is_in_time_does_not():
    async def run():
        deadlines, begun = Deadlines(), _now()
        jobs = [_late(deadlines, 5, 0.1), _late(deadlines, 0.3, 5), _late(deadlines, 5, 0.3), _late(deadlines, 0, 0)]
        return await asyncio.gather(*jobs, return_exceptions=True), _now() - begun

    ended, took = asyncio.run(run())
    assert [type(each) for each in ended] == [TimeoutError, type(None), TimeoutError, type(None)]
    assert took < 2


def test_a_task_that_somebody_else_cancels_is_cancelled():
    async def run():
        deadlines = Deadlines()
        task = asyncio.create_task(_late(deadlines, 5, 5))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_a_task_that_is_cancelled_and_late_at_once_is_cancelled():
    async def run():
        deadlines = Deadlines()
        task = asyncio.create_task(_late(deadlines, 5, 0.05))
        while not task.cancelling():  # the deadline's own wish, not yet granted
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_after_its_end_a_deadline_does_no_harm():
    async def run():
        deadlines = Deadlines()
        await _late(deadlines, 0, 0.1)
        await asyncio.sleep(0.3)
        with pytest.raises(TimeoutError):  # and it is looked again once there is something to look at
            await _late(deadlines, 5, 0.1)

    asyncio.run(run())
