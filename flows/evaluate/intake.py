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
from flows.warehouse.draws import create_draw_tables
from flows.warehouse.intake import check_intake, findings_of
from flows.warehouse.raw import create_raw_tables, load
from flows.warehouse.ref import load_ref
from flows.warehouse.run_tables import add_rows, add_warnings, create_run_tables

logger = logging.getLogger("pingyi")


def load_files(evaluation: Evaluation, received: Sequence[Received]) -> None:
    """Loads the received files and the scheme, and writes the quarantine files. Raises `OperatorError` if files are refused."""
    connection, scheme = evaluation.connection, evaluation.scheme
    create_raw_tables(connection)
    create_draw_tables(connection)
    create_run_tables(connection)
    load(connection, received, evaluation.tell)
    add_rows(connection, "files", _files(evaluation, received))
    if evaluation.quarantine:
        write_quarantine(connection, evaluation.quarantine)
    # During the year most files are still to come.
    others = [] if evaluation.provisional else unexpected(evaluation.home, scheme, received)
    check_intake(connection, scheme, received, evaluation.quarantine is not None, others)
    load_ref(connection, evaluation.home, scheme, evaluation.register, evaluation.provisional)
    warnings = list(_warnings(evaluation, received))
    if not evaluation.provisional:
        warnings = [*compare_rows(connection, evaluation.home, scheme), *warnings]
    add_warnings(connection, warnings)
    for warning in warnings:
        logger.info("提示：%s", warning)


def _files(evaluation: Evaluation, received: Sequence[Received]) -> Iterator[dict[str, Any]]:
    """A row of `run.files` for every raw file, the register first, each dataset's by name."""
    register = evaluation.register
    path = evaluation.home.register(evaluation.scheme.year)
    yield {
        "dataset": "sites",
        "file": path.name,
        "sha256": register.sha256,
        "size": path.stat().st_size,
        **_account(register.rows, register.rows, 0),
        "unknown": [column.sentence for column in register.unknown] or None,
    }
    accounts = {
        (dataset, file): _account(*counts)
        for dataset, file, *counts in evaluation.connection.execute(
            "select dataset, file, rows_in, loaded, quarantined from raw.files"
        ).fetchall()
    }
    for dataset in received:
        files = {receipt.file: _file(evaluation, receipt, accounts) for receipt in dataset.receipts}
        content = {name: {key: files[name][key] for key in ("dataset", "sha256", "size")} for name in files}
        for name, first in dataset.repeats.items():
            files[name] = {"file": name, **content[first], **_account(0, 0, 0), "same_as": first}
        yield from (files[name] for name in sorted(files))


def _file(evaluation: Evaluation, receipt: Receipt, accounts: dict[tuple[str, str], dict[str, int]]) -> dict[str, Any]:
    account = accounts[receipt.dataset, receipt.file]
    return {
        "dataset": receipt.dataset,
        "file": receipt.file,
        "sha256": receipt.sha256,
        "size": receipt.size,
        **account,
        "unknown": [column.sentence for column in receipt.unknown] or None,
        "lacking": list(receipt.lacking) or None,
        "faults": sentences(findings_of(evaluation.connection, receipt)) if account["quarantined"] else None,
        "raw_table": receipt.table,
        "entry": receipt.folder.name,
    }


def _account(rows_in: int, loaded: int, quarantined: int) -> dict[str, int]:
    return {"rows_in": rows_in, "loaded": loaded, "quarantined": quarantined}


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
