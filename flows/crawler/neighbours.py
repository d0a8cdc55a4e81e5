"""The elements that stand beside one on a page."""

from selectolax.lexbor import LexborNode

_NEIGHBOURS, _MOST_OF_GROUP = 3, 9


def near(node: LexborNode) -> list[LexborNode]:
    """The elements of the same name before and behind one, a few."""
    found = []
    for step in ("prev", "next"):
        each, seen = getattr(node, step), 0
        for _ in range(3 * _NEIGHBOURS):
            if each is None or seen == _NEIGHBOURS:
                break
            if each.tag == node.tag:
                found.append(each)
                seen += 1
            each = getattr(each, step)
    return found


def group_of(node: LexborNode) -> list[LexborNode]:
    """The dt and the dd that a part of a definition list belongs to, in their order; few, since a list may have thousands."""
    before = [node]
    each = node.prev
    for _ in range(_MOST_OF_GROUP):
        if each is None or before[-1].tag == "dt":
            break
        if each.tag in ("dt", "dd"):
            before.append(each)
        each = each.prev
    after: list[LexborNode] = []
    each = node.next
    for _ in range(_MOST_OF_GROUP):
        if each is None or each.tag == "dt":
            break
        if each.tag == "dd":
            after.append(each)
        each = each.next
    return [*reversed(before), *after]
