"""The runs of a data home, on record independently of any orchestrator: one small file a run in `runs/`.

    runs/2026-11-24T023000-nightly-2007-5f3a.jsonl     a line when it began, a line when it ended

A run holds the lock of its own file as long as its process lives, and the kernel frees it however the process ends. So a
file without a second line is a run that goes on, if the file is locked, or else a run that was killed.
"""

import fcntl
import json
import logging
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from flows.errors import OperatorError, visible
from flows.home import Home
from flows.host.disk import sync
from flows.host.lock import is_locked
from flows.host.process import is_interrupt
from flows.host.regular import SMALL, open_regular
from flows.host.zones import moment

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
    """A run, as its file describes it. `what` is one of `flows.host.kinds.KINDS`; `year` is None for a run without one; `ended` is
    None while it runs, or if it was killed.

    `sentence` is what the run said at its end, with its list of `faults`. `flow_run` is its id on the server, if it had one;
    `deployed` says that the server started it, by a schedule or a form.
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
    """Records in the data home that a run began and how it ended. An exception that passes through here is an end, too."""
    if not home.path.is_dir():
        # The flow itself says that there is no such data home; the record must not create it.
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
            _end(file, *_outcome_of(fault))
            raise
        _end(file, WARNINGS if ending.warnings else DONE, ending.sentence)


def read_runs(home: Home) -> list[Run]:
    """The runs of a data home that are on record, newest first."""
    return read_records(home)[0]


def read_records(home: Home) -> tuple[list[Run], list[str]]:
    """The same, and a phrase for each record that cannot be read."""
    try:
        paths = sorted((path for path in home.runs.iterdir() if path.suffix == ".jsonl"), reverse=True)
    except FileNotFoundError:
        return [], []
    except OSError as fault:
        return [], [f"{home.runs} {fault.strerror}"]
    runs: list[Run] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            run = _parse(path)
            runs += [run] if run else []
        except FileNotFoundError:
            # A run that began meanwhile has removed it.
            continue
        except OSError as fault:
            unreadable.append(f"{path} {fault.strerror}")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            logger.debug("%s is no record of a run: %s", path, fault)
            unreadable.append(f"{path} 不是运行记录，或被改动过")
    return sorted(runs, key=lambda run: run.began, reverse=True), unreadable


def _new_file(folder: Path, name: str) -> TextIO:
    while True:
        try:
            return (folder / f"{name}-{secrets.token_hex(2)}.jsonl").open("x", encoding="utf-8", errors="backslashreplace")
        except FileExistsError:
            # Another run of the same second drew the same number.
            continue


def _outcome_of(fault: BaseException) -> tuple[str, str, Sequence[str]]:
    if isinstance(fault, OperatorError):
        return FAILED, fault.summary, fault.faults
    # An interrupt by a terminal that goes away may end in a fault of writing to it.
    if isinstance(fault, Exception) and not is_interrupt(fault):
        return FAILED, visible(f"本系统出了意外的错误：{type(fault).__name__}: {fault}"), ()
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


def _parse(path: Path) -> Run | None:
    with open_regular(path, most=SMALL) as file:
        alive = is_locked(file)
        # A line without a line end was cut off when the run was killed. Not `splitlines`: a sentence may hold other line
        # ends, which JSON leaves as they are.
        lines = [line.decode("utf-8") for line in file if line.endswith(b"\n")]
    if not lines:
        return None
    begun, *ended = map(json.loads, lines[:2])
    run = Run(
        begun["what"],
        begun["year"],
        moment(begun["began"]),
        begun["process"],
        RUNNING if alive else DIED,
        flow_run=begun["flow_run"],
        # A record of an older pingyi has neither this key nor the list of faults.
        deployed=begun.get("deployed", False),
    )
    for end in ended:
        faults = tuple(map(str, end.get("faults", ())))
        at = moment(end["ended"])
        run = replace(run, outcome=end["outcome"], sentence=end["sentence"], ended=at, faults=faults)
    return _typed(run)


def _typed(run: Run) -> Run:
    """The run, if its fields are what they should be: somebody may have written the record."""
    texts = (run.what, run.outcome, run.sentence, run.flow_run)
    moments = [at for at in (run.began, run.ended) if at]
    if not all(isinstance(text, str) for text in texts) or not isinstance(run.process, int):
        raise ValueError("a field is no text or no number")
    if not isinstance(run.year, int | None) or any(at.tzinfo is None for at in moments):
        raise ValueError("a year is no number, or a time has no zone")
    return run


def _forget(folder: Path) -> None:
    """Takes away the oldest files, so that the folder stays small over the years; leaves room for one more."""
    files = sorted(path for path in folder.glob("*.jsonl") if not path.is_dir())
    for path in files[: max(len(files) + 1 - KEPT, 0)]:
        path.unlink(missing_ok=True)
    sync(folder)
