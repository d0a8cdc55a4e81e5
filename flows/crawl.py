"""The crawl flow: visits every site of the register, and writes the results of a night into one raw file."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from flows.crawler.parts import Part
from flows.crawler.rules import ColumnAddress, CrawlRules, Target
from flows.errors import MachineError, UsageError
from flows.forms import DataDir, OfNight, Year
from flows.host.lock import only_crawler
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.taking import step_result
from flows.receive.register import Register, read_register
from flows.scheme import Scheme
from flows.scheme.crawl import crawl_period
from flows.scheme.file import read_scheme
from flows.settings import Settings, read_settings

if TYPE_CHECKING:
    from flows.crawler.run import Night

logger = logging.getLogger("pingyi")

# The step that crawls.
CRAWL = "crawl sites"


@dataclass(frozen=True)
class Crawled:
    """What a night's crawl did, or in `skipped` why there was none. `without_address` is how many sites it could not visit.
    `part` is the part of the night that it was; None where that was all of it."""

    year: int
    title: str
    night: "Night | None" = None
    without_address: int = 0
    skipped: str = ""
    part: Part | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        return (self.sentence,) if self.night and self.night.line_down else ()

    @property
    def sentence(self) -> str:
        night = self.night
        if night is None:
            return f"没有检测网站：{self.skipped}"
        if night.line_down:
            return (
                f"{night.day} 的检测没有做完：本机的线路不通（对照网站都打不开）。已检测 {night.crawled + night.already} 个网站，"
                f"还有 {night.left} 个没有检测，没有把任何故障记到网站头上。线路恢复后重新运行，会接着做完。"
            )
        which = f"的{self.part}" if self.part else ""
        before = f"（先前已检测 {night.already} 个）" if night.already else ""
        file = f"raw/{self.year}/crawl/{night.file.name}" if night.file else ""
        lacking = f"；登记册中 {self.without_address} 个网站没有网址，无法检测" if self.without_address else ""
        return f"{night.day} {which}检测了 {night.crawled} 个网站{before}，结果在 {file}{lacking}。"


@run_of("crawl")
def crawl(year: Year = None, data_dir: DataDir = None, part: OfNight = "") -> Crawled:
    """Crawls every site of the register, or the rest of a night that was interrupted; or one part of them, while other machines crawl
    the other parts."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    chosen = Part.read(part) if part else None
    crawled = step_result(CRAWL, crawl_sites, settings, scheme, part=chosen)
    if crawled.skipped:
        raise UsageError(crawled.sentence)
    if crawled.night and crawled.night.line_down:
        raise MachineError(crawled.sentence)
    show_text("summary", summary(scheme.title, [crawled.sentence], []), crawled.sentence)
    return crawled


def crawl_sites(
    settings: Settings, scheme: Scheme, now: Callable[[], datetime] = lambda: datetime.now(UTC), part: Part | None = None
) -> Crawled:
    """One night's crawl, the only one in its data home, or the only one of its part. It writes raw files only, so an evaluation may
    run at the same time."""
    skipped = _why_not(scheme, now().astimezone(scheme.zone).date())
    if skipped:
        return Crawled(scheme.year, scheme.title, skipped=skipped)
    # Imported here because it takes a second, and most runs never crawl.
    from flows.crawler.run import crawl_night

    register = read_register(settings.home, scheme)
    folder = settings.home.raw_to_write(scheme.year) / "crawl"
    targets = list(_targets(register))
    mine = [target for target in targets if part is None or part.has(target)]
    rules, name = _rules(settings, scheme), part.name if part else ""
    if part:
        rules = replace(rules, turns=str(settings.home.turns))
    with (
        progress() as tell,
        only_crawler(settings.home, f"crawl {scheme.year} {name}".strip(), settings.wait, logger.warning, name),
    ):
        night = crawl_night(mine, folder, rules, tell, now, name)
    return Crawled(scheme.year, scheme.title, night, register.rows - len(targets), part=part)


def _why_not(scheme: Scheme, today: date) -> str:
    opens, closes = crawl_period(scheme.crawl, scheme.year)
    if not opens <= today <= closes:
        return f"今天（{today}）不在检测期（{opens} 到 {closes}）之内。检测期由方案的 crawl.opens 和 crawl.closes 写明，没有写明就是评议年度。"
    if not scheme.crawl.contact:
        return "方案没有写明 crawl.contact。请写上贵单位的邮箱或网址：被检测的网站要能知道是谁在访问、向谁询问。"
    return ""


def _targets(register: Register) -> Iterator[Target]:
    for site_id, url, listed in register.sites.select("site_id", "url", "columns").iter_rows():
        if url:
            columns = (part.partition("=") for part in (listed or "").split("|") if part)
            addresses = tuple(ColumnAddress(kind, address) for kind, _, address in columns)
            yield Target(site_id, url if "://" in url else f"http://{url}", addresses)


def _rules(settings: Settings, scheme: Scheme) -> CrawlRules:
    chosen = {"canaries": scheme.crawl.canaries, "pages": scheme.crawl.pages}
    rules = CrawlRules(
        contact=scheme.crawl.contact,
        timezone=scheme.timezone,
        interval=settings.crawl_interval,
        open_loopback=settings.open_loopback,
    )
    return replace(rules, **{name: value for name, value in chosen.items() if value is not None})
