"""Converts cells to values: a column of text at a time, with a reason for each cell that is not valid.

The conversion is generous where the contract allows it (full-width digits and letters, spaces around, a trailing 分 or %) and
strict otherwise: it never guesses. Reasons are whole Chinese phrases for the quarantine file.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

import polars as pl

from flows.datasets import (
    Check,
    Columns,
    Day,
    Flag,
    Id,
    IndicatorPoints,
    Meaning,
    Month,
    Number,
    Observation,
    OneOf,
    Personal,
    Rating,
    Seconds,
    Site,
    Text,
    Time,
)
from flows.reading.spelling import UNUSUAL, fold, heading, narrow, prose
from flows.receive.alike import Different, are_alike, are_some_alike
from flows.receive.cells import text_of
from flows.receive.plain import plain_ids, plain_instants
from flows.receive.pseudonyms import pseudonyms_of

# `flows.datasets.NUMBER` here.
NUMBER = pl.Decimal(24, 10)
_LARGEST = 10**14

# [0-9], not \d: that would take the digits of every script.
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_DATE = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([0-9]{2}:[0-9]{2})(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
_OFFSET = r"[zZ]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?"
_TIME = rf"^({_DATE})(?:[T ]{_CLOCK}\s*({_OFFSET})?)?$"
_MONTH = r"^([12][0-9]{3}-(?:0[1-9]|1[0-2]))(?:-01(?:[T ]00:00:00(?:\.0+)?)?)?$"
_DAY = rf"^({_DATE})$"
# 2007/11/5 8:05 and 2007年11月5日8时5分30秒. Behind slashes a space must end the day: 2007/11/120:58 has two meanings.
_OFFICE = r"^[12][0-9]{3}[/年]"
_OFFICE_DAY = r"^([12][0-9]{3})(?:/([0-9]{1,2})/([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)$"
_OFFICE_TIME = (
    r"^([12][0-9]{3})(?:/([0-9]{1,2})/([0-9]{1,2})(?:T|\s+)|年([0-9]{1,2})月([0-9]{1,2})日(?:T|\s*))"
    r"([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2}(?:[.,][0-9]{1,9})?))?|[时点]([0-9]{1,2})分(?:([0-9]{1,2})秒)?)"
    rf"(\s*(?:{_OFFSET})?)$"
)
_OFFICE_MONTH = r"^([12][0-9]{3})(?:/([0-9]{1,2})|年([0-9]{1,2})月)$"
_IN_WORDS = r"^(?:([0-9]{1,8})\s*(?:小时|时))?\s*(?:([0-9]{1,8})\s*(?:分钟|分))?\s*(?:([0-9]{1,8}(?:\.[0-9]{1,10})?)\s*秒)?$"
_UNIT = "[时分秒]"
_MIDNIGHT = rf"^{_DATE}[T ]00:00(?::00(?:[.,]0+)?)?\s*(?:{_OFFSET})?$"
# So many instants are not all midnight by chance.
_MANY = 10
# In microseconds.
_DAY_LONG = 86_400_000_000

# What a spreadsheet program makes of a long number, of a column too narrow for one, and of a formula that fails. Excel keeps 15 digits; a Chinese identity number has 18.
_DAMAGED = (
    # Scientific and engineering notation; no number has an exponent of four digits, but a code may look so.
    r"^[0-9](?:[.,][0-9]+)? ?[eE] ?\+?[0-9]{1,3}$|^[0-9]{2,3}(?:[.,][0-9]+ ?[eE] ?\+?| ?[eE] ?\+)[0-9]{1,3}$|^#+$"
    r"|^#(?:REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|GETTING_DATA|UNKNOWN!)$"
)
# Fifteen digits and nothing behind them. With one zero only, chance would do as well.
_CUT = r"^[1-9][0-9]{14}0{2,}$"
_IDENTITY = r"^([0-9]{17})x$"
_DAMAGED_ID = "号码被表格软件改写过，已看不出原来是几；请把这一列设为文本，从原系统重新导出"
_NOBODY = "只是占位的字样（匿名、NULL、0 之类），没有写明是谁"
_WHOLE = r"^([0-9]+)\.0+$"
_MOBILE = r"^(?:\+|00)86[ -]?(1[0-9]{10})$"
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# A mobile or identity number, a mail or network address: what may be a person's although it stands in another column.
PERSONAL = (
    r"(?:^|[^0-9])1[3-9][0-9]{9}(?:[^0-9]|$)|(?:^|[^0-9])[1-9][0-9]{16}[0-9Xx](?:[^0-9]|$)|[^\s@]+@[^\s@]+\.[^\s@]+"
    r"|(?:^|[^0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:[^0-9.]|$)|(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{1,4}"
)

# What the reason of a row begins with that is not of the time that is evaluated.
OUTSIDE = "不在评议期"
_WORDS = {"true": True, "false": False, "是": True, "否": False}
_FLAGS = _WORDS | {"1": True, "0": False}
_CHECKS = {"pass": "pass", "fail": "fail", "na": "na", "通过": "pass", "不通过": "fail", "不适用": "na"}


@dataclass(frozen=True)
class Context:
    """What the conversion needs besides the cells: the register's names, the time zone, and the function that hides persons
    (see `flows.receive.pseudonyms`)."""

    sites: dict[str, str]
    timezone: str
    pseudonym: Callable[[str], str]


@dataclass(frozen=True)
class Reading:
    """The result for a column: its values, and for each cell the reason why it is not valid (null for a valid cell).

    `nobody` marks the rows that name nobody in a column of persons. Of instants, `days` marks those that are written as a day,
    without the time of day, and `midnights` those that are written as midnight to the second.
    """

    values: pl.Series
    reasons: pl.Series
    nobody: pl.Series | None = None
    days: pl.Series | None = None
    midnights: pl.Series | None = None

    def of_each(self, change: Callable[[pl.Series], pl.Series]) -> "Reading":
        """The reading with each of its columns changed."""
        return self.with_each(self, lambda column, _: change(column))

    def with_each(self, other: "Reading", merge: Callable[[pl.Series, pl.Series], pl.Series]) -> "Reading":
        """The reading whose columns are merged from those of two, which have the same columns."""
        names = (field.name for field in fields(self) if getattr(self, field.name) is not None)
        return replace(self, **{name: merge(getattr(self, name), getattr(other, name)) for name in names})


def tidy(texts: pl.Series, spelling: Callable[[str], str]) -> pl.Series:
    """Texts in one spelling (`fold`, `narrow` or `prose`), empty ones null. Ordinary texts cost one look."""
    odd = texts.str.contains(_LOOK).fill_null(False)
    if odd.any():
        texts = _mapped(texts.set(~odd, None), spelling).zip_with(odd, texts)
    texts = texts.str.strip_chars()
    return texts.set(texts == "", None)


_LOOK = f"{UNUSUAL}|^\\s*(?:=\"|['’‘])"


def read(cells: pl.Series, meaning: Meaning, context: Context, columns: dict[str, pl.Series]) -> Reading:
    """Reads a column. `columns` are the columns of the same rows that were read before it, by name.

    Where many cells are alike, the different ones are read, once each.
    """
    if are_alike(cells) or (isinstance(meaning, Personal) and are_some_alike(cells)):
        different = Different(cells)
        reading = _read(different.cells, meaning, context).of_each(different.spread)
    else:
        reading = _read(cells, meaning, context)
    match meaning:
        case IndicatorPoints(maxima=maxima):
            return _up_to(reading, maxima, columns["indicator"])
        case Personal(alone=alone) if alone:
            return _each_alone(reading, columns[alone], context)
    return reading


def _read(cells: pl.Series, meaning: Meaning, context: Context) -> Reading:
    """Reads cells by what each of them says, whatever its row and the other cells are."""
    if isinstance(meaning, Time):
        return _times(cells, context.timezone)
    texts = text_of(cells)
    match meaning:
        case Text(names=names):
            values = _named(tidy(texts, prose), names)
            return Reading(values, _no_reasons(values))
        case Id(person=person, placeholders=placeholders):
            return _ids(texts, placeholders, person=person)
        case Personal(placeholders=placeholders):
            return _persons(texts, placeholders, context)
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
        case Seconds(at_least=least, at_most=most):
            return _bounded(*_durations(texts), least, most)
        case Number(at_least=least, at_most=most):
            return _bounded(*_decimals(texts), least, most)
        case IndicatorPoints():
            texts, numbers = _decimals(texts)
            return Reading(numbers, _reasons(texts, numbers, "不是数字（或大得不合情理）"))
        case Month(first=first, last=last):
            texts = tidy(texts, narrow)
            values = _iso(texts).str.extract(_MONTH, 1)
            return _within(Reading(values, _reasons(texts, values, "应为 YYYY-MM 的月份")), first or None, last or None)
        case Day(first=first, last=last):
            return _within(_days(texts, context.timezone), first, last)
        case Observation():
            return _observations(texts)
        case Columns(kinds=kinds):
            return _columns(texts, kinds)
    raise TypeError(f"no reading for {meaning}")


def _named(texts: pl.Series, names: tuple[str, ...]) -> pl.Series:
    """The texts; those that are one of the names in its spelling."""
    if not names:
        return texts
    known = {fold(name): name for name in names}
    return _mapped(texts, lambda text: known.get(fold(text), text))


def _no_reasons(values: pl.Series) -> pl.Series:
    return pl.repeat(None, len(values), dtype=pl.String, eager=True)


def _reasons(texts: pl.Series, understood: pl.Series, reason: str) -> pl.Series:
    """`reason` for every text that has no value."""
    lost = texts.is_not_null() & understood.is_null()
    return pl.select(pl.when(lost).then(pl.lit(reason))).to_series()


def _mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """The function of every text, computed once for each different one."""
    different = texts.unique().drop_nulls()
    return texts.replace_strict(
        different, pl.Series([function(text) for text in different], dtype=pl.String), default=None, return_dtype=pl.String
    )


def _ids(texts: pl.Series, placeholders: tuple[str, ...], *, person: bool) -> Reading:
    """Ids as they were before a spreadsheet program or data frame rewrote them, or the reason why they cannot be restored.

    Two things with the same id are reported as two rows with the same key. Two persons with the same id would silently count as
    one person, so for persons a long number that may have been cut is refused too.
    """
    plain = plain_ids(texts)
    ids = _or_with_care(_valid(plain), texts, lambda odd: _odd_ids(odd, person=person))
    nobody = _nobody(ids.values, placeholders, plain)
    return Reading(ids.values.set(ids.reasons.is_not_null() | nobody, None), ids.reasons.set(nobody, _NOBODY), nobody)


def _odd_ids(texts: pl.Series, *, person: bool) -> Reading:
    """Ids in their own spelling; those that cannot be restored have a reason, and a value."""
    values = tidy(texts, fold).str.replace(_WHOLE, "$1").str.replace(_IDENTITY, "${1}X")
    damaged = values.str.contains(_DAMAGED).fill_null(False)
    if person:
        damaged = damaged | _cut(values)
    return Reading(values, _no_reasons(values).set(damaged, _DAMAGED_ID))


def _persons(texts: pl.Series, placeholders: tuple[str, ...], context: Context) -> Reading:
    """Persons by their keyed hashes, each under one spelling."""
    named = people(texts, placeholders)
    return replace(named, values=pseudonyms_of(named.values, context.pseudonym))


def _each_alone(persons: Reading, ids: pl.Series, context: Context) -> Reading:
    """Persons; each row that names nobody is one of its own, whom the id of the row stands for."""
    nobody = persons.nobody
    if nobody is None or not nobody.any():
        return persons
    # No text in a file holds the character that stands first here, so this is nobody else's hash.
    own = pl.select(pl.format("\0{}", ids.set(~nobody, None))).to_series()
    return replace(persons, values=pseudonyms_of(own, context.pseudonym).zip_with(nobody, persons.values))


def people(texts: pl.Series, placeholders: tuple[str, ...]) -> Reading:
    """Persons in plain, each under one spelling; null where a cell names nobody."""
    plain = plain_ids(texts)
    ids = _or_with_care(_valid(plain), texts, _odd_people)
    nobody = _nobody(ids.values, placeholders, plain)
    return Reading(ids.values.set(nobody, None), ids.reasons, nobody)


def _odd_people(texts: pl.Series) -> Reading:
    ids = _odd_ids(texts, person=True)
    return replace(ids, values=ids.values.set(ids.reasons.is_not_null(), None).str.replace(_MOBILE, "$1"))


def _valid(values: pl.Series) -> Reading:
    return Reading(values, _no_reasons(values))


def _or_with_care(quick: Reading, cells: pl.Series, careful: Callable[[pl.Series], Reading]) -> Reading:
    """The reading; cells that it has no value for are read with care, as text."""
    odd = (cells.is_not_null() & quick.values.is_null()).arg_true()
    if not len(odd):
        return quick
    rest = careful(text_of(cells.gather(odd)))
    return quick.with_each(rest, lambda column, found: column.clone().scatter(odd, found))


def _nobody(values: pl.Series, placeholders: tuple[str, ...], plain: pl.Series) -> pl.Series:
    """Marks the words that stand for nobody, without regard to case and to any space; plain values have none."""
    if not placeholders:
        return pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    known = {heading(text) for text in placeholders}
    marked = values.str.contains(f"(?i)^(?:{'|'.join(map(re.escape, sorted(known)))})$").fill_null(False)
    odd = (plain.is_null() & values.is_not_null()).arg_true()
    if not len(odd):
        return marked
    bare = values.gather(odd).str.to_lowercase().str.replace_all(r"\s", "")
    return marked.scatter(odd, bare.is_in(list(known)))


def _cut(values: pl.Series) -> pl.Series:
    """Marks the numbers that a spreadsheet program cut to fifteen digits and filled with zeros. A genuine identity number may
    end with zeros too; its check digit is correct (GB 11643)."""
    suspects = values.str.contains(_CUT).fill_null(False)
    if not suspects.any():
        return suspects
    right = _mapped(values.set(~suspects, None), lambda number: "yes" if _identity_holds(number) else "no")
    return suspects & (right == "no").fill_null(False)


def _identity_holds(number: str) -> bool:
    if len(number) != 18:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _IDENTITY_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def is_day_only(instants: Reading) -> pl.Series:
    """Whether an instant is written as a day, without the time of day. Where each of many instants is midnight to the second, a
    program has put it there, and they are days as well."""
    days, midnights = instants.days, instants.midnights
    assert days is not None and midnights is not None, "no reading of instants"
    written = int((instants.values.is_not_null() | instants.reasons.is_not_null()).sum())
    return days | midnights if written >= _MANY and int((days | midnights).sum()) == written else days


def _lower(texts: pl.Series) -> pl.Series:
    """Tidy texts in lower case: spreadsheets write the word true as TRUE."""
    return tidy(texts, narrow).str.to_lowercase()


def _looked_up(texts: pl.Series, names: dict, dtype, reason: str) -> Reading:
    texts = tidy(texts, fold)
    known = {fold(name): meant for name, meant in names.items()}
    values = texts.replace_strict(known, default=None, return_dtype=dtype)
    if (texts.is_not_null() & values.is_null()).any():
        # Spreadsheets and data frames turn the code 1 into 1.0.
        plain = texts.str.replace(_WHOLE, "$1")
        values = values.zip_with(values.is_not_null(), plain.replace_strict(known, default=None, return_dtype=dtype))
    return Reading(values, _reasons(texts, values, reason))


def _decimals(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Tidy texts and their numbers, null where there is none."""
    texts = tidy(texts, narrow)
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


