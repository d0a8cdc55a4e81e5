"""What ran in a data home, whatever an orchestrator believes: one small file a run in `runs/`.

    runs/2026-11-24T023000-nightly-2007-5f3a.jsonl     a line when it began, a line when it ended

A run holds the lock of its own file as long as its process lives, and the kernel frees it however that ends. So a file
without a second line is a run that goes on, if it is locked, or one that was killed.
"""

import fcntl
import json
import logging
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from flows.errors import OperatorError
from flows.home import Home
from flows.host.disk import sync

logger = logging.getLogger("pingyi")

KEPT = 500

DONE = "done"
WARNINGS = "warnings"
FAILED = "failed"
INTERRUPTED = "interrupted"
DIED = "died"
RUNNING = "running"

GOOD = (DONE, WARNINGS)


@dataclass(frozen=True)
class Run:
    """A run as its file tells it. `year` is None where none was named; `ended` is None while it runs or if it was killed.

    `sentence` is what it said at its end, with the list of `faults` that belongs to it. `flow_run` names it on the server
    that was named to it, `deployed` says that it was started there, by a schedule or at a form.
    """

    what: str
    year: int | None
    began: datetime
    process: int
    outcome: str
    sentence: str = ""
    ended: datetime | None = None
    flow_run: str = ""
    faults: tuple[str, ...] = ()
    deployed: bool = False

    @property
    def good(self) -> bool:
        return self.outcome in GOOD

    @property
    def lasted(self) -> timedelta | None:
        return self.ended - self.began if self.ended else None


@dataclass
class Ending:
    """What a run says of itself at its end, filled in while it runs."""

    sentence: str = ""
    warnings: Sequence[str] = field(default_factory=tuple)


@contextmanager
def recorded(home: Home, what: str, year: int | None, flow_run: str = "", deployed: bool = False) -> Generator[Ending]:
    """Records a run in its data home: that it began, and how it ended, be it by an exception that passes through here."""
    if not home.path.is_dir():
        # There is no such data home, which what follows will say; it must not come to be by being looked for.
        yield Ending()
        return
    folder = home.runs
    folder.mkdir(exist_ok=True)
    _forget(folder)
    began = datetime.now().astimezone()
    with _new_file(folder, "-".join([f"{began:%Y-%m-%dT%H%M%S}", what, *([str(year)] if year else [])])) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        begun = {"what": what, "year": year, "began": began.isoformat(), "process": os.getpid()}
        _line(file, begun | {"flow_run": flow_run, "deployed": deployed})
        ending = Ending()
        try:
            yield ending
        except BaseException as fault:
            _end(file, *_told(fault))
            raise
        _end(file, WARNINGS if ending.warnings else DONE, ending.sentence)


def read_runs(home: Home) -> list[Run]:
    """The runs of a data home that are on record, newest first."""
    read = (_read(path) for path in sorted(home.runs.glob("*.jsonl"), reverse=True))
    return sorted((run for run in read if run), key=lambda run: run.began, reverse=True)


def _new_file(folder: Path, name: str) -> TextIO:
    while True:
        try:
            return (folder / f"{name}-{secrets.token_hex(2)}.jsonl").open("x", encoding="utf-8")
        except FileExistsError:
            # Another run of the same second drew the same number.
            continue


def _told(fault: BaseException) -> tuple[str, str, Sequence[str]]:
    if isinstance(fault, OperatorError):
        return FAILED, fault.summary, fault.faults
    if isinstance(fault, Exception):
        return FAILED, f"本系统出了意外的错误：{type(fault).__name__}: {fault}", ()
    return INTERRUPTED, "被中断，已公布的结果没有改动。", ()


def _end(file, outcome: str, sentence: str, faults: Sequence[str] = ()) -> None:
    try:
        ended = {"ended": datetime.now().astimezone().isoformat(), "outcome": outcome, "sentence": sentence}
        _line(file, ended | {"faults": list(faults)})
    except OSError as fault:
        # The run itself is over; that its end could not be written down must not change how it ended.
        logger.warning("运行记录 %s 没有写完：%s", file.name, fault.strerror)


def _line(file, content: dict[str, object]) -> None:
    file.write(json.dumps(content, ensure_ascii=False) + "\n")
    file.flush()
    os.fsync(file.fileno())


def _read(path: Path) -> Run | None:
    try:
        return _told_by(path)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        # Taken away by a run that began meanwhile, or touched by somebody; the others must still be told of.
        logger.debug("%s is no record of a run: %s", path, fault)
        return None


def _told_by(path: Path) -> Run | None:
    with path.open(encoding="utf-8") as file:
        alive = _locked(file)
        # A line without its end was cut short by whatever ended the run. Not `splitlines`: what a run says of its end may
        # hold other ends of lines, which JSON leaves as they are.
        lines = [line for line in file if line.endswith("\n")]
    if not lines:
        return None
    begun = json.loads(lines[0])
    run: dict[str, Any] = {
        "what": begun["what"],
        "year": begun["year"],
        "process": begun["process"],
        "flow_run": begun["flow_run"],
    }
    run["began"] = datetime.fromisoformat(begun["began"])
    # A record of an older pingyi does not say it, nor what a fault listed.
    run["deployed"] = begun.get("deployed", False)
    if len(lines) == 1:
        return Run(**run, outcome=RUNNING if alive else DIED)
    end = json.loads(lines[1])
    faults = tuple(map(str, end.get("faults", ())))
    return Run(
        **run, outcome=end["outcome"], sentence=end["sentence"], ended=datetime.fromisoformat(end["ended"]), faults=faults
    )


def _locked(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _forget(folder: Path) -> None:
    """Takes away the oldest files, so that the folder stays small over the years; leaves room for one more."""
    files = sorted(folder.glob("*.jsonl"))
    for path in files[: max(len(files) + 1 - KEPT, 0)]:
        path.unlink(missing_ok=True)
    sync(folder)
