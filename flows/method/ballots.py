"""How ballots are counted, in sentences."""

from collections.abc import Iterator

from flows.documents.numbers import plain
from flows.documents.words import flag
from flows.method.wording import BY_ASPECTS, is_shown_only, listed, period, quoted
from flows.scheme import Scheme
from flows.sources.ballots import Ballots


def sentences(source: Ballots, scheme: Scheme) -> Iterator[str]:
    labels = {aspect.id: aspect.label for aspect in scheme.aspects}
    levels = listed(f"{level.label} {plain(level.points)} 分" for level in source.levels)
    asked = "各项评议内容" if len(source.aspects) == len(labels) else listed(labels[name] for name in source.aspects)
    yield f"一张选票是一人对一个网站的评议，就{asked}各选一档：{levels}。"
    yield f"评议期为{period(source, scheme)}，按选票提交的当地日期计算。"
    yield f"下列选票不计，但不删除；一张选票只归入最先符合的一条，后一条只看前面各条留下的选票：{''.join(_reasons(source))}"
    yield f"每项评议内容的得分，是评了这一项的有效选票的平均分。{BY_ASPECTS}"
    if source.min_ballots:
        besides = "（权重为 0 的组别除外）" if is_shown_only(source, scheme) else ""
        held = "；补齐或者书面批准以前，这一年度不公布" if source.delivery.incomplete == "fail" else ""
        yield f"有效选票少于 {source.min_ballots} 张的网站，得分照算，在结果中标注“{flag('low_base', {})}”{held}{besides}。"
    yield (
        f"{'各渠道' if source.channels else '评议期内'}每天都应有选票"
        f"{f'，连着不超过 {source.quiet_days} 天没有的不算缺' if source.quiet_days else ''}。"
    )
    good = quoted(level.label for level in source.levels if level.satisfied)
    yield f"满意率是评了某一项（或总体）的有效选票中评为{good}的所占的比例，只列出，不计入得分。"
    if source.channels:
        yield f"参加情况按渠道公布：{listed(source.channels)}；其余渠道归入“其他”。"


def _reasons(source: Ballots) -> Iterator[str]:
    rules = ["提交日期不在评议期内的", "没有评任何一项评议内容的"]
    if source.min_seconds is not None:
        rules.append(f"填写时间不足 {plain(source.min_seconds)} 秒的（没有记录填写时间的不在此列）")
    if source.burst_limit is not None:
        rules.append(f"同一来处在同一分钟内超过 {source.burst_limit} 张的，这一分钟的全部不计（没有来处或只有日期的不在此列）")
    rules.append("同一人对同一网站不止一张的，只计最后一张，时刻相同的计票号排在最后的一张（没有写明是谁的，每张各算一人）")
    for place, rule in enumerate(rules, start=1):
        yield f"（{place}）{rule}{'。' if place == len(rules) else '；'}"
