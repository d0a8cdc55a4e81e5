"""The deployments of `prefect.yaml` on a server, and what became of runs whose worker is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.states import Crashed
from prefect.workers.process import ProcessWorker

from flows.errors import MachineError
from flows.home import Home
from flows.host.runs import DIED, RUNNING, read_runs
from flows.settings import ROOT

POOL = "pingyi"
# One evaluation writes at a time, and its lock keeps the others waiting; a crawl goes on beside it.
RUNS_AT_ONCE = 4
_GONE = "运行它的进程已经不在了（断电、被杀或系统重启）。已公布的结果没有改动，可以重新运行。"
_UNFINISHED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


def make_pool(client: SyncPrefectClient) -> None:
    """Makes the work pool, which deployments need to be there, unless there is one."""
    template = ProcessWorker.get_default_base_job_template()
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))
    except ObjectAlreadyExists:
        return


def deploy(environment: Mapping[str, str]) -> None:
    """Deploys everything that `prefect.yaml` lists, as `prefect deploy --all` does. Raises `MachineError`."""
    deploying = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if deploying.returncode:
        lines = [line for line in deploying.stdout.splitlines() if line.strip()][-15:]
        raise MachineError("没有能够登记 prefect.yaml 里的部署：", lines)


def end_orphans(client: SyncPrefectClient, home: Home) -> list[str]:
    """Marks as crashed what the server takes for running although no process of it lives; returns their names.

    Only where no worker is at work: of a run that has not begun to work there is no record yet.
    """
    alive = {run.flow_run for run in read_runs(home) if run.outcome == RUNNING}
    return [_end(client, run) for run in unfinished_runs(client) if str(run.id) not in alive]


def end_dead(client: SyncPrefectClient, home: Home) -> list[str]:
    """The same where a worker is at work: only runs whose own record says that their process is gone."""
    dead = {run.flow_run for run in read_runs(home) if run.outcome == DIED}
    return [_end(client, run) for run in unfinished_runs(client) if str(run.id) in dead]


def interrupt_runs(client: SyncPrefectClient, home: Home, within: float) -> None:
    """Asks the runs that are under way on behalf of the server to end, and waits until they have, at most `within` seconds."""
    under_way = {str(run.id) for run in unfinished_runs(client)}
    working = [run for run in read_runs(home) if run.outcome == RUNNING and run.flow_run in under_way]
    for run in working:
        # It may have ended a moment ago.
        with suppress(ProcessLookupError):
            os.kill(run.process, signal.SIGTERM)
    end = time.monotonic() + within
    while working and time.monotonic() < end:
        time.sleep(0.2)
        under_way = {str(run.id) for run in unfinished_runs(client)}
        working = [run for run in working if run.flow_run in under_way]


def _end(client: SyncPrefectClient, run: FlowRun) -> str:
    # Somebody may have deleted it in the interface meanwhile.
    with suppress(ObjectNotFound):
        client.set_flow_run_state(run.id, Crashed(message=_GONE), force=True)
    return run.name


def unfinished_runs(client: SyncPrefectClient) -> list[FlowRun]:
    """The runs that the server takes for running, or about to."""
    chosen = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_UNFINISHED))))
    return [run for run in client.read_flow_runs(flow_run_filter=chosen, limit=200) if run.work_pool_name == POOL]
