"""The progress of a long step: a bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

# Called with the name of the step, the number of finished parts, and the number of all parts.
Tell = Callable[[str, int, int], None]


@contextmanager
def terminal() -> Generator[Tell]:
    """A `tell(what, finished, total)` that shows one bar a step on stderr, or nothing where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars: dict[str, TaskID] = {}

        def tell(what: str, finished: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            progress.update(bars[what], completed=finished, total=total)

        yield tell


def silent(what: str, finished: int, total: int) -> None:
    """Shows nothing."""
