"""Whether all is well: what ran, what should have run, what is amiss. Silence is an alarm.

What a run did is told by the data home's own records, and what is published is held against its hashes. The server is asked for what only it knows, whether it will start
the next one; where it does not answer, that is said and the rest holds. Times are those of the scheme's time zone.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from flows.errors import OperatorError
from flows.home import Home
from flows.host.kinds import KINDS
from flows.host.lock import holder
from flows.host.runs import DIED, RUNNING, Run, read_records, read_runs
from flows.host.zones import home_zone, zone_words
from flows.operate.account import account_facts
from flows.operate.published import Watched, watched
from flows.operate.statement import Statement

logger = logging.getLogger("pingyi")

Looked = TypeVar("Looked")

# A nightly run a day, and two hours for it to get done.
LATE_AFTER = timedelta(hours=26)
# Clocks of machines that share a disk differ by less.
_AHEAD = timedelta(minutes=10)
LEAST_FREE = 5 << 30
LEAST_FREE_SHARE = 0.03
_SCHEDULED = ("nightly", "crawl", "draft", "reproduce")
_ENDINGS = {
    "done": "完成",
    "warnings": "完成，有提示",
    "failed": "没有完成",
    "interrupted": "被中断",
    DIED: "进程消失（断电或被杀）",
    RUNNING: "正在运行",
}
# Of what a terminal shows: earlier runs, and what is listed of each.
_RUNS = 5
_LISTED = 5


@dataclass(frozen=True)
class Server:
    """What was found out about the server: `starting` tells what is not there yet because it has just been started."""

    facts: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    starting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """What there is to say of a data home, and what is amiss; `faults` are for an alarm. `at` is in the home's time zone."""

    home: Home
    at: datetime
    facts: tuple[str, ...]
    faults: tuple[Statement, ...]
    running: tuple[Statement, ...]
    runs: tuple[Run, ...]
    starting: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.faults

    @property
    def verdict(self) -> str:
        """All of it in a few words."""
        if self.faults:
            return f"有 {len(self.faults)} 处需要处理"
        return "正在启动" if self.starting else "一切正常"

    @property
    def ended(self) -> list[Run]:
        return [run for run in self.runs if run.outcome != RUNNING]


def read_status(home: Home, now: datetime, server: Server = Server()) -> Status:
    """The status of a data home at `now` (an aware time), with what was found out about the server.

    Whatever cannot be looked at is a fault in words, and the rest is told.
    """
    faults: list[Statement] = []
    now = now.astimezone(_tried("评议方案的时区", lambda: home_zone(home), UTC, faults))
    records, unreadable = read_records(home)
    # Of a clock that was wrong; taken for the latest run, one would hide all that fail, or are late, until its time comes.
    ahead = [run for run in records if run.began > now + _AHEAD]
    runs = [run for run in records if run not in ahead]
    held = _tried(f"数据目录的锁 {home.lock}", lambda: holder(home), "", faults)
    known = _tried("公布的结果", lambda: watched(home, now, held), Watched(), faults)
    found = _tried("这个数据目录", lambda: list(_faults(home, runs, now)), [], faults)
    account = _tried("到件情况", lambda: list(account_facts(home)), [], faults)
    facts = [*_last_good(runs, now), *account, *known.facts, *server.facts]
    running = [*(statement(run, now) for run in records if run.outcome == RUNNING), *known.running]
    if held:
        running.append(Statement(f"数据目录正被占用：{held}"))
    if unreadable:
        faults.append(Statement("有的运行记录读不出来，那几次运行就看不到了；看过以后把它们移走即可：", tuple(unreadable)))
    if ahead:
        faults.append(
            Statement(
                "有的运行记录的时间在将来，机器的时钟那时或现在不对，没有把它们算作最近的运行。请核对时钟，看过以后从 runs 里移走它们：",
                tuple(f"{run.what} {run.began.isoformat()}（进程 {run.process}）" for run in ahead),
            )
        )
    disk = _tried("磁盘", lambda: _disk(home), ("", ""), faults)
    facts += [disk[0]] if disk[0] else []
    nearly_full = [Statement(disk[1])] if disk[1] else []
    told = [*found, *known.faults, *faults, *map(Statement, server.faults), *nearly_full]
    return Status(home, now, tuple(facts), tuple(told), tuple(running), tuple(runs), server.starting)


def _tried(what: str, look: Callable[[], Looked], otherwise: Looked, faults: list[Statement]) -> Looked:
    """What a look gives; where it fails, for whatever reason, that is a fault and the others go on."""
    try:
        return look()
    except OperatorError as fault:
        faults.append(Statement(fault.summary, fault.faults))
    except OSError as fault:
        faults.append(Statement(f"{what}看不了：{fault.filename or ''} {fault.strerror or fault}。请检查它，或把它移走。"))
    except Exception as fault:
        logger.debug("%s could not be looked at", what, exc_info=True)
        faults.append(Statement(f"{what}看不了（{type(fault).__name__}: {fault}）。请检查数据目录，并告诉维护人员。"))
    return otherwise


