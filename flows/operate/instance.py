"""Where `pingyi serve` keeps what is its own, and how others find out whether it runs."""

import fcntl
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from flows.errors import UsageError
from flows.home import Home
from flows.host.modes import own_folder
from flows.host.regular import open_regular
from flows.host.zones import home_zone
from flows.operate.password import OF_CLIENT, new_link, read_password
from flows.settings import prefect_home

_LOCK = "serve.lock"
# How long after its start the server may still have to make the runs of its schedules: it looks once a minute.
_YOUNG = timedelta(seconds=150)


@dataclass(frozen=True)
class Serving:
    """A `pingyi serve` that runs: its addresses, its data home, its process, when it began and when all of it was up.

    The times are ISO 8601 in the home's time zone; `up` is empty as long as it is not. `password_file` is where its password
    stands; empty where only its environment has it.
    """

    ui: str
    pages: str
    data: str
    process: int
    since: str
    up: str = ""
    password_file: str = ""

    @property
    def api(self) -> str:
        return f"{self.ui}/api"

    def is_young(self, now: datetime) -> bool:
        """Whether it has not been up for long enough to have made everything that it makes."""
        return not self.up or now - datetime.fromisoformat(self.up) < _YOUNG


@contextmanager
def only_instance(ui: str, pages: str, data: Home, password_file: Path | None) -> Generator[Callable[[], Serving]]:
    """Holds the place, so that a second `serve` is refused with `UsageError`; the kernel frees it however this one ends.

    Yields what is to be called when all of it is up.
    """
    home = own_folder(prefect_home())
    with (home / _LOCK).open("a+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = ""
            if running := _read(file):
                since = running.since[:19].replace("T", " ")
                link = new_link(running.ui)
                where = f"，操作界面在 {running.ui}（用 {link} 打开，这个链接只能用一次），进程 {running.process}，{since} 启动"
            why = f"pingyi serve 已经在运行{where}。不需要再启动一次；要重新启动，先在原来的窗口按 Ctrl-C。"
            raise UsageError(why) from None
        zone = home_zone(data)
        serving = Serving(
            ui, pages, str(data), os.getpid(), _now(zone), password_file=str(password_file) if password_file else ""
        )

        def up() -> Serving:
            updated = replace(serving, up=_now(zone))
            _write(file, updated)
            return updated

        _write(file, serving)
        yield up


def running() -> Serving | None:
    """The `pingyi serve` that runs on this machine with this Prefect folder, or None."""
    try:
        opened = TextIOWrapper(open_regular(prefect_home() / _LOCK), encoding="utf-8", errors="replace")
    except OSError:
        # There is none, or somebody has put another thing there, and then no `serve` can run.
        return None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(file)
    return None


def tell_password(serving: Serving | None) -> None:
    """Tells Prefect the password of the `pingyi serve` that runs, where that is the server to be asked."""
    named = os.environ.get("PREFECT_API_URL")
    if serving and serving.password_file and (not named or named == serving.api) and OF_CLIENT not in os.environ:
        os.environ[OF_CLIENT] = read_password(Path(serving.password_file))


def mark_served(home: Home) -> None:
    """Leaves a mark in a data home that `serve` is at work on it: from then on, where it is not, that is told as a fault.

    Whatever has its name is the mark already: a pipe would keep us waiting, and a link may lead anywhere.
    """
    if os.path.lexists(home.served):
        return
    home.served.write_text("pingyi serve 用过这个数据目录；不再用它了就删去这个文件。\n", encoding="utf-8")


def _now(zone) -> str:
    return datetime.now(zone).isoformat(timespec="seconds")


def _write(file: TextIO, serving: Serving) -> None:
    file.truncate(0)
    file.write(json.dumps(asdict(serving), ensure_ascii=False))
    file.flush()


def _read(file: TextIO) -> Serving | None:
    file.seek(0)
    try:
        return Serving(**json.loads(file.read()))
    except (ValueError, TypeError):
        # Between taking the lock and writing there is a moment in which the file says nothing, and anybody may write there.
        return None
