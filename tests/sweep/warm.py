"""A process that has imported everything once, and forks a child for every run of a command: `python -m tests.sweep.warm`.

Started by `tests.sweep.interposed` with its library loaded. It takes a request a line on its standard input, JSON, and answers
each with a line. Nothing here starts DuckDB or a thread of ours: of a process with threads only one is forked.
"""

import ctypes
import json
import logging
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

# Imported here, and not by a child when it needs it.
import flows.documents.word  # noqa: F401
import flows.explain  # noqa: F401
import flows.operate.health  # noqa: F401
import flows.operate.status  # noqa: F401
import flows.simulate  # noqa: F401
import flows.validation.run  # noqa: F401
from flows.evaluate import pipeline
from flows.host.apart import Apart
from flows.receive.reader import answer
from flows.warehouse import engine
from tests.commands import Hung, Ran, run

_SECONDS = 120


def main() -> None:
    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    library.sweep_count.restype = ctypes.c_long
    logging.getLogger("pingyi").propagate = False
    # Our own answers go where nobody else writes.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_forked(library, json.loads(line))), file=answers, flush=True)


def _forked(library: ctypes.CDLL, request: dict[str, Any]) -> dict[str, Any]:
    """What a child answered; `killed` where it ended otherwise. `hit` is the operation at which it was to end or fail."""
    result, told = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(result[0])
            os.close(told[0])
            with os.fdopen(result[1], "w", encoding="utf-8") as into:
                json.dump(_done(library, request, told[1]), into)
            status = 0
        finally:
            os._exit(status)
    os.close(result[1])
    os.close(told[1])
    said, end = b"", time.monotonic() + _SECONDS * (len(request["commands"]) + 1)
    hung = False
    while True:
        ready, _, _ = select.select([result[0]], [], [], max(0, end - time.monotonic()))
        if not ready:
            hung = True
            os.kill(child, signal.SIGKILL)
            break
        piece = os.read(result[0], 1 << 16)
        if not piece:
            break
        said += piece
    _, status = os.waitpid(child, 0)
    hit = os.read(told[0], 1 << 14).decode("utf-8", "replace")
    os.close(result[0])
    os.close(told[0])
    answered = json.loads(said) if status == 0 and said else {"ran": [], "counts": []}
    return answered | {"killed": status != 0, "hung": hung, "signal": os.WTERMSIG(status), "hit": hit}


def _done(library: ctypes.CDLL, request: dict[str, Any], told: int) -> dict[str, Any]:
    folder = Path(request["folder"])
    tempfile.tempdir = str(folder / "tmp")
    (folder / "tmp").mkdir(exist_ok=True)
    os.environ |= request.get("environment", {})
    with ExitStack() as stack:
        # Whoever reads files is of this process, so that its operations count too; it ends with its parent anyway.
        stack.enter_context(
            patch.object(Apart, "do", lambda self, task, limits, known="", knowledge=None: answer(task, knowledge))
        )
        if prepared := request.get("prepared"):
            _prepare(stack, Path(prepared))
        library.sweep_arm(os.fsencode(folder), request["kinds"], request["nth"], request["fail"], told)
        ran = [asdict(_run(arguments)) for arguments in request["commands"]]
    counts = [library.sweep_count(kind) for kind in range(11)]
    return {"ran": ran, "counts": counts}


def _run(arguments: list[str]) -> Ran:
    try:
        return run(*arguments, seconds=_SECONDS)
    except Hung as fault:
        return Ran(-1, err=str(fault))


def _prepare(stack: ExitStack, database: Path) -> None:
    """Evaluations begin with a database that was made before, and only receive: what they compute there takes three quarters
    of a run, and lies in one file that the next run removes unread."""
    remove, whole = engine.remove_database, pipeline.pipeline

    def put(path: Path) -> None:
        remove(path)
        if path.suffix == ".building":
            shutil.copyfile(database, path)

    def receives(evaluation: Any) -> list[pipeline.Step]:
        wanted = [step.name == "check home" or step.name.startswith("receive ") for step in whole(evaluation)]
        return [step if want else replace(step, do=lambda: None) for want, step in zip(wanted, whole(evaluation), strict=True)]

    stack.enter_context(patch.object(engine, "remove_database", put))
    for module in ("flows.yearly", "flows.nightly"):
        stack.enter_context(patch(f"{module}.pipeline", receives))


if __name__ == "__main__":
    main()
