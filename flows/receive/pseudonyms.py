"""Personal data leave the raw files only as keyed hashes.

Voters and origins are few enough to try them all (every IPv4 address in minutes), so a plain hash hides nobody. The key
(`flows.persons.keys`) never enters the database, and destroying it destroys the link to the persons.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

# 128 of HMAC-SHA-256's 256 bits: no two of a hundred million voters will share them, at half the size.
_DIGITS = 32
# HMAC, RFC 2104: a key fills a block of the hash, and what each byte of it is changed by before the text and before its hash.
_BLOCK = 64
_INNER, _OUTER = 0x36, 0x5C
# From so many texts on it pays to ask DuckDB, which has nothing of them or of the key when it has answered.
_MANY = 20_000
# What one of its threads takes at a time.
_AT_A_TIME = 10_000
_OF_MANY = "select left(sha256($outer || unhex(sha256($inner || encode(text)))), $digits) from texts"


class Pseudonyms:
    """Replaces a personal text by its keyed hash, 32 hexadecimal digits; equal texts have equal hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Tells which secret was used without giving it away.
        self.secret_id = hmac.digest(secret, b"pingyi secret id", "sha256").hex()[:16]
        key = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        # What is the same for every text is hashed once, which leaves less than half of the work of `hmac`.
        self._padded = [bytes(byte ^ pad for byte in key) for pad in (_INNER, _OUTER)]
        self._inner, self._outer = map(hashlib.sha256, self._padded)

    def __call__(self, text: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:_DIGITS]

    def of(self, texts: pl.Series) -> pl.Series:
        """The same of many texts, by all processors at once; null for null."""
        cells = texts.to_arrow()
        parts = pa.chunked_array([cells.slice(first, _AT_A_TIME) for first in range(0, len(cells), _AT_A_TIME)])
        values = {"inner": self._padded[0], "outer": self._padded[1], "digits": _DIGITS}
        with _engine().cursor() as connection:
            connection.register("texts", pa.table({"text": parts}))
            hashes = connection.sql(_OF_MANY, params=values).to_arrow_table()
            connection.unregister("texts")
        return pl.Series(texts.name, hashes.column(0), dtype=pl.String)

    def __reduce__(self) -> tuple:
        # A hash that has begun goes to no other process.
        return Pseudonyms, (self._secret,)


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    # Whoever has few persons to hide does without it.
    import duckdb

    return duckdb.connect()


def hashed(texts: pl.Series, pseudonym: Callable[[str], str]) -> pl.Series:
    """The pseudonym of every text; null for null."""
    if isinstance(pseudonym, Pseudonyms) and len(texts) >= _MANY:
        return pseudonym.of(texts)
    hashes = [None if text is None else pseudonym(text) for text in texts.to_list()]
    return pl.Series(texts.name, hashes, dtype=pl.String)
