"""How the method writes numbers, days and lists."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from flows.documents.numbers import EXACT, plain
from flows.scheme import Scheme
from flows.sources import FULL, Item, Source


def percent(weight: Decimal) -> str:
    """A weight as a percentage, exactly: 37.5%."""
    return f"{plain(EXACT.multiply(weight, FULL))}%"


def day(of: date) -> str:
    return f"{of.year}年{of.month}月{of.day}日"


def period(source: Source, scheme: Scheme) -> str:
    """The days between which what a source's files tell must lie: those of the source, or else of the year."""
    opens, closes = source.period
    return f"{day(opens or date(scheme.year, 1, 1))}至{day(closes or date(scheme.year, 12, 31))}"


def listed(words: Iterable[str]) -> str:
    return "、".join(words)


def quoted(words: Iterable[str]) -> str:
    return "".join(f"“{word}”" for word in words)


def maxima(items: Iterable[Item]) -> str:
    """The sum of the maxima of some items."""
    return plain(sum((item.most for item in items), Decimal(0)))


def is_shown_only(source: Source, scheme: Scheme) -> bool:
    """Whether a group gives the source the weight 0: there it is shown, and says nothing of anybody."""
    return any(group.weights.get(source.id) == 0 for group in scheme.groups)


BY_ASPECTS = "来源得分是各项评议内容的得分按权重的平均；没有得到评分的评议内容不计，其余各项的权重按比例折算。"
