"""Makes what comes next while what came last is worked on."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_LOOK = 0.1


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The items in their order, made by a thread of its own, one ahead. Raises what making one of them raises.

    Whoever wants no more of them closes this, and the thread ends with the item that it is making.
    """
    ready: Queue[tuple[Item] | BaseException | None] = Queue(1)
    over = Event()

    def hand_over(item: tuple[Item] | BaseException | None) -> None:
        while not over.is_set():
            with suppress(Full):
                ready.put(item, timeout=_LOOK)
                return

    def make() -> None:
        try:
            for item in items:
                hand_over((item,))
                if over.is_set():
                    return
        except BaseException as fault:
            hand_over(fault)
        else:
            hand_over(None)

    thread = Thread(target=copy_context().run, args=(make,), name="ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        over.set()
        thread.join()
