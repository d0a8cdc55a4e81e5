"""`prefect deploy --all` and a worker: the production way, on a real server, up to a scheduled run that really happens."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home


@pytest.fixture(scope="module")
def prefect(prefect_server, prefect_home):
    """Starts a Prefect command from the top of the checkout, as an operator would."""
    environment = os.environ | {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(prefect_home)}

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
def worker(prefect):
    process = prefect("worker", "start", "--pool", "pingyi", "--type", "process", "--limit", "1")
    yield process
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture(scope="module")
def deployed(prefect, worker, client):
    _until(lambda: [pool for pool in client.read_work_pools() if pool.name == "pingyi"], "the worker made its pool")
    process = prefect("--no-prompt", "deploy", "--all")
    printed, _ = process.communicate(timeout=180)
    assert process.returncode == 0, printed
    return {name: client.read_deployment_by_name(f"{name}/{name}") for name in ("nightly", "crawl", "yearly")}


@pytest.fixture(scope="module")
def client(on_server):
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client


def _until(condition, what, seconds=150):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"after {seconds} s, not yet: {what}")


def test_what_is_scheduled_is_scheduled_in_shanghai_time(deployed):
    schedules = [(name, schedule.schedule) for name, one in deployed.items() for schedule in one.schedules]
    assert {name: (one.cron, one.timezone) for name, one in schedules} == {
        "nightly": ("30 2 * * *", "Asia/Shanghai"),
        "yearly": ("0 4 10 1 *", "Asia/Shanghai"),
    }


def test_the_schedule_makes_runs_at_half_past_two_in_shanghai(deployed, client):
    runs = _until(lambda: _runs_of(client, deployed["nightly"]), "the scheduler made runs of the nightly deployment")
    # 02:30 in Shanghai is 18:30 UTC all year round.
    assert {run.expected_start_time.strftime("%H:%M %Z") for run in runs if run.auto_scheduled} == {"18:30 UTC"}


def test_a_scheduled_run_really_happens(deployed, client, tmp_path):
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import IntervalSchedule

    home = small_home(tmp_path / "home")
    nightly = deployed["nightly"]
    soon = DeploymentScheduleCreate(
        schedule=IntervalSchedule(interval=timedelta(seconds=20)), active=True, parameters={"year": YEAR, "data_dir": str(home)}
    )
    made = client.create_deployment_schedules(nightly.id, [(soon.schedule, True)])
    try:
        client.update_deployment_schedule(nightly.id, made[0].id, active=True)
        client.update_deployment(nightly.id, _with_parameters({"year": YEAR, "data_dir": str(home)}))
        done = _until(
            lambda: [
                run for run in _runs_of(client, nightly) if run.auto_scheduled and run.state_type and run.state_type.value == "COMPLETED"
            ],
            "a scheduled run of the nightly deployment has completed",
        )
    finally:
        client.delete_deployment_schedule(nightly.id, made[0].id)
        client.update_deployment(nightly.id, _with_parameters({}))
    assert done[0].parameters == {"year": YEAR, "data_dir": str(home)}
    assert (home / "warehouse.duckdb").exists() and not (home / "results").exists()


def _with_parameters(parameters):
    from prefect.client.schemas.actions import DeploymentUpdate

    return DeploymentUpdate(parameters=parameters)


def _runs_of(client, deployment):
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    return client.read_flow_runs(deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])), limit=200)