def _disk(home: Home) -> tuple[str, str]:
    """What is free on the disk, and a fault where that is little."""
    usage = shutil.disk_usage(home.path if home.path.is_dir() else Path("/"))
    free = f"{usage.free / (1 << 30):.1f} GB（{usage.free / usage.total:.0%}）"
    little = usage.free < LEAST_FREE or usage.free < LEAST_FREE_SHARE * usage.total
    return f"磁盘还剩 {free}", f"磁盘只剩 {free}。请腾出空间，否则下一次运行会失败。" if little else ""


def server_expected(home: Home) -> bool:
    """Whether runs of this home are to be started by a server: `serve` was at work on it, or a deployment has run."""
    return os.path.lexists(home.served) or any(run.deployed for run in read_runs(home))


def without_server(home: Home) -> Server:
    """What there is to say where no server is named."""
    if not server_expected(home):
        fact = "没有运行 Prefect 服务器：没有操作界面，也不会按日程运行；命令照常可用。需要时运行 pingyi serve。"
        return Server(facts=(fact,))
    otherwise = f"不再用它了，就删去 {home.served}。" if os.path.lexists(home.served) else ""
    fault = f"没有运行 Prefect 服务器，日程不会启动任何运行。请运行 pingyi serve，或设置 PREFECT_API_URL。{otherwise}"
    return Server(faults=(fault,))


def statement(run: Run, now: datetime) -> Statement:
    """What there is to say of a run, in the time zone of `now`."""
    kind = KINDS.get(run.what)
    what = f"{kind.label if kind else run.what}{f' {run.year}' if run.year else ''}"
    if run.outcome == RUNNING:
        return Statement(f"{what}：正在运行，已 {_span(now - run.began)}（进程 {run.process}）", flow_run=run.flow_run)
    lasted = f"，用时 {_span(run.lasted)}" if run.lasted else ""
    ending = f"：{run.sentence}" if run.sentence else ""
    began = run.began.astimezone(now.tzinfo)
    return Statement(
        f"{began:%Y-%m-%d %H:%M} {what}：{_ENDINGS.get(run.outcome, run.outcome)}{lasted}{ending}", run.faults, run.flow_run
    )


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


def _last_good(runs: Sequence[Run], now: datetime) -> Iterator[str]:
    for name, kind in KINDS.items():
        last = next((run for run in runs if run.what == name and run.good), None)
        if last:
            yield f"上一次成功的{kind.label}：{last.began.astimezone(now.tzinfo):%Y-%m-%d %H:%M}（{_span(now - last.began)}前）"


def _faults(home: Home, runs: Sequence[Run], now: datetime) -> Iterator[Statement]:
    if not home.path.is_dir():
        yield Statement(home.absence)
        return
    if not home.years:
        yield Statement(f"{home} 里没有任何评议方案（schemes/年度.toml），什么也不能运行。")
        return
    nights = [run for run in runs if run.what == "nightly"]
    good = next((run for run in nights if run.good), None)
    # Whoever runs commands by hand has no nights, unless there were some.
    expected = nights or server_expected(home)
    since = good or (nights[-1] if nights else runs[-1] if runs else None)
    if expected and since and now - since.began > LATE_AFTER:
        before = f"上一次成功是 {good.began.astimezone(now.tzinfo):%Y-%m-%d %H:%M}" if good else "从来没有成功过"
        yield Statement(
            f"每晚运行迟了：{before}，已经 {_span(now - since.began)}。请看它最近一次运行的日志，或立即运行一次 nightly。"
        )
    for name, kind in KINDS.items():
        last = next((run for run in runs if run.what == name and run.outcome != RUNNING), None)
        # A night begins with a crawl, so a good one has made up for one that failed before it.
        if last is None or last.good or (name == "crawl" and good and good.began > last.began):
            continue
        # What runs by schedule fails without anybody looking; who starts the others sees how they end, unless they vanish.
        if name in _SCHEDULED or last.outcome == DIED:
            failure = statement(last, now)
            yield Statement(f"最近一次{kind.label}没有成功。{failure.sentence}", failure.listed, failure.flow_run)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for limit, unit, word in ((120, 1, "秒"), (7200, 60, "分钟"), (48 * 3600, 3600, "小时")):
        if seconds < limit:
            return f"{seconds // unit} {word}"
    return f"{seconds // 86400} 天"


def _shortened(entry: Statement) -> Statement:
    left = len(entry.listed) - _LISTED
    return Statement(entry.sentence, (*entry.listed[:_LISTED], f"…… 共 {len(entry.listed)} 条")) if left > 0 else entry


def _indented(text: str) -> Iterable[str]:
    first, *others = text.split("\n")
    return [f"  · {first}", *(f"    {line}" for line in others)]
