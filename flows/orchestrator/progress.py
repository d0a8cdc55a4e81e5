"""How far a run is: a bar on a terminal, and a progress artifact in the UI.

The artifact is brought up to date by a thread of its own, which sends the newest state only. The work never waits for the
server: while that is away, a request is tried again for minutes.
"""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import copy_context
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.host.progress import Tell, terminal

logger = logging.getLogger("pingyi")

# An update is a request to the server; a step of a thousand small parts must not become a thousand requests.
_SECONDS_BETWEEN = 2.0
# How long a run that is done waits for its last state to be shown.
_SECONDS_AT_END = 5.0


@contextmanager
def progress() -> Generator[Tell]:
    """A `tell(what, finished, total)` that shows a bar on a terminal and a progress artifact of the run in the UI."""
    shown = _Shown()
    sender = threading.Thread(target=copy_context().run, args=(shown.send,), name="progress", daemon=True)
    sender.start()
    try:
        with terminal() as bar:

            def tell(what: str, finished: int, total: int) -> None:
                bar(what, finished, total)
                if total:
                    shown.put(100.0 * finished / total, f"{what} {finished}/{total}")

            yield tell
        shown.put(100.0, "完成")
    finally:
        shown.close()
        sender.join(_SECONDS_AT_END)


class _Shown:
    """The newest state that is to be shown, and whether there will be others."""

    def __init__(self) -> None:
        self._state: tuple[float, str] | None = (0.0, "准备")
        self._changed = threading.Event()
        self._changed.set()
        self._closed = threading.Event()

    def put(self, percent: float, description: str) -> None:
        self._state = percent, description
        self._changed.set()

    def close(self) -> None:
        self._closed.set()
        self._changed.set()

    def send(self) -> None:
        """Sends states until there will be no others; ends early, and says so, when one could not be sent."""
        artifact: UUID | None = None
        try:
            while True:
                self._changed.wait()
                self._changed.clear()
                state, self._state = self._state, None
                if state and artifact is None:
                    made = create_progress_artifact(progress=state[0], key="progress", description=state[1])
                    artifact = made if isinstance(made, UUID) else None
                elif state and artifact is not None:
                    update_progress_artifact(artifact, progress=state[0], description=state[1])
                if self._closed.is_set() and self._state is None:
                    return
                self._closed.wait(_SECONDS_BETWEEN)
        except Exception as fault:
            # Whatever keeps the server from showing how far we are is no reason to stop working.
            logger.warning("界面上的进度不再更新：%s", fault)
