"""The status as a terminal shows it and as a program reads it."""

import json
from collections.abc import Iterable, Iterator

from flows.host.zones import zone_words
from flows.operate.statement import Statement
from flows.operate.status import Status, statement

_RUNS = 5
_LISTED = 5


def as_lines(status: Status) -> Iterator[str]:
    """The status for a terminal: of what is amiss everything, of earlier runs the beginning."""
    yield f"{status.verdict}{'：' if status.faults else '。'}"
    recent = (_shortened(statement(run, status.at)) for run in status.ended[:_RUNS])
    parts = (
        ("", status.faults),
        ("正在启动", status.starting),
        ("正在进行", status.running),
        ("情况", status.facts),
        ("最近的运行", recent),
    )
    for title, statements in parts:
        lines = [line for entry in statements for line in _indented(str(entry))]
        if lines and title:
            yield f"{title}："
        yield from lines
    yield f"现在是 {status.at:%Y-%m-%d %H:%M}，时刻都是{zone_words(status.at.tzinfo)}。"


def as_json(status: Status, ui: str) -> Iterator[str]:
    """The status for programs, as the lines of a JSON text; `ui` is the interface's address, empty where there is none."""
    content = {
        "good": status.good,
        "home": str(status.home),
        "at": status.at.isoformat(),
        "faults": [str(entry) for entry in status.faults],
        "starting": status.starting,
        "facts": status.facts,
        "running": [str(entry) for entry in status.running],
        "runs": [
            {"run": str(entry), "link": link(entry, ui)} for entry in (statement(run, status.at) for run in status.ended[:20])
        ],
    }
    yield from json.dumps(content, ensure_ascii=False, indent=1).split("\n")


def link(entry: Statement, ui: str) -> str:
    """Where the interface shows what the run left; its log, which would open by itself, is for maintainers."""
    return f"{ui}/v2/runs/flow-run/{entry.flow_run}?tab=Artifacts" if ui and entry.flow_run else ""


def _shortened(entry: Statement) -> Statement:
    left = len(entry.listed) - _LISTED
    return Statement(entry.sentence, (*entry.listed[:_LISTED], f"…… 共 {len(entry.listed)} 条")) if left > 0 else entry


def _indented(text: str) -> Iterable[str]:
    first, *others = text.split("\n")
    return [f"  · {first}", *(f"    {line}" for line in others)]
