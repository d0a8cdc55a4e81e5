"""Writes the scheme, the register and other references of a year into the schema `ref`, which any model may read.

The SQL gets everything that varies from year to year from these tables. `sql/ref.sql` declares them, and the file of a kind of
source (`flows.sources`) those that the kind fills.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from flows.datasets.crawl import CHECKS
from flows.home import Home
from flows.receive.register import Register
from flows.scheme import Scheme
from flows.scheme.crawl import crawl_period
from flows.sources import Item, Period, Row, days, kinds, row
from flows.warehouse.engine import Connection, column_types, create_tables, insert_frame
from flows.warehouse.previous import previous_rows
from flows.warehouse.quantiles import rank_quantiles
from flows.warehouse.reference_figures import read_reference_figures

# The source of the crawl's nights in `ref.due_periods`; no source of a scheme may have this name.
CRAWL = CHECKS.name
_SOURCE = ("label", "kind", "is_sample", "by_site")


def create_ref_tables(connection: Connection) -> None:
    """The empty schema `ref`, with the tables of every kind of source. Kinds may share one."""
    of_kinds = {table.name: table for kind in kinds().values() for table in kind.tables}
    create_tables(connection, "ref", of_kinds.values())


def load_ref(
    connection: Connection, home: Home, scheme: Scheme, register: Register, provisional: bool, as_of: date | None = None
) -> None:
    """Creates and fills the schema `ref`. On the day `as_of` only what is over by then is due; where it is None, everything is.

    During the year most sources are still empty. So the policy for missing sources is always `reweight` in a provisional run, and
    where it is asked what is due so far, whatever policy the scheme has for the final run.
    """
    sizes = Counter(register.sites["group"])
    rows: dict[str, list[Row]] = {
        **_scheme_rows(scheme, provisional, as_of),
        "rank_quantiles": [
            {"group_id": group.id, "degrees_of_freedom": degrees, "quantile": quantile}
            for group in scheme.groups
            for degrees, quantile in rank_quantiles(sizes[group.id])
        ],
        "sites": register.sites.select("site_id", pl.col("group").alias("group_id"), "name", "url").to_dicts(),
        **previous_rows(home, scheme),
        "reference_figures": [
            {"position": position} | vars(figure)
            for position, figure in enumerate(read_reference_figures(home, scheme.year), 1)
        ],
    }
    for source in scheme.sources:
        for name, its_rows in source.rows().items():
            rows.setdefault(name, []).extend(its_rows)
    create_ref_tables(connection)
    for table, entries in rows.items():
        _insert(connection, f"ref.{table}", entries)


def _insert(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    names = column_types(connection, table)
    unknown = {name for entry in rows for name in entry} - names.keys()
    if unknown:
        raise AssertionError(f"{table} has no column {', '.join(sorted(unknown))}")
    # One statement for all rows: row by row would take minutes for a register of 86 000 sites.
    frame = pl.DataFrame({name: pl.Series(name, [_text(entry.get(name)) for entry in rows], dtype=pl.String) for name in names})
    insert_frame(connection, table, frame)


def _text(value) -> str | None:
    # As text, every value reaches its column's type exactly, without passing through a double. Decimals are written
    # out in full: str(Decimal("0.00000001")) would be 1E-8.
    if value is None:
        return None
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _scheme_rows(scheme: Scheme, provisional: bool, as_of: date | None) -> Mapping[str, list[Row]]:
    crawl = scheme.crawl
    facts = {name: getattr(scheme, name) for name in ("year", "title", "timezone", "sha256")}
    return {
        "scheme": [
            facts
            | {"missing": "reweight" if provisional or as_of else scheme.missing, "provisional": provisional, "as_of": as_of}
        ],
        "groups": _numbered("group_id", scheme.groups, "label", "publish_top"),
        "sources": [entry | _delivery(scheme, entry["source"]) for entry in _numbered("source", scheme.sources, *_SOURCE)],
        "due_periods": list(_due_periods(scheme, as_of)),
        "rated_aspects": [
            {"source": source.id, "aspect": aspect} for source in scheme.sources for aspect in source.asked(scheme.aspects)
        ],
        "weights": [
            {"group_id": group.id, "source": source, "weight": weight}
            for group in scheme.groups
            for source, weight in group.weights.items()
        ],
        "tie_break": [{"position": position, "source": source} for position, source in enumerate(scheme.tie_break, 1)],
        "aspects": _numbered("aspect", scheme.aspects, "label", "weight"),
        "items": [entry for source in scheme.sources for entry in _item_rows(source.id, source.items(scheme.aspects))],
        "crawl_rules": [{"opens": crawl.opens, "closes": crawl.closes, "confirm": crawl.confirm}],
        "confirmations": [{"check": check, "confirm": number} for check, number in crawl.confirm_checks],
    }


def _delivery(scheme: Scheme, source_id: str) -> Row:
    source = scheme.source(source_id)
    _, closes = source.period
    due = source.delivery.due or closes or date(scheme.year, 12, 31)
    return {"incomplete": source.delivery.incomplete, "due": due}


def _due_periods(scheme: Scheme, as_of: date | None) -> Iterator[Row]:
    """The days and months of which each source's part must have come, and the crawl's where the scheme says that it is nightly."""
    over = as_of - timedelta(1) if as_of else date.max
    for source in scheme.sources:
        opens, closes = source.period
        first, last = opens or date(scheme.year, 1, 1), closes or date(scheme.year, 12, 31)
        yield from _of_time(source.id, [period for period in source.periods(first, min(last, over)) if period.due <= over])
    if scheme.crawl.nightly:
        first, last = crawl_period(scheme.crawl, scheme.year)
        yield from _of_time(CRAWL, [Period(f"{day}", day) for day in days(first, min(last, over))])


def _of_time(source: str, periods: Iterable[Period]) -> Iterator[Row]:
    for position, period in enumerate(periods, 1):
        yield {"source": source, "position": position, "period": period.name, "due": period.due}


def _numbered(column: str, things: Iterable[Any], *same: str) -> list[Row]:
    """A row for each thing in its order: its position, its id in the column, and its attributes with the names `same`."""
    return [
        {"position": position, column: thing.id} | {name: getattr(thing, name) for name in same}
        for position, thing in enumerate(things, 1)
    ]


def _item_rows(source: str, items: Iterable[Item]) -> Iterator[Row]:
    # The order in which a scheme lists types of service items says nothing.
    for position, item in enumerate(sorted(items, key=lambda item: item.id if item.each else ""), 1):
        yield row(source, item, "label", "weight", position=position, item=item.id, max_points=item.most)
