"""`python -m tests.oracle FIRST LAST`: the years of these seeds against exact arithmetic, cell by cell.

The tests take some seeds that reach every case; this is for the others, by hand. It ends with 1 where a cell differs.
"""

import argparse
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .whole import differs

_SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    wrong = 0
    for seed in range(asked.first, asked.last + 1):
        with TemporaryDirectory() as folder:
            found = differs(seed, Path(folder))
        wrong += bool(found)
        print(f"{seed}: {len(found)} differences", *found[:_SHOWN], sep="\n  ", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
