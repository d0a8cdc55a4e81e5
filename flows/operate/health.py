"""What only the Prefect server knows: whether it will start the next run, and whether anybody is there to carry it out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilterId
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.home import Home
from flows.host.runs import read_runs
from flows.host.zones import home_zone
from flows.operate.deployments import POOL, asked_once, in_state
from flows.operate.status import Server, without_server

_NIGHTLY = "nightly/nightly"
_SCHEDULED = (_NIGHTLY, "yearly draft/yearly", "reproduce/reproduce")
_SILENT_AFTER = timedelta(seconds=90)
_COMPARED = 20
_STARTING = "正在启动：pingyi serve 还没有就绪，第一次约一分钟。"
# The server looks once a minute for schedules of which it has to make runs, and takes a while to make a hundred days of them.
_NEW = timedelta(seconds=150)


def ask_server(home: Home, url: str | None = None, *, up: bool = True, young: bool = False) -> Server:
    """What the server at `url`, or that the environment names, is found to be like; a fault where it does not answer.

    `up` is False while `serve` is still bringing it up, `young` says that it has not been up for long. Where none is named
    that is a fault only if this home's runs are to be started by one.
    """
    address = url or PREFECT_API_URL.value()
    if not address:
        return without_server(home)
    server = Server()
    try:
        with asked_once(address) as client:
            fault = client.api_healthcheck()
            if fault is not None:
                if not up:
                    return Server(starting=(_STARTING,))
                return Server(faults=(f"连不上 Prefect 服务器 {address}：{fault}。界面打不开，日程不会启动任何运行。",))
            server = Server(facts=(f"Prefect 服务器 {address} 正常",))
            for part in (_schedules(client, home_zone(home), young), _workers(client, young), _disagreements(client, home)):
                server = _joined(server, part)
    except Exception as fault:
        # Whatever the server answers instead of what was asked for, the monitor must hear of it.
        why = f"Prefect 服务器 {address} 没有正常回答（{type(fault).__name__}: {fault}）。"
        server = _joined(server, Server(faults=(why,)))
    if server.faults and not up:
        return Server(server.facts, starting=(_STARTING,))
    return server


def _joined(first: Server, second: Server) -> Server:
    return Server(first.facts + second.facts, first.faults + second.faults, first.starting + second.starting)


def _schedules(client: SyncPrefectClient, zone: tzinfo, young: bool) -> Server:
    facts, faults, starting = [], [], []
    for name in _SCHEDULED:
        try:
            deployment = client.read_deployment_by_name(name)
        except ObjectNotFound:
            lacking = f"服务器上没有 {name} 这个部署，它不会按日程运行。"
            faults.append(f"{lacking}请重新启动 pingyi serve，或运行 prefect deploy --all。")
            continue
        if deployment.paused or not any(schedule.active for schedule in deployment.schedules):
            faults.append(f"{name} 的日程被暂停了，它不会按日程运行。请在 Deployments 页面打开它的日程。")
            continue
        coming = client.read_flow_runs(
            flow_run_filter=in_state(StateType.SCHEDULED),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        )
        late = [run for run in coming if run.state_name == "Late"]
        future = sorted(
            run.expected_start_time for run in coming if run.expected_start_time and run.auto_scheduled and run not in late
        )
        # The server makes the runs of about a hundred days ahead; only a nightly one is always among them.
        if future:
            facts.append(f"{name} 下一次运行：{future[0].astimezone(zone):%Y-%m-%d %H:%M}")
        elif name == _NIGHTLY and (young or _is_new(schedule.created for schedule in deployment.schedules)):
            starting.append(f"正在启动：{name} 的日程刚刚登记，下一次运行过一两分钟才排出来。")
        elif name == _NIGHTLY:
            faults.append(f"{name} 的日程没有产生任何等待中的运行：服务器的调度出了问题，请重新启动它。")
        if late:
            faults.append(f"{name} 有 {len(late)} 次运行该开始而没有开始：没有 worker 在工作，或它正忙。")
    return Server(tuple(facts), tuple(faults), tuple(starting))


def _is_new(created: Iterable[datetime | None]) -> bool:
    """Whether a schedule was registered a moment ago; deploying again registers all of them anew, without their runs."""
    return any(datetime.now(UTC) - moment < _NEW for moment in created if moment)


def _workers(client: SyncPrefectClient, young: bool) -> Server:
    try:
        paused = client.read_work_pool(POOL).is_paused
        workers = client.read_workers_for_work_pool(POOL)
    except ObjectNotFound:
        fault = f"服务器上没有名为 {POOL} 的 work pool，什么也不会运行。请重新启动 pingyi serve，或启动一个 worker。"
        return Server(faults=(fault,))
    if paused:
        return Server(faults=(f"名为 {POOL} 的 work pool 被暂停了，什么也不会运行。请在 Work Pools 页面打开它。",))
    heard = [worker.last_heartbeat_time for worker in workers if worker.last_heartbeat_time]
    awake = sum(datetime.now(UTC) - moment < _SILENT_AFTER for moment in heard)
    if awake:
        return Server(facts=(f"有 {awake} 个 worker 在工作",))
    if young:
        return Server(starting=("正在启动：worker 还没有报到，提交的运行稍后开始。",))
    return Server(faults=("没有 worker 在工作：点了运行也不会开始。请重新启动 pingyi serve，或启动一个 worker。",))


def _disagreements(client: SyncPrefectClient, home: Home) -> Server:
    """Runs that the server takes for failed although they did their work, which happens when it was away at their end."""
    records = {run.flow_run: run for run in read_runs(home)[:_COMPARED] if run.flow_run and run.good}
    if not records:
        return Server()
    chosen = in_state(StateType.FAILED, StateType.CRASHED, id=FlowRunFilterId(any_=list(records)))
    shown = client.read_flow_runs(flow_run_filter=chosen)
    return Server(
        tuple(f"界面上“{run.name}”显示为 {run.state_name}，其实已经完成：{records[str(run.id)].sentence}" for run in shown)
    )
