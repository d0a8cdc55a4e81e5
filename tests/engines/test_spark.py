"""Spark gives the same cells as DuckDB: as the engine of a whole year, and query by query (`tests/engines/__init__.py`)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.warehouse.models import RECOUNT

from .comparison import differences
from .queries import Comparison, compare, queries
from .spark import hand_over, missing, session_in
from .years import FAULTS, SEEDS, database, write_home

QUERIES = sorted(queries())
GATES = [name for name in QUERIES if name.startswith("gates.")]
RECOUNTED = [name for name in QUERIES if name.startswith(f"{RECOUNT}.")]
MODELS = [name for name in QUERIES if name not in (*GATES, *RECOUNTED)]
LACKING = missing()
# CI installs it; elsewhere the rest of the suite needs neither Spark nor Java.
pytestmark = [pytest.mark.slow, pytest.mark.skipif(LACKING is not None and "CI" not in os.environ, reason=str(LACKING))]


@pytest.fixture(scope="module")
def yearly() -> Callable[[int, Path], None]:
    assert LACKING is None, LACKING
    from flows.yearly import yearly as flow

    return lambda year, home: flow(year, str(home))


@pytest.fixture(scope="module")
def homes(tmp_path_factory, yearly) -> tuple[Path, Path]:
    """The home of the first of the years, whose run DuckDB has computed, and a copy whose run Spark has. In both is the same at its
    end."""
    home = tmp_path_factory.mktemp("engines") / str(SEEDS[0])
    year = write_home(SEEDS[0], home)
    before = shutil.copytree(home, home.with_name("spark"))
    yearly(year, home)
    # Under another key the same voters are others.
    shutil.copytree(home / "keys", before / "keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINGYI_ENGINE", "spark")
        patch.setenv("PINGYI_SPARK_MASTER", "local[1]")
        yearly(year, before)
    # Now, since Java goes on, and another session in it takes up the folder of the first.
    assert _names(home) == _names(before)
    return home, before


@pytest.fixture(scope="module")
def compared(tmp_path_factory, homes, yearly) -> dict[str, Comparison]:
    """What came of each model in the whole year, of those that had no row there on another year, and of the gates where none of
    them holds."""
    folder = tmp_path_factory.mktemp("queries")
    first, other = homes
    found: dict[str, Comparison] = {}
    with _opened(first) as ours, _opened(other) as theirs:
        for name in MODELS:
            expected, got = (connection.execute(f"select * from {name}").fetchall() for connection in (ours, theirs))
            found[name] = Comparison(len(expected), tuple(differences(name, expected, got)))
    home = folder / str(SEEDS[1])
    yearly(write_home(SEEDS[1], home), home)
    with session_in(folder) as session:
        for place, at in (("first", first), ("second", home)):
            # Spark takes long for a query, however few rows there are.
            names = [name for name in (*MODELS, *RECOUNTED) if name not in found or not found[name].rows]
            with database(at) as connection:
                hand_over(connection, session, folder / place, (queries()[name] for name in names))
                for name in names:
                    found[name] = found.get(name, Comparison()) + compare(name, connection, session)
        with database(home) as connection:
            for fault in FAULTS:
                connection.execute(fault)
            hand_over(connection, session, folder / "faulty", (queries()[name] for name in GATES))
            for name in GATES:
                found[name] = compare(name, connection, session)
    return found


def _opened(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(home / "warehouse.duckdb", read_only=True)


@pytest.mark.parametrize("name", QUERIES)
def test_spark_gives_the_same_cells(name: str, compared: dict[str, Comparison]) -> None:
    assert compared[name].rows, f"no row of {name} was compared: tests/engines/years.py needs a year that has some"
    assert not compared[name].differences, "\n".join(compared[name].differences)


def test_what_is_published_is_the_same_to_the_byte(homes: tuple[Path, Path]) -> None:
    ours, theirs = (_files(home / "results") for home in homes)
    assert ours.keys() == theirs.keys() and len(ours) > 20
    assert [name for name in ours if ours[name] != theirs[name]] == []


def _names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


def _files(results: Path) -> dict[str, bytes]:
    (year,) = (path for path in results.iterdir() if path.name.isdecimal())
    return {str(path.relative_to(year)): path.read_bytes() for path in sorted(year.rglob("*")) if path.is_file()}