def _durations(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Tidy texts and their numbers of seconds, null where there is none. Behind a larger unit a smaller one is below 60."""
    texts, numbers = _decimals(texts)
    worded = texts.str.contains(_UNIT).fill_null(False)
    if not worded.any():
        return texts, numbers
    hours, minutes, seconds = texts.set(~worded, None).str.extract_groups(_IN_WORDS).struct.unnest().get_columns()
    whole = [part.fill_null("0").cast(pl.Int64) for part in (hours, minutes)]
    rest = seconds.fill_null("0").cast(NUMBER)
    total = ((whole[0] * 60 + whole[1]) * 60).cast(NUMBER) + rest
    understood = hours.is_not_null() | minutes.is_not_null() | seconds.is_not_null()
    behind = (hours.is_not_null() & (whole[1] >= 60)) | ((hours.is_not_null() | minutes.is_not_null()) & (rest >= 60))
    return texts, total.set(~understood | behind, None).cast(NUMBER).zip_with(worded, numbers)


def _bounded(texts: pl.Series, numbers: pl.Series, least, most) -> Reading:
    """The numbers of tidy texts, with a reason for each that is none or is out of bounds."""
    reasons = _reasons(texts, numbers, "不是数字（或大得不合情理）")
    low = -_LARGEST if least is None else least
    high = _LARGEST if most is None else most
    outside = ((numbers < low) | (numbers > high)).fill_null(False)
    bounds = f"应不小于 {least}" if most is None else f"应在 {least} 到 {most} 之间"
    return Reading(numbers, reasons.set(outside, f"超出范围，{bounds}"))


def _up_to(points: Reading, maxima: dict, indicators: pl.Series) -> Reading:
    """Points, with a reason for those that their row's indicator does not give."""
    largest = indicators.replace_strict(list(maxima), pl.Series(list(maxima.values()), dtype=NUMBER), default=None)
    outside = ((points.values < 0) | (points.values > largest)).fill_null(False)
    sentences = pl.select(pl.format("超出范围，应在 0 到该指标满分之间，指标为 {}", indicators.fill_null(""))).to_series()
    return replace(points, reasons=sentences.zip_with(outside, points.reasons))


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
    """Lists of `kind=address`, each kind under its standard name."""
    texts = tidy(texts, prose)
    values = _mapped(texts, lambda text: _column_list(text, kinds) or "")
    values = values.set(values == "", None)
    offer = "、".join(kinds)
    return Reading(
        values, _reasons(texts, values, f"应为 种类=网址，用竖线连接；种类可用 {offer}，网址以 http:// 或 https:// 开头")
    )


def _column_list(text: str, kinds: dict[str, str]) -> str | None:
    pairs = [part.partition("=") for part in text.split("|")]
    if not all(kind.strip() in kinds and address.strip().startswith(("http://", "https://")) for kind, _, address in pairs):
        return None
    return "|".join(f"{kinds[kind.strip()]}={address.strip()}" for kind, _, address in pairs)


def words(texts: pl.Series, meant: dict[str, str], reason: str) -> Reading:
    """The meaning of each word, from a list in a scheme. Case does not matter: True in a format is true in another."""
    return _looked_up(_lower(texts), {word.lower(): meaning for word, meaning in meant.items()}, pl.String, reason)


def _days(texts: pl.Series, timezone: str) -> Reading:
    """Days; of a whole instant, the day that it is in the time zone."""
    texts = tidy(texts, narrow)
    written = _iso(texts)
    days = written.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
    instants = _times(written, timezone).values.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)
    days = days.zip_with(days.is_not_null(), instants.dt.date())
    return Reading(days, _reasons(texts, days, "不是有效的日期，应为 YYYY-MM-DD"))


