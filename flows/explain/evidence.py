"""The database that an explanation reads: the warehouse where it holds the year, else the same tables in a temporary folder."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.receive.deliveries import deliveries
from flows.receive.register import read_register
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.settings import SQL, Settings
from flows.warehouse.engine import Connection, EngineError, holder, read_only_database, table_names
from flows.warehouse.models import read_models

Answer = TypeVar("Answer")


def from_evidence(
    settings: Settings, scheme: Scheme, read: Callable[[Connection], Answer], say: Callable[[str], None]
) -> Answer:
    """The result of `read` on a connection whose schemas hold the year's final evaluation.

    The warehouse holds the last run only, and most nights that is another year's. A year that is not there is built again in a
    temporary folder, from the raw files as they are now; files read before come from the store. Where another program has the
    warehouse open, or it is damaged, `say` gets a sentence about it, and the year is built as well. Such a warehouse may fail
    only while it is read, so `read` may be called twice, and must not hand out anything before it ends.
    """
    warehouse = settings.home.warehouse
    if warehouse.is_file():
        try:
            with read_only_database(warehouse) as connection:
                if _holds(connection, settings, scheme):
                    return read(connection)
        except EngineError as fault:
            say(_unreadable(warehouse, fault))
    with aside(settings, scheme, nullcontext(silent), store="kept") as evaluation:
        run_here(step for step in pipeline(evaluation) if not step.check)
        return read(evaluation.connection)


def _unreadable(warehouse: Path, fault: EngineError) -> str:
    held = holder(fault)
    why = "读不了（损坏、没有写完、没有权限，或是别的版本的 DuckDB 写的）"
    if held:
        why = f"正被另一个程序打开（{held[0]}，进程 {held[1]}）"
    sentence = f"{warehouse} {why}，所以从原始文件另外算一遍，要多等一会儿；结果相同。"
    return sentence if held else f"{sentence}下一次 yearly 或 nightly 会重新生成它。"


def _holds(connection: Connection, settings: Settings, scheme: Scheme) -> bool:
    """Whether the warehouse was built, for good, from this scheme, this register and the raw files as they are now,
    with all the tables of today's models."""
    sites = read_register(settings.home, scheme).sites.select("site_id", "group", "name").rows()
    contents = {(d.name, file.sha256) for d in datasets(scheme) for file in deliveries(settings.home, scheme.year, d)}
    models = {model.name for model in read_models(SQL)}
    return (
        # An older pingyi may have built it, without tables that are read here.
        models <= table_names(connection)
        and connection.execute("select year, provisional, sha256 from ref.scheme").fetchall()
        == [(scheme.year, False, scheme.sha256)]
        and sorted(connection.execute("select site_id, group_id, name from ref.sites").fetchall()) == sorted(sites)
        and set(connection.execute("select dataset, sha256 from raw.files").fetchall()) == contents
    )
