"""What only the Prefect server knows: whether it will start the next run, and whether anybody is there to carry it out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.operate.client import asked_once
from flows.operate.deployments import POOL
from flows.runs import read_runs

_NIGHTLY = "nightly/nightly"
_SCHEDULED = (_NIGHTLY, "yearly draft/yearly", "reproduce/reproduce")
_SILENT_AFTER = timedelta(seconds=90)
_COMPARED = 20


def ask_server(home: Path, url: str | None = None) -> tuple[list[str], list[str]]:
    """Facts and faults of the server at `url`, or that the environment names; a fault where it does not answer."""
    address = url or PREFECT_API_URL.value()
    if not address:
        return [], ["没有运行 Prefect 服务器，日程不会启动任何运行。请运行 pingyi serve，或设置 PREFECT_API_URL。"]
    facts: list[str] = []
    faults: list[str] = []
    try:
        with asked_once(address) as client:
            fault = client.api_healthcheck()
            if fault is not None:
                return [], [f"连不上 Prefect 服务器 {address}：{fault}。界面打不开，日程不会启动任何运行。"]
            facts.append(f"Prefect 服务器 {address} 正常")
            for told, lines in (_schedules(client), _workers(client), _disagreements(client, home)):
                facts += told
                faults += lines
    except Exception as fault:
        # Whatever the server answers instead of what was asked for, the monitor must hear of it.
        faults.append(f"Prefect 服务器 {address} 没有正常回答（{type(fault).__name__}: {fault}）。")
    return facts, faults


def _schedules(client: SyncPrefectClient) -> tuple[list[str], list[str]]:
    facts, faults = [], []
    for name in _SCHEDULED:
        try:
            deployment = client.read_deployment_by_name(name)
        except ObjectNotFound:
            faults.append(f"服务器上没有 {name} 这个部署，它不会按日程运行。请重新启动 pingyi serve，或运行 prefect deploy --all。")
            continue
        if deployment.paused or not any(schedule.active for schedule in deployment.schedules):
            faults.append(f"{name} 的日程被暂停了，它不会按日程运行。请在 Deployments 页面打开它的日程。")
            continue
        coming = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        )
        late = [run for run in coming if run.state_name == "Late"]
        future = sorted(run.expected_start_time for run in coming if run.auto_scheduled and run not in late)
        # The server makes the runs of about a hundred days ahead; only a nightly one is always among them.
        if not future and name == _NIGHTLY:
            faults.append(f"{name} 的日程没有产生任何等待中的运行：服务器的调度出了问题，请重新启动它。")
        elif future:
            facts.append(f"{name} 下一次运行：{future[0].astimezone():%Y-%m-%d %H:%M（%Z）}")
        if late:
            faults.append(f"{name} 有 {len(late)} 次运行该开始而没有开始：没有 worker 在工作，或它正忙。")
    return facts, faults


def _workers(client: SyncPrefectClient) -> tuple[list[str], list[str]]:
    try:
        paused = client.read_work_pool(POOL).is_paused
        workers = client.read_workers_for_work_pool(POOL)
    except ObjectNotFound:
        return [], [f"服务器上没有名为 {POOL} 的 work pool，什么也不会运行。请重新启动 pingyi serve，或启动一个 worker。"]
    if paused:
        return [], [f"名为 {POOL} 的 work pool 被暂停了，什么也不会运行。请在 Work Pools 页面打开它。"]
    awake = [one for one in workers if one.last_heartbeat_time and datetime.now(UTC) - one.last_heartbeat_time < _SILENT_AFTER]
    if not awake:
        return [], ["没有 worker 在工作：点了运行也不会开始。请重新启动 pingyi serve，或启动一个 worker。"]
    return [f"有 {len(awake)} 个 worker 在工作"], []


def _disagreements(client: SyncPrefectClient, home: Path) -> tuple[list[str], list[str]]:
    """Runs that the server takes for failed although they did their work, which happens when it was away at their end."""
    records = {run.flow_run: run for run in read_runs(home)[:_COMPARED] if run.flow_run and run.good}
    if not records:
        return [], []
    chosen = FlowRunFilter(
        id=FlowRunFilterId(any_=list(records)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.FAILED, StateType.CRASHED])),
    )
    shown = client.read_flow_runs(flow_run_filter=chosen)
    return [f"界面上“{run.name}”显示为 {run.state_name}，其实已经完成：{records[str(run.id)].sentence}" for run in shown], []
