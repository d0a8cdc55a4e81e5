"""Writes the scheme, the register and other references of a year into the schema `ref`, which any model may read.

The SQL gets everything that varies from year to year from these tables. The file of a kind of source (`flows.sources`)
declares the tables that it fills; the modules for last year's results, printed figures and quantiles declare theirs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from flows.datasets import Table
from flows.home import Home
from flows.receive.register import Register
from flows.scheme import Scheme
from flows.sources import WEIGHT, Item, Row, kinds, row
from flows.warehouse.engine import Connection, create_table, insert_frame
from flows.warehouse.previous import PREVIOUS_TABLES, previous_rows
from flows.warehouse.quantiles import RANK_QUANTILES, rank_quantiles
from flows.warehouse.reference_figures import REFERENCE_FIGURES, read_reference_figures

# Those of the scheme itself and of the register.
_SCHEME_TABLES = (
    Table(
        "scheme",
        "The one row of the year's scheme.",
        (
            ("year", "integer", "evaluated year"),
            ("title", "varchar", "what the evaluation is called"),
            ("timezone", "varchar", "time zone of its days, months and minutes"),
            ("missing", "varchar", "policy for missing sources: fail, zero or reweight"),
            ("provisional", "boolean", "whether this run publishes nothing"),
            ("sha256", "varchar", "hash of the scheme's file"),
        ),
    ),
    Table(
        "groups",
        "Groups of sites, in the scheme's order.",
        (
            ("position", "integer", "place in the scheme, from 1"),
            ("group_id", "varchar", "group"),
            ("label", "varchar", "what it is called"),
            ("publish_top", "integer", "how many ranks its annex has"),
        ),
    ),
    Table(
        "sources",
        "Sources of scores, in the scheme's order.",
        (
            ("position", "integer", "place in the scheme, from 1"),
            ("source", "varchar", "source"),
            ("label", "varchar", "what it is called"),
            ("kind", "varchar", "kind of evidence, which fixes the arithmetic"),
            ("is_sample", "boolean", "whether others might have been asked, so that its scores have a standard error"),
        ),
    ),
    Table(
        "weights",
        "What a source weighs in a group's composite.",
        (
            ("group_id", "varchar", "group"),
            ("source", "varchar", "source that the group scores"),
            ("weight", WEIGHT, "its share; a group's add up to 1"),
        ),
    ),
    Table(
        "tie_break",
        "Sources that decide between equal composites, in order.",
        (("position", "integer", "1 decides first"), ("source", "varchar", "source whose score decides")),
    ),
    Table(
        "aspects",
        "What ballots and experts rate.",
        (
            ("position", "integer", "place in raw.ballots.ratings, from 1"),
            ("aspect", "varchar", "aspect"),
            ("label", "varchar", "what it is called"),
            ("weight", WEIGHT, "its share; all add up to 1"),
        ),
    ),
    Table(
        "items",
        "What the sources are made of: aspects, indicators, item types. A source without any is its score alone.",
        (
            ("source", "varchar", "source"),
            ("position", "integer", "place in the scheme, from 1; of item types, which have no order there, by their ids"),
            ("item", "varchar", "aspect, indicator or item type"),
            ("label", "varchar", "what it is called"),
            (
                "weight",
                WEIGHT,
                "its share among the aspects, its points among the indicators, or what one item of the type weighs",
            ),
            ("max_points", WEIGHT, "points at most; 100 for aspects and item types"),
        ),
    ),
    Table(
        "crawl_rules",
        "The one row that says which crawl checks count.",
        (
            ("opens", "date", "first local day; null where it is open"),
            ("closes", "date", "last local day; null where it is open"),
            ("confirm", "integer", "how many failures in a row it takes for each of them to count"),
        ),
    ),
    Table(
        "confirmations",
        "Checks whose failures take another number in a row to count.",
        (("check", "varchar", "crawl check"), ("confirm", "integer", "how many failures in a row it takes")),
    ),
    Table(
        "sites",
        "The register of sites.",
        (
            ("site_id", "varchar", "site"),
            ("group_id", "varchar", "the group in which it is ranked"),
            ("name", "varchar", "name as registered"),
            ("url", "varchar", "its address; null where not told"),
        ),
    ),
)


def ref_tables() -> tuple[Table, ...]:
    """Every table of the schema `ref`. Kinds may share one."""
    of_kinds = {table.name: table for kind in kinds().values() for table in kind.tables}
    return (*_SCHEME_TABLES, RANK_QUANTILES, *of_kinds.values(), *PREVIOUS_TABLES, REFERENCE_FIGURES)


def load_ref(connection: Connection, home: Home, scheme: Scheme, register: Register, provisional: bool) -> None:
    """Creates and fills the schema `ref`.

    During the year most sources are still empty. So the policy for missing sources is always `reweight` in a provisional run,
    whatever policy the scheme has for the final run.
    """
    sizes = Counter(register.sites["group"])
    rows: dict[str, list[Row]] = {
        **_scheme_rows(scheme, provisional),
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
    connection.execute("create schema ref")
    for table in ref_tables():
        create_table(connection, f"ref.{table.name}", table.summary, table.columns)
        _insert(connection, table, rows.pop(table.name, []))
    if rows:
        raise AssertionError(f"rows without a table: {', '.join(rows)}")


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    names = [name for name, _, _ in table.columns]
    unknown = {name for entry in rows for name in entry} - set(names)
    if unknown:
        raise AssertionError(f"ref.{table.name} has no column {', '.join(sorted(unknown))}")
    # One statement for all rows: row by row would take minutes for a register of 86 000 sites.
    frame = pl.DataFrame({name: pl.Series(name, [_text(entry.get(name)) for entry in rows], dtype=pl.String) for name in names})
    insert_frame(connection, f"ref.{table.name}", frame)


def _text(value) -> str | None:
    # As text, every value reaches its column's type exactly, without passing through a double. Decimals are written
    # out in full: str(Decimal("0.00000001")) would be 1E-8.
    if value is None:
        return None
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _scheme_rows(scheme: Scheme, provisional: bool) -> Mapping[str, list[Row]]:
    crawl = scheme.crawl
    return {
        "scheme": [
            {
                "year": scheme.year,
                "title": scheme.title,
                "timezone": scheme.timezone,
                "missing": "reweight" if provisional else scheme.missing,
                "provisional": provisional,
                "sha256": scheme.sha256,
            }
        ],
        "groups": [
            {"position": position, "group_id": group.id, "label": group.label, "publish_top": group.publish_top}
            for position, group in enumerate(scheme.groups, 1)
        ],
        "sources": [
            row(source.id, source, "label", "kind", "is_sample", position=position)
            for position, source in enumerate(scheme.sources, 1)
        ],
        "weights": [
            {"group_id": group.id, "source": source, "weight": weight}
            for group in scheme.groups
            for source, weight in group.weights.items()
        ],
        "tie_break": [{"position": position, "source": source} for position, source in enumerate(scheme.tie_break, 1)],
        "aspects": [
            {"position": position, "aspect": aspect.id, "label": aspect.label, "weight": aspect.weight}
            for position, aspect in enumerate(scheme.aspects, 1)
        ],
        "items": [entry for source in scheme.sources for entry in _item_rows(source.id, source.items(scheme.aspects))],
        "crawl_rules": [{"opens": crawl.opens, "closes": crawl.closes, "confirm": crawl.confirm}],
        "confirmations": [{"check": check, "confirm": number} for check, number in crawl.confirm_checks],
    }


def _item_rows(source: str, items: Iterable[Item]) -> Iterator[Row]:
    # The order in which a scheme lists types of service items says nothing.
    for position, item in enumerate(sorted(items, key=lambda item: item.id if item.each else ""), 1):
        yield row(source, item, "label", "weight", position=position, item=item.id, max_points=item.most)
