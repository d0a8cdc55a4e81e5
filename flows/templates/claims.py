"""Handouts of claims: a workbook a site with its indicators, and one for the office that verifies the claims."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flows.datasets import Dataset
from flows.sources.claims import Claims
from flows.templates.model import Handout, Outline, Site, words_of
from flows.templates.names import file_names

_MOST = "满分"
_CLAIMED = (
    "每项指标一行，在“得分”里填自评分，从 0 分到该行的满分；“依据”写明在哪里能看到。",
    "没有做到的指标可以留空，按没有报送计，得 0 分。",
)
_VERIFIED = ("核实过的指标在“得分”里填核实分；没有核实的留空，仍按自评分计。",)


def handouts(outline: Outline, source: Claims) -> Iterator[Handout]:
    claimed, verified = outline.datasets
    for site, name in zip(outline.sites, file_names(outline.sites), strict=True):
        yield _handout(name, claimed, source, [site], (f"网站：{site.name}", *_CLAIMED))
    yield replace(_handout(verified.name, verified, source, outline.sites, _VERIFIED), part="核实")


def _handout(name: str, dataset: Dataset, source: Claims, sites: Sequence[Site], about: tuple[str, ...]) -> Handout:
    called = words_of(dataset, "indicator")
    given = {
        "site": [site.name for site in sites for _ in source.indicators],
        "indicator": [called[indicator.id] for _ in sites for indicator in source.indicators],
    }
    shown = {_MOST: [indicator.max for _ in sites for indicator in source.indicators]}
    return Handout(name, dataset, given, shown, {"points": _MOST}, about=about)
