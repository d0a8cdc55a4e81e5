"""Cells that mean what stands there under every rule of `flows.receive.meanings`, so that one look at each is enough.

Most cells of a large file are of these forms. A cell that is none of them is no fault: it is read by the rules.
"""

import polars as pl

# No form has a space, a character that is written in several ways, or one by which spreadsheets wrap a text. None is a number that
# a spreadsheet has rewritten: such a one has a point with zeros behind it, an exponent (short, or with a sign), or zeros from the
# sixteenth digit on. None is an identity number that ends with a small x, or a mobile number with 86 before it.
_ID = (
    r"^(?:"
    # b000123, _7, K-12
    r"[A-Za-z_][0-9A-Za-z_-]*"
    # 11010519491231002X
    r"|[1-9][0-9]{16}X"
    # 13800138000; of more than sixteen digits the last two are not both zero
    r"|[1-9](?:[0-9]{0,15}|[0-9]*[1-9][0-9]?)"
    # 3f2504e0-4f89-11d3: six characters or more, with a letter that is not the last
    r"|[0-9][0-9A-Za-z-]{2,}[A-Wa-w][0-9A-Za-z-]{2,}"
    # 10.0.12.7
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r")$"
)
_INSTANT = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}%s[0-9]{2}:[0-9]{2}:[0-5][0-9]$"


def plain_ids(texts: pl.Series) -> pl.Series:
    """The ids that stand for themselves; null for all other texts."""
    return texts.set(~texts.str.contains(_ID), None)


def plain_instants(texts: pl.Series) -> pl.Series:
    """The instants, as local time, of texts like 2007-11-05 10:30:00 (or all with a T in between); null for all other texts."""
    between = "T" if texts.head(1).str.contains("T", literal=True).any() else " "
    plain = texts.set(~texts.str.contains(_INSTANT % between), None)
    return plain.str.to_datetime(f"%Y-%m-%d{between}%H:%M:%S", strict=False, time_unit="us")
