"""`pingyi serve`: server, UI, worker, deployments and pages by one command, on this machine only, until it is told to end.

It starts the server and the worker as processes of their own, starts them again when they end by themselves, deploys
anew when a scheme comes, and ends them in the order in which what is running can still report how it ended.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flows.errors import MachineError, OperatorError, UsageError
from flows.host import quiet
from flows.host.interrupts import ENDS
from flows.host.modes import close_home, own_folder
from flows.host.ports import HOST, refuse, take_port
from flows.host.zones import home_zone
from flows.operate.instance import Serving, mark_served, only_instance
from flows.operate.password import OF_CLIENT, OF_SERVER, new_link, password_in_force
from flows.settings import ROOT, Settings, prefect_home

_HEALTHY_WITHIN = 180.0
_END_WITHIN = 30.0
_BACK_OFF = (0.0, 2.0, 5.0, 15.0, 60.0)
_WELL_AFTER = 120.0
_LOOK_EVERY = 30.0
_REPORT_WITHIN = 15.0
_LARGEST_LOG = 20 << 20


def serve(settings: Settings, port: int, pages_port: int, given: Path | None, say: Callable[[str], None]) -> None:
    """Serves a data home until SIGINT, SIGTERM or SIGHUP. Raises `UsageError` where it runs already or a port is taken.

    The password is that of the file `given`, or else the one of `flows.operate.password`.
    """
    ui, pages_url = f"http://{HOST}:{port}", f"http://{HOST}:{pages_port}"
    settings.home.check()
    if port == pages_port:
        raise UsageError(f"操作界面和状态页不能用同一个端口 {port}。请用 --port 或 --pages-port 换一个。")
    password, file = password_in_force(given)
    with (
        only_instance(ui, pages_url, settings.home, file) as up,
        _taken(port, "--port") as at,
        _taken(pages_port, "--pages-port") as pages_at,
    ):
        close_home(settings.home)
        environment = _environment(settings, port, pages_url, password)
        os.environ.update(environment)
        _Operation(settings, ui, at, pages_at, environment, say, up).run()


def _taken(port: int, option: str) -> socket.socket:
    """The port, which is ours from now on. Raises `UsageError` where it cannot be."""
    if not 0 < port < 1 << 16:
        raise UsageError(f"{option} 应在 1 到 65535 之间，现在是 {port}。")
    try:
        return take_port(port)
    except OSError as fault:
        if fault.errno != errno.EADDRINUSE:
            raise UsageError(f"端口 {port} 用不了（{fault.strerror}）。请用 {option} 换一个端口。") from None
        raise UsageError(f"端口 {port} 已被别的程序占用。请关掉那个程序，或用 {option} 换一个端口。") from None


def _environment(settings: Settings, port: int, pages_url: str, password: str) -> dict[str, str]:
    """What server, worker and runs are told; a setting that is there already stays."""
    child_settings = {
        "PREFECT_HOME": str(prefect_home()),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_UI_URL": f"http://{HOST}:{port}",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port}",
        "PINGYI_DATA": str(settings.home),
        "PINGYI_PAGES_URL": pages_url,
        OF_SERVER: password,
        OF_CLIENT: password,
        **quiet.SETTINGS,
    }
    kept = {
        "PREFECT_SERVER_UI_V2_ENABLED": "true",
        # Their logs hold names in every language, and nobody asks for them in a terminal's encoding.
        "PYTHONUTF8": "1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        # What the command line is spared, a run from the UI shows there.
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    }
    return {**kept, **{name: value for name, value in os.environ.items() if name not in child_settings}, **child_settings}


@dataclass
class _Child:
    """A process that is to run, and how often it had to be started again of late. `at` is the socket at which it answers, if it
    is a server."""

    name: str
    label: str
    environment: dict[str, str]
    at: socket.socket | None = None
    process: subprocess.Popen | None = None
    began: float = 0.0
    ends: int = 0
    due: float = 0.0

    def start(self) -> None:
        self.began = time.monotonic()
        handed = [self.at.fileno()] if self.at else []
        with _log(self.name) as log:
            # A group of its own: an interrupt from the terminal is for us alone, who end them in order.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flows.operate.child", self.name, *map(str, handed)], pass_fds=handed,
                cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def end(self) -> None:
        """Ends the process and what it started, first as it would wish."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_WITHIN)
                break
        self.process = None


