"""Closing the composites of a reconstruction: which source does it for a group, and what it has to score.

The composite is an exact decimal sum, so with all other source scores known the last one follows. It falls to a source
that can reach any score of two decimals.

It computes composites, which elsewhere are read from `scored.composite_steps`: here the composite is given and a source score
is sought, before there is any file to evaluate.
"""

from decimal import Decimal
from fractions import Fraction

from flows.errors import UsageError
from flows.scheme import Group, Scheme
from flows.simulate.exact import half_up
from flows.simulate.roster import Roster
from flows.simulate.streams import Unlucky
from flows.sources import Source, behaviour

# Scores by site (its position in the roster).
Scores = dict[int, Decimal]


def closing_sources(scheme: Scheme) -> dict[str, Source]:
    """The source that closes each group's composites, by group. Raises `UsageError` where a group has none."""
    closing, faults = {}, []
    for group in scheme.groups:
        weighed = [source for source in scheme.sources if group.weights.get(source.id, 0) > 0]
        able = [source for source in weighed if _closes(source)]
        if able:
            closing[group.id] = able[0]
        else:
            faults.append(
                f"组别 {group.id} 没有能配平综合得分的来源：需要一个 given 来源，或一个有 points 指标（不取自扫描）的 records 来源"
            )
    if faults:
        raise UsageError("有参照数据的年份要重建出已公布的得分，而方案不允许。请改方案，或移走 reference 文件夹：", faults)
    return closing


def _closes(source: Source) -> bool:
    """Whether its kind can bring it to any score of two decimals."""
    closes = getattr(behaviour("simulate", source.kind), "closes", None)
    return closes is not None and closes(source)


def wanted_scores(
    group: Group, closing: Source, positions: list[int], composites: Scores, scores: dict[str, Scores], roster: Roster
) -> Scores:
    """What the closing source has to score for each site of a group."""
    weight = Fraction(group.weights[closing.id])
    wanted, faults = {}, []
    for site in positions:
        others = _sum(group, site, scores, without=closing.id)
        score = half_up((Fraction(composites[site]) - others) / weight, 2)
        if 0 <= score <= 100 and half_up(others + weight * Fraction(score), 2) == composites[site]:
            wanted[site] = score
        else:
            faults.append(f"{roster.names[site]}：{closing.label}要 {score} 分，综合得分才是 {composites[site]}")
    if faults:
        raise Unlucky("造出的评分配不成参照数据中的综合得分。请用 --seed 换一个种子重试：", faults)
    return wanted


def check_composites(scheme: Scheme, roster: Roster, composites: Scores, scores: dict[str, Scores]) -> None:
    """Raises `OperatorError` unless every site's published source scores add up to its composite."""
    groups = {group.id: group for group in scheme.groups}
    wrong = [
        f"{roster.names[site]}：{computed}，应为 {composite}"
        for site, composite in composites.items()
        if (computed := half_up(_sum(groups[str(roster.groups[site])], site, scores), 2)) != composite
    ]
    if wrong:
        raise Unlucky("重建的综合得分与参照数据不符，没有写出文件。请用 --seed 换一个种子重试：", wrong)


def _sum(group: Group, site: int, scores: dict[str, Scores], without: str = "") -> Fraction:
    return sum(
        (Fraction(weight) * Fraction(scores[source][site]) for source, weight in group.weights.items() if source != without),
        Fraction(),
    )
