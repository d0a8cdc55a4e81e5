"""The quarantine folder of a year: every row that was set aside, one file a dataset."""

from pathlib import Path

import duckdb

from flows.results.folder import replacing
from flows.results.tables import write_csv


def write_quarantine(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Replaces the folder by what this run set aside; a dataset without such rows has no file."""
    with replacing(folder) as fresh:
        datasets = connection.execute("select distinct dataset from raw.quarantine order by dataset").fetchall()
        for (dataset,) in datasets:
            frame = connection.sql(
                """
                select dataset, file, line, "column", value, reason from raw.quarantine
                where dataset = ? order by file, line, "column"
                """,
                params=[dataset],
            ).pl()
            write_csv(frame, fresh / f"{dataset}.csv")
