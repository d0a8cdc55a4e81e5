"""Runs the parts of the sweep and prints their table: `./run python -m tests.sweep`."""

import argparse
import logging
import os
import sys
from pathlib import Path

from .outcome import Journal, table

PARTS = ("kills", "calls", "files", "canaries", "injections", "mutations")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given several times")
    parser.add_argument("--number", type=int, default=0, help="about so many tries of each part (all of those that there are)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="a file for every outcome, as JSON lines")
    arguments = parser.parse_args()
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
    # It takes a while to import all of the product, and who asks for help need not wait for that.
    from .canaries import canaries
    from .files import beside, files, mutations
    from .injections import injections
    from .interposed import warm
    from .kills import Maker, calls, kills, scenes, stage

    logging.getLogger("pingyi").propagate = False
    number, seed, journal = arguments.number, arguments.seed, Journal(arguments.log)
    parts = arguments.part or PARTS
    with stage() as folder:
        if {"kills", "calls", "files"} & set(parts):
            with warm() as process:
                made = Maker(process, folder)
                if {"kills", "calls"} & set(parts):
                    played = scenes(made)
                    for tries in [part for part in (kills, calls) if part.__name__ in parts]:
                        journal.take(tries(process, folder, played, number, seed))
                if "files" in parts:
                    journal.take(beside(process, folder, made, number // 10, seed))
        for tries in (files, canaries, injections, mutations):
            if tries.__name__ in parts:
                journal.take(tries(folder, number, seed))
    for outcome in journal.outcomes:
        if outcome.failure:
            print(f"{outcome.part} {outcome.name}: {outcome.failure}: {outcome.seen[-1000:]}")
    print(table(journal.outcomes))
    return 1 if any(outcome.failure for outcome in journal.outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
