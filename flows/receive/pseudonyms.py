"""Personal data leave the raw files only as keyed hashes.

Voters and origins are few enough to try them all (every IPv4 address in minutes), so a plain hash hides nobody. The key
is the installation's secret; it never enters the database, and destroying it destroys the link to the persons.
"""

import hashlib
import hmac
import logging
import os
import secrets
import stat
from pathlib import Path

from flows.errors import UsageError
from flows.host.disk import write_once

logger = logging.getLogger("pingyi")

# 128 of HMAC-SHA-256's 256 bits: no two of a hundred million voters will share them, at half the size.
_DIGITS = 32
# Of bytes: as many as the hash has, and how many of them are at least different in what is drawn or typed.
_LEAST_SECRET = 32
_LEAST_DIFFERENT = 8
_LONGEST_SECRET = 1 << 16


class Pseudonyms:
    """Replaces a personal text by its keyed hash, 32 hexadecimal digits; equal texts have equal hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Tells which secret was used without giving it away.
        self.secret_id = hmac.digest(secret, b"pingyi secret id", "sha256").hex()[:16]

    def __call__(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(), "sha256").hex()[:_DIGITS]


def open_secret(path: Path) -> bytes:
    """The installation's secret, made on first use and readable by its owner only. Raises `UsageError` where it hides nobody."""
    try:
        return _read(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    # The hashes of years to come hang on it.
    write_once(path, hashlib.sha256(secrets.token_bytes(64)).digest())
    return _read(path)


def _read(path: Path) -> bytes:
    """The content of the file of a secret. A short one can be found by trying, and then every person."""
    # A pipe or a device would keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"密钥 {path} 不是普通文件，什么也没有读入。请改正环境变量 PINGYI_SECRET_FILE，或恢复备份的密钥。")
        if status.st_mode & 0o077:
            logger.warning("密钥 %s 别的账户也能读，有它就能认出投票人。请运行 chmod 600 %s。", path, path)
        secret = os.read(descriptor, _LONGEST_SECRET)
    finally:
        os.close(descriptor)
    if len(secret) < _LEAST_SECRET or len(set(secret)) < _LEAST_DIFFERENT:
        raise UsageError(
            f"密钥 {path} 只有 {len(secret)} 字节，或几乎是同一个字节，藏不住投票人，什么也没有读入。请从备份恢复它；从没有过密钥，"
            f"就删去这个文件，系统会重新生成（{_LEAST_SECRET} 字节以上的随机内容，只有所有者可读）。"
        )
    return secret
