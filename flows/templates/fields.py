"""What may be filled into a column of a handout: choices, bounds, and the words that say so, from the column's meaning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.datasets import (
    Check,
    Column,
    Dataset,
    Day,
    Flag,
    Id,
    IndicatorPoints,
    Month,
    Number,
    OneOf,
    Personal,
    Rating,
    Seconds,
    Site,
    Text,
    Time,
)
from flows.templates.model import Site as RegisterSite
from flows.templates.model import words

# A cell that takes texts only keeps what is typed: no number loses its digits, no 2007-11 becomes a day.
TEXT, DAY, TIME, ANY = "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"
# The largest number that the reader takes for one.
_LARGEST = Decimal(10**14)


@dataclass(frozen=True)
class Field:
    """A column to be filled in. `help` is a sentence for whoever fills it in; `shows` is the number format of its cells.

    One of `choices` is chosen, where there are any, and nothing else unless it is `open`. Else a number lies between `least` and
    `most`, and a day between `first` and `last`; where these are None anything may be written.
    """

    help: str
    shows: str = TEXT
    choices: tuple[str, ...] = ()
    open: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    first: date | None = None
    last: date | None = None

    @property
    def is_number(self) -> bool:
        return self.least is not None

    @property
    def is_day(self) -> bool:
        return self.shows == DAY


def field_of(column: Column, dataset: Dataset, sites: Sequence[RegisterSite]) -> Field:
    """What may be filled into a column of a dataset whose rows are about these sites."""
    match column.meaning:
        case Site():
            return Field("从下拉列表中选网站", choices=tuple(site.name for site in sites))
        case OneOf(names=names, noun=noun):
            return Field(f"从下拉列表中选{noun}", choices=tuple(words(names).values()))
        case Rating(codes=codes):
            return _chosen(tuple(words(codes).values()))
        case Flag():
            return _chosen(("是", "否"))
        case Check():
            return _chosen(("通过", "不通过", "不适用"), "；空着就是不适用")
        case Month() as month if chosen := tuple(months(month)):
            return Field(f"从下拉列表中选月份，{chosen[0]} 到 {chosen[-1]}", choices=chosen)
        case Month():
            return Field("月份，写作 年-月，年份四位，月份两位")
        case Text(names=names) if names:
            return Field(f"从下拉列表中选：{'、'.join(names)}", choices=names, open=True)
        case IndicatorPoints(maxima=maxima):
            most = max(maxima.values(), default=Decimal(0))
            return Field("0 到该指标满分的数", ANY, least=Decimal(0), most=most)
        case Seconds():
            return Field("秒数，如 96", ANY, least=Decimal(0), most=_LARGEST)
        case Number(at_least=least, at_most=most):
            return Field(
                _bounds(least, most), ANY, least=-_LARGEST if least is None else least, most=_LARGEST if most is None else most
            )
        case Day(first=first, last=last):
            bounds = f"，{first} 到 {last}" if first and last else ""
            return Field(f"日期，写作 年-月-日{bounds}", DAY, first=first, last=last)
        case Time():
            return Field("日期和时刻，写作 年-月-日 时:分", TIME)
        case Id() | Personal():
            return Field("编号或号码，照原样写全")
    return Field("文字")


def months(month: Month) -> Iterator[str]:
    """The months that a column takes, where it takes those of a time only."""
    if not (month.first and month.last):
        return
    first, last = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (month.first, month.last))
    for number in range(first, last + 1):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _chosen(choices: tuple[str, ...], more: str = "") -> Field:
    return Field(f"从下拉列表中选：{'、'.join(choices)}{more}", choices=choices)


def _bounds(least: Decimal | None, most: Decimal | None) -> str:
    if least is None:
        return "数字" if most is None else f"不大于 {most} 的数"
    return f"不小于 {least} 的数" if most is None else f"{least} 到 {most} 的数"
