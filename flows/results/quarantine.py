"""The quarantine folder of a year: every row that was set aside, one file a dataset."""

from pathlib import Path

from flows.results.folder import replacing
from flows.results.tables import write_csv
from flows.warehouse.engine import Connection, read_frame


def write_quarantine(connection: Connection, folder: Path) -> None:
    """Replaces the folder by what this run set aside; a dataset without such rows has no file."""
    with replacing(folder) as fresh:
        datasets = connection.execute("select distinct dataset from raw.quarantine order by dataset").fetchall()
        for (dataset,) in datasets:
            frame = read_frame(
                connection,
                """
                select dataset, file, line, "column", value, reason from raw.quarantine
                where dataset = ? order by file, line, "column"
                """,
                [dataset],
            )
            write_csv(frame, fresh / f"{dataset}.csv")
