"""Automations on a real server: the notification block of an operator gets the messages."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.operate.automations import BLOCK, TAG, install_on
from flows.orchestrator.outcome import WITH_WARNINGS
from tests.operate.serving import until


@pytest.fixture
def client(on_server):
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client


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


def _run(client, state, tags=(TAG,)):
    from prefect import flow

    @flow(name="trial")
    def trial() -> None: ...

    run = client.create_flow_run(trial, name=f"试运行 {state.name}", tags=list(tags))
    client.set_flow_run_state(run.id, state, force=True)


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
    until(lambda: len(notifications) >= 3, "three notifications came", 60)
    bodies = " ".join(f"{sent['subject']} {sent['body']}" for sent in notifications)
    assert "expert/x.csv 第 3 行不对" in bodies and "有 2 条提示" in bodies and "Late" in bodies
    assert re.search(r"/v2/runs/flow-run/[0-9a-f-]{36}\?tab=Artifacts", bodies)
    assert "平常的一次" not in bodies and "别的系统的" not in bodies
    assert {sent["subject"] for sent in notifications} == {"评议：没有完成", "评议：完成，有提示", "评议：该开始而没有开始"}


def _until_heard(client, notifications):
    from prefect.states import Failed

    def heard():
        _run(client, Failed(message="听到了吗"))
        return notifications

    until(heard, "the server knows the automations", 60)
    until(lambda: _settled(notifications), "no more of the first ones come", 60)


def _settled(notifications):
    import time

    before = len(notifications)
    time.sleep(3)
    return len(notifications) == before
