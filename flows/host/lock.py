"""One writer a data home: our own lock, whatever an orchestrator believes.

The kernel frees it when the process ends, however it ends, so there is never a lock without a run.
"""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from flows.errors import HeldError
from flows.home import Home
from flows.host.zones import home_zone


def only_writer(home: Home, what: str, wait: float, tell: Callable[[str], None]) -> AbstractContextManager[None]:
    """Holds the data home's lock. Waits `wait` seconds for another run, telling who it is, then raises `HeldError`."""
    return _only(home, home.lock, what, wait, tell)


def only_crawler(home: Home, what: str, wait: float, tell: Callable[[str], None]) -> AbstractContextManager[None]:
    """Holds the lock of the data home's crawl, which may take a night and only adds raw files: evaluations go on beside it."""
    return _only(home, home.crawl_lock, what, wait, tell)


@contextmanager
def _only(home: Home, lock: Path, what: str, wait: float, tell: Callable[[str], None]) -> Generator[None]:
    home.path.mkdir(parents=True, exist_ok=True)
    with lock.open("a+", encoding="utf-8", errors="replace") as file:
        end = time.monotonic() + wait
        announced = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "另一次运行"
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
            file.truncate(0)


def holder(home: Home) -> str:
    """Who holds the data home's lock and since when; empty where nobody does."""
    if not home.lock.is_file():
        return ""
    with home.lock.open(encoding="utf-8", errors="replace") as file:
        return (file.read().strip() or "另一次运行") if is_locked(file) else ""


def is_locked(file: TextIO) -> bool:
    """Whether another process holds the lock of a file."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
