"""Deadlines of many requests at once, looked over together a few times a second.

A timer of its own for every request, as `asyncio.timeout` has it, takes a tenth of the time that a request takes altogether:
the event loop keeps all timers in order, and nearly all of them are called off again.
"""

import asyncio
from types import TracebackType

# So much later than its deadline a request may end.
_EVERY = 0.05


class Deadlines:
    """What is under way, and whom to stop. One for each event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: set[Deadline] = set()
        self._watching = False

    def until(self, moment: float) -> "Deadline":
        """A context that ends with `TimeoutError` when it takes longer than to this time of the event loop."""
        if not self._watching:
            self._watching = True
            self._loop.call_later(_EVERY, self._look)
        return Deadline(self._running, moment)

    def _look(self) -> None:
        now = self._loop.time()
        for deadline in [each for each in self._running if each.at <= now]:
            self._running.discard(deadline)
            deadline.stop()
        self._watching = bool(self._running)
        if self._watching:
            self._loop.call_later(_EVERY, self._look)


class Deadline:
    """One of them. Ends its task as `asyncio.timeout` does: whoever cancels the task for another reason is heard all the same."""

    __slots__ = ("_before", "_passed", "_running", "_task", "at")

    def __init__(self, running: "set[Deadline]", at: float) -> None:
        self._running = running
        self.at = at
        self._passed = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None, "a deadline is set inside of a task"
        self._task = task
        self._before = task.cancelling()
        self._running.add(self)

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        if not self._passed:
            self._running.discard(self)
        elif self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from fault

    def stop(self) -> None:
        self._passed = True
        self._task.cancel()
