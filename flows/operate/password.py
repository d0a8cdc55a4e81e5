"""Who has the password of `pingyi serve`: the account that started it, and whoever gets a link from it.

    .prefect/password      user:password, made on first use, readable by its owner only
    .prefect/links/        an empty file for every link that has not been used, named by the hash of its token

Every account of a machine reaches its loopback ports, so a server without a password takes orders from all of them.
"""

import hashlib
import hmac
import os
import secrets
import stat
from datetime import datetime, timedelta
from pathlib import Path

from flows.errors import UsageError
from flows.host.disk import write_once
from flows.host.modes import own_folder
from flows.operate.guard import LINK
from flows.settings import prefect_home

# What Prefect's own settings call it: that of the server, and that of whoever asks the server.
OF_SERVER, OF_CLIENT = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
_USER = "pingyi"
_LINKS_LAST = timedelta(hours=12)
_LONGEST = 4096


def password_file() -> Path:
    """Where `serve` keeps the password that it made."""
    return prefect_home() / "password"


def password_in_force(given: Path | None) -> tuple[str, Path | None]:
    """The `user:password` that `serve` asks for, and the file that it stands in: that of the environment, that of the file
    `given`, or that of the folder of Prefect, where it is made on first use. Raises `UsageError`."""
    set_by_hand = os.environ.get(OF_SERVER, "")
    if given is None and set_by_hand:
        return _checked(set_by_hand, f"环境变量 {OF_SERVER}"), None
    path = given or password_file()
    if given is None and not path.exists():
        own_folder(path.parent)
        write_once(path, f"{_USER}:{secrets.token_urlsafe(24)}\n".encode())
    return read_password(path), path


def read_password(path: Path) -> str:
    """The `user:password` of a file that only its owner can read. Raises `UsageError`."""
    try:
        # A pipe or a device would keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        raise UsageError(f"密码文件 {path} 读不出来（{fault.strerror}）。请改正路径或权限。") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"密码文件 {path} 不是普通文件。请换成一个文本文件，里面写一行“用户:密码”。")
        if status.st_mode & 0o077:
            raise UsageError(f"密码文件 {path} 别的账户也能读写，密码等于没有。请运行 chmod 600 {path}，并换一个密码。")
        content = os.read(descriptor, _LONGEST)
    finally:
        os.close(descriptor)
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"密码文件 {path} 不是 UTF-8 编码的文本。请重新写一行“用户:密码”。") from None
    return _checked(text, f"密码文件 {path} ")


def _checked(text: str, where: str) -> str:
    user, colon, word = text.partition(":")
    if not (user and colon and word) or not text.isprintable():
        raise UsageError(f"{where}里应当写一行“用户:密码”，两边都不空，没有换行和控制字符。")
    if not text.isascii():
        # Prefect compares it as a text, and fails of every letter that is not one of ASCII.
        raise UsageError(f"{where}里的“用户:密码”只能用英文字母、数字和符号，服务器认不了别的字。请换一个。")
    return text


def session_of(password: str) -> str:
    """What a browser that has followed a link shows instead of the password; it is void as soon as the password is another."""
    return hmac.digest(password.encode(), b"pingyi session", "sha256").hex()


def new_link(ui: str) -> str:
    """An address that opens the interface at `ui` once, for half a day."""
    folder = own_folder(_links())
    for old in folder.iterdir():
        if _is_over(old):
            old.unlink(missing_ok=True)
    token = secrets.token_urlsafe(24)
    os.close(os.open(folder / _name(token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return f"{ui}{LINK}{token}"


def redeemed(token: str) -> bool:
    """Whether a link with this token may be followed; from then on it may not."""
    path = _links() / _name(token)
    try:
        fresh = not _is_over(path)
        # Of two who follow it at the same moment, one finds it gone.
        path.unlink()
    except FileNotFoundError:
        return False
    return fresh


def _links() -> Path:
    return prefect_home() / "links"


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_over(path: Path) -> bool:
    return datetime.now() - datetime.fromtimestamp(path.stat().st_mtime) > _LINKS_LAST
