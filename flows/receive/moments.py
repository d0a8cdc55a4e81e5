"""Times that a mapping describes by a format, brought to ISO 8601, a column at a time. Other cells stay as they are."""

import re

import polars as pl

from flows.datasets import Time
from flows.reading.spelling import narrow
from flows.receive.meanings import Context, is_day_only, read, tidy

# What each sign of a format takes. %p: before or after noon; %z: the offset, also as GMT+8.
_SIGNS = {
    "Y": "[12][0-9]{3}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": r"[0-9]{1,2}(?:[.,][0-9]+)?",
    "p": r"[AaPp]\.?[Mm]\.?|上午|下午",
    "z": r"Z|(?:GMT|UTC)(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?|[+-][0-9]{2}:?[0-9]{2}",
}
_SIGN = re.compile("%(.?)")
_AFTERNOON = r"^(?:[Pp]|下午)"


def time_fault(form: str) -> str:
    """Why a format describes no time, or the empty text."""
    signs = _SIGN.findall(form)
    strange = sorted({f"%{sign}" for sign in signs if sign not in _SIGNS})
    offered = "、".join(f"%{sign}" for sign in _SIGNS)
    if strange:
        return f'不认识 {"、".join(strange)}；可用：{offered}，如 "%m/%d/%Y %H:%M:%S"'
    if len(signs) != len(set(signs)):
        return "同一个记号写了不止一次"
    if not {"Y", "m"} <= set(signs):
        return "至少要有 %Y（年）和 %m（月）"
    if ("I" in signs) != ("p" in signs) or ("I" in signs and "H" in signs):
        return "12 小时制要用 %I 和 %p（上午、下午，AM、PM），24 小时制只用 %H"
    if {"H", "I", "M", "S"} & set(signs) and not ("d" in signs and "M" in signs and ({"H", "I"} & set(signs))):
        return "有时刻的要有 %d、%H（或 %I）和 %M"
    return ""


def in_iso(texts: pl.Series, form: str) -> pl.Series:
    """The texts; those in the format, which has no fault, as ISO 8601."""
    tidied = tidy(texts, narrow)
    groups = tidied.str.extract_groups(_pattern(form)).struct.unnest()
    parts = {name: groups[name] for name in groups.columns}
    two = {sign: parts[sign].str.zfill(2) for sign in "mdM" if sign in parts}
    iso = pl.select(pl.format("{}-{}", parts["Y"], two["m"])).to_series()
    if "d" in parts:
        iso = pl.select(pl.format("{}-{}", iso, two["d"])).to_series()
    if "M" in parts:
        iso = pl.select(pl.format("{}T{}:{}", iso, _hours(parts), two["M"])).to_series()
        if "S" in parts:
            iso = pl.select(pl.format("{}:{}", iso, _seconds(parts["S"]))).to_series()
        if "z" in parts:
            iso = pl.select(pl.format("{}{}", iso, _offsets(parts["z"]))).to_series()
    return iso.zip_with(iso.is_not_null(), texts)


def at_zone(texts: pl.Series, zone: str) -> pl.Series:
    """The texts; instants in UTC, where those without an offset are times of the zone. Days, months and others stay."""
    instants = read(texts, Time(), Context({}, zone, str), {})
    written = instants.values.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return written.zip_with(written.is_not_null() & ~is_day_only(instants), texts)


def _pattern(form: str) -> str:
    parts = []
    for position, part in enumerate(_SIGN.split(form)):
        if position % 2:
            parts.append(f"(?P<{part}>{_SIGNS[part]})")
        else:
            parts.append(r"\s*".join(re.escape(word) for word in re.split(r"\s+", narrow(f"·{part}·")[1:-1])))
    return f"^{''.join(parts)}$"


def _hours(parts: dict[str, pl.Series]) -> pl.Series:
    """Hours of two digits; null where a clock of twelve hours has no such hour."""
    if "H" in parts:
        return parts["H"].str.zfill(2)
    hours = parts["I"].cast(pl.Int64)
    hours = hours.set((hours < 1) | (hours > 12), None)
    late = parts["p"].str.contains(_AFTERNOON).cast(pl.Int64)
    return (hours % 12 + 12 * late).cast(pl.String).str.zfill(2)


def _seconds(texts: pl.Series) -> pl.Series:
    return texts.str.replace(r"^([0-9])([.,]|$)", "0${1}${2}")


def _offsets(texts: pl.Series) -> pl.Series:
    """Offsets as ISO 8601 writes them."""
    bare = texts.str.replace("^(?:GMT|UTC)", "")
    bare = bare.str.replace(r"^([+-])([0-9])(:|$)", "${1}0${2}${3}").str.replace(r"^([+-][0-9]{2})$", "${1}:00")
    return bare.set(bare == "", "Z")
