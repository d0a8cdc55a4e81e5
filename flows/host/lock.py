"""One writer a data home: our own lock, whatever an orchestrator believes.

The kernel frees it when the process ends, however it ends, so there is never a lock without a run.
"""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TextIO

from flows.errors import HeldError, OperatorError
from flows.home import Home
from flows.host.regular import open_regular
from flows.host.zones import home_zone

# What is read of a lock, in bytes: who holds it says so in one line.
_LONGEST = 4096


def only_writer(home: Home, what: str, wait: float, tell: Callable[[str], None]) -> AbstractContextManager[None]:
    """Holds the data home's lock. Waits `wait` seconds for another run, telling who it is, then raises `HeldError`."""
    return _only(home, home.lock, what, wait, tell)


@contextmanager
def only_crawler(home: Home, what: str, wait: float, tell: Callable[[str], None], part: str = "") -> Generator[None]:
    """Holds the lock of the data home's crawl, which may take a night and only adds raw files: evaluations go on beside it. Crawls of
    different parts of a night go on beside one another, and none beside a crawl of the whole."""
    if not part:
        with _only(home, home.crawl_lock, what, wait, tell):
            yield
        return
    own = home.crawl_lock.with_name(f"{home.crawl_lock.stem}.{part}.lock")
    with _only(home, home.crawl_lock, what, wait, tell, among=fcntl.LOCK_SH), _only(home, own, what, wait, tell):
        yield


@contextmanager
def _only(
    home: Home, lock: Path, what: str, wait: float, tell: Callable[[str], None], among: int = fcntl.LOCK_EX
) -> Generator[None]:
    home.path.mkdir(parents=True, exist_ok=True)
    with _opened(lock) as file:
        end = time.monotonic() + wait
        announced = False
        while True:
            try:
                fcntl.flock(file, among | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read(_LONGEST).strip() or "另一次运行"
                if time.monotonic() >= end:
                    raise HeldError(
                        f"{home} 正被占用：{holder}。已等待 {wait:.0f} 秒，这一次没有运行，什么也没有改动。请等它结束后重试。"
                    ) from None
                if not announced:
                    tell(f"{home} 正被占用：{holder}。等它结束……")
                    announced = True
                time.sleep(0.2)
        file.truncate(0)
        file.write(f"{what}（进程 {os.getpid()}，{datetime.now(home_zone(home)):%Y-%m-%d %H:%M:%S} 开始）")
        file.flush()
        try:
            yield
        finally:
            # Of several who hold it the last that came stands there, until it is nobody's.
            if among == fcntl.LOCK_EX:
                file.truncate(0)


def holder(home: Home) -> str:
    """Who holds the data home's lock and since when; empty where nobody does. Raises `OSError` where the lock is no file."""
    try:
        opened = open_regular(home.lock, home.path)
    except FileNotFoundError:
        return ""
    with opened as file:
        return (file.read(_LONGEST).decode("utf-8", "replace").strip() or "另一次运行") if is_locked(file) else ""


def is_locked(file: IO) -> bool:
    """Whether another process holds the lock of a file."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _opened(lock: Path) -> TextIO:
    """The lock's file, made where there is none. Raises `OperatorError` where something else has its name."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(lock, flags, 0o666)
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise _no_lock(lock) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_lock(lock)
    return os.fdopen(descriptor, "a+", encoding="utf-8", errors="replace")


def _no_lock(lock: Path) -> OperatorError:
    return OperatorError(f"{lock} 是数据目录的锁，应为普通的文件，现在是链接、管道或文件夹，没有运行。请把它移走后重试。")
