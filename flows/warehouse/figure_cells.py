"""Generates the model of the cells to which printed figures are compared: every number of every published table.

The contracts define its cells, so that it includes every new column and table. The text is a model file like those of `sql/`.
"""

from collections.abc import Mapping

from flows.published.contract import Contract, PublishedColumn, Range
from flows.warehouse.engine import literal, quoted

FIGURE_CELLS = "published.figure_cells"

_HEAD = """\
-- The cells of the published tables that printed figures point at, one row a cell; the key joins a row's key columns by /.
-- grain: table_name, row_key, column_name
with pointed as (
    select figures.table_name, figures.column_name
    from ref.reference_figures as figures
    union
    select figures.per_table, figures.per_column
    from ref.reference_figures as figures
),

cells as (
"""
_LAST = """
)

select
    cells.table_name,   -- published table
    cells.row_key,      -- its row: the values of the key columns, a site by its name
    cells.column_name,  -- its column
    cells.value         -- what stands there, four places; never null
from cells
where cells.value is not null
"""


def figure_cells(contracts: Mapping[str, Contract]) -> str:
    """The model's text, of the contracts by table. A table that is published as several is not among them."""
    cells = [
        _cell(table, contract.key, column)
        for table, contract in sorted(contracts.items())
        if not contract.tables
        for column in contract.published
        if isinstance(column.bounds, Range) and column.name not in contract.key
    ]
    return _HEAD + "\n    union all\n".join(cells) + _LAST


def _cell(table: str, key: tuple[str, ...], column: PublishedColumn) -> str:
    # People know a site by its name.
    parts = ["sites.name" if part == "site_id" else f"result.{quoted(part)}" for part in key]
    row_key = ", ".join(f"cast({part} as varchar)" for part in parts)
    tables = f"pointed\n    cross join published.{quoted(table)} as result"
    if "site_id" in key:
        tables += "\n    inner join ref.sites on sites.site_id = result.site_id"
    return f"""\
    select
        pointed.table_name,
        concat_ws('/', {row_key}) as row_key,
        pointed.column_name,
        cast(result.{quoted(column.name)} as decimal(28, 4)) as value
    from {tables}
    where pointed.table_name = {literal(table)} and pointed.column_name = {literal(column.name)}"""
