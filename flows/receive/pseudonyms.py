"""Personal data leave the raw files only as keyed hashes.

Voters and origins are few enough to try them all (every IPv4 address in minutes), so a plain hash hides nobody. The key
is the installation's secret; it never enters the database, and destroying it destroys the link to the persons.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

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


def open_secret(path: Path) -> bytes:
    """The installation's secret, made on first use and readable by its owner only."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(hashlib.sha256(secrets.token_bytes(64)).digest())
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename, a link fails where another process was first: both then use that one's secret.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_bytes()
