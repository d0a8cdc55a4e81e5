"""Loads what was received into the schema `raw`, and sets aside the second of two rows that may occur once only."""

from collections.abc import Sequence

import duckdb

from flows.errors import OperatorError
from flows.receive import Received, Tell
from flows.scheme import Scheme
from flows.warehouse.connection import create_table, first_row, quoted
from flows.warehouse.raw_tables import FILES, QUARANTINE, RAW_TABLES

_REASON = "与另一行的{}相同，只能有一行"
_KEY_NAMES = {
    "ballot_id": "ballot_id",
    "source": "",
    "site_id": "网站",
    "indicator": "指标",
    "month": "月份",
    "item_id": "item_id",
    "column": "栏目",
    "metric": "指标名",
}


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty schema `raw`, each table and column with its note."""
    connection.execute("create schema raw")
    for name, table in {**RAW_TABLES, "files": FILES, "quarantine": QUARANTINE}.items():
        columns = table.all_columns() if name in RAW_TABLES else table.columns
        create_table(connection, f"raw.{name}", table.summary, columns)


def load(connection: duckdb.DuckDBPyConnection, received: Sequence[Received], tell: Tell) -> None:
    """Loads every received file; rows in = loaded + quarantined holds for each in `raw.files`."""
    file_id, files = 0, sum(len(one.receipts) for one in received)
    for one in received:
        for receipt in one.receipts:
            file_id += 1
            tell("装载", file_id, files)
            connection.execute(
                "insert into raw.files values (?, ?, ?, ?, ?, ?, ?)",
                [file_id, receipt.dataset, receipt.file, receipt.sha256, receipt.rows_in, receipt.loaded, receipt.set_aside],
            )
            _load_rows(connection, receipt.table, one.dataset.source, str(receipt.rows), file_id)
            connection.execute(
                """
                insert into raw.quarantine
                select ?, ?, line, "column", value, reason from read_parquet([?])
                """,
                [receipt.dataset, receipt.file, str(receipt.faults)],
            )
    for table, key in {one.dataset.table: one.dataset.key for one in received if one.dataset.key}.items():
        _set_aside_seconds(connection, table, key)
    _check_accounts(connection)


def _load_rows(connection: duckdb.DuckDBPyConnection, table: str, source_id: str, rows: str, file_id: int) -> None:
    source = "? as source, " if RAW_TABLES[table].has_source else ""
    parameters = [source_id] if source else []
    connection.execute(
        f"insert into raw.{quoted(table)} by name select {source}? as file_id, * from read_parquet([?])",
        [*parameters, file_id, rows],
    )


def _set_aside_seconds(connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...]) -> None:
    """Of rows with equal keys the one whose content sorts first stays: neither the file's name nor the row's place decides.

    Only rows that share the hash of their key are looked at closely, which keeps this cheap for a hundred million.
    """
    raw = f"raw.{quoted(table)}"
    keys = ", ".join(quoted(name) for name in key)
    content = ", ".join(
        quoted(name) for name, _, _ in RAW_TABLES[table].all_columns() if name not in ("file_id", "line", "other")
    )
    connection.execute(
        f"""
        create temporary table seconds as
        with suspects as (
            select hash({keys}) as key_hash from {raw} group by key_hash having count(*) > 1
        ),
        candidates as (
            select * from {raw} where hash({keys}) in (select suspects.key_hash from suspects)
        )
        select *
        from candidates
        qualify row_number() over (partition by {keys} order by {content}, other, file_id, line) > 1
        """
    )
    shown = [name for name in key if name != "source"]
    names = "、".join(dict.fromkeys(_KEY_NAMES[name] for name in shown))
    value = " || '/' || ".join(quoted(name) for name in shown)
    connection.execute(
        f"""
        insert into raw.quarantine
        select files.dataset, files.file, seconds.line, ?, {value}, ?
        from seconds join raw.files on files.file_id = seconds.file_id
        """,
        ["site" if shown[0] == "site_id" else shown[0], _REASON.format(names)],
    )
    connection.execute(
        f"""
        delete from {raw} using seconds
        where {quoted(table)}.file_id = seconds.file_id and {quoted(table)}.line = seconds.line
        """
    )
    connection.execute(
        """
        update raw.files set loaded = loaded - moved.rows, quarantined = quarantined + moved.rows
        from (select file_id, count(*) as rows from seconds group by file_id) as moved
        where files.file_id = moved.file_id
        """
    )
    connection.execute("drop table seconds")


def _check_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Every row of every file is in its raw table or in quarantine; anything else is a defect of ours."""
    wrong = connection.execute(
        """
        with set_aside as (select dataset, file, count(*) as rows from raw.quarantine group by dataset, file)
        select files.dataset, files.file, rows_in, loaded, quarantined
        from raw.files left join set_aside on set_aside.dataset = files.dataset and set_aside.file = files.file
        where rows_in <> loaded + quarantined or quarantined <> coalesce(set_aside.rows, 0)
        """
    ).fetchall()
    if wrong:
        raise AssertionError(f"rows are unaccounted for: {wrong}")


def check_quarantine(connection: duckdb.DuckDBPyConnection, scheme: Scheme, written: bool = True) -> None:
    """Stops the run where more of a file was set aside than the scheme allows, all such files in one error.

    `written` tells whether the quarantine files are there to be looked at.
    """
    over = connection.execute(
        """
        select dataset, file, rows_in, quarantined from raw.files
        where quarantined > cast(? as decimal(14, 8)) * rows_in
        order by dataset, file
        """,
        [scheme.max_quarantined],
    ).fetchall()
    if not over:
        return
    faults = []
    for dataset, file, rows_in, quarantined in over:
        line, column, value, reason = first_row(
            connection,
            """
            select line, "column", value, reason from raw.quarantine
            where dataset = ? and file = ? order by line limit 1
            """,
            [dataset, file],
        )
        where = f"第 {line} 行" + (f" {column} 列“{value}”" if column else "")
        faults.append(
            f"raw/{scheme.year}/{dataset}/{file}：{rows_in} 行中有 {quarantined} 行不合格，"
            f"上限是 {scheme.max_quarantined:%}。例如{where}：{reason}。"
        )
    raise OperatorError(
        f"有 {len(over)} 个文件的不合格行太多，评议没有进行，已公布的结果没有改动。"
        + (f"全部不合格行见 quarantine/{scheme.year}/；" if written else "")
        + "请改正这些文件（若满篇都是不认识的名称，文件可能是 Big5 等其他编码），"
        "或确认后调高方案的 max_quarantined：",
        faults,
    )
