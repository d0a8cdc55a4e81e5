"""Rows that must end in quarantine, as every real delivery has a few.

They are spoilt copies between the good rows, so the evidence does not change; and they are so few that their file is never
refused for them.
"""

import math
from decimal import Decimal

import numpy as np
import polars as pl

# Of the share that a scheme allows, the part used, so that an edited scheme or a lost row does not tip a file over.
_CAUTION = Decimal("0.5")
_MOST = 6

# A column and a value that breaks its contract.
Fault = tuple[str, str]
# The row is repeated as it is.
REPEATED: Fault = ("", "")


def with_faulty_rows(
    rows: pl.DataFrame, faults: list[Fault], allowed: Decimal, rng: np.random.Generator, *, key: str = ""
) -> pl.DataFrame:
    """`rows` (all text) with copies that have some of the faults, never more than the file can bear.

    A spoilt row gets a value of its own in the column `key`, unless it is a row repeated as it is.
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
