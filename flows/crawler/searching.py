"""Where a page lets people search."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from selectolax.lexbor import LexborHTMLParser, LexborNode
from yarl import URL

from flows.crawler.neighbours import walk

_SEARCH = re.compile(r"search|sousuo|搜索|检索|查询|keyword", re.I)
_TELLING = ("action", "id", "class", "name", "placeholder", "title", "value", "aria-label")
_SEARCH_LINK = re.compile(r"搜索|检索|\bsearch\b")
_NEAREST = 4
_SEARCH_FIELD = re.compile(r"(?:^|[/_.-])(?:search|sousuo|jiansuo)(?:[/_.-]|$)")


def search_of(tree: LexborHTMLParser, links: Sequence[tuple[URL, LexborNode]]) -> str | None:
    """In Chinese, for an operator; None where one cannot search. `links` are where the page leads to, and by what."""
    for node in chain(tree.tags("input"), tree.tags("form")):
        attributes = node.attributes
        kind = (attributes.get("type") or "").lower()
        if kind == "hidden" and node.tag == "input":
            continue
        is_search = "search" in (kind, (attributes.get("role") or "").lower())
        if is_search or _SEARCH.search(" ".join(attributes.get(name) or "" for name in _TELLING)):
            return "有搜索框"
    clicked = chain((node for _, node in links), tree.tags("button"))
    is_linked = (
        _SEARCH_LINK.search("\n".join(chain.from_iterable(map(_names, clicked))).lower())
        or any(
            _SEARCH_LINK.search((image.attributes.get("alt") or "").lower()) and _is_clicked(image)
            for image in tree.tags("img")
        )
        or any(_SEARCH_FIELD.search(url.raw_path.lower()) for url, _ in links)
    )
    return "有搜索链接" if is_linked else None


def _names(node: LexborNode) -> Iterator[str]:
    """What a link or a button is called by, for those who see it and those who do not."""
    attributes = node.attributes
    yield node.text()
    yield attributes.get("title") or ""
    yield attributes.get("aria-label") or ""


def _is_clicked(image: LexborNode) -> bool:
    """Whether an image stands in a link or a button; not farther down than anyone writes it."""
    return any(around.tag in ("a", "button") for around in walk(image, "parent", _NEAREST))
