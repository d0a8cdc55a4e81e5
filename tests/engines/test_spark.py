"""Every model and gate gives the same cells on Spark as in DuckDB (`tests/engines/__init__.py`)."""

import os

import pytest

from .queries import Comparison, compare, queries
from .spark import hand_over, missing, spark_session
from .years import FAULTS, SEEDS, database, write_home

QUERIES = sorted(queries())
GATES = [name for name in QUERIES if name.startswith("gates.")]
MODELS = [name for name in QUERIES if name not in GATES]
LACKING = missing()
# CI installs it; elsewhere the rest of the suite needs neither Spark nor Java.
pytestmark = [pytest.mark.slow, pytest.mark.skipif(LACKING is not None and "CI" not in os.environ, reason=str(LACKING))]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Comparison]:
    """What came of each model on the first of the years of `SEEDS` in which it has rows, and of the gates on a year in which none
    of them holds."""
    assert LACKING is None, LACKING
    from flows.yearly import yearly

    folder = tmp_path_factory.mktemp("engines")
    found: dict[str, Comparison] = {}
    with spark_session(folder) as session:
        for seed in SEEDS:
            home = folder / str(seed)
            yearly(write_home(seed, home), str(home))
            # Spark takes long for a query, however few rows there are.
            names = [name for name in MODELS if name not in found or not found[name].rows]
            with database(home) as connection:
                hand_over(connection, session, home / "tables", (queries()[name] for name in names))
                for name in names:
                    found[name] = found.get(name, Comparison()) + compare(name, connection, session)
        with database(home) as connection:
            for fault in FAULTS:
                connection.execute(fault)
            hand_over(connection, session, home / "faulty", (queries()[name] for name in GATES))
            for name in GATES:
                found[name] = compare(name, connection, session)
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_spark_gives_the_same_cells(name: str, compared: dict[str, Comparison]) -> None:
    assert compared[name].rows, f"no row of {name} was compared: tests/engines/years.py needs a year that has some"
    assert not compared[name].differences, "\n".join(compared[name].differences)
