"""Runs commands in processes whose file operations are counted, and end or fail where they are told to."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.settings import ROOT
from tests.commands import Ran

SOURCE = Path(__file__).with_name("interpose.c")


class Kind(IntFlag):
    """The kinds of operation, as tests/sweep/interpose.c numbers them."""

    OPEN = 1
    MAKE = 2
    READ = 4
    WRITE = 8
    STAT = 16
    SYNC = 32
    NAME = 64
    REMOVE = 128
    MODE = 256
    LIST = 512
    LOCK = 1024


# Whoever dies before an operation that changes nothing leaves what he leaves before the next one that does.
NOTHING = Kind(0)
CHANGES = Kind.MAKE | Kind.WRITE | Kind.NAME | Kind.REMOVE | Kind.MODE


@dataclass(frozen=True)
class Ended:
    """How a process ended: the runs of its commands, how many operations of each kind there were, and the one at which it was
    ended or failed, where it came to that."""

    ran: list[Ran]
    counts: dict[Kind, int]
    killed: bool
    hung: bool
    signal: int
    hit: str

    def count(self, kinds: Kind) -> int:
        return sum(number for kind, number in self.counts.items() if kind & kinds)


class Warm:
    """The process of `tests.sweep.warm`."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process
        self._answer()

    def run(
        self,
        folder: Path,
        commands: Sequence[Sequence[object]],
        kinds: Kind = NOTHING,
        nth: int = 0,
        fail: int = 0,
        prepared: Path | None = None,
    ) -> Ended:
        """Runs commands one after the other in a new process. `folder` is where operations count; it has the temporary files too.

        At the `nth` operation of the kinds the process is killed, or the operation fails with the error `fail`; with a negative
        one all others after it fail too. `prepared`: see `tests.sweep.warm`.
        """
        lines = [[str(word) for word in command] for command in commands]
        request = {"folder": str(folder), "commands": lines, "kinds": int(kinds), "nth": nth, "fail": fail}
        assert self._process.stdin
        print(json.dumps(request | {"prepared": str(prepared) if prepared else None}), file=self._process.stdin, flush=True)
        answer = self._answer()
        counts = {Kind(1 << place): number for place, number in enumerate(answer["counts"])}
        ran = [Ran(**each) for each in answer["ran"]]
        return Ended(ran, counts, answer["killed"], answer["hung"], answer["signal"], answer["hit"])

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the warm process ended with {self._process.wait()}")
        return json.loads(line)


@contextmanager
def warm() -> Generator[Warm]:
    """Compiles the library and starts the process. Raises `OSError` or `CalledProcessError` where there is no C compiler."""
    with TemporaryDirectory(prefix="pingyi-sweep-") as folder:
        library = Path(folder) / "interpose.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
        variables = {
            "LD_PRELOAD": str(library),
            "PINGYI_THREADS": "1",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_HOME": folder,
        }
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with (Path(folder) / "said").open("w", encoding="utf-8") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.sweep.warm"],
                cwd=ROOT,
                env={**os.environ, **variables, "PYTHONPATH": path, "DO_NOT_TRACK": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
            )
            try:
                yield Warm(process)
            finally:
                process.kill()
                process.communicate()
