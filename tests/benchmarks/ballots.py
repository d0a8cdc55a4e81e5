"""How long each stage takes for a year with many ballots, beside what DuckDB alone needs to read the same file.

    ./run python -m tests.benchmarks.ballots 5000000

Simulates the ballots into a temporary folder (about 15 bytes a ballot, ten times that while it works), then times receiving,
loading and every model once. Seconds mean nothing between machines: compare the column of ratios, or two runs on one machine.
"""

import argparse
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.home import Home
from flows.host.progress import silent
from flows.scheme.file import read_scheme
from flows.settings import ROOT, read_settings
from flows.simulate import simulate

YEAR = 2007


class Laps:
    """Times stages and prints each with its ratio to the first."""

    def __init__(self) -> None:
        self._first: float | None = None

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        seconds = time.perf_counter() - begun
        self._first = self._first or seconds
        print(f"{name:<44}{seconds:9.2f} s {seconds / self._first:9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ballots", type=int)
    ballots = parser.parse_args().ballots
    with TemporaryDirectory(prefix="pingyi-bench-") as folder:
        home = Path(folder)
        (home / "raw" / str(YEAR)).mkdir(parents=True)
        shutil.copytree(ROOT / "data" / "shanghai" / "schemes", home / "schemes")
        shutil.copy(ROOT / "data" / "shanghai" / "raw" / str(YEAR) / "sites.csv", home / "raw" / str(YEAR))
        simulate(Home(home), YEAR, ballots=ballots)
        measure(home)


def measure(home: Path) -> None:
    laps, settings = Laps(), read_settings(home)
    scheme = read_scheme(Home(home), YEAR)
    files = [str(path) for path in (home / "raw" / str(YEAR) / "public").glob("*.parquet")]
    with laps.lap("bare DuckDB: read_parquet into a table"), duckdb.connect(home / "bare.duckdb") as connection:
        connection.execute("create table ballots as select * from read_parquet(?)", [files])
    with aside(settings, scheme, nullcontext(silent)) as evaluation:
        for step in pipeline(evaluation):
            if not step.check:
                with laps.lap(step.name):
                    step.do()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")


if __name__ == "__main__":
    main()
