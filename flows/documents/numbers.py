"""How a figure is written in a Chinese document: 2.49万, 占86.8%, 增长29.6%, 第二.

Everything is arithmetic on decimals; where a figure is shortened it is rounded half up, or cut where its name says 余.
"""

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

# Wide enough that no sum of a result table's cells is ever rounded on the way.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_MOST_PLACES = 12


def number(value: Decimal, places: int | None = None) -> str:
    """The number with this number of decimal places, or as it is written in its table."""
    return f"{value if places is None else rounded(value, places):f}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Rounded half up, away from zero, to this number of decimal places."""
    return value.quantize(_step(places), context=EXACT)


def short(value: Decimal, places: int) -> str:
    """Rounded to at most this number of decimal places; zeros at the end say nothing and are omitted."""
    return plain(rounded(value, places))


def whole(value: Decimal) -> str:
    """A whole number: 49615."""
    return number(value, 0)


def plain(value: Decimal) -> str:
    """The number itself without zeros at its end: 30, 0.5."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def ten_thousands(value: Decimal, places: int = 2) -> str:
    """2.49万, 4158万: in ten thousands, with at most this number of decimal places."""
    return f"{short(EXACT.divide(value, Decimal(10_000)), places)}万"


def hundred_millions(value: Decimal, places: int = 2) -> str:
    """1.13亿."""
    return f"{short(EXACT.divide(value, Decimal(100_000_000)), places)}亿"


def over_ten_thousands(value: Decimal, places: int = 0) -> str:
    """16.4万余: cut, not rounded; without 余 where nothing was cut."""
    scaled = EXACT.divide(value, Decimal(10_000))
    kept = scaled.quantize(_step(places), rounding=ROUND_DOWN, context=EXACT)
    return f"{plain(kept)}万{'余' if kept != scaled else ''}"


def over(value: Decimal, step: int = 1000) -> str:
    """5000余: cut to whole steps; without 余 where nothing was cut."""
    size = Decimal(step)
    kept = EXACT.divide_int(value, size) * size
    return f"{kept:f}{'余' if kept != value else ''}"


def percent(value: Decimal, places: int = 1) -> str:
    """86.8% of a share such as 0.868024, with at most this number of decimal places."""
    return f"{short(EXACT.multiply(value, Decimal(100)), places)}%"


def growth(value: Decimal, places: int = 1) -> str:
    """增长29.6%, 下降3.2% or 持平, of a growth such as 0.296."""
    shown = rounded(EXACT.multiply(abs(value), Decimal(100)), places)
    if not shown:
        return "持平"
    return f"{'增长' if value > 0 else '下降'}{plain(shown)}%"


def words(value: Decimal) -> str:
    """A whole number below ten thousand in Chinese characters: 五, 二十六."""
    count = int(rounded(value, 0))
    if not 0 <= count < 10_000:
        return str(count)
    if count == 0:
        return _DIGITS[0]
    text = ""
    for power, digit in enumerate(reversed(str(count))):
        if digit != "0":
            text = _DIGITS[int(digit)] + _UNITS[power] + text
        elif text and not text.startswith(_DIGITS[0]):
            text = _DIGITS[0] + text
    return text.removeprefix("一") if text.startswith("一十") else text


def ordinal(value: Decimal) -> str:
    """第二."""
    return f"第{words(value)}"


# What an office writes behind the bar in a template.
FILTERS: dict[str, Callable[..., str]] = {
    "小数": number,
    "整数": whole,
    "数字": plain,
    "万": ten_thousands,
    "亿": hundred_millions,
    "万余": over_ten_thousands,
    "余": over,
    "百分比": percent,
    "增减": growth,
    "汉字": words,
    "第": ordinal,
}


def _step(places: int) -> Decimal:
    if not isinstance(places, int) or not 0 <= places <= _MOST_PLACES:
        raise ValueError(f"位数要写 0 到 {_MOST_PLACES} 的整数，不是 {places}")
    return Decimal(1).scaleb(-places)
