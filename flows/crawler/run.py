"""One night's crawl: many sites at a time, each written down as soon as it is done."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from io import BufferedWriter
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop

from flows.crawler.addresses import Guard, Names
from flows.crawler.fetch import Fetcher
from flows.crawler.line import Line, LineDown, LineGone
from flows.crawler.links import nothing_tried_elsewhere
from flows.crawler.night import Finished, NightFiles, add, open_journal, open_night
from flows.crawler.robots import AGENT
from flows.crawler.rules import CrawlRules, Target
from flows.crawler.site import Visitor, nothing_made
from flows.crawler.wire import open_wire
from flows.host.garbage import few_collections
from flows.host.progress import Tell

logger = logging.getLogger("pingyi")
_TELL_EVERY = 0.5
# Sites start one after the other, by this part of the interval: hundreds of home pages that come in one moment would be
# read late, and look slow.
_RAMP = 0.1


@dataclass(frozen=True)
class Night:
    """What a start did: sites `crawled` now, `already` done before, and `left` because our own line was down.

    `file` is the night's file where there is one; with `left` sites it lacks what the journal keeps for the next start.
    """

    day: date
    file: Path | None
    crawled: int
    already: int
    left: int
    line_down: bool
    requests: int


def crawl_night(
    targets: Sequence[Target],
    folder: Path,
    rules: CrawlRules,
    tell: Tell,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    part: str = "",
) -> Night:
    """Crawls the sites that this night does not have yet and writes its file when it has all of them; the file of a `part` of the night
    where these are only that.

    Goes on with a night that was interrupted less than twelve hours ago. Raises `OperatorError` for a damaged journal.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = open_night(folder, now(), ZoneInfo(rules.timezone), part)
    wanted = {target.site_id: target for target in targets}
    finished = files.finished
    waiting = [target for site, target in wanted.items() if site not in finished]
    already = len(wanted) - len(waiting)
    if not waiting:
        return Night(files.day, files.seal(), 0, already, 0, False, 0)
    crawl = _Crawl(files, rules, tell, now, already, len(wanted))
    try:
        # The standard library's event loop takes an eighth longer, and a quarter of a megabyte for every attempt over TLS.
        with few_collections(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(crawl.run(waiting))
    except KeyboardInterrupt:
        # Without the event loop's own exceptions before it: nothing went wrong, the journal is kept.
        raise KeyboardInterrupt from None
    left = len(waiting) - crawl.crawled
    file = files.seal() if not left else files.file if files.file.exists() else None
    return Night(files.day, file, crawl.crawled, already, left, crawl.line_down, crawl.requests)


@dataclass
class _Crawl:
    """The sites of one start. `crawled` are in the journal."""

    files: NightFiles
    rules: CrawlRules
    tell: Tell
    now: Callable[[], datetime]
    already: int
    total: int
    progress_at: float = -_TELL_EVERY
    troubles: int = 0
    crawled: int = 0
    requests: int = 0
    line_down: bool = False

    async def run(self, targets: Sequence[Target]) -> None:
        guard = Guard(self.rules.open_loopback)
        names = Names(guard, self.rules.deadline)
        agent = f"{AGENT}/{version('pingyi')} (+{self.rules.contact})"
        try:
            async with open_wire(self.rules, guard, names, agent) as wire:
                fetcher = Fetcher(wire, guard, names, self.rules)
                line = Line(fetcher, self.rules.canaries)
                visitor = Visitor(fetcher, line, nothing_tried_elsewhere(), self.rules, ZoneInfo(self.rules.timezone))
                try:
                    await line.wait()
                    await self._all(visitor, targets)
                except LineGone:
                    self.line_down = True
                finally:
                    self.requests = fetcher.requests
        finally:
            await names.close()
        self._progress(last=True)
        if self.troubles:
            logger.error("有 %d 个网站因检测程序自身出错而没有检测", self.troubles)

    async def _all(self, visitor: Visitor, targets: Sequence[Target]) -> None:
        """Raises `LineGone` as soon as one visit finds it so; the sites in work stay open."""
        waiting = iter(targets)
        try:
            with open_journal(self.files.journal) as journal:
                async with asyncio.TaskGroup() as group:
                    for number in range(min(self.rules.at_once, len(targets))):
                        group.create_task(self._work(visitor, journal, waiting, number * self.rules.interval * _RAMP))
        except BaseExceptionGroup as faults:
            # What else went wrong matters more than the line.
            others = [fault for fault in faults.exceptions if not isinstance(fault, LineGone)]
            raise (others or faults.exceptions)[0] from None

    async def _work(self, visitor: Visitor, journal: BufferedWriter, waiting: Iterator[Target], late: float) -> None:
        await asyncio.sleep(late)
        for target in waiting:
            add(journal, await self._visited(visitor, target))
            self.crawled += 1
            self._progress()

    async def _visited(self, visitor: Visitor, target: Target) -> Finished:
        while True:
            at = self.now().astimezone(UTC)
            try:
                return Finished(target.site_id, at, await visitor.visit(target, at))
            except LineDown:
                await visitor.line.wait()
            except Exception as fault:
                # A defect of ours or a page that nobody thought of: never a verdict, and never the end of the night.
                logger.exception("检测 %s（%s）时程序出错", target.site_id, target.url)
                self.troubles += 1
                why = f"检测程序出错（{type(fault).__name__}: {str(fault)[:200]}）"
                return Finished(target.site_id, at, nothing_made(target, why))

    def _progress(self, last: bool = False) -> None:
        if last or time.monotonic() - self.progress_at >= _TELL_EVERY:
            self.progress_at = time.monotonic()
            self.tell("检测网站", self.already + self.crawled, self.total)
