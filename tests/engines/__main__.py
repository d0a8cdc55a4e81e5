"""Compares Spark with DuckDB on databases that runs left behind: `./run python -m tests.engines WAREHOUSE.duckdb ...`."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from .queries import compare, queries
from .spark import hand_over, missing, session_in
from .years import copied


def main(databases: list[str]) -> int:
    """Prints what differs, and how many queries agree; returns the exit status."""
    if not databases:
        sys.exit(__doc__)
    if lacking := missing():
        sys.exit(lacking)
    status = 0
    with TemporaryDirectory() as scratch, session_in(Path(scratch)) as session:
        for number, name in enumerate(databases):
            start = time.monotonic()
            with copied(Path(name)) as connection:
                hand_over(connection, session, Path(scratch) / str(number), queries().values())
                found = {query: compare(query, connection, session).differences for query in queries()}
            differ = {query: lines for query, lines in found.items() if lines}
            print(*(line for lines in differ.values() for line in lines), sep="\n")
            agree, seconds = len(found) - len(differ), time.monotonic() - start
            print(f"{name}: {agree} of {len(found)} queries give the same cells ({seconds:.0f} s)", flush=True)
            status |= bool(differ)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
