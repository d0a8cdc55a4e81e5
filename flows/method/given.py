"""A given score, in a sentence."""

from collections.abc import Iterator

from flows.scheme import Scheme
from flows.sources.given import Given


def sentences(source: Given, scheme: Scheme) -> Iterator[str]:
    yield "由有关方面给出每个网站的得分，0 到 100 分，直接采用。"
