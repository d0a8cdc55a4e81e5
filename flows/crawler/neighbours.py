"""The elements that stand beside and around one on a page."""

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Literal

from selectolax.lexbor import LexborNode

_NEIGHBOURS, _MOST_OF_GROUP = 3, 9


def walk(node: LexborNode, way: Literal["prev", "next", "parent"], most: int) -> Iterator[LexborNode]:
    """The elements and texts from one on in a direction, at most so many."""
    for _ in range(most):
        if (following := getattr(node, way)) is None:
            return
        yield (node := following)


def near(node: LexborNode) -> list[LexborNode]:
    """The elements of the same name before and behind one, a few."""
    found: list[LexborNode] = []
    for way in ("prev", "next"):
        found += islice((each for each in walk(node, way, 3 * _NEIGHBOURS) if each.tag == node.tag), _NEIGHBOURS)
    return found


def group_of(node: LexborNode) -> list[LexborNode]:
    """The dt and the dd that a part of a definition list belongs to, in their order; few, since a list may have thousands."""
    before = [node]
    for each in walk(node, "prev", _MOST_OF_GROUP):
        if before[-1].tag == "dt":
            break
        if each.tag in ("dt", "dd"):
            before.append(each)
    after = takewhile(lambda each: each.tag != "dt", walk(node, "next", _MOST_OF_GROUP))
    return [*reversed(before), *(each for each in after if each.tag == "dd")]