def _within(reading: Reading, first: str | date | None, last: str | date | None) -> Reading:
    """The reading, with a reason for each value that is not of the time that is evaluated."""
    if first is None or last is None:
        return reading
    outside = ((reading.values < first) | (reading.values > last)).fill_null(False)
    return replace(reading, reasons=reading.reasons.set(outside, f"{OUTSIDE} {first} 至 {last} 之内"))


def _iso(texts: pl.Series) -> pl.Series:
    """Tidy texts; days, months and instants that offices write with slashes or 年月日, which have the year first and so one
    meaning, in the form of ISO 8601. Other texts cost one look."""
    odd = texts.str.contains(_OFFICE).fill_null(False)
    if not odd.any():
        return texts
    # Of the groups that a form has not, nothing is put in. Each number gets zeros before it, and then two digits stay.
    written = (
        texts.set(~odd, None)
        .str.replace(_OFFICE_MONTH, "${1}-00${2}${3}")
        .str.replace(_OFFICE_DAY, "${1}-00${2}${4}-00${3}${5}")
        .str.replace(_OFFICE_TIME, "${1}-00${2}${4}-00${3}${5}T00${6}:00${7}${9}:00${8}${10}${11}")
        .str.replace(r"^(.{4}-)0*([0-9]{2})$", "${1}${2}")
        .str.replace(
            r"^(.{4}-)0*([0-9]{2}-)0*([0-9]{2})(?:(T)0*([0-9]{2}:)0*([0-9]{2}:)0*([0-9]{2}))?", "${1}${2}${3}${4}${5}${6}${7}"
        )
    )
    return written.zip_with(odd, texts)


