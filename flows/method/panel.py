"""How experts' scores are counted, in sentences."""

from collections.abc import Iterator

from flows.method.wording import BY_ASPECTS, listed, period
from flows.scheme import Scheme
from flows.sources.panel import Panel


def sentences(source: Panel, scheme: Scheme) -> Iterator[str]:
    yield "专家就每项评议内容给网站打分，0 到 100 分。"
    each = source.trim_each_side
    if each:
        yield (
            f"一个网站的一项评议内容有 {source.trim_from} 个评分或更多的，去掉 {each} 个最高分和 {each} 个最低分，取其余评分的平均分；"
            "评分更少的，取全部评分的平均分。"
        )
    else:
        yield "每项评议内容的得分是全部评分的平均分，不去掉最高分和最低分。"
    yield "同一专家对同一网站的同一项评议内容打分不止一次的，只计日期最近的，同一天的计较高的，没有日期的视为最早。"
    yield f"写明打分日期的，应在{period(source, scheme)}之间，否则不计。"
    yield BY_ASPECTS
    if source.experts:
        yield f"专家应有 {source.experts} 位。"
    if source.min_raters:
        yield f"每个网站的每项评议内容，至少由 {source.min_raters} 位专家打分。"
    if source.categories:
        yield f"参加情况按专家类别公布：{listed(source.categories)}；其余类别归入“其他”。"
