"""The server asked once: who watches it must hear at once that it does not answer, where a run would ask again for minutes."""

from collections.abc import Generator
from contextlib import contextmanager

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings


@contextmanager
def asked_once(url: str) -> Generator[SyncPrefectClient]:
    """A client of the server at `url`, whose requests fail at the first time."""
    with temporary_settings({PREFECT_API_URL: url, PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as client:
        yield client
