"""Which tests run quickly, in how many processes they run, and in which order."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

# What takes seconds before a test begins.
_SLOW_FIXTURES = frozenset({"prefect_server", "whole_runs", "serving", "browser", "crawled"})
# Files go to the processes in this order, then those that are not listed: whoever takes longest begins first, so that no
# process waits for another at the end. In seconds, roughly, of a file by itself on one core.
LONGEST = {
    "tests/operate/test_serve.py": 200,
    "tests/engines/test_spark.py": 140,
    "tests/operate/test_deployments.py": 130,
    "tests/flows/test_faults.py": 125,
    "tests/oracle/test_generated_years.py": 105,
    "tests/sweep/test_sweep.py": 95,
    "tests/flows/test_2007.py": 65,
    "tests/engines/test_cluster.py": 60,
    "tests/sources/test_seventh_kind.py": 55,
    "tests/documents/test_page.py": 50,
    "tests/mapping/test_exports.py": 50,
    "tests/flows/test_publishing.py": 45,
    "tests/flows/test_us_federal.py": 45,
    "tests/flows/test_yearly.py": 45,
    "tests/flows/test_explain.py": 40,
    "tests/flows/test_terminal.py": 40,
    "tests/seeded/test_seeded.py": 40,
    "tests/flows/test_command.py": 35,
    "tests/operate/test_status_lives.py": 35,
    "tests/flows/test_exit_statuses.py": 30,
    "tests/models/test_gates.py": 30,
    "tests/receive/test_whole_runs.py": 30,
    "tests/coverage/test_incomplete.py": 25,
    "tests/flows/test_pipeline.py": 25,
    "tests/mapping/test_inputs.py": 25,
    "tests/mapping/test_proposals.py": 25,
    "tests/coverage/test_2007.py": 20,
    "tests/documents/test_notice.py": 20,
    "tests/comparison/test_findings.py": 15,
    "tests/docs/test_readme.py": 15,
    "tests/flows/test_crawl.py": 15,
    "tests/flows/test_quiet.py": 15,
    "tests/flows/test_touched.py": 15,
    "tests/flows/test_visible.py": 15,
    "tests/receive/test_apart.py": 15,
    "tests/receive/test_cases.py": 15,
    "tests/receive/test_cut_files.py": 15,
    "tests/receive/test_repeats.py": 15,
    "tests/results/test_published.py": 15,
    "tests/simulate/test_reconstruction.py": 15,
    "tests/validation/test_damaged_tables.py": 15,
}
# One more than cores, since some tests wait for most of their time.
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
