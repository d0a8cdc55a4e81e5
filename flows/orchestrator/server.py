"""The Prefect server of a command: the one that the environment names, or one of its own for as long as it runs."""

import os
import secrets
import subprocess
import sys
from itertools import count
from tempfile import TemporaryFile
from typing import Any

import httpx
from httpx import HTTPStatusError, codes
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, get_current_settings
from pydantic import SecretStr

from flows.errors import MachineError, UsageError
from flows.host.disk import machine_faults
from flows.host.modes import own_folder
from flows.host.ports import take_port
from flows.settings import ROOT

# The server's database and its journal.
_ROOM = 16 << 20
_MOST_STARTS = 2
_LAST_LINES = 10


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


def _start_own() -> None:
    """Starts the server that Prefect would start with the first run, as a process that is apart from the command's own.

    In the command's process group, where Prefect puts it, a Ctrl-C at the terminal ends it too, and the command, which
    still has to say there how its run ended, waits for minutes for an answer. Out of it, it ends with the command by the
    pipe between them. Prefect stops it, and starts it again where it ended while it was starting.

    Every account of the machine reaches the port, so it asks for a password, which is made for this run and stands in no file;
    and the port is ours before anybody can know it, so nobody else answers there in the seconds that the server takes to start.
    """
    from prefect.server.api.server import SubprocessASGIServer

    settings = get_current_settings()
    with machine_faults(settings.home):
        own_folder(settings.home)
        with TemporaryFile(dir=settings.home) as room:
            room.write(bytes(_ROOM))
    password = f"run:{secrets.token_urlsafe(24)}"
    # The settings are one object for all threads; those that are set for a while are so for one thread only.
    settings.api.auth_string = SecretStr(password)
    starts = count(1)
    # Open as long as the server, which writes to it.
    output = TemporaryFile()  # noqa: SIM115

    def start(server: SubprocessASGIServer) -> subprocess.Popen:
        if next(starts) > _MOST_STARTS:
            raise RuntimeError("the server does not start")
        with take_port(0) as taken:
            server.port = taken.getsockname()[1]
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.operate.child", "temporary", str(taken.fileno())],
                pass_fds=[taken.fileno()],
                env=os.environ
                | settings.to_environment_variables(exclude_unset=True)
                | {
                    "PREFECT_UI_ENABLED": "0",
                    "PREFECT_SERVER_API_AUTH_STRING": password,
                    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": server.address,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                },
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    kind: Any = SubprocessASGIServer
    # It is taken when the server starts.
    kind.find_available_port = lambda _: 0
    kind._run_uvicorn_command = start
    try:
        SubprocessASGIServer().start()
    except RuntimeError as fault:
        output.seek(0)
        lines = output.read().decode(errors="replace").split("\n")
        raise MachineError(
            "命令自带的临时 Prefect 服务器没有启动成功，什么也没有运行。请检查机器的磁盘和内存后重试；"
            "还是不行，就把下面这些它最后的话交给系统维护人员：",
            [line for line in lines if line.strip()][-_LAST_LINES:],
        ) from fault
