"""The keys that hide persons: a file a year, so that nobody can be followed from one year to another, and a year's can go.

    keys/2007.key    32 random bytes, made at the year's first run, readable by its owner only
    secret.key       the one key of an older version: still that of every year whose store was made under it

Keys are drawn and not derived from a master: what a master makes it makes again, and deleting one year's key would delete
nothing. `PINGYI_SECRET_FILE` names another folder for them, or a file, which is then the one key of all years.
"""

import hashlib
import logging
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from flows.errors import UsageError
from flows.host.disk import sync, write_once
from flows.host.modes import own_folder
from flows.receive.entries import is_sealed
from flows.receive.pseudonyms import Pseudonyms
from flows.settings import Settings

logger = logging.getLogger("pingyi")

# Of bytes: as many as the hash has, and how many of them are at least different in what is drawn or typed.
_LEAST = 32
_LEAST_DIFFERENT = 8
_LONGEST = 1 << 16


def key_in_force(settings: Settings, year: int) -> Path | None:
    """The file of a year's key; None where it has none yet. Raises `UsageError` where one that counts hides nobody."""
    if is_one_for_all(settings):
        assert settings.secret_file is not None
        return settings.secret_file if os.path.lexists(settings.secret_file) else None
    own = own_key(settings, year)
    if os.path.lexists(own):
        return own
    older = settings.home.secret
    return older if os.path.lexists(older) and _made_under(settings, year, older) else None


def open_key(settings: Settings, year: int) -> Pseudonyms:
    """What hides the persons of a year; its key is made where it has none yet. Raises `UsageError`."""
    path = key_in_force(settings, year)
    if path is None:
        path = (settings.secret_file if is_one_for_all(settings) else None) or own_key(settings, year)
        if path.parent == settings.home.path:
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            own_folder(path.parent)
        # The hashes of a year hang on it.
        write_once(path, hashlib.sha256(secrets.token_bytes(64)).digest())
        sync(path.parent.parent)
    return Pseudonyms(read_key(path))


def id_of(path: Path) -> str:
    """The id of the key in a file; empty where that hides nobody, or is not there."""
    try:
        return Pseudonyms(read_key(path)).secret_id
    except (OSError, UsageError):
        return ""


def is_one_for_all(settings: Settings) -> bool:
    """Whether the environment names a file, which is the key of all years."""
    return settings.secret_file is not None and not settings.secret_file.is_dir()


def keys_with_id(settings: Settings, year: int, secret_id: str) -> list[Path]:
    """The files of this home that hold the key of a year with this id."""
    if is_one_for_all(settings) or not secret_id:
        return []
    return [path for path in (own_key(settings, year), settings.home.secret) if id_of(path) == secret_id]


def sharing(settings: Settings, year: int, path: Path) -> list[int]:
    """The other years whose key is this file too."""
    return [other for other in _years(settings) if other != year and key_in_force(settings, other) == path]


def read_key(path: Path) -> bytes:
    """The content of the file of a key. A short one can be found by trying, and then every person. Raises `UsageError`."""
    # A pipe or a device would keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"密钥 {path} 不是普通文件，什么也没有读入。请改正环境变量 PINGYI_SECRET_FILE，或恢复备份的密钥。")
        if status.st_mode & 0o077:
            logger.warning("密钥 %s 别的账户也能读，有它就能认出投票人。请运行 chmod 600 %s。", path, path)
        secret = os.read(descriptor, _LONGEST)
    finally:
        os.close(descriptor)
    if len(secret) < _LEAST or len(set(secret)) < _LEAST_DIFFERENT:
        raise UsageError(
            f"密钥 {path} 只有 {len(secret)} 字节，或几乎是同一个字节，藏不住投票人，什么也没有读入。请从备份恢复它；从没有过密钥，"
            f"就删去这个文件，系统会重新生成（{_LEAST} 字节以上的随机内容，只有所有者可读）。"
        )
    return secret


def own_key(settings: Settings, year: int) -> Path:
    """The file of the year's own key, where it has one."""
    return (settings.secret_file or settings.home.keys) / f"{year}.key"


def _made_under(settings: Settings, year: int, key: Path) -> bool:
    """Whether what is kept of a year's raw files was sealed under a key."""
    seal = Pseudonyms(read_key(key))
    return any(is_sealed(entry, seal) for entry in _entries(settings.home.store(year)))


def _years(settings: Settings) -> list[int]:
    return sorted(int(path.name) for path in _entries(settings.home.all_stores) if path.name.isdecimal())


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in folder.iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return
