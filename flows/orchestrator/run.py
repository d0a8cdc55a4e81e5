"""A run: what a flow does, on record in its data home, wherever it runs."""

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, Protocol, TypeVar

from flows.home import Home
from flows.host.disk import machine_faults
from flows.host.modes import close_home, keep_private, open_published
from flows.host.runs import Ending, recorded
from flows.orchestrator.surroundings import origin
from flows.settings import read_settings


class FlowResult(Protocol):
    """What every flow returns, besides data of its own: a sentence about what it did, and warnings for the operator."""

    @property
    def sentence(self) -> str: ...

    @property
    def warnings(self) -> Sequence[str]: ...


Arguments = ParamSpec("Arguments")
Ended = TypeVar("Ended", bound=FlowResult)


def run_of(kind: str, *, on_record: bool = True) -> Callable[[Callable[Arguments, Ended]], Callable[Arguments, Ended]]:
    """Makes a function a run of this `kind` (of `KINDS`). Its arguments are `year`, `data_dir` or both, and others.

    The caller gets what the body returns, or the exception that it raises. With `on_record` the data home keeps a record of it.
    """

    def decorate(body: Callable[Arguments, Ended]) -> Callable[Arguments, Ended]:
        signature = inspect.signature(body)

        @functools.wraps(body)
        def run(*arguments: Any, **keywords: Any) -> Any:
            given = signature.bind(*arguments, **keywords).arguments
            keep_private()
            home = read_settings(given.get("data_dir")).home
            record = _record(home, kind, given.get("year")) if on_record else nullcontext(Ending())
            # The disk may be full before the record begins; later faults belong into the record.
            with machine_faults(home.path):
                home.check()
                with record as ending, machine_faults(home.path):
                    close_home(home)
                    result = body(*arguments, **keywords)
                    open_published(home)
                    ending.sentence, ending.warnings = result.sentence, result.warnings
            return result

        return run

    return decorate


def _record(home: Home, kind: str, year: int | None) -> AbstractContextManager[Ending]:
    flow_run, deployed = origin()
    return recorded(home, kind, year, flow_run, deployed=deployed)