@dataclass
class _Operation:
    """All that is served, from the first start to the end. `up` is called when all of it is up."""

    settings: Settings
    ui: str
    at: socket.socket
    pages_at: socket.socket
    environment: dict[str, str]
    say: Callable[[str], None]
    up: Callable[[], Serving]
    serving: Serving | None = None
    ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.server = _Child("server", "服务器", self.environment, self.at)
        self.worker = _Child("worker", "worker", self.environment)

    def run(self) -> None:
        for number in ENDS:
            # One that was started to outlive its terminal (`nohup`) does.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: self.ending.set())
        try:
            self.say("正在启动（第一次约一分钟）……")
            self.server.start()
            self._wait_until_healthy()
            if not self.ending.is_set():
                self._begin()
        finally:
            self._end()

    def _begin(self) -> None:
        from prefect.client.orchestration import get_client

        from flows.operate.deployments import deploy, make_pool
        from flows.operate.pages import pages

        with get_client(sync_client=True) as client:
            make_pool(client)
        self._end_orphans()
        years = self.settings.home.years
        deploy(self.environment)
        self.worker.start()
        self.serving = self.up()
        mark_served(self.settings.home)
        with pages(self.settings.home, self.pages_at, self._status, self.environment[OF_SERVER], self.ui) as address:
            where = self.serving.password_file or f"环境变量 {OF_SERVER}"
            self.say(
                f"已启动。按 Ctrl-C 结束。\n  打开界面：{new_link(self.ui)}（只能用一次；以后用下面的地址）\n  操作界面：{self.ui}\n"
                f"  状态和文件：{address}\n  密码：在 {where} 里\n  数据目录：{self.settings.home}"
            )
            self._watch(years)

    def _watch(self, years: list[int]) -> None:
        from flows.operate.deployments import deploy

        looked = time.monotonic()
        while not self.ending.wait(1.0):
            self._keep_alive()
            if time.monotonic() - looked > _LOOK_EVERY and not self.server.ended():
                self._end_orphans(worker=True)
                looked = time.monotonic()
            now = self.settings.home.years
            if now != years and not self.server.ended():
                try:
                    deploy(self.environment)
                    self.say(f"评议方案有增减，表单里现在的年度：{'、'.join(map(str, now)) or '没有'}。")
                except OperatorError as fault:
                    self.say(f"评议方案有增减，但表单没有更新：{fault}")
                years = now

    def _keep_alive(self) -> None:
        for child in (self.server, self.worker):
            if not child.ended():
                continue
            now = time.monotonic()
            if child.at:
                refuse(child.at)
            if not child.due:
                if now - child.began > _WELL_AFTER:
                    child.ends = 0
                child.due = now + _BACK_OFF[min(child.ends, len(_BACK_OFF) - 1)]
                child.ends += 1
                at = datetime.now(home_zone(self.settings.home))
                self.say(f"{at:%H:%M:%S} {child.label}自己结束了（日志 {_log_path(child.name)}），正在重新启动。")
            if now >= child.due:
                child.due = 0.0
                # What the worker had begun is over; while the server is away too, that cannot be told to it, and must wait.
                if child is self.worker and not self._end_orphans():
                    child.due = now + _BACK_OFF[2]
                    continue
                child.start()

    def _end_orphans(self, worker: bool = False) -> bool:
        """Marks the runs whose process is gone, with a `worker` at work or without; False where the server did not answer."""
        from httpx import HTTPError

        from flows.operate.deployments import asked_once, end_orphans

        try:
            with asked_once(f"{self.ui}/api") as client:
                for name in end_orphans(client, self.settings.home, worker):
                    self.say(f"没有做完的运行“{name}”已标为 Crashed，可以重新运行。")
        except HTTPError as fault:
            if not worker:
                self.say(f"没有做完的运行还没有标出来，服务器没有回答（{fault}）。")
            return False
        return True

    def _interrupt_runs(self) -> None:
        """Lets what is running end by itself, and report it, before its worker does away with it."""
        from httpx import HTTPError

        from flows.operate.deployments import asked_once, interrupt_runs

        try:
            with asked_once(f"{self.ui}/api") as client:
                interrupt_runs(client, self.settings.home, _REPORT_WITHIN)
        except HTTPError:
            self.say("服务器没有回答，还在进行的运行来不及报告；下次启动时会把它们标为 Crashed。")

    def _status(self):
        from flows.operate.health import ask_server
        from flows.operate.status import read_status

        now = datetime.now().astimezone()
        young = self.serving is None or self.serving.is_young(now)
        return read_status(self.settings.home, now, ask_server(self.settings.home, f"{self.ui}/api", young=young))

    def _wait_until_healthy(self) -> None:
        end = time.monotonic() + _HEALTHY_WITHIN
        while time.monotonic() < end and not self.ending.wait(0.3):
            if self.server.ended():
                break
            # Its errors are OSErrors as well.
            with suppress(OSError), urllib.request.urlopen(f"{self.ui}/api/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        if not self.ending.is_set():
            log = _log_path("server")
            lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
            raise MachineError(f"Prefect 服务器没有启动成功。它的日志（{log}）的最后几行：", lines[-8:])

    def _end(self) -> None:
        if self.worker.process and not self.worker.ended():
            self.say("正在结束；还在进行的运行会被中断，已公布的结果不受影响……")
            self._interrupt_runs()
        self.worker.end()
        self.server.end()
        self.say("已结束。")


def _log_path(name: str) -> Path:
    return prefect_home() / "logs" / f"{name}.log"


def _log(name: str):
    path = _log_path(name)
    own_folder(path.parent)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return path.open("a", encoding="utf-8")
