"""How far a run is: a bar on a terminal, and on Prefect a progress artifact in the UI.

The artifact is brought up to date by a thread of its own, which sends the newest state only. The work never waits for the
server: while that is away, a request is tried again for minutes.
"""

import logging
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import copy_context
from uuid import UUID

from flows.host.progress import Tell, terminal
from flows.orchestrator.surroundings import on_prefect

logger = logging.getLogger("pingyi")

# An update is a request to the server; a step of a thousand small parts must not become a thousand requests.
_SECONDS_BETWEEN = 2.0
# How long a run that is done waits for its last state to be shown.
_SECONDS_AT_END = 5.0


@contextmanager
def progress() -> Generator[Tell]:
    """A `tell(what, finished, total)` that shows a bar on a terminal, and on Prefect a progress artifact of the run in the UI."""
    if not on_prefect():
        with terminal() as bar:
            yield bar
        return
    newest = deque([(0.0, "准备")], maxlen=1)
    over = threading.Event()
    sender = threading.Thread(target=copy_context().run, args=(_send, newest, over), name="progress", daemon=True)
    sender.start()
    try:
        with terminal() as bar:

            def tell(what: str, finished: int, total: int) -> None:
                bar(what, finished, total)
                if total:
                    newest.append((100.0 * finished / total, f"{what} {finished}/{total}"))

            yield tell
        newest.append((100.0, "完成"))
    finally:
        over.set()
        sender.join(_SECONDS_AT_END)


def _send(newest: deque[tuple[float, str]], over: threading.Event) -> None:
    """Sends the newest state now and then, and the last one when it is over; ends early, and says so, when one could not be sent."""
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact: UUID | None = None
    try:
        while newest or not over.is_set():
            if newest:
                percent, description = newest.pop()
                if artifact is None:
                    made = create_progress_artifact(progress=percent, key="progress", description=description)
                    artifact = made if isinstance(made, UUID) else None
                else:
                    update_progress_artifact(artifact, progress=percent, description=description)
            over.wait(_SECONDS_BETWEEN)
    except Exception as fault:
        # Whatever keeps the server from showing how far we are is no reason to stop working.
        logger.warning("界面上的进度不再更新：%s", fault)
