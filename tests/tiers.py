"""Which tests run quickly, in how many processes they run, and in which order."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

# What takes seconds before a test begins.
_SLOW_FIXTURES = frozenset({"prefect_server", "full_server", "serving", "browser"})
# Files go to the processes in this order, then those that are not listed: whoever takes longest begins first, so that no
# process waits for another at the end. By CPU time, in seconds, on one core.
LONGEST: dict[str, int] = {}
# One more than cores, since some tests wait for most of their time; each process brings a Prefect server of its own.
_PROCESSES = min(os.cpu_count() or 1, 4) + 1


def quick(item: pytest.Item) -> bool:
    """Whether a test needs no server and no browser, and does not say itself that it is slow."""
    return not _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())) and not item.get_closest_marker("slow")


def processes(arguments: Sequence[str], top: Path) -> int:
    """In how many processes beside pytest's own the tests run: in none where they are all in one file."""
    files = {(top / argument.partition("::")[0]).resolve() for argument in arguments}
    return 0 if len(files) == 1 and all(file.is_file() for file in files) else _PROCESSES


def order(path: str) -> int:
    """The place of a test file among all; files with equal numbers keep their order."""
    return -LONGEST.get(path, 0)
