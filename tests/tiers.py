"""Which tests run quickly, in how many processes they run, and in which order."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

# What takes seconds before a test begins.
_SLOW_FIXTURES = frozenset({"prefect_server", "without_server", "serving", "browser", "crawled"})
# Files go to the processes in this order, then those that are not listed: whoever takes longest begins first, so that no
# process waits for another at the end. In seconds, roughly, of a file by itself on one core.
LONGEST = {
    "tests/operate/test_serve.py": 150,
    "tests/oracle/test_generated_years.py": 130,
    "tests/operate/test_deployments.py": 100,
    "tests/sweep/test_sweep.py": 70,
    "tests/flows/test_yearly.py": 55,
    "tests/flows/test_faults.py": 50,
    "tests/flows/test_touched.py": 50,
    "tests/flows/test_2007.py": 45,
    "tests/flows/test_us_federal.py": 45,
    "tests/flows/test_command.py": 40,
    "tests/receive/test_apart.py": 40,
    "tests/seeded/test_seeded.py": 40,
    "tests/flows/test_publishing.py": 35,
    "tests/receive/test_whole_runs.py": 35,
    "tests/crawler/test_interrupted.py": 30,
    "tests/flows/test_crawl.py": 30,
    "tests/models/test_gates.py": 30,
    "tests/flows/test_explain.py": 27,
    "tests/crawler/test_line.py": 25,
    "tests/crawler/test_hostile_pages.py": 20,
    "tests/validation/test_damaged_tables.py": 20,
    "tests/docs/test_readme.py": 20,
    "tests/docs/test_tiers.py": 20,
    "tests/flows/test_quiet.py": 20,
    "tests/flows/test_purged.py": 15,
    "tests/persons/test_keys.py": 15,
}
# One more than cores, since some tests wait for most of their time; each process brings a Prefect server of its own.
_PROCESSES = min(os.cpu_count() or 1, 4) + 1


def quick(item: pytest.Item) -> bool:
    """Whether a test needs no server and no browser, and does not say itself that it is slow."""
    return not _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())) and not item.get_closest_marker("slow")


def processes(arguments: Sequence[str], folder: Path) -> int:
    """In how many processes beside pytest's own the tests run, where it is started in `folder`: in none if all are in one file."""
    files = {(folder / argument.partition("::")[0]).resolve() for argument in arguments}
    return 0 if len(files) == 1 and all(file.is_file() for file in files) else _PROCESSES


def order(path: str) -> int:
    """The place of a test file among all; files with equal numbers keep their order."""
    return -LONGEST.get(path, 0)
