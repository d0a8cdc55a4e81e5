"""A run that lives is not dead, whatever the server was led to believe.

While the server is away no heartbeat reaches it, and when it is back it may take that for the run's silence and mark it as
crashed. So a run looks at its own state now and then, and puts it right.
"""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.runtime import deployment, flow_run
from prefect.states import Running

logger = logging.getLogger("pingyi")

_SECONDS_BETWEEN = 20.0


@contextmanager
def kept_alive() -> Generator[None]:
    """Keeps the state of the flow run that is under way at Running for as long as the context lasts."""
    if deployment.id is None:
        # Nobody watches a run that was started from the command line.
        yield
        return
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(UUID(flow_run.id), over), name="alive", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(run: UUID, over: threading.Event) -> None:
    while not over.wait(_SECONDS_BETWEEN):
        try:
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(run).state
                if state and state.is_crashed() and not over.is_set():
                    client.set_flow_run_state(run, Running(message="服务器曾经断开，运行一直在进行。"), force=True)
                    logger.warning("服务器一度以为这次运行已经中断，已改回 Running。")
        except HTTPError as fault:
            logger.debug("the run's own state could not be read: %s", fault)
