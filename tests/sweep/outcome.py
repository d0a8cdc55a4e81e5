"""What came of a try, and the table of all tries."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

# What a try can show: a publication or rows that are gone, or not what an undisturbed run makes; a publication that is neither
# the old nor the new one; no end; an exception that nobody expected; files or folders that nobody takes away; a fault told
# without its place; a file that takes others with it; too much memory; a person outside the raw files; a payload that acts.
FAILURES = ("lost", "torn", "hung", "traceback", "rubbish", "wordless", "ends the run", "memory", "canary", "unescaped")


@dataclass(frozen=True)
class Outcome:
    """A try of a part: its name, from which it can be made again, the failure (of `FAILURES`; empty: none), and what was seen."""

    part: str
    name: str
    failure: str = ""
    seen: str = ""


class Journal:
    """Shows how far the sweep is, and keeps every outcome."""

    def __init__(self, log: Path | None = None) -> None:
        self.outcomes: list[Outcome] = []
        self._log = log.open("a", encoding="utf-8") if log else None

    def take(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.outcomes.append(outcome)
            if self._log:
                print(json.dumps(asdict(outcome), ensure_ascii=False), file=self._log, flush=True)
            if sys.stderr.isatty():
                print("!" if outcome.failure else ".", end="", flush=True, file=sys.stderr)


def table(outcomes: Sequence[Outcome]) -> str:
    """A row a part: the tries, and the failures by kind."""
    lines = [f"{'part':<12}{'tries':>7}{'failed':>8}"]
    kinds = [kind for kind in FAILURES if any(outcome.failure == kind for outcome in outcomes)]
    lines[0] += "".join(f"{kind:>14}" for kind in kinds)
    for part in dict.fromkeys(outcome.part for outcome in outcomes):
        of_part = [outcome for outcome in outcomes if outcome.part == part]
        failed = Counter(outcome.failure for outcome in of_part if outcome.failure)
        lines.append(f"{part:<12}{len(of_part):>7}{failed.total():>8}" + "".join(f"{failed[kind] or '':>14}" for kind in kinds))
    return "\n".join(lines)
