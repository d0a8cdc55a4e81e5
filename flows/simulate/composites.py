"""The composites that a reconstruction must give: the printed composites, and random composites for the other sites.

The published part of a group is taken as printed. The other composites are random numbers that give the group's printed mean,
number above the mean and lowest composite; they are distinct and lower than the published part. All are in hundredths.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from flows.errors import OperatorError
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster

# Hundredths kept free around the mean and below the published part, so that nothing hangs on the last digit.
_MARGIN = 6
# The mean of a group without printed composites.
_USUAL = 7900


def reconstruct_composites(group: str, roster: Roster, printed: Printed, rng: np.random.Generator) -> dict[int, Decimal]:
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
    lowest = _hundredths(printed, group, "lowest")
    total = _total(printed, group, size, known, count, rng)
    above = printed.sum_at("group_summary", "above_mean", group)
    mean = Fraction(total, size)
    over = int(above.value) - sum(mark > mean for mark in known) if above else count // 2
    pinned = [] if lowest is None else [lowest]
    under = count - over - len(pinned)
    floor = (lowest if lowest is not None else max(0, int(mean) - 2500)) + _MARGIN
    edge_low, edge_high = int(mean) - _MARGIN, int(mean) + 1 + _MARGIN
    if over < 0 or under < 0 or (over and edge_high >= ceiling):
        raise _contradiction(group)
    upper = _distinct(edge_high, min(ceiling, 9900), over, rng)
    lower = _with_sum(floor, min(edge_low, ceiling), under, total - sum(known) - sum(pinned) - sum(upper), rng)
    if lower is None:
        raise _contradiction(group)
    return [*pinned, *upper, *lower]


def _hundredths(printed: Printed, group: str, column: str) -> int | None:
    figure = printed.sum_at("group_summary", column, group)
    return None if figure is None else int(figure.value.scaleb(2))


def _total(printed: Printed, group: str, size: int, known: list[int], count: int, rng: np.random.Generator) -> int:
    """The sum of all the group's composites: a number whose mean prints as the printed mean, well inside the rounding."""
    figure = printed.sum_at("group_summary", "mean", group)
    if figure is None:
        return sum(known) + count * min(_USUAL, (known[0] if known else 9999) - 300)
    low, high = (int(bound * 100 * size) for bound in (figure.range.low, figure.range.high))
    return int(rng.integers(low + (high - low) // 4, high - (high - low) // 4))


def _distinct(low: int, high: int, count: int, rng: np.random.Generator) -> list[int]:
    return [int(mark) for mark in rng.choice(np.arange(low, high), size=count, replace=False)]


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


def _contradiction(group: str) -> OperatorError:
    return OperatorError(
        f"参照数据中组别 {group} 的平均分、高于平均分的个数、最低分和附件互相矛盾，没有一组得分能同时符合。请核对 reference 文件夹。"
    )
