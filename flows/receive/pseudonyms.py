"""Personal data leave the raw files only as keyed hashes.

Voters and origins are few enough to try them all (every IPv4 address in minutes), so a plain hash hides nobody. The key
(`flows.persons.keys`) never enters the database, and destroying it destroys the link to the persons.
"""

import hmac

# 128 of HMAC-SHA-256's 256 bits: no two of a hundred million voters will share them, at half the size.
_DIGITS = 32


class Pseudonyms:
    """Replaces a personal text by its keyed hash, 32 hexadecimal digits; equal texts have equal hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Tells which secret was used without giving it away.
        self.secret_id = hmac.digest(secret, b"pingyi secret id", "sha256").hex()[:16]

    def __call__(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(), "sha256").hex()[:_DIGITS]
