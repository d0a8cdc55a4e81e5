"""Loads received files into the schema `raw`, and sets aside all but the first of the rows with the same key."""

from collections.abc import Sequence

from flows.datasets import Dataset, Derived, Personal
from flows.host.progress import Tell
from flows.receive import Received
from flows.receive.meanings import PERSONAL
from flows.receive.typed import HIDDEN
from flows.scheme.datasets import raw_tables
from flows.warehouse.engine import Connection, create_tables, first_row, hash_of, insert_parquet, literal, matches, quoted

# A part of the reason for a repeated key; the rest of the sentence says whether the two rows are the same.
ONCE_ONLY = "只能有一行；"


def create_raw_tables(connection: Connection) -> None:
    """The empty schema `raw`: typed rows, each with the file and line it came from. Every table and column has its note.

    Instants are UTC; days and months are local, in the scheme's time zone. Columns that the contract does not list are stored
    in `other`, a JSON object that nothing scores; rows about persons have no `other`.
    """
    create_tables(connection, "raw", raw_tables())


def load(connection: Connection, received: Sequence[Received], tell: Tell) -> None:
    """Loads every received file; rows in = loaded + quarantined holds for each in `raw.files`."""
    file_id, files = 0, sum(len(entry.receipts) for entry in received)
    for entry in received:
        for receipt in entry.receipts:
            file_id += 1
            tell("装载", file_id, files)
            connection.execute(
                "insert into raw.files values (?, ?, ?, ?, ?, ?, ?)",
                [file_id, receipt.dataset, receipt.file, receipt.sha256, receipt.rows_in, receipt.loaded, receipt.set_aside],
            )
            source = {"source": entry.dataset.source} if entry.dataset.source else {}
            insert_parquet(connection, f"raw.{receipt.table}", receipt.rows, source | {"file_id": file_id})
            insert_parquet(connection, "raw.quarantine", receipt.faults, {"dataset": receipt.dataset, "file": receipt.file})
    for dataset in {entry.dataset.table: entry.dataset for entry in received if entry.dataset.key}.values():
        _set_aside_seconds(connection, dataset)
    _check_accounts(connection)


def _set_aside_seconds(connection: Connection, dataset: Dataset) -> None:
    """Of rows with equal keys, keeps the one whose content sorts first: neither the file's name nor the row's line decides, unless
    they differ in nothing but the person.

    Only rows with equal hashes of their keys are compared, which keeps this cheap for a hundred million rows, and mostly there
    are none.
    """
    key_hash = hash_of(dataset.key)
    (suspects,) = first_row(
        connection,
        f"""
        create temporary table suspects as
        select {key_hash} as key_hash from raw.{quoted(dataset.table)} group by {key_hash} having count(*) > 1
        """,
    )
    if suspects:
        _set_aside_suspects(connection, dataset)
    connection.execute("drop table suspects")


def _set_aside_suspects(connection: Connection, dataset: Dataset) -> None:
    """The same for the rows whose keys have a hash of `suspects`. The reason names the row that stays, and the columns in which
    the other row differs."""
    table, key = dataset.table, dataset.key
    raw = f"raw.{quoted(table)}"
    keys, key_hash = ", ".join(map(quoted, key)), hash_of(key)
    names = [name for name, _, _ in dataset.raw_table.columns]
    # What hides a person is another text under another key, on which nothing may depend that is published. So of rows that
    # differ in nothing else the first one stays.
    hidden = {column.stored for column in dataset.stored if isinstance(column.meaning, Personal)}
    deciding = [name for name in names if name not in hidden]
    order = ", ".join(map(quoted, sorted(deciding, key=lambda name: name in ("file_id", "line"))))
    differing = ", ".join(
        f"case when {quoted(name)} is distinct from first_value({quoted(name)}) over rival then {literal(shown)} end"
        for name, shown in _compared(dataset).items()
    )
    connection.execute(
        f"""
        create temporary table seconds as
        with candidates as (
            select * from {raw} where {key_hash} in (select suspects.key_hash from suspects)
        ),
        rivals as (
            select
                candidates.*,
                row_number() over rival as position,
                first_value(file_id) over rival as first_file_id,
                first_value(line) over rival as first_line,
                concat_ws('、', {differing}) as differing
            from candidates
            window rival as (partition by {keys} order by {order})
        )
        select * from rivals where position > 1
        """
    )
    shown = [name for name in key if name != "source"]
    about = ", ".join(f"seconds.{quoted(name)}" if name in names else "null" for name in ("site_id", dataset.item))
    labels = {column.stored: column.label for column in dataset.stored}
    listed = "、".join(labels[name] for name in shown)
    value = " || '/' || ".join(f"seconds.{quoted(name)}" for name in shown)
    if dataset.personal:
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
            || ' 第 ' || seconds.first_line || ' 行的 {listed} 相同，{ONCE_ONLY}'
            || case seconds.differing when '' then '两行完全相同' else '两行的 ' || seconds.differing || ' 不同' end,
            {about}
        from seconds
        join raw.files on files.file_id = seconds.file_id
        join raw.files as firsts on firsts.file_id = seconds.first_file_id
        """,
        ["site" if shown[0] == "site_id" else shown[0]],
    )
    # Of a line that a mapping parts into rows each has another key.
    same = " and ".join(f"seconds.{quoted(name)} = {quoted(table)}.{quoted(name)}" for name in ("file_id", "line", *key))
    connection.execute(f"delete from {raw} where exists (select 1 from seconds where {same})")
    connection.execute(
        """
        update raw.files set
            loaded = loaded - (select count(*) from seconds where seconds.file_id = files.file_id),
            quarantined = quarantined + (select count(*) from seconds where seconds.file_id = files.file_id)
        where file_id in (select seconds.file_id from seconds)
        """
    )
    connection.execute("drop table seconds")


def _compared(dataset: Dataset) -> dict[str, str]:
    """The columns in which two rows with the same key may differ, each with its name in a reason; no derived columns."""
    compared = {"source": "来源"} if dataset.source else {}
    for column in dataset.stored:
        if not isinstance(column.meaning, Derived):
            compared[column.stored] = column.name
        elif column.noun:
            compared[column.stored] = column.noun
    return {name: shown for name, shown in compared.items() if name not in dataset.key}


def _check_accounts(connection: Connection) -> None:
    """Checks that every row of every file is in its raw table or in quarantine."""
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
