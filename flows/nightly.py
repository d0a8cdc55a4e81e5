"""The nightly flow: a scrub, a crawl, then a provisional evaluation. It publishes nothing."""

from dataclasses import dataclass

from flows.coverage import read_coverage
from flows.crawl import CRAWL, crawl_sites
from flows.evaluate.evaluation import at_home
from flows.evaluate.pipeline import pipeline
from flows.forms import DataDir, Year
from flows.integrity.scrub import sentences
from flows.orchestrator.account import show_coverage
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.taking import step_result, take, taken_alone
from flows.persons.purge import is_purged
from flows.results.record import read_record
from flows.results.settling import settle
from flows.scheme.file import read_scheme
from flows.scrub import SCRUB, find
from flows.settings import read_settings
from flows.warehouse.engine import first_row
from flows.warehouse.run_tables import read_warnings


@dataclass(frozen=True)
class Refreshed:
    """The result of a nightly run: how many sites have a provisional composite in the warehouse, and the warnings.

    `crawled` says what the crawl did, or why there was none.
    """

    year: int
    title: str
    crawled: str
    sites: int
    without_all_sources: int
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"{self.title}：暂行得分已刷新，{self.sites} 个网站有得分，其中 {self.without_all_sources} 个尚缺来源；"
            f"没有公布任何结果。{self.crawled}"
        )


@dataclass(frozen=True)
class Rested:
    """A night on which there was nothing to evaluate, since the year was purged: what the scrub found."""

    year: int
    purged: str
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.year} 年的个人信息已于 {self.purged} 清除，没有检测，也没有评议，只核对了文件。新年度的方案放进来以后就评议新的年度。"


# Over the year most sources are still empty, so a nightly run always reweights missing sources, and flags them; the
# scheme's own rule for missing sources is for the yearly run.
@run_of("nightly")
def nightly(year: Year = None, data_dir: DataDir = None) -> Refreshed | Rested:
    """Scrubs, crawls, receives and validates new data, and evaluates the year provisionally into the warehouse. A year that was
    purged is left alone."""
    settings = read_settings(data_dir)
    # First, since the rest may fail night after night for a file that somebody has yet to mend.
    with progress() as tell:
        amiss = sentences(step_result(SCRUB, find, settings.home, False, tell))
    scheme = read_scheme(settings.home, year)
    record = read_record(settings.home, scheme.year)
    if record.purge and is_purged(settings, scheme.year, record):
        rested = Rested(scheme.year, record.purge.at[:10], tuple(amiss))
        show_text("summary", summary(scheme.title, [rested.sentence], amiss), rested.sentence)
        return rested
    crawl, crawling = taken_alone(CRAWL, crawl_sites, settings, scheme)
    # The crawl may have gone on into another day, and somebody may have mended the scheme meanwhile.
    scheme = read_scheme(settings.home, year)
    with at_home("nightly", settings, scheme, progress(), provisional=True) as evaluation:
        settle(settings.home)
        take(pipeline(evaluation), after=crawling)
        warnings = [*amiss, *crawl.warnings, *read_warnings(evaluation.connection)]
        sites, incomplete = first_row(
            evaluation.connection,
            """
            select count(*), count(*) filter (where flags like '%missing%') from published.composite_scores
            """,
        )
        show_coverage(read_coverage(evaluation.connection, scheme))
        evaluation.keep_database()
        refreshed = Refreshed(scheme.year, scheme.title, crawl.sentence, sites, incomplete, tuple(warnings))
        show_text("summary", summary(scheme.title, [refreshed.sentence], warnings), refreshed.sentence)
        return refreshed
