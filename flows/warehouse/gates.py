"""Checks the gates of `sql/gates/`: the query of each file lists violations; its first line states the rule in Chinese."""

from pathlib import Path

from flows.warehouse.engine import Connection

_SHOWN = 3


def failed_gates(connection: Connection, folder: Path) -> list[str]:
    """A sentence for every gate that does not hold, with the first rows that break it."""
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
