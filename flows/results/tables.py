"""The contract's result tables: which there are, their columns and order, and how they are written.

Most are tables of the schema `published` as they stand. Two take their shape from the scheme: `composite_scores` has one
column a source, and there is one annex a group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.results.workbook import write_workbook
from flows.scheme import Scheme
from flows.warehouse.engine import Connection, first_row, literal, quoted, read_frame
from flows.warehouse.models import Model

# What a spreadsheet may take for a formula: one of these signs, also in full width, behind spaces or line ends, with
# something after it. A plain number with its sign is none.
_FORMULA = r"^'*[\s\x{00a0}\x{3000}\x{feff}\x00]*[=+\-@＝＋－＠](?s:.)"
_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?%?$"


@dataclass(frozen=True)
class ResultTable:
    """A result table: its name, the query that gives its rows in its columns, and the columns that order them."""

    name: str
    query: str
    order: tuple[str, ...]


def result_tables(scheme: Scheme, with_reference: bool) -> Iterator[ResultTable]:
    """Every table of `results/<year>/tables/`, in the contract's order; `reference_check` only where there is a reference."""
    by_source = "".join(f"scores[{literal(source.id)}] as {quoted(source.id)}, " for source in scheme.sources)
    yield ResultTable(
        "composite_scores",
        f'select year, "group", rank, site_id, name, {by_source}'
        "composite, previous_composite, previous_rank, flags from published.composite_scores",
        ("year", "group", "rank", "site_id"),
    )
    for group in scheme.groups:
        yield ResultTable(
            f"annex_{group.id}",
            f"select 序号, 网站, 综合得分 from published.annexes where group_id = {literal(group.id)}",
            ("序号", "网站"),
        )
    for name, order in (
        ("group_summary", ("year", "group")),
        ("satisfaction", ("year", "source", "group", "aspect")),
        ("ballot_audit", ("year", "source", "reason")),
        ("composite_steps", ("year", "site_id", "position")),
        ("source_details", ("year", "site_id", "source", "item")),
        ("check_counts", ("year", "site_id", "check")),
        ("service_inventory", ("year", "source", "group", "item_type")),
        ("rank_confidence", ("year", "group", "site_id")),
        ("weight_sensitivity", ("year", "group", "site_id")),
        ("approval_items", ("year", "source", "group", "item_type")),
        ("participation", ("year", "source", "category")),
        ("source_weights", ("year", "group", "source")),
        ("portal_columns", ("year", "column")),
        ("portal_figures", ("year", "metric")),
        ("sites", ("year", "site_id")),
        ("source_items", ("year", "source", "item")),
        ("claimed_points", ("year", "site_id", "source", "item")),
        ("lost_months", ("year", "site_id", "source", "item", "month")),
        ("failed_items", ("year", "site_id", "source", "item_id")),
        ("failed_checks", ("year", "site_id", "check", "url")),
        ("previous_scores", ("year", "site_id", "source")),
    ):
        yield ResultTable(name, f"select * from published.{name}", order)
    if with_reference:
        yield ResultTable("reference_check", "select * from published.reference_check", ("year", "position"))


def write_tables(connection: Connection, scheme: Scheme, folder: Path) -> dict[str, int]:
    """Writes every table as CSV and Parquet and all of them as `tables.xlsx`; returns the rows of each.

    Equal tables give equal bytes: rows are in the order of the key columns, and nothing tells the time.
    """
    with_reference = bool(first_row(connection, "select count(*) from ref.reference_figures")[0])
    frames: dict[str, pl.DataFrame] = {}
    for table in result_tables(scheme, with_reference):
        order = ", ".join(quoted(column) for column in table.order)
        frames[table.name] = read_frame(connection, f"select * from ({table.query}) order by {order}")
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for name, frame in frames.items():
        write_csv(frame, tables / f"{name}.csv")
        frame.write_parquet(tables / f"{name}.parquet")
    write_workbook(frames, scheme, folder / "tables.xlsx")
    return {name: frame.height for name, frame in frames.items()}


def result_columns(scheme: Scheme, models: Iterable[Model]) -> dict[str, list[str]]:
    """The columns of every result table, known from the models before any is built; `reference_check` is among them."""
    noted = {model.name: [column for column, _ in model.columns] for model in models}
    found = {}
    for table in result_tables(scheme, with_reference=True):
        model = noted.get(f"published.{'annexes' if table.name.startswith('annex_') else table.name}", [])
        if table.name == "composite_scores":
            place = model.index("scores")
            model = [*model[:place], *(source.id for source in scheme.sources), *model[place + 1 :]]
        elif table.name.startswith("annex_"):
            model = ["序号", "网站", "综合得分"]
        found[table.name] = model
    return found


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """CSV that spreadsheet programs open right, and in safety: UTF-8 with a BOM, CRLF, no text that they would run.

    Whoever sends us a name or a ballot may write a formula in it. Text that a spreadsheet would take for one gets an
    apostrophe before it here, and here alone: the Parquet file has every text as it is, the workbook as text.
    """
    texts = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    frame.with_columns(_defused(column) for column in texts).write_csv(path, include_bom=True, line_terminator="\r\n")


def _defused(column: str) -> pl.Expr:
    # A text that begins with apostrophes before such a sign gets one more, so that taking one away always gives it back.
    text = pl.col(column)
    risky = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)
