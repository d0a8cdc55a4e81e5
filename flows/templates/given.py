"""Handouts of given scores: a row a site."""

from collections.abc import Iterator

from flows.sources.given import Given
from flows.templates.model import Handout, Outline

_ABOUT = ("每个网站一行，在“得分”里填 0 到 100 的分数。",)


def handouts(outline: Outline, source: Given) -> Iterator[Handout]:
    (dataset,) = outline.datasets
    if outline.sites:
        yield Handout(dataset.name, dataset, {"site": [site.name for site in outline.sites]}, about=_ABOUT)
