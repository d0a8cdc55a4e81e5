"""The nightly flow: crawl, take in what has come, validate it, refresh the provisional scores. Publishes nothing."""

from dataclasses import dataclass

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from flows.crawl import crawl_sites
from flows.evaluation import done, evaluate, opened
from flows.reporting import summarise
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.connection import first_row
from flows.yearly import keep_database


@dataclass(frozen=True)
class Refreshed:
    """What a nightly run left in the warehouse: how many sites have a provisional composite, and the warnings.

    `crawled` says what the crawl did, or why there was none.
    """

    year: int
    title: str
    crawled: str
    sites: int
    without_all_sources: int
    warnings: tuple[str, ...]


@flow(name="nightly", task_runner=ThreadPoolTaskRunner(max_workers=1), validate_parameters=True)
def nightly(year: int | None = None, data_dir: str | None = None) -> Refreshed:
    """Crawls the sites, takes in the raw files that have come and refreshes the provisional scores in the warehouse.

    Over the year most sources are still empty, so missing ones are always reweighted here, and flagged; what the scheme
    says of missing sources is for the yearly run.

    Args:
        year: 评议年度，须有方案 schemes/<年度>.toml；不填则取最近的年度。
        data_dir: 数据目录；不填则用本系统的默认目录。
    """
    settings = read_settings(data_dir)
    crawling = done(crawl_sites(settings, read_scheme(settings.data_dir, year), return_state=True))
    crawled = crawling.result().sentence
    with opened("nightly", year, data_dir, provisional=True) as evaluation:
        evaluate(evaluation, after=[crawling])
        scheme = evaluation.scheme
        warnings = evaluation.warnings()
        sites, incomplete = first_row(
            evaluation.connection,
            """
            select count(*), count(*) filter (where flags like '%missing%') from published.composite_scores
            """,
        )
        keep_database(evaluation)
        facts = [crawled, f"{sites} 个网站有暂行得分，其中 {incomplete} 个尚缺来源；没有公布任何结果"]
        summarise(scheme.title, facts, warnings)
        return Refreshed(scheme.year, scheme.title, crawled, sites, incomplete, tuple(warnings))
