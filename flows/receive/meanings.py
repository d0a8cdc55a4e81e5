"""From what a cell says to what it means: one column of text at a time, with the reason where it means nothing.

Text in a file is read generously where the contract allows it (full-width digits and letters, spaces around, a trailing
分 or %) and strictly otherwise: nothing is guessed. Reasons are whole Chinese phrases for the quarantine file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from flows.datasets import (
    Check,
    Columns,
    Day,
    Flag,
    IndicatorPoints,
    Meaning,
    Month,
    Number,
    Observation,
    OneOf,
    Personal,
    Rating,
    Site,
    Text,
    Time,
)

# Measured numbers are kept to ten decimals, enough for the eight to which a mean is brought before it is rounded.
NUMBER = pl.Decimal(24, 10)
_LARGEST = 10**14

# Full-width ASCII (U+FF01 to U+FF5E) stands 0xFEE0 above its narrow twin; these have no width and only hide in names.
_NARROW = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " "}
_NARROW_LETTERS = {wide: narrow for wide, narrow in _NARROW.items() if narrow.isalnum()}
_INVISIBLE = dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", "")
_ODD = "[\uff01-\uff5e\u3000\u200b-\u200f\u2060\ufeff]"

# [0-9], not \d: that would take the digits of every script.
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_DATE = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([0-9]{2}:[0-9]{2})(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
_OFFSET = r"[zZ]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?"
_TIME = rf"^({_DATE})(?:[T ]{_CLOCK}\s*({_OFFSET})?)?$"
_MONTH = r"^([12][0-9]{3}-(?:0[1-9]|1[0-2]))(?:-01(?:[T ]00:00:00(?:\.0+)?)?)?$"
_DAY = rf"^({_DATE})$"

_WORDS = {"true": True, "false": False, "是": True, "否": False}
_FLAGS = _WORDS | {"1": True, "0": False}
_CHECKS = {"pass": "pass", "fail": "fail", "na": "na", "通过": "pass", "不通过": "fail", "不适用": "na"}


@dataclass(frozen=True)
class Context:
    """What a cell's meaning depends on besides its text: the register, the time zone and the way to hide a person."""

    sites: dict[str, str]
    timezone: str
    pseudonym: Callable[[str], str]


@dataclass(frozen=True)
class Reading:
    """One column, read: its values, and for each the reason why it means nothing (null where it means something)."""

    values: pl.Series
    reasons: pl.Series


def fold(text: str) -> str:
    """The form in which names are compared: full-width as half-width, nothing invisible, no space around."""
    return text.translate(str.maketrans(_NARROW | _INVISIBLE)).strip()


def tidy(texts: pl.Series, *, whole: bool) -> pl.Series:
    """Texts without spaces around and with full-width digits and letters (`whole`: all of ASCII) narrowed; empty is null."""
    if texts.str.contains(_ODD).any():
        narrow = (_NARROW if whole else _NARROW_LETTERS) | _INVISIBLE
        texts = texts.str.replace_many(list(narrow), list(narrow.values()))
    texts = texts.str.strip_chars()
    return texts.set(texts == "", None)


def read(texts: pl.Series, meaning: Meaning, context: Context, columns: dict[str, pl.Series]) -> Reading:
    """Reads a column of text. `columns` are the columns of the same rows that were read before it, by name."""
    match meaning:
        case Text():
            values = tidy(texts, whole=False)
            return Reading(values, _no_reasons(values))
        case Personal():
            values = tidy(texts, whole=True)
            return Reading(_mapped(values, context.pseudonym), _no_reasons(values))
        case Site():
            return _looked_up(texts, context.sites, pl.String, "登记册中没有这个网站")
        case OneOf(names=names, noun=noun):
            return _looked_up(texts, names, pl.String, f"方案中没有这个{noun}")
        case Rating(codes=codes):
            return _looked_up(texts, codes, pl.UInt8, "不是方案中的档次")
        case Flag():
            return _looked_up(_lower(texts), _FLAGS, pl.Boolean, "应为 true/false、是/否 或 1/0")
        case Check():
            read_ = _looked_up(_lower(texts), _CHECKS, pl.String, "应为 pass/fail/na 或 通过/不通过/不适用")
            return Reading(read_.values.fill_null("na"), read_.reasons)
        case Number(at_least=least, at_most=most):
            return _numbers(texts, least, most)
        case IndicatorPoints(maxima=maxima):
            return _points(texts, maxima, columns["indicator"])
        case Month():
            return _extracted(texts, _MONTH, "应为 YYYY-MM 的月份")
        case Day():
            return _days(texts, context.timezone)
        case Time():
            return _times(texts, context.timezone)
        case Observation():
            return _observations(texts)
        case Columns(kinds=kinds):
            return _columns(texts, kinds)
    raise TypeError(f"no reading for {meaning}")