def _times(cells: pl.Series, timezone: str) -> Reading:
    """Instants as UTC without a zone, exact to the microsecond."""
    if isinstance(cells.dtype, pl.Datetime):
        written = cells.dt.replace_time_zone(None).dt.cast_time_unit("us")
        values = written if cells.dtype.time_zone else _from_local(written, timezone)
    else:
        written = plain_instants(cells)
        values = _from_local(written, timezone)
    midnights = (written.to_physical() % _DAY_LONG == 0).fill_null(False)
    days = pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    quick = replace(_valid(values), days=days, midnights=midnights)
    return _or_with_care(quick, cells, lambda odd: _odd_times(odd, timezone))


def _odd_times(texts: pl.Series, timezone: str) -> Reading:
    texts = _iso(tidy(texts, narrow))
    frame = texts.str.extract_groups(_TIME).struct.unnest()
    day, clock, seconds, fraction, offset = frame.get_columns()
    written = pl.select(pl.format("{}T{}:{}", day, clock.fill_null("00:00"), seconds.fill_null("00"))).to_series()
    local = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    micros = fraction.fill_null("0").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    local = local + micros.cast(pl.Duration("us"))
    sent = local - _offset(offset)
    instants = sent.zip_with(offset.is_not_null(), _from_local(local, timezone))
    reasons = _reasons(texts, instants, "不是有效的时间，应为 ISO 8601，如 2007-11-05 10:30:00")
    skipped = local.is_not_null() & instants.is_null()
    return Reading(
        instants,
        reasons.set(skipped, f"当地（{timezone}）这一天拨快时钟，没有这个时刻；请写明时差，如 +08:00"),
        days=texts.str.contains(_DAY).fill_null(False),
        midnights=texts.str.contains(_MIDNIGHT).fill_null(False),
    )


def _from_local(local: pl.Series, timezone: str) -> pl.Series:
    """Local times as UTC; null in an hour that clocks skip."""
    zoned = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _offset(written: pl.Series) -> pl.Series:
    digits = written.str.replace_all("[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    signed = (-minutes).zip_with(written.str.starts_with("-").fill_null(False), minutes)
    return (signed * 60_000_000).cast(pl.Duration("us"))
