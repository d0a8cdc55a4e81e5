"""The deployments of `prefect.yaml` on a server, and what became of runs whose worker is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Crashed
from prefect.workers.process import ProcessWorker

from flows.errors import MachineError, OperatorError
from flows.home import Home
from flows.host.runs import DIED, RUNNING, Run, read_runs
from flows.settings import ROOT, check_allowed, read_settings

POOL = "pingyi"
# One evaluation writes at a time, and its lock keeps the others waiting; a crawl goes on beside it.
RUNS_AT_ONCE = 4
# A run is the code of its deployment and nothing else: whoever starts one chooses no command, environment or folder. There is
# no `env` among the settings of a job either, since Prefect adds what a run asks for to one that it finds there.
_TEMPLATE: dict[str, Any] = {
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
# Its command, which imports all flows.
_PREFECT = """
from flows.host.garbage import few_collections
with few_collections():
    from prefect.cli import app
    app()
"""
_GONE = "运行它的进程已经不在了（断电、被杀或系统重启）。已公布的结果没有改动，可以重新运行。"
_UNFINISHED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


@contextmanager
def asked_once(url: str) -> Generator[SyncPrefectClient]:
    """A client of the server at `url`, whose requests fail at the first time: who watches it must hear at once that it does not
    answer, where a run would ask again for minutes."""
    with temporary_settings({PREFECT_API_URL: url, PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as client:
        yield client


def make_pool(client: SyncPrefectClient) -> None:
    """Makes the work pool, which deployments need to be there. One that is there already gets our template."""
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=_TEMPLATE))
    except ObjectAlreadyExists:
        close_pool_on(client)


def close_pool() -> dict[str, str]:
    """Gives the work pool of the server that the environment names our template: a step of `prefect.yaml`, since a worker that
    makes the pool gives it Prefect's own. Returns what a deployment step returns."""
    with get_client(sync_client=True) as client:
        close_pool_on(client)
    return {"pool": POOL}


def close_pool_on(client: SyncPrefectClient) -> None:
    """Gives the work pool our template, if it has another one."""
    if client.read_work_pool(POOL).base_job_template != _TEMPLATE:
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=_TEMPLATE))


def deploy(environment: Mapping[str, str]) -> None:
    """Deploys everything that `prefect.yaml` lists, as `prefect deploy --all` does. Raises `MachineError`."""
    deploying = subprocess.run(
        [sys.executable, "-c", _PREFECT, "--no-prompt", "deploy", "--all"],
        cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="backslashreplace",
    )  # fmt: skip
    if deploying.returncode:
        lines = [line for line in deploying.stdout.splitlines() if line.strip()][-15:]
        raise MachineError("没有能够登记 prefect.yaml 里的部署：", lines)


def end_orphans(client: SyncPrefectClient, home: Home, worker: bool) -> list[str]:
    """Marks as crashed what the server takes for running although no process of it lives; returns their names.

    While a `worker` is at work only runs whose own record says that their process is gone: of a run that has not begun to work
    there is no record yet.
    """
    unfinished = unfinished_runs(client)
    records = _records(home, unfinished)
    alive, dead = ({run.flow_run for run in records if run.outcome == outcome} for outcome in (RUNNING, DIED))
    orphans = [run for run in unfinished if (str(run.id) in dead if worker else str(run.id) not in alive)]
    for run in orphans:
        # Somebody may have deleted it in the interface meanwhile.
        with suppress(ObjectNotFound):
            client.set_flow_run_state(run.id, Crashed(message=_GONE), force=True)
    return [run.name for run in orphans]


def interrupt_runs(client: SyncPrefectClient, home: Home, within: float) -> None:
    """Asks the runs that are under way on behalf of the server to end, and waits until they have, at most `within` seconds."""
    unfinished = unfinished_runs(client)
    under_way = {str(run.id) for run in unfinished}
    working = [run for run in _records(home, unfinished) if run.outcome == RUNNING and run.flow_run in under_way]
    for run in working:
        # It may have ended a moment ago.
        with suppress(ProcessLookupError):
            os.kill(run.process, signal.SIGTERM)
    end = time.monotonic() + within
    while working and time.monotonic() < end:
        time.sleep(0.2)
        under_way = {str(run.id) for run in unfinished_runs(client)}
        working = [run for run in working if run.flow_run in under_way]


def _records(home: Home, runs: Sequence[FlowRun]) -> list[Run]:
    """The runs on record in a data home, and in the other homes that some of these runs are for."""
    homes = {home.path: home}
    for data_dir in {run.parameters.get("data_dir") for run in runs} - {None, ""}:
        # A run on a folder where it may not work ends by itself, and leaves no record there.
        with suppress(OperatorError):
            named = read_settings(data_dir).home
            check_allowed(named)
            homes[named.path] = named
    return [run for each in homes.values() for run in read_runs(each)]


def unfinished_runs(client: SyncPrefectClient) -> list[FlowRun]:
    """The runs that the server takes for running, or about to."""
    runs = client.read_flow_runs(flow_run_filter=in_state(*_UNFINISHED), limit=200)
    return [run for run in runs if run.work_pool_name == POOL]


def in_state(*states: StateType, **others: Any) -> FlowRunFilter:
    """Chooses the runs that are in one of these states and that the `others` choose."""
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))), **others)
