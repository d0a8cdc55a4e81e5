"""Loads received files and the scheme into the schemas `raw` and `ref`, with an account of every file and warnings."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from flows.comparison import compare_rows
from flows.evaluate.evaluation import Evaluation
from flows.receive import Received
from flows.receive.expected import unexpected
from flows.receive.hints import hints, register_hints
from flows.receive.store import Receipt
from flows.receive.typed import sentences
from flows.results.quarantine import write_quarantine
from flows.warehouse.engine import create_tables, read_frame
from flows.warehouse.intake import check_intake, findings_of
from flows.warehouse.raw import create_raw_tables, load
from flows.warehouse.ref import load_ref
from flows.warehouse.run_tables import add_rows, add_warnings

logger = logging.getLogger("pingyi")


def load_files(evaluation: Evaluation, received: Sequence[Received]) -> None:
    """Loads the received files and the scheme, and writes the quarantine files. Raises `OperatorError` if files are refused."""
    connection, scheme = evaluation.connection, evaluation.scheme
    create_raw_tables(connection)
    create_tables(connection, "draws")
    create_tables(connection, "run")
    load(connection, received, evaluation.tell)
    add_rows(connection, "files", _files(evaluation, received))
    if evaluation.quarantine:
        write_quarantine(connection, evaluation.quarantine)
    # During the year most files are still to come.
    others = [] if evaluation.provisional else unexpected(evaluation.home, scheme, received)
    check_intake(connection, scheme, received, evaluation.quarantine is not None, others)
    load_ref(connection, evaluation.home, scheme, evaluation.register, evaluation.provisional, evaluation.as_of)
    warnings = list(_warnings(evaluation, received))
    if not evaluation.provisional:
        warnings = [*compare_rows(connection, evaluation.home, scheme), *warnings]
    add_warnings(connection, warnings)
    for warning in warnings:
        logger.info("提示：%s", warning)


def _files(evaluation: Evaluation, received: Sequence[Received]) -> Iterator[dict[str, Any]]:
    """A row of `run.files` for every raw file, the register first, each dataset's by name."""
    register, connection = evaluation.register, evaluation.connection
    yield {
        "dataset": "sites",
        "file": evaluation.home.register(evaluation.scheme.year).name,
        "sha256": register.sha256,
        "size": register.size,
        "rows_in": register.rows,
        "loaded": register.rows,
        "quarantined": 0,
        "unknown": [column.sentence for column in register.unknown] or None,
    }
    accounts = read_frame(connection, "select dataset, file, sha256, rows_in, loaded, quarantined from raw.files").to_dicts()
    account_of = {(account["dataset"], account["file"]): account for account in accounts}
    for dataset in received:
        files: dict[str, dict[str, Any]] = {}
        for receipt in dataset.receipts:
            account = account_of[receipt.dataset, receipt.file]
            files[receipt.file] = account | {
                "size": receipt.size,
                **_mapped(receipt),
                "unknown": [column.sentence for column in receipt.unknown] or None,
                "lacking": list(receipt.lacking) or None,
                "faults": sentences(findings_of(connection, receipt)) if account["quarantined"] else None,
                "raw_table": receipt.table,
                "entry": receipt.folder.name,
            }
        for name, first in dataset.repeats.items():
            same = {key: files[first][key] for key in ("dataset", "sha256", "size")}
            files[name] = same | {"file": name, "rows_in": 0, "loaded": 0, "quarantined": 0, "same_as": first}
        yield from (files[name] for name in sorted(files))


def _mapped(receipt: Receipt) -> dict[str, Any]:
    """The account of the rows of a file that was read by a mapping."""
    account = receipt.mapped
    if account is None:
        return {}
    return {
        "mapping": account.mapping,
        "file_rows": account.rows,
        "unrated_rows": account.unrated,
        "left_out_rows": account.left_out,
    }


def _warnings(evaluation: Evaluation, received: Sequence[Received]) -> Iterator[str]:
    """Sentences about the received files that an operator should read, although the evaluation goes on."""
    scheme, connection = evaluation.scheme, evaluation.connection
    yield from register_hints(scheme, evaluation.register)
    yield from hints(scheme, received)
    for dataset, rows in connection.execute(
        "select dataset, sum(quarantined) from raw.files group by dataset having sum(quarantined) > 0 order by dataset"
    ).fetchall():
        where = f"，已放入 quarantine/{scheme.year}/{dataset}.csv" if evaluation.quarantine else ""
        yield f"{dataset} 有 {rows} 行不合格{where}。"
    unlisted = connection.execute(
        """
        with told as (
            select source, channel as category from raw.ballots
            union all
            select source, category from raw.panel_scores
        )
        select told.source, count(*), count(distinct told.category)
        from told
        left join ref.categories on categories.source = told.source and categories.category = told.category
        where
            told.category is not null
            and categories.category is null
            and told.source in (select source from ref.categories)
        group by told.source order by told.source
        """
    ).fetchall()
    for source, rows, kinds in unlisted:
        # Their values are not told: they may be persons.
        yield f"{source} 有 {rows} 行的渠道或类别（{kinds} 种）不在方案所列之中，照常计分，公布参加的人数时并入“其他”（other）。"
    unused = connection.execute(
        """
        select records.source, records.indicator, count(*)
        from raw.records
        inner join ref.indicators on indicators.source = records.source and indicators.indicator = records.indicator
        where indicators.from_crawl is not null
        group by records.source, records.indicator order by records.source, records.indicator
        """
    ).fetchall()
    for source, indicator, rows in unused:
        yield f"{source} 的指标 {indicator} 按方案取自网站检测，送来的 {rows} 条记录没有计入。"
