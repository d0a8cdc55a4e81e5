"""`prefect deploy --all` and a worker: the production way, on a real server, up to a scheduled run that really happens and to the
notification block of an operator that gets the messages."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.home import Home
from flows.host.lock import holder
from flows.host.runs import DIED, read_runs
from flows.operate.automations import BLOCK, TAG, install_on
from flows.orchestrator.outcome import WITH_WARNINGS
from tests.conftest import ROOT, server_of_its_own, talking_to
from tests.flows.homes import YEAR, small_home
from tests.operate.serving import kill_all, until


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("deployed") / "home")


@pytest.fixture(scope="module")
def prefect_folder(used_prefect_home):
    return used_prefect_home()


@pytest.fixture(scope="module")
def server(prefect_folder):
    """Not the one of all tests: what is deployed, with its automations, would have a say in the runs of others."""
    with server_of_its_own(prefect_folder) as url:
        yield url


@pytest.fixture(scope="module")
def prefect(server, prefect_folder, home):
    """Starts a Prefect command from the top of the checkout, as an operator would."""
    environment = os.environ | {"PREFECT_API_URL": server, "PREFECT_HOME": str(prefect_folder), "PINGYI_DATA": str(home)}
    # What the tests set for flows in their own process is not what an operator has.
    environment.pop("PREFECT_LOGGING_LEVEL", None)

    def call(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return call


@pytest.fixture(scope="module")
def start_worker(prefect, client):
    """Starts a worker, and ends it with the tests if it has not ended before."""
    started = []

    def start() -> subprocess.Popen:
        process = prefect("worker", "start", "--pool", "pingyi", "--type", "process", "--limit", "4")
        started.append(process)
        # A pipe that nobody reads would hold the worker up in the end.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        until(lambda: any(pool.name == "pingyi" for pool in client.read_work_pools()), "the worker has made its pool")
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def first_worker(start_worker):
    return start_worker()


@pytest.fixture(scope="module")
def deployed(first_worker, prefect, client):
    process = prefect("--no-prompt", "deploy", "--all")
    printed, _ = process.communicate(timeout=180)
    assert process.returncode == 0, printed
    flows = {"nightly": "nightly", "yearly": "yearly draft", "publish": "publish", "crawl": "crawl", "check": "check"}
    return {
        name: client.read_deployment_by_name(f"{flow}/{name}") for name, flow in (flows | {"reproduce": "reproduce"}).items()
    }


@pytest.fixture(scope="module")
def killed(deployed, first_worker, client, home):
    """A run that is killed at work, with its worker, as by a power cut."""
    run = client.create_flow_run_from_deployment(deployed["yearly"].id, parameters={"year": YEAR})
    until(lambda: [entry for entry in read_runs(Home(home)) if entry.flow_run == str(run.id)], "the run is at work")
    kill_all(first_worker.pid)
    return run.id


@pytest.fixture(scope="module")
def second_worker(killed, start_worker):
    return start_worker()


@pytest.fixture(scope="module")
def client(server, prefect_folder):
    from prefect.client.orchestration import get_client

    with talking_to(server, prefect_folder), get_client(sync_client=True) as client:
        yield client


def test_what_is_scheduled_is_scheduled_in_shanghai_time(deployed):
    schedules = [(name, schedule.schedule) for name, deployment in deployed.items() for schedule in deployment.schedules]
    assert {name: (cron.cron, cron.timezone) for name, cron in schedules} == {
        "nightly": ("30 2 * * *", "Asia/Shanghai"),
        "yearly": ("0 4 10 1 *", "Asia/Shanghai"),
        "reproduce": ("0 5 1 * *", "Asia/Shanghai"),
    }


def test_deploying_brings_the_automation_for_dead_runs(deployed, client):
    assert "评议：中断的运行" in {automation.name for automation in client.read_automations()}


def test_every_process_gives_an_automation_the_same_mark():
    """With another mark a deployment would make it anew, and it would forget the runs that it watches."""
    code = "from flows.operate.automations import _stamped, _wanted\nprint(*[_stamped(each).description for each in _wanted(None)])"
    marks = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(marks) == 1 and marks != {""}


@pytest.fixture
def notifications(client):
    """What is sent to a webhook on this machine, for which there is a notification block; the automations know it."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    received = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_) -> None:
            """The test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    block = CustomWebhookNotificationBlock(
        name=BLOCK,
        url=f"http://127.0.0.1:{server.server_address[1]}/",
        json_data={"subject": "{{subject}}", "body": "{{body}}"},
    )
    document = block.save(BLOCK, overwrite=True)
    install_on(client)
    yield received
    client.delete_block_document(document)
    install_on(client)
    server.shutdown()
    server.server_close()


def test_a_killed_run_is_not_at_work_any_more_and_its_home_is_free(killed, home):
    until(
        lambda: next(entry for entry in read_runs(Home(home)) if entry.flow_run == str(killed)).outcome == DIED,
        "its process is gone",
        10,
    )
    assert holder(Home(home)) == ""


def test_the_schedule_makes_runs_at_half_past_two_in_shanghai(deployed, client):
    runs = until(lambda: _runs_of(client, deployed["nightly"]), "the scheduler made runs of the nightly deployment")
    # 02:30 in Shanghai is 18:30 UTC all year round.
    assert {run.expected_start_time.strftime("%H:%M %Z") for run in runs if run.auto_scheduled} == {"18:30 UTC"}


def test_a_scheduled_run_really_happens(deployed, client, second_worker, home):
    from prefect.client.schemas.schedules import IntervalSchedule

    nightly = deployed["nightly"]
    made = client.create_deployment_schedules(nightly.id, [(IntervalSchedule(interval=timedelta(seconds=20)), True)])
    try:
        finished = until(
            lambda: [
                run
                for run in _runs_of(client, nightly)
                if run.auto_scheduled and run.state_type and run.state_type.value == "COMPLETED"
            ],
            "a scheduled run of the nightly deployment has completed",
        )
    finally:
        client.delete_deployment_schedule(nightly.id, made[0].id)
    assert finished[0].parameters == {}
    assert (home / "warehouse.duckdb").exists() and not (home / "results").exists()


def test_without_a_block_there_is_only_the_automation_for_dead_runs(client):
    install_on(client)
    ours = [automation for automation in client.read_automations() if automation.name.startswith("评议：")]
    assert [automation.name for automation in ours] == ["评议：中断的运行"]


def test_installing_again_changes_nothing(client):
    install_on(client)
    before = {automation.id for automation in client.read_automations()}
    install_on(client)
    assert {automation.id for automation in client.read_automations()} == before


def test_failures_late_runs_and_warnings_are_told_and_nothing_else(client, notifications):
    from prefect.client.schemas.objects import StateType
    from prefect.states import Completed, Failed, State

    # The automations are read by the server a moment after they came.
    _until_heard(client, notifications)
    notifications.clear()
    _run(client, Completed(message="平常的一次"))
    _run(client, Failed(message="别的系统的"), tags=("elsewhere",))
    _run(client, Failed(message="expert/x.csv 第 3 行不对"))
    _run(client, Completed(name=WITH_WARNINGS, message="有 2 条提示"))
    _run(client, State(type=StateType.SCHEDULED, name="Late", message="该开始了"))

    def bodies():
        return " ".join(f"{sent['subject']} {sent['body']}" for sent in notifications)

    # One of those before may still come between them.
    told = ("expert/x.csv 第 3 行不对", "有 2 条提示", "Late")
    until(lambda: all(text in bodies() for text in told), "the three notifications came", 120)
    said = bodies()
    assert re.search(r"/v2/runs/flow-run/[0-9a-f-]{36}\?tab=Artifacts", said)
    assert "平常的一次" not in said and "别的系统的" not in said
    assert {sent["subject"] for sent in notifications} == {"评议：没有完成", "评议：完成，有提示", "评议：该开始而没有开始"}


def test_a_killed_run_is_marked_and_no_other(killed, client, deployed):
    state = until(lambda: _final(client.read_flow_run(killed)), "the killed run is marked", 300)
    assert state.is_crashed() and "可以重新运行" in state.message
    runs = [run for name in ("yearly", "nightly") for run in _runs_of(client, deployed[name])]
    crashed = [run.id for run in runs if run.state_type and run.state_type.value == "CRASHED"]
    assert crashed == [killed]


def _final(run):
    return run.state if run.state and run.state.is_final() else None


def _runs_of(client, deployment):
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    return client.read_flow_runs(deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])), limit=200)


def _run(client, state, tags=(TAG,)):
    from prefect import flow

    @flow(name="trial")
    def trial() -> None: ...

    run = client.create_flow_run(trial, name=f"试运行 {state.name}", tags=list(tags))
    client.set_flow_run_state(run.id, state, force=True)


def _until_heard(client, notifications):
    from prefect.states import Failed

    def heard():
        _run(client, Failed(message="听到了吗"))
        return notifications

    until(heard, "the server knows the automations", 60)
    until(lambda: _settled(notifications), "no more of the first ones come", 60)


def _settled(notifications):
    before = len(notifications)
    time.sleep(3)
    return len(notifications) == before
