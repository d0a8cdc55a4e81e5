"""What a run shows in the Prefect UI: how far it is, and what came of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows.progress import terminal
from flows.receive import Tell

# An update is a request to the server; a step of a thousand small parts must not become a thousand requests.
_SECONDS_BETWEEN = 2.0


@contextmanager
def progress() -> Iterator[Tell]:
    """A `tell(what, done, total)` that shows a bar on a terminal and a progress artifact of the run in the UI."""
    artifact = create_progress_artifact(progress=0.0, key="progress", description="准备")
    told, shown = time.monotonic(), ""
    with terminal() as bar:

        def tell(what: str, done: int, total: int) -> None:
            nonlocal told, shown
            bar(what, done, total)
            now = time.monotonic()
            if total and (what != shown or now - told >= _SECONDS_BETWEEN):
                told, shown = now, what
                update_progress_artifact(artifact, progress=100.0 * done / total, description=f"{what} {done}/{total}")

        yield tell
    update_progress_artifact(artifact, progress=100.0, description="完成")


def summarise(title: str, facts: Sequence[str], warnings: Sequence[str]) -> None:
    """Leaves the run's summary as an artifact that an operator opens in the UI."""
    lines = [f"# {title}", "", *(f"- {fact}" for fact in facts)]
    if warnings:
        lines += ["", f"## 提示（{len(warnings)} 条）", "", *(f"- {warning}" for warning in warnings)]
    create_markdown_artifact("\n".join(lines), key="summary", description=title)
