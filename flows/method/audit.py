"""How audited service items are counted, in sentences."""

from collections.abc import Iterator

from flows.documents.numbers import plain
from flows.method.wording import listed, period
from flows.scheme import Scheme
from flows.sources.audit import Audit


def sentences(source: Audit, scheme: Scheme) -> Iterator[str]:
    yield "逐项核查网站的办事事项：能否打开、办事指南、表格下载、网上办理，各为通过、不通过或不适用。"
    yield "一个事项的结果 = 通过的项数 ÷（通过的项数 + 不通过的项数）；都不适用的事项不计。"
    types = listed(f"{type_.label} {plain(type_.weight)}" for type_ in source.item_types)
    yield f"每个事项按它的类型加权，权重为：{types}。"
    counting = [group.label for group in scheme.groups if group.id in source.approval_items_for]
    others = [group.label for group in scheme.groups if group.id not in source.approval_items_for]
    if not others:
        yield "审批事项在各组都计入得分。"
    elif not counting:
        yield "审批事项在各组都不计入得分，仍列入事项清单。"
    else:
        yield f"审批事项计入{listed(counting)}的得分；在{listed(others)}不计入得分，仍列入事项清单。"
    yield f"写明核查日期的，应在{period(source, scheme)}之间，否则不计。"
    yield "来源得分 = 100 × 各事项的权重与结果的乘积之和 ÷ 权重之和。"
