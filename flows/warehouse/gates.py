"""Checks the gates of `sql/gates/`: the query of each file lists violations; its first line states the rule in Chinese.

They hold the published tables against one another, against the scheme and the register, and against the year as `sql/recount/`
computes it once more from the raw rows.
"""

import re
from graphlib import TopologicalSorter
from pathlib import Path

from flows.warehouse.engine import Connection, Make, create_table_as
from flows.warehouse.models import RECOUNT

_SHOWN = 3
_READS = re.compile(rf"\b(?:from|join) {RECOUNT}\.(\w+)")


def failed_gates(connection: Connection, folder: Path) -> list[str]:
    """A sentence for every gate of `folder` that does not hold, with the first rows that break it."""
    failures = []
    for path in sorted(folder.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        rule = sql.splitlines()[0].removeprefix("-- ").rstrip("。")
        broken = connection.execute(sql)
        columns, rows = [name for name, *_ in broken.description], broken.fetchall()
        if rows:
            shown = "；".join(
                "，".join(f"{name} {value}" for name, value in zip(columns, row, strict=True)) for row in rows[:_SHOWN]
            )
            failures.append(f"应当“{rule}”（{path.stem}），而有 {len(rows)} 处不符，如 {shown}")
    return failures


def recount(connection: Connection, folder: Path, make: Make = create_table_as) -> None:
    """Fills the schema `recount` by the files of `folder`, each after those that it reads, by an engine's way to `make` a table."""
    queries = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    reads = {name: _READS.findall(sql) for name, sql in sorted(queries.items())}
    for name in TopologicalSorter(reads).static_order():
        make(connection, f"{RECOUNT}.{name}", queries[name])


def forget_recount(connection: Connection) -> None:
    """Drops the schema again: what agrees need not be kept twice."""
    connection.execute(f"drop schema {RECOUNT} cascade")
