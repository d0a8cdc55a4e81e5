"""The Prefect server of a command: the one that the environment names, or one of its own for as long as it runs."""

import atexit
import os
import secrets
import subprocess
import sys
import time
from http.client import HTTPException
from tempfile import TemporaryFile
from urllib.request import ProxyHandler, build_opener

import httpx
from httpx import HTTPStatusError, codes
from prefect.client.orchestration import get_client
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, get_current_settings
from pydantic import SecretStr

from flows.errors import MachineError, UsageError
from flows.host.disk import machine_faults
from flows.host.modes import own_folder
from flows.host.ports import HOST, take_port
from flows.settings import ROOT

# The server's database and its journal.
_ROOM = 16 << 20
_MOST_STARTS = 2
_LAST_LINES = 10
# Seconds between two looks at whether it is up, and those that it has to answer and to end.
_LOOK = 0.1
_LONGEST_ANSWER = 5.0
_LONGEST_END = 5.0
# Whatever proxy the environment names, no other machine is asked.
_DIRECT = build_opener(ProxyHandler({}))
# What a server does beside answering, which is for those who look at it later: the record of tasks and events, and automations.
_NO_SERVICES = {
    f"PREFECT_SERVER_SERVICES_{service}_ENABLED": "false" for service in ("TASK_RUN_RECORDER", "EVENT_PERSISTER", "TRIGGERS")
}


def find_server() -> None:
    """Raises `UsageError` where a server is named and does not answer. Where none is named, starts one or raises `MachineError`."""
    url = PREFECT_API_URL.value()
    if url is None:
        _start_own()
        return
    try:
        with get_client(sync_client=True) as client:
            fault = client.api_healthcheck()
            if fault is None:
                # Whether it is well it says to everybody, other things only to those who have its password.
                client.api_version()
    except HTTPStatusError as refusal:
        if refusal.response.status_code != codes.UNAUTHORIZED:
            raise
        raise UsageError(
            f"Prefect 服务器 {url} 要密码。请把环境变量 PREFECT_API_AUTH_STRING 设为它的“用户:密码”，"
            "或去掉环境变量 PREFECT_API_URL，让命令自带一个临时的服务器。"
        ) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as refusal:
        fault = refusal
    if fault is not None:
        raise UsageError(
            f"连不上 Prefect 服务器 {url}（{fault}）。请先启动它（./run prefect server start），"
            "或去掉环境变量 PREFECT_API_URL，让命令自带一个临时的服务器。"
        )


def outlives_us() -> bool:
    """Whether the server will still be there when somebody looks for a run of this process."""
    return PREFECT_API_URL.value() is not None and _own is None


def _start_own() -> None:
    """Starts a server as a process that is apart from the command's own, and names it to Prefect, which would start one itself
    with the first run, and import all of the server to do so.

    In the command's process group, where Prefect puts it, a Ctrl-C at the terminal ends it too, and the command, which
    still has to say there how its run ended, waits for minutes for an answer. Out of it, it ends with the command by the
    pipe between them. Where it ended while it was starting it is started again.

    Every account of the machine reaches the port, so it asks for a password, which is made for this run and stands in no file;
    and the port is ours before anybody can know it, so nobody else answers there in the seconds that the server takes to start.
    """
    global _own
    settings = get_current_settings()
    with machine_faults(settings.home):
        own_folder(settings.home)
        with TemporaryFile(dir=settings.home) as room:
            room.write(bytes(_ROOM))
    password = f"run:{secrets.token_urlsafe(24)}"
    # The settings are one object for all threads; those that are set for a while are so for one thread only.
    settings.api.auth_string = SecretStr(password)
    # Nobody hears of what happens there: automations watch over runs that were started from elsewhere.
    EventsWorker.set_client_override(NullEventsClient)
    own = _OwnServer(password)
    atexit.register(own.stop)
    for _ in range(_MOST_STARTS):
        if own.start(settings.server.ephemeral.startup_timeout_seconds):
            settings.api.url = own.url
            _own = own
            return
    raise MachineError(
        "命令自带的临时 Prefect 服务器没有启动成功，什么也没有运行。请检查机器的磁盘和内存后重试；"
        "还是不行，就把下面这些它最后的话交给系统维护人员：",
        own.last_words(),
    )


class _OwnServer:
    """The process of a command's own server."""

    def __init__(self, password: str) -> None:
        self._password = password
        # Open as long as the server, which writes to it.
        self._output = TemporaryFile()  # noqa: SIM115
        self._process: subprocess.Popen | None = None
        self.url = ""

    def start(self, patience: float) -> bool:
        """Starts it; whether it answers within so many seconds."""
        self.stop()
        with take_port(0) as taken:
            address = f"http://{HOST}:{taken.getsockname()[1]}"
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.operate.child", "temporary", str(taken.fileno())],
                pass_fds=[taken.fileno()],
                env=os.environ
                | get_current_settings().to_environment_variables(exclude_unset=True)
                | {
                    "PREFECT_UI_ENABLED": "0",
                    "PREFECT_SERVER_API_AUTH_STRING": self._password,
                    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": address,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                }
                | _NO_SERVICES,
                stdin=subprocess.PIPE,
                stdout=self._output,
                stderr=self._output,
                process_group=0,
            )
        self.url = f"{address}/api"
        end = time.monotonic() + patience
        while self._process.poll() is None and time.monotonic() < end:
            if self._answers():
                return True
            time.sleep(_LOOK)
        return False

    def _answers(self) -> bool:
        try:
            with _DIRECT.open(f"{self.url}/health", timeout=_LONGEST_ANSWER) as answer:
                return answer.status == codes.OK
        except (OSError, HTTPException):
            return False

    def stop(self) -> None:
        """Ends it, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=_LONGEST_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def last_words(self) -> list[str]:
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").split("\n")
        return [line for line in lines if line.strip()][-_LAST_LINES:]


_own: _OwnServer | None = None