def empty(meaning: Meaning, length: int) -> pl.Series:
    """The column of a file that does not have it."""
    if isinstance(meaning, Check):
        return pl.repeat("na", length, eager=True)
    return pl.repeat(None, length, dtype=_DTYPES.get(type(meaning), pl.String), eager=True)


_DTYPES = {
    Rating: pl.UInt8,
    Number: NUMBER,
    IndicatorPoints: NUMBER,
    Flag: pl.Boolean,
    Day: pl.Date,
    Time: pl.Datetime("us"),
}


def _no_reasons(values: pl.Series) -> pl.Series:
    return pl.repeat(None, len(values), dtype=pl.String, eager=True)


def _reasons(texts: pl.Series, understood: pl.Series, reason: str) -> pl.Series:
    """`reason` where a text stands that was not understood."""
    lost = texts.is_not_null() & understood.is_null()
    return pl.select(pl.when(lost).then(pl.lit(reason))).to_series()


def _mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """The function of every text, computed once for each different one."""
    different = texts.unique().drop_nulls()
    return texts.replace_strict(
        different, pl.Series([function(text) for text in different], dtype=pl.String), default=None, return_dtype=pl.String
    )


def _lower(texts: pl.Series) -> pl.Series:
    """Spreadsheets write the word true as TRUE; names, on the other hand, are what they are."""
    return tidy(texts, whole=True).str.to_lowercase()


def _looked_up(texts: pl.Series, names: dict, dtype, reason: str) -> Reading:
    texts = tidy(texts, whole=True)
    known = {fold(name): meant for name, meant in names.items()}
    values = texts.replace_strict(known, default=None, return_dtype=dtype)
    if (texts.is_not_null() & values.is_null()).any():
        # Spreadsheets and data frames turn the code 1 into 1.0.
        plain = texts.str.replace(r"^(\d+)\.0+$", "$1")
        values = values.zip_with(values.is_not_null(), plain.replace_strict(known, default=None, return_dtype=dtype))
    return Reading(values, _reasons(texts, values, reason))


