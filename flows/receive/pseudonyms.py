"""Personal data leave the raw files only as keyed hashes.

Voters and origins are few enough to try them all (every IPv4 address in minutes), so a plain hash hides nobody. The key
(`flows.persons.keys`) never enters the database, and destroying it destroys the link to the persons.
"""

import hashlib
import hmac
from collections.abc import Callable

import polars as pl

# 128 of HMAC-SHA-256's 256 bits: no two of a hundred million voters will share them, at half the size.
_DIGITS = 32
# HMAC, RFC 2104: a key fills a block of the hash, and what each byte of it is changed by before the text and before its hash.
_BLOCK = 64
_INNER, _OUTER = 0x36, 0x5C
# From so many texts on it pays to ask for all of them at once.
_MANY = 20_000


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
        # Whoever has few persons to hide does without the engine.
        from flows.receive.hashes import keyed

        return keyed(texts, *self._padded).str.head(_DIGITS)

    def __reduce__(self) -> tuple:
        # A hash that has begun goes to no other process.
        return Pseudonyms, (self._secret,)


def pseudonyms_of(texts: pl.Series, pseudonym: Callable[[str], str]) -> pl.Series:
    """The pseudonym of every text; null for null."""
    if isinstance(pseudonym, Pseudonyms) and len(texts) >= _MANY:
        return pseudonym.of(texts)
    hashes = [None if text is None else pseudonym(text) for text in texts.to_list()]
    return pl.Series(texts.name, hashes, dtype=pl.String)
