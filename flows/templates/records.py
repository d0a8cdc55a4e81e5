"""Handouts of records: a row a site, indicator and month. Indicators whose values the crawl gives are nobody's to fill in."""

from collections.abc import Iterator
from itertools import product

from flows.datasets import Month
from flows.sources.records import RULES, RecordIndicator, Records
from flows.templates.fields import months
from flows.templates.model import Handout, Outline, words_of

_RULE = "计分办法"
_ABOUT = (
    "每个网站、每项指标、每个月一行，在“数值”里填这个月的数；“计分办法”说明它怎样变成得分。",
    "没有数的月份留空，不要填 0；确实是 0 的填 0。",
)


def handouts(outline: Outline, source: Records) -> Iterator[Handout]:
    (dataset,) = outline.datasets
    asked = [indicator for indicator in source.indicators if not indicator.from_crawl]
    month = next(column.meaning for column in dataset.columns if isinstance(column.meaning, Month))
    called = words_of(dataset, "indicator")
    rows = list(product(outline.sites, asked, months(month)))
    if rows:
        sites, indicators, times = zip(*rows, strict=True)
        given = {
            "site": [site.name for site in sites],
            "indicator": [called[indicator.id] for indicator in indicators],
            "month": times,
        }
        yield Handout(dataset.name, dataset, given, {_RULE: [_rule(indicator) for indicator in indicators]}, about=_ABOUT)


def _rule(indicator: RecordIndicator) -> str:
    assert indicator.rule is not None
    how = {"ratio": f"，目标 {indicator.target}", "deduct": f"，每 1 扣 {indicator.per} 分"}.get(indicator.rule, "")
    return f"满分 {indicator.max}，{RULES[indicator.rule]}{how}"
