"""Where `pingyi serve` keeps what is its own, and how others find out whether it runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import UsageError
from flows.settings import ROOT

_LOCK = "serve.lock"


@dataclass(frozen=True)
class Serving:
    """A `pingyi serve` that runs: its addresses, its data home and its process."""

    ui: str
    pages: str
    data: str
    process: int
    since: str

    @property
    def api(self) -> str:
        return f"{self.ui}/api"


def prefect_home() -> Path:
    """Prefect's own folder: its database, its profiles, and the logs of what `serve` starts."""
    return Path(os.environ.get("PREFECT_HOME") or ROOT / ".prefect").expanduser().resolve()


@contextmanager
def only_one(ui: str, pages: str, data: Path) -> Iterator[Serving]:
    """Holds the place, so that a second `serve` is refused with `UsageError`; the kernel frees it however this one ends."""
    home = prefect_home()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / _LOCK).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = _told(file)
            where = f"，操作界面在 {running.ui}，进程 {running.process}，{running.since} 启动" if running else ""
            raise UsageError(f"pingyi serve 已经在运行{where}。不需要再启动一次；要重新启动，先在原来的窗口按 Ctrl-C。") from None
        serving = Serving(ui, pages, str(data), os.getpid(), f"{datetime.now():%Y-%m-%d %H:%M:%S}")
        file.truncate(0)
        file.write(json.dumps(asdict(serving), ensure_ascii=False))
        file.flush()
        yield serving


def running() -> Serving | None:
    """The `pingyi serve` that runs on this machine with this Prefect folder, or None."""
    path = prefect_home() / _LOCK
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _told(file)
    return None


def _told(file) -> Serving | None:
    file.seek(0)
    text = file.read()
    # Between taking the lock and writing there is a moment in which the file says nothing.
    return Serving(**json.loads(text)) if text.endswith("}") else None
