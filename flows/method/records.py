"""How records are counted, in sentences."""

from collections.abc import Iterator

from flows.datasets.checks import SITE_CHECKS
from flows.documents.numbers import plain
from flows.method.wording import maxima, period
from flows.scheme import Scheme
from flows.sources import RecordIndicator
from flows.sources.records import Records


def sentences(source: Records, scheme: Scheme) -> Iterator[str]:
    items = source.items(scheme.aspects)
    yield f"按月记录下列 {len(items)} 项指标，满分合计 {maxima(items)} 分，每月的得分在 0 分和满分之间："
    for place, indicator in enumerate(source.indicators, start=1):
        ending = "。" if place == len(items) else "；"
        yield f"{place}. {indicator.label}，满分 {plain(indicator.max)} 分：{_rule(indicator)}{_from(indicator)}{ending}"
    if source.delivery.incomplete == "zero":
        yield from _with_zeros(source, scheme)
    else:
        yield "一项指标的得分是有数值的各个月得分的平均；没有数值的月份不计。"
        yield "来源得分 = 100 × 各项指标得分之和 ÷ 满分之和，只算网站有数值的指标。"
    yield f"送来的记录，月份应在{period(source, scheme)}之间，否则不计。"


def _with_zeros(source: Records, scheme: Scheme) -> Iterator[str]:
    """What is due and did not come counts 0."""
    yield "一项指标的得分是各个月得分的平均；应到而没有数值的月份计 0 分，一个月的数值也没有的指标也计 0 分。"
    if source.checks and (scheme.crawl.opens or scheme.crawl.closes):
        yield "数值取自网站检测的指标，只有计入检测的那些月份是应到的。"
    yield "来源得分 = 100 × 各项指标得分之和 ÷ 满分之和；一项指标的数值也没有的网站，这个来源计 0 分。"


def _rule(indicator: RecordIndicator) -> str:
    if indicator.rule == "ratio" and indicator.target is not None:
        return f"当月数值达到 {plain(indicator.target)} 得满分，不到的按比例得分"
    if indicator.rule == "deduct" and indicator.per is not None:
        return f"从满分扣起，当月数值每 1 扣 {plain(indicator.per)} 分"
    return "当月数值就是得分"


def _from(indicator: RecordIndicator) -> str:
    if not indicator.from_crawl:
        return ""
    known = SITE_CHECKS.get(indicator.from_crawl)
    check = f"“{known.label}”（{indicator.from_crawl}）" if known else f"“{indicator.from_crawl}”"
    what = "通过的次数占通过和不通过的次数之和的比例" if indicator.measure == "passed" else "检测值的平均"
    return f"，数值取自网站检测的{check}，是当月{what}"
