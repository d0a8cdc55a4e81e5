"""Loads what was received into the schema `raw`, and sets aside the second of two rows that may occur once only."""

from collections.abc import Sequence

from flows.host.progress import Tell
from flows.receive import Received
from flows.receive.meanings import PERSONAL
from flows.receive.typed import HIDDEN
from flows.warehouse.engine import Connection, create_table, hash_of, insert_parquet, literal, matches, quoted
from flows.warehouse.raw_tables import FILES, QUARANTINE, RAW_TABLES

# Behind it stands whether the two rows are the same.
ONCE_ONLY = "只能有一行；"
# What of a row follows from its other columns, and what the others are called where rows are compared.
_DERIVED = {"file_id", "line", "other", "submitted_on", "timed", "checked_on"}
_SHOWN = {"source": "来源", "site_id": "site", "ratings": "各项评分"}
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


def create_raw_tables(connection: Connection) -> None:
    """The empty schema `raw`, each table and column with its note."""
    connection.execute("create schema raw")
    for name, table in {**RAW_TABLES, "files": FILES, "quarantine": QUARANTINE}.items():
        columns = table.all_columns() if name in RAW_TABLES else table.columns
        create_table(connection, f"raw.{name}", table.summary, columns)


def load(connection: Connection, received: Sequence[Received], tell: Tell) -> None:
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
            source = {"source": one.dataset.source} if RAW_TABLES[receipt.table].has_source else {}
            insert_parquet(connection, f"raw.{receipt.table}", receipt.rows, source | {"file_id": file_id})
            insert_parquet(connection, "raw.quarantine", receipt.faults, {"dataset": receipt.dataset, "file": receipt.file})
    for table, key in {one.dataset.table: one.dataset.key for one in received if one.dataset.key}.items():
        _set_aside_seconds(connection, table, key)
    _check_accounts(connection)


def _set_aside_seconds(connection: Connection, table: str, key: tuple[str, ...]) -> None:
    """Of rows with equal keys the one whose content sorts first stays: neither the file's name nor the row's place decides.

    Only rows that share the hash of their key are looked at closely, which keeps this cheap for a hundred million. The reason
    names the row that stays and says in which columns the other differs: the same ballot in a later export, or another one.
    """
    raw = f"raw.{quoted(table)}"
    keys, key_hash = ", ".join(map(quoted, key)), hash_of(key)
    names = [name for name, _, _ in RAW_TABLES[table].all_columns()]
    place = ", ".join(
        quoted(name) for name in (*(name for name in names if name not in ("file_id", "line")), "file_id", "line")
    )
    compared = [name for name in names if name not in {*_DERIVED, *key}]
    differing = ", ".join(
        f"case when {quoted(name)} is distinct from first_value({quoted(name)}) over rival then {literal(_SHOWN.get(name, name))} end"
        for name in compared
    )
    connection.execute(
        f"""
        create temporary table seconds as
        with suspects as (
            select {key_hash} as key_hash from {raw} group by {key_hash} having count(*) > 1
        ),
        candidates as (
            select * from {raw} where {key_hash} in (select suspects.key_hash from suspects)
        ),
        rivals as (
            select
                candidates.*,
                row_number() over rival as place_among_rivals,
                first_value(file_id) over rival as first_file_id,
                first_value(line) over rival as first_line,
                concat_ws('、', {differing}) as differing
            from candidates
            window rival as (partition by {keys} order by {place})
        )
        select * from rivals where place_among_rivals > 1
        """
    )
    shown = [name for name in key if name != "source"]
    named = "、".join(dict.fromkeys(_KEY_NAMES[name] for name in shown))
    value = " || '/' || ".join(f"seconds.{quoted(name)}" for name in shown)
    if not RAW_TABLES[table].has_other:
        # Rows about persons: their ids may be a person's number.
        value = f"case when {matches(value, PERSONAL)} then {literal(HIDDEN)} else {value} end"
    connection.execute(
        f"""
        insert into raw.quarantine
        select files.dataset, files.file, seconds.line, ?, {value},
            '与 ' || case
                when firsts.file_id = files.file_id then '本文件'
                when firsts.dataset = files.dataset then firsts.file
                else firsts.dataset || '/' || firsts.file
            end
            || ' 第 ' || seconds.first_line || ' 行的 {named} 相同，{ONCE_ONLY}'
            || case seconds.differing when '' then '两行完全相同' else '两行的 ' || seconds.differing || ' 不同' end
        from seconds
        join raw.files on files.file_id = seconds.file_id
        join raw.files as firsts on firsts.file_id = seconds.first_file_id
        """,
        ["site" if shown[0] == "site_id" else shown[0]],
    )
    connection.execute(
        f"""
        delete from {raw} where exists (
            select 1 from seconds where seconds.file_id = {quoted(table)}.file_id and seconds.line = {quoted(table)}.line
        )
        """
    )
    connection.execute(
        """
        update raw.files set
            loaded = loaded - (select count(*) from seconds where seconds.file_id = files.file_id),
            quarantined = quarantined + (select count(*) from seconds where seconds.file_id = files.file_id)
        where file_id in (select seconds.file_id from seconds)
        """
    )
    connection.execute("drop table seconds")


def _check_accounts(connection: Connection) -> None:
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
