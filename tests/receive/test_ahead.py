"""What comes next is made ahead: in order, with what it raises, and no longer than somebody wants it."""

import threading

import pytest

from flows.receive.ahead import ahead


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "ahead"}


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_items_come_in_their_order(count: int):
    assert list(ahead(iter(range(count)))) == list(range(count))
    assert not _threads()


def test_the_next_item_is_made_while_the_last_one_is_worked_on():
    made = [threading.Event() for _ in range(3)]

    def items():
        for number, event in enumerate(made):
            event.set()
            yield number

    coming = ahead(items())
    assert next(coming) == 0
    # It waits for nobody: this would wait for ever if it were made when it is asked for.
    assert made[1].wait(60)
    assert list(coming) == [1, 2]


def test_what_is_raised_comes_behind_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise MemoryError

    seen = []
    with pytest.raises(MemoryError):
        for item in ahead(items()):
            seen.append(item)
    assert seen == [1, 2] and not _threads()


def test_whoever_wants_no_more_leaves_no_thread_behind():
    coming = ahead(iter(range(1000)))
    assert next(coming) == 0
    coming.close()
    assert not _threads()


def test_what_is_not_asked_for_is_not_begun():
    begun = []

    def items():
        begun.append(True)
        yield 1

    ahead(items())
    assert not begun
