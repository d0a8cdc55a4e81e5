"""Whether the Prefect server that the environment names can be reached."""

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from flows.errors import UsageError


def check_server() -> None:
    """Raises `UsageError` where a server is named and does not answer. Where none is named, runs bring their own."""
    url = PREFECT_API_URL.value()
    if url is None:
        return
    with get_client(sync_client=True) as client:
        fault = client.api_healthcheck()
    if fault is not None:
        raise UsageError(
            f"连不上 Prefect 服务器 {url}（{fault}）。请先启动它（./run prefect server start），"
            "或去掉环境变量 PREFECT_API_URL，让命令自带一个临时的服务器。"
        )
