"""The Prefect server that is named to a command."""

import httpx
from httpx import HTTPStatusError, codes
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from flows.errors import UsageError


def check_server() -> None:
    """Raises `UsageError` where the server that is named does not answer."""
    url = PREFECT_API_URL.value()
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
            "或去掉环境变量 PREFECT_API_URL，让命令自己运行，不用服务器。"
        ) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as refusal:
        fault = refusal
    if fault is not None:
        raise UsageError(
            f"连不上 Prefect 服务器 {url}（{fault}）。请先启动它（./run prefect server start），"
            "或去掉环境变量 PREFECT_API_URL，让命令自己运行，不用服务器。"
        )