def _decimals(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Tidy texts and their numbers, null where there is none."""
    texts = tidy(texts, whole=True)
    bare = texts.str.replace(r"\s*[分%]$", "")
    written = bare.set(~bare.str.contains(_NUMBER), None)
    numbers = written.cast(NUMBER, strict=False)
    scientific = written.str.contains("[eE]").fill_null(False)
    if scientific.any():
        exact = pl.Series([_scientific(text) for text in written.set(~scientific, None)], dtype=NUMBER)
        numbers = exact.zip_with(scientific, numbers)
    return texts, numbers


def _scientific(text: str | None) -> Decimal | None:
    number = None if text is None else Decimal(text)
    return round(number, NUMBER.scale) if number is not None and abs(number) < _LARGEST else None


def _numbers(texts: pl.Series, least, most) -> Reading:
    texts, numbers = _decimals(texts)
    reasons = _reasons(texts, numbers, "不是数字（或大得不合情理）")
    low = -_LARGEST if least is None else least
    high = _LARGEST if most is None else most
    outside = ((numbers < low) | (numbers > high)).fill_null(False)
    bounds = f"应不小于 {least}" if most is None else f"应在 {least} 到 {most} 之间"
    return Reading(numbers, reasons.set(outside, f"超出范围，{bounds}"))


def _points(texts: pl.Series, maxima: dict, indicators: pl.Series) -> Reading:
    texts, numbers = _decimals(texts)
    reasons = _reasons(texts, numbers, "不是数字（或大得不合情理）")
    largest = indicators.replace_strict(list(maxima), pl.Series(list(maxima.values()), dtype=NUMBER), default=None)
    outside = ((numbers < 0) | (numbers > largest)).fill_null(False)
    told = pl.select(pl.format("超出范围，应在 0 到该指标满分之间，指标为 {}", indicators.fill_null(""))).to_series()
    return Reading(numbers, told.zip_with(outside, reasons))


def _observations(texts: pl.Series) -> Reading:
    """Observations as tidy text: `observed_flag` and `observed_number` tell the two kinds apart."""
    texts, numbers = _decimals(texts)
    understood = numbers.is_not_null() | observed_flag(texts).is_not_null()
    return Reading(texts, _reasons(texts, texts.set(~understood, None), "应为 true/false 或数字"))


def observed_flag(texts: pl.Series) -> pl.Series:
    return texts.str.to_lowercase().replace_strict(_WORDS, default=None, return_dtype=pl.Boolean)


def observed_number(texts: pl.Series) -> pl.Series:
    return _decimals(texts)[1]


def _columns(texts: pl.Series, kinds: dict[str, str]) -> Reading:
    """Columns with each kind under the one word that we call it."""
    texts = tidy(texts, whole=False)
    values = _mapped(texts, lambda text: _column_list(text, kinds) or "")
    values = values.set(values == "", None)
    offer = "、".join(kinds)
    return Reading(values, _reasons(texts, values, f"应为 种类=网址，用竖线连接；种类可用 {offer}，网址以 http:// 或 https:// 开头"))


def _column_list(text: str, kinds: dict[str, str]) -> str | None:
    named = [part.partition("=") for part in text.split("|")]
    if not all(kind.strip() in kinds and address.strip().startswith(("http://", "https://")) for kind, _, address in named):
        return None
    return "|".join(f"{kinds[kind.strip()]}={address.strip()}" for kind, _, address in named)


def words(texts: pl.Series, meant: dict[str, str], reason: str) -> Reading:
    """Texts as what each word means; the words of a list that a scheme writes out. Case does not matter: what is True in
    one format is true in another."""
    return _looked_up(_lower(texts), {word.lower(): meaning for word, meaning in meant.items()}, pl.String, reason)


def _extracted(texts: pl.Series, pattern: str, reason: str) -> Reading:
    texts = tidy(texts, whole=True)
    values = texts.str.extract(pattern, 1)
    return Reading(values, _reasons(texts, values, reason))


def _days(texts: pl.Series, timezone: str) -> Reading:
    """Days; of a whole instant, the day that it is in the time zone."""
    texts = tidy(texts, whole=True)
    days = texts.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
    instants = _times(texts, timezone).values.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)
    days = days.zip_with(days.is_not_null(), instants.dt.date())
    return Reading(days, _reasons(texts, days, "不是有效的日期，应为 YYYY-MM-DD"))


def _times(texts: pl.Series, timezone: str) -> Reading:
    """Instants as UTC without a zone, exact to the microsecond."""
    texts = tidy(texts, whole=True)
    frame = texts.str.extract_groups(_TIME).struct.unnest()
    day, clock, seconds, fraction, offset = frame.get_columns()
    written = pl.select(
        pl.format("{}T{}:{}", day, clock.fill_null("00:00"), seconds.fill_null("00"))
    ).to_series()
    local = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    micros = fraction.fill_null("0").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    local = local + micros.cast(pl.Duration("us"))
    there = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    there = there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    sent = local - _offset(offset)
    instants = sent.zip_with(offset.is_not_null(), there)
    return Reading(instants, _reasons(texts, instants, "不是有效的时间，应为 ISO 8601，如 2007-11-05 10:30:00"))


def _offset(written: pl.Series) -> pl.Series:
    digits = written.str.replace_all("[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    signed = (-minutes).zip_with(written.str.starts_with("-").fill_null(False), minutes)
    return (signed * 60_000_000).cast(pl.Duration("us"))
