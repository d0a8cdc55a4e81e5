"""The Prefect server of a command: the one that the environment names, or one of its own for as long as it runs."""

import os
import subprocess
import sys

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, get_current_settings

from flows.errors import UsageError
from flows.settings import ROOT


def check_server() -> None:
    """Raises `UsageError` where a server is named and does not answer. Where none is named, Prefect will start one."""
    url = PREFECT_API_URL.value()
    if url is None:
        from prefect.server.api.server import SubprocessASGIServer

        SubprocessASGIServer._run_uvicorn_command = _start
        return
    with get_client(sync_client=True) as client:
        fault = client.api_healthcheck()
    if fault is not None:
        raise UsageError(
            f"连不上 Prefect 服务器 {url}（{fault}）。请先启动它（./run prefect server start），"
            "或去掉环境变量 PREFECT_API_URL，让命令自带一个临时的服务器。"
        )


def _start(server) -> subprocess.Popen:
    """Starts the server in Prefect's place, who would start it in the command's own process group.

    There a Ctrl-C at the terminal ends it too, and the command, which still has to say there how its run ended, waits for
    minutes for an answer. Out of that group it is ours to see that it does not outlive the command, however that ends.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.operate.child", "temporary", str(server.port)],
        env=os.environ
        | get_current_settings().to_environment_variables(exclude_unset=True)
        | {"PREFECT_UI_ENABLED": "0", "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        stdin=subprocess.PIPE,
        process_group=0,
    )
