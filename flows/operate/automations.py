"""The automations that belong to the deployments: a dead run is marked, and whoever should know is told.

`install` is a step of `prefect.yaml`, so that `prefect deploy` brings them as well as `pingyi serve` does. They concern
the runs of this system only, which carry its tag.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.automations import AutomationCore
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture

from flows.orchestrator.outcome import WITH_WARNINGS

TAG = "pingyi"
# The notification block that an operator makes in the UI, of whatever kind, under this name.
BLOCK = "pingyi"
_PREFIX = "评议："
# A run sends a heartbeat every 30 seconds (pyproject.toml); with a longer beat this would end healthy runs.
SILENCE = timedelta(seconds=90)
# One event of a run of this system is enough, of each run for itself.
_EACH_OF_OURS: dict[str, Any] = {
    "match": {"prefect.resource.id": "prefect.flow-run.*"},
    "match_related": {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"},
    "for_each": {"prefect.resource.id"},
    "threshold": 1,
}
_ENDS = ("Completed", "Failed", "Crashed", "Cancelled", "Paused", "Suspended")
_SILENT = "运行它的进程不再报到（断电、被杀或系统重启）。已公布的结果没有改动，可以重新运行。"
_BODY = """{{ flow_run.name }}：{{ flow_run.state.name }}

{{ flow_run.state.message }}

{{ flow_run|ui_url|replace('/runs/', '/v2/runs/') }}?tab=Artifacts
"""


def install() -> dict[str, str]:
    """Installs the automations anew on the server that the environment names; returns what a deployment step returns."""
    with get_client(sync_client=True) as client:
        installed = install_on(client)
    return {"automations": "、".join(installed)}


def install_on(client: SyncPrefectClient) -> list[str]:
    """Brings the automations to what they should be; returns their names. One that is so already is not touched."""
    wanted = [_stamped(automation) for automation in _wanted(_notification_block(client))]
    existing = {automation.name: automation for automation in client.read_automations() if automation.name.startswith(_PREFIX)}
    for automation in wanted:
        found = existing.pop(automation.name, None)
        if found is None:
            client.create_automation(automation)
        elif found.description != automation.description:
            client.delete_automation(found.id)
            client.create_automation(automation)
    for automation in existing.values():
        client.delete_automation(automation.id)
    return [automation.name for automation in wanted]


def _stamped(automation: AutomationCore) -> AutomationCore:
    """The automation with a mark of its content in its description: the server keeps more of it than it was given."""
    content = json.dumps(_in_order(automation.model_dump(mode="json", exclude={"trigger": {"id"}})), sort_keys=True)
    mark = hashlib.sha256(content.encode()).hexdigest()[:8]
    return automation.model_copy(update={"description": f"{automation.description}（{mark}）"})


def _in_order(content: Any) -> Any:
    """The same with lists of texts in alphabetical order: those of events are sets, which every process orders in its own way. With
    another mark an automation would be made anew, and forget the runs that it watches."""
    match content:
        case dict():
            return {name: _in_order(value) for name, value in content.items()}
        case list():
            return (
                sorted(content) if all(isinstance(value, str) for value in content) else [_in_order(value) for value in content]
            )
    return content


def _notification_block(client: SyncPrefectClient) -> UUID | None:
    blocks = [block for block in client.read_block_documents(limit=200) if block.name == BLOCK]
    return blocks[0].id if blocks else None


def _wanted(block: UUID | None) -> Iterator[AutomationCore]:
    yield AutomationCore(
        name=f"{_PREFIX}中断的运行",
        description="运行的进程消失后（断电、被杀），不再报到的运行标为 Crashed，以免一直显示为 Running。",
        trigger=EventTrigger(
            # A run may be killed before its first heartbeat.
            after=_events("Running", "heartbeat"),
            # Not every event of a run: on SQLite each one that matches is one more that contends for the database.
            expect=_events("heartbeat", *_ENDS, WITH_WARNINGS),
            posture=Posture.Proactive,
            within=SILENCE,
            **_EACH_OF_OURS,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=_SILENT)],
    )
    if block is None:
        return
    for name, states, subject in (
        ("没有完成", ("Failed", "Crashed", "TimedOut"), "评议：没有完成"),
        ("该开始而没有开始", ("Late",), "评议：该开始而没有开始"),
        ("完成但有提示", (WITH_WARNINGS,), "评议：完成，有提示"),
    ):
        yield AutomationCore(
            name=f"{_PREFIX}通知——{name}",
            description=f"用名为 {BLOCK} 的通知块发出通知。",
            trigger=EventTrigger(expect=_events(*states), posture=Posture.Reactive, within=timedelta(0), **_EACH_OF_OURS),
            actions=[SendNotification(block_document_id=block, subject=subject, body=_BODY)],
        )


def _events(*states: str) -> set[str]:
    return {f"prefect.flow-run.{state}" for state in states}
