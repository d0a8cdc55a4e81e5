"""Handouts of a panel: one card, of which every expert gets a copy, with a row a site and aspect."""

from collections.abc import Iterator
from itertools import product

from flows.sources.panel import Panel
from flows.templates.model import Handout, Outline, words_of

_ONCE = ("expert_id", "category", "reviewed_on")
_ABOUT = (
    "每位专家一份，每个网站、每项评议内容一行，在“得分”里填 0 到 100 的分数；不评的行留空。",
    "专家编号等白底的格只在第一行有，写一次就算每一行的；不同的专家要写不同的编号。",
)


def handouts(outline: Outline, source: Panel) -> Iterator[Handout]:
    (dataset,) = outline.datasets
    called = words_of(dataset, "aspect")
    rows = list(product(outline.sites, outline.scheme.aspects))
    if rows:
        given = {"site": [site.name for site, _ in rows], "aspect": [called[aspect.id] for _, aspect in rows]}
        yield Handout(dataset.name, dataset, given, once=_ONCE, about=_ABOUT)
