"""Makes what comes next while what came last is worked on."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from enum import Enum
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_LOOK = 0.1


class _End(Enum):
    HERE = "there are no more"


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The items in their order, made by a thread of its own, one ahead. Raises what making one of them raises.

    Whoever wants no more of them closes this, and the thread ends with the item that it is making.
    """
    ready: Queue[Item | _End] = Queue(1)
    over = Event()
    raised: list[BaseException | None] = [None]

    def hand_over(item: Item | _End) -> None:
        while not over.is_set():
            with suppress(Full):
                ready.put(item, timeout=_LOOK)
                return

    def make() -> None:
        try:
            for item in items:
                hand_over(item)
                if over.is_set():
                    return
        except BaseException as fault:
            raised[0] = fault
        hand_over(_End.HERE)

    thread = Thread(target=copy_context().run, args=(make,), name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            # Without memory it may end without a word.
            ended = not thread.is_alive()
            try:
                item = ready.get(timeout=_LOOK)
            except Empty:
                if ended:
                    break
                continue
            if isinstance(item, _End):
                break
            yield item
    finally:
        over.set()
        thread.join()
    if raised[0] is not None:
        raise raised[0]
