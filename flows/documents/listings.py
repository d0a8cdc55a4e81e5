"""The result tables as the page shows them: codes as what they are called, numbers as people write them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from flows.datasets.checks import SITE_CHECKS
from flows.documents import words
from flows.documents.html import plain
from flows.documents.numbers import growth, percent, short
from flows.documents.tables import Row, Site, Tables
from flows.documents.text import ANNEX_COLUMNS
from flows.results.tables import result_tables
from flows.scheme import Scheme
from flows.settings import SQL
from flows.sources import kinds
from flows.warehouse.models import read_models

# Enough for every row of a year of 69 sites; a larger table is read in its file.
MOST_ROWS = 6000

# Models whose tables are shown elsewhere on the page (the ranking, the annexes), and the key columns of these tables: a column
# that is not shown elsewhere is listed beside the key.
_ELSEWHERE = {"composite_scores": "site_id", "annexes": "网站"}
_SHARES = ("rate", "share", "p_annex")
# Numbers that are shown without the zeros at their end.
_MEASURED = (
    "value", "last_value", "previous", "computed", "points", "claimed_points", "verified_points", "max_points", "target", "per",
    "weight",
)  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """A result table: its name in words, its rows, and the rows themselves where they are not too many.

    `columns` are what they are called and whether they hold numbers.
    """

    name: str
    title: str
    count: int
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]


def listings(scheme: Scheme, tables: Tables, groups: dict[str, list[Site]]) -> Iterator[Listing]:
    """Every result table, but for what the ranking and the annexes show: those on the whole before those with rows for every
    site, and last those that today's models do not make."""
    names = _Names(scheme, groups)
    known = {table.name: table for table in result_tables(scheme, read_models(SQL)) if table.name in tables.names}
    ranked = {"year", *ANNEX_COLUMNS, *(field.name for field in fields(Site)), *(source.id for source in scheme.sources)}
    for name in [*sorted(known, key=lambda name: "site_id" in known[name].order), *sorted(tables.names - known.keys())]:
        table = known.get(name)
        key = _ELSEWHERE.get(table.model) if table else None
        shown = [column for column in tables.columns(name) if column not in (ranked - {key} if key else ("year",))]
        if shown == [key]:
            continue
        headings = table.columns if table else {}
        count = tables.count(name)
        columns: list[tuple[str, bool]] = []
        rows: list[tuple[str, ...]] = []
        if 0 < count <= MOST_ROWS:
            frame = tables.frame(name).select(shown)
            # The id is shown with the name, but for the table that has a column for each.
            titles = headings if "name" in shown else headings | {"site_id": "网站"}
            columns = [(titles.get(column, column), dtype.is_numeric()) for column, dtype in frame.schema.items()]
            rows = [tuple(names.shown(column, row) for column in row) for row in frame.iter_rows(named=True)]
        yield Listing(name, table.title if table else name, count, tuple(columns), tuple(rows))


class _Names:
    """What the codes of a scheme's tables are called."""

    def __init__(self, scheme: Scheme, groups: dict[str, list[Site]]) -> None:
        self._codes = {
            "group": {group.id: group.label for group in scheme.groups},
            **{column: {source.id: source.label for source in scheme.sources} for column in ("source", "source_now")},
            "aspect": {aspect.id: aspect.label for aspect in scheme.aspects},
            "check": {check.name: check.label for check in SITE_CHECKS.values()},
            "kind": {name: kind.noun for name, kind in kinds().items()},
        }
        self._sites = {site.site_id: site.name for sites in groups.values() for site in sites}
        self._items = {(source.id, item.id): item.label for source in scheme.sources for item in source.items(scheme.aspects)}

    def shown(self, column: str, row: Row) -> str:
        """A cell as people read it."""
        value = row[column]
        if isinstance(value, Decimal):
            return _number(column, value)
        text = plain(value)
        if column == "site_id" and "name" not in row:
            return f"{self._sites.get(text, '')}（{text}）"
        if column in ("item", "item_type") and (row["source"], text) in self._items:
            return self._items[row["source"], text]
        return self._codes.get(column, {}).get(text) or words.CELLS.get(column, {}).get(text) or text


def _number(column: str, value: Decimal) -> str:
    if column == "growth":
        return growth(value)
    if column in _SHARES or (column in ("weight", "counted_weight", "previous_weight") and value <= 1):
        return percent(value, 2)
    return short(value, 4) if column in _MEASURED else plain(value)
