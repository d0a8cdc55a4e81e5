"""How people write: a site by its name, an alias or its id, a number with 分 behind it or in full-width digits; and a few rows that
must end in quarantine, as every real delivery has them.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import polars as pl

from flows.simulate.roster import Roster
from flows.sources import Aspect, Item
from flows.sources.ballots import Level
from flows.sources.records import Indicator

_WIDE = {str(digit): chr(0xFF10 + digit) for digit in range(10)}
# Of the share that a scheme allows, the part used, so that an edited scheme or a lost row does not tip a file over.
_CAUTION = Decimal("0.5")
_MOST = 6

# A column and a value that breaks its contract.
Fault = tuple[str, str]
# The row is repeated as it is.
REPEATED: Fault = ("", "")


def spelled_sites(roster: Roster, positions: np.ndarray, rng: np.random.Generator, *, by_id: float = 0.1) -> pl.Series:
    """The sites at these positions, each time by its name, its id (`by_id` of the times) or another of its names."""
    counts = np.array([len(names) for names in roster.spellings])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    flat = pl.Series([name for names in roster.spellings for name in names], dtype=pl.String)
    # The first spelling is the name, the second the id; a site whose name is its id has one only.
    draws = rng.random(len(positions))
    other = 2 + (rng.random(len(positions)) * np.maximum(counts[positions] - 2, 0)).astype(int)
    which = np.where(draws < by_id, 1, np.where(draws < by_id + 0.25, other, 0))
    return flat.gather(starts[positions] + np.minimum(which, counts[positions] - 1))


def spelled_things(
    things: Sequence[Aspect | Indicator | Item], positions: np.ndarray, rng: np.random.Generator, *, by_label: float
) -> pl.Series:
    """Aspects, indicators or item types, each time by id or by label; by id only where labels could be mistaken."""
    ids, labels = [thing.id for thing in things], [thing.label for thing in things]
    clear = len({*ids, *labels}) == 2 * len(things)
    by_id, by_name = pl.Series(ids).gather(positions), pl.Series(labels if clear else ids).gather(positions)
    return either(by_id, by_name, rng, by_label)


def level_codes(levels: tuple[Level, ...]) -> list[str]:
    """How a level is written in short: by its code, or by its label where a label looks like another level's code."""
    codes = [str(level.code) for level in levels]
    labels = [level.label for level in levels]
    return labels if set(labels) & set(codes) else codes


def numbers(values: np.ndarray, places: int) -> pl.Series:
    """Whole numbers of the `places`-th decimal as text, exactly: 925 at one decimal place is 92.5, and 900 is 90."""
    if places == 0:
        return pl.Series(values).cast(pl.String)
    whole = pl.Series(values // 10**places).cast(pl.String)
    rest = pl.Series(values % 10**places).cast(pl.String).str.zfill(places)
    return (whole + "." + rest).str.strip_chars_end("0").str.strip_chars_end(".")


def wide(texts: pl.Series, rng: np.random.Generator, share: float) -> pl.Series:
    """Some of the texts with full-width digits."""
    return either(texts, texts.str.replace_many(_WIDE), rng, share)


def with_suffix(texts: pl.Series, suffix: str, rng: np.random.Generator, share: float) -> pl.Series:
    """Some of the texts with a unit behind them."""
    return either(texts, texts + suffix, rng, share)


def either(first: pl.Series, second: pl.Series, rng: np.random.Generator, share: float) -> pl.Series:
    """`first`, and `second` in some rows, where people write either."""
    return second.zip_with(pl.Series(rng.random(len(first)) < share), first)


def with_faulty_rows(
    rows: pl.DataFrame, faults: list[Fault], allowed: Decimal, rng: np.random.Generator, *, key: str = ""
) -> pl.DataFrame:
    """`rows` (all text) with spoilt copies of some between the others, so the evidence does not change, and so few that the file is
    never refused for them.

    A copy gets a value of its own in the column `key`, unless it is a row repeated as it is.
    """
    room = min(len(faults), _MOST, math.floor(rows.height * allowed * _CAUTION))
    if room == 0:
        return rows
    room = int(rng.integers(1, room + 1))
    chosen = [faults[index] for index in rng.permutation(len(faults))[:room]]
    copied = rng.choice(rows.height, size=room, replace=False)
    # The copy follows its original at a random distance: half a step behind a row of the file.
    positions = [int(rng.integers(row, rows.height)) for row in copied]
    copies = []
    for number, ((column, value), row) in enumerate(zip(chosen, copied, strict=True), start=1):
        copy = rows[int(row)]
        if column:
            own = {key: f"{copy[key][0]}-{number}"} if key else {}
            copy = copy.with_columns([pl.lit(text).alias(name) for name, text in (own | {column: value}).items()])
        copies.append(copy)
    order = np.argsort([*(2 * row for row in range(rows.height)), *(2 * position + 1 for position in positions)], kind="stable")
    return pl.concat([rows, *copies])[order]
