"""Scores as the method rounds them, and the composites of a reconstruction: what they are, which source closes them for a group,
and what it has to score. Scores are in whole numbers and fractions: none ever passes through a double.

The published part of a group is taken as printed. The other composites are random numbers that give the group's printed mean,
number above the mean and lowest composite; they are distinct and lower than the published part. All are in hundredths.

A composite is an exact decimal sum, so with all other source scores known the last one follows. It falls to a source that can
reach any score of two decimals. Elsewhere composites are read from `scored.composite_steps`; here the composite is given and a
source score is sought, before there is any file to evaluate.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from flows.errors import OperatorError, UsageError
from flows.scheme import Group, Scheme
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.streams import Unlucky
from flows.sources import Source, behaviour

# Scores by site (its position in the roster).
Scores = dict[int, Decimal]
# Hundredths kept free around the mean and below the published part, so that nothing hangs on the last digit.
_MARGIN = 6
# The mean of a group without printed composites.
_USUAL = 7900


def half_up(number: Fraction, places: int) -> Decimal:
    """Rounded half up, away from zero."""
    doubled = 2 * abs(number) * 10**places
    steps = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return Decimal(-steps if number < 0 else steps).scaleb(-places)


def published(score: Fraction) -> Decimal:
    """A source score: first at eight decimals, as the method has it, then at two."""
    return half_up(Fraction(half_up(score, 8)), 2)


def weighted_mean(weights: list[Decimal], values: list[Fraction]) -> Fraction:
    total = sum((Fraction(weight) for weight in weights), Fraction())
    return sum((Fraction(weight) * value for weight, value in zip(weights, values, strict=True)), Fraction()) / total


def reconstruct_composites(group: str, roster: Roster, printed: Printed, rng: np.random.Generator) -> Scores:
    """The composite of every site of a group, by its position in the roster."""
    positions = roster.of_group(group)
    known = _printed_composites(group, roster, printed)
    if not known and not any(f.key == group for f in printed.figures if f.table_name == "group_summary"):
        # Nothing was printed of this group: any composites will do.
        draws = rng.normal(_USUAL, 650, len(positions)).clip(4500, 9500).astype(int)
        return {int(position): Decimal(int(mark)).scaleb(-2) for position, mark in zip(positions, draws, strict=True)}
    others = rng.permutation([position for position in positions if position not in known])
    draws = _between(group, sorted(known.values()), len(others), printed, rng)
    marks = known | {int(position): mark for position, mark in zip(others, draws, strict=True)}
    return {position: Decimal(mark).scaleb(-2) for position, mark in marks.items()}


def _printed_composites(group: str, roster: Roster, printed: Printed) -> dict[int, int]:
    positions = {f"{group}/{roster.names[position]}": int(position) for position in roster.of_group(group)}
    marks = {
        figure.key: int(figure.value.scaleb(2))
        for figure in printed.of("composite_scores", "composite")
        if figure.key and figure.key.startswith(f"{group}/")
    }
    strangers = [key.removeprefix(f"{group}/") for key in marks if key not in positions]
    if strangers:
        raise OperatorError(
            f"参照数据 annex_{group}.csv 里的这些网站不在登记册的组别 {group} 中：{'、'.join(strangers)}。请统一两处的名称。"
        )
    return {positions[key]: mark for key, mark in marks.items()}


def _between(group: str, known: list[int], count: int, printed: Printed, rng: np.random.Generator) -> list[int]:
    """`count` composites in hundredths that complete the `known` ones."""
    if count == 0:
        return []
    size = len(known) + count
    ceiling = (known[0] if known else 9500) - _MARGIN
    figure = printed.sum_at("group_summary", "lowest", group)
    lowest = None if figure is None else int(figure.value.scaleb(2))
    total = _total(printed, group, size, known, count, rng)
    above = printed.sum_at("group_summary", "above_mean", group)
    mean = Fraction(total, size)
    over = int(above.value) - sum(mark > mean for mark in known) if above else count // 2
    pinned = [] if lowest is None else [lowest]
    under = count - over - len(pinned)
    floor = (lowest if lowest is not None else max(0, int(mean) - 2500)) + _MARGIN
    edge_low, edge_high = int(mean) - _MARGIN, int(mean) + 1 + _MARGIN
    lower = None
    if over >= 0 and under >= 0 and (over == 0 or edge_high < ceiling):
        pinned += rng.choice(np.arange(edge_high, min(ceiling, 9900)), size=over, replace=False).tolist()
        lower = _with_sum(floor, min(edge_low, ceiling), under, total - sum(known) - sum(pinned), rng)
    if lower is None:
        raise OperatorError(
            f"参照数据中组别 {group} 的平均分、高于平均分的个数、最低分和附件互相矛盾，没有一组得分能同时符合。请核对 reference 文件夹。"
        )
    return [*pinned, *lower]


def _total(printed: Printed, group: str, size: int, known: list[int], count: int, rng: np.random.Generator) -> int:
    """The sum of all the group's composites: a number whose mean prints as the printed mean, well inside the rounding."""
    figure = printed.sum_at("group_summary", "mean", group)
    if figure is None:
        return sum(known) + count * min(_USUAL, (known[0] if known else 9999) - 300)
    low, high = (int(bound * 100 * size) for bound in (figure.range.low, figure.range.high))
    return int(rng.integers(low + (high - low) // 4, high - (high - low) // 4))


def _with_sum(low: int, high: int, count: int, total: int, rng: np.random.Generator) -> list[int] | None:
    """`count` distinct whole numbers from `low` to `high` that add up to `total`, or None where there are none."""
    if count == 0:
        return [] if total == 0 else None
    least, most = sum(range(low, low + count)), sum(range(high - count + 1, high + 1))
    if high - low + 1 < count or not least <= total <= most:
        return None
    # Powers of uniform numbers have any mean between 0 and 1; sorted, and spaced by one, they are distinct.
    share = min(max((total - least) / (most - least) if most > least else 0.5, 0.02), 0.98)
    room = high - low - count + 1
    steps = np.sort((rng.random(count) ** (1 / share - 1) * room).astype(int))
    while (missing := total - least - int(steps.sum())) != 0:
        # One step up or down at a time, wherever there is room, keeps the order.
        free = np.flatnonzero(steps < room) if missing > 0 else np.flatnonzero(steps > 0)
        chosen = rng.permutation(free)[: abs(missing)]
        steps[chosen] += 1 if missing > 0 else -1
        steps.sort()
    return [low + index + int(step) for index, step in enumerate(steps)]


def closing_sources(scheme: Scheme) -> dict[str, Source]:
    """The source that closes each group's composites, by group. Raises `UsageError` where a group has none."""
    closing, faults = {}, []
    for group in scheme.groups:
        able = [source for source in scheme.sources if group.weights.get(source.id, 0) > 0 and _closes(source)]
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


def wanted_scores(group: Group, closing: Source, composites: Scores, scores: dict[str, Scores], roster: Roster) -> Scores:
    """What the closing source has to score for each site of a group."""
    weight = Fraction(group.weights[closing.id])
    wanted, faults = {}, []
    for site in map(int, roster.of_group(group.id)):
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
    """Raises `Unlucky` unless every site's published source scores add up to its composite."""
    groups = {group.id: group for group in scheme.groups}
    wrong = [
        f"{roster.names[site]}：{computed}，应为 {composite}"
        for site, composite in composites.items()
        if (computed := half_up(_sum(groups[str(roster.groups[site])], site, scores), 2)) != composite
    ]
    if wrong:
        raise Unlucky("重建的综合得分与参照数据不符，没有写出文件。请用 --seed 换一个种子重试：", wrong)


def _sum(group: Group, site: int, scores: dict[str, Scores], without: str = "") -> Fraction:
    weighed = [(weight, scores[source][site]) for source, weight in group.weights.items() if source != without]
    return sum((Fraction(weight) * Fraction(score) for weight, score in weighed), Fraction())
