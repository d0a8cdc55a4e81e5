"""How claims are counted, in sentences."""

from collections.abc import Iterator

from flows.documents.numbers import plain
from flows.method.wording import maxima
from flows.scheme import Scheme
from flows.sources.claims import Claims


def sentences(source: Claims, scheme: Scheme) -> Iterator[str]:
    items = source.items(scheme.aspects)
    indicators = "；".join(f"{each.label}，满分 {plain(each.max)} 分" for each in source.indicators)
    yield f"网站就下列 {len(items)} 项指标自报得分，每项 0 分到满分，满分合计 {maxima(items)} 分：{indicators}。"
    nothing = "，这个来源计 0 分" if source.delivery.incomplete == "zero" else "没有这个来源的得分"
    yield f"没有自报的指标计 0 分，不论是否核实过；一项也没有自报的网站{nothing}。"
    penalty = source.inflation_penalty
    extra = f"差额每 1 分再扣 {plain(penalty)} 分，一项指标最低为 0 分" if penalty else "不另外扣分"
    yield f"核实过的指标以核实分为准；自报高于核实的，{extra}。没有核实的指标以自报为准。"
    yield "来源得分 = 100 × 各项指标得分之和 ÷ 满分之和。"
