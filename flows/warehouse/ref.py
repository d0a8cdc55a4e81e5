"""Writes the scheme, the register and what else a year refers to into the schema `ref`: plain tables any model may read.

What varies from year to year reaches the SQL only through these tables.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl

from flows.receive.register import Register
from flows.scheme import Audit, Ballots, Claims, Panel, Records, Scheme
from flows.warehouse.connection import quoted
from flows.warehouse.reference_figures import read_reference_figures

_WEIGHT = "decimal(14, 8)"

# name: (summary, columns as (name, type))
_TABLES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "scheme": (
        "The one row of the year's scheme.",
        (
            ("year", "integer"),
            ("title", "varchar"),
            ("timezone", "varchar"),
            ("missing", "varchar"),
            ("provisional", "boolean"),
            ("sha256", "varchar"),
        ),
    ),
    "groups": (
        "Groups of sites, in the scheme's order.",
        (("position", "integer"), ("group_id", "varchar"), ("label", "varchar"), ("publish_top", "integer")),
    ),
    "sources": (
        "Sources of scores, in the scheme's order.",
        (("position", "integer"), ("source", "varchar"), ("label", "varchar"), ("kind", "varchar")),
    ),
    "weights": (
        "What a source weighs in a group's composite.",
        (("group_id", "varchar"), ("source", "varchar"), ("weight", _WEIGHT)),
    ),
    "tie_break": (
        "Sources that decide between equal composites, in order.",
        (("position", "integer"), ("source", "varchar")),
    ),
    "aspects": (
        "What ballots and experts rate; position is the place in raw.ballots.ratings, from 1.",
        (("position", "integer"), ("aspect", "varchar"), ("label", "varchar"), ("weight", _WEIGHT)),
    ),
    "levels": (
        "The answers of a ballots source and what they are worth.",
        (("source", "varchar"), ("level", "utinyint"), ("label", "varchar"), ("points", _WEIGHT), ("satisfied", "boolean")),
    ),
    "ballot_rules": (
        "Which ballots of a source count; null where a rule is off.",
        (
            ("source", "varchar"),
            ("opens", "date"),
            ("closes", "date"),
            ("min_seconds", _WEIGHT),
            ("burst_limit", "integer"),
            ("min_ballots", "integer"),
        ),
    ),
    "panel_rules": (
        "How a panel source is trimmed; trim_each_side 0 where it is not.",
        (("source", "varchar"), ("trim_each_side", "integer"), ("trim_from", "integer")),
    ),
    "claim_rules": (
        "What an inflated claim costs.",
        (("source", "varchar"), ("inflation_penalty", _WEIGHT)),
    ),
    "indicators": (
        "Indicators of claims and records sources; the rule's columns are null for claims.",
        (
            ("source", "varchar"),
            ("position", "integer"),
            ("indicator", "varchar"),
            ("label", "varchar"),
            ("max_points", _WEIGHT),
            ("rule", "varchar"),
            ("target", _WEIGHT),
            ("per", _WEIGHT),
            ("from_crawl", "varchar"),
            ("measure", "varchar"),
        ),
    ),
    "item_types": (
        "Types of service items and what an item of each weighs.",
        (("source", "varchar"), ("item_type", "varchar"), ("label", "varchar"), ("weight", _WEIGHT)),
    ),
    "approval_groups": (
        "Groups whose approval items count in an audit source.",
        (("source", "varchar"), ("group_id", "varchar")),
    ),
    "sites": (
        "The register of sites.",
        (("site_id", "varchar"), ("group_id", "varchar"), ("name", "varchar"), ("url", "varchar")),
    ),
    "previous_composites": (
        "Last year's published composites; empty where none were published.",
        (("site_id", "varchar"), ("composite", "decimal(9, 2)"), ("rank", "integer")),
    ),
    "reference_figures": (
        "Figures printed elsewhere that the results are held against; empty where there are none.",
        (
            ("position", "integer"),
            ("figure", "varchar"),
            ("section", "varchar"),
            ("subject", "varchar"),
            ("printed", "varchar"),
            ("value", "decimal(24, 10)"),
            ("places", "integer"),
            ("scale", "decimal(24, 10)"),
            ("table_name", "varchar"),
            ("column_name", "varchar"),
            ("row_pattern", "varchar"),
            ("measure", "varchar"),
            ("per_table", "varchar"),
            ("per_column", "varchar"),
            ("per_rows", "varchar"),
            ("per_measure", "varchar"),
            ("per_value", "decimal(24, 10)"),
            ("remark", "varchar"),
        ),
    ),
}


def load_ref(
    connection: duckdb.DuckDBPyConnection, data_dir: Path, scheme: Scheme, register: Register, provisional: bool
) -> None:
    """Creates and fills the schema `ref`.

    Over the year most sources are still empty: a provisional run makes do with what there is, so in it the policy for
    missing sources is always `reweight`, whatever the scheme says of the final one.
    """
    rows = _scheme_rows(scheme, provisional) | {
        "sites": register.sites.select("site_id", "group", "name", "url").rows(),
        "previous_composites": _previous(data_dir, scheme.year - 1),
        "reference_figures": read_reference_figures(data_dir, scheme.year),
    }
    connection.execute("create schema ref")
    for name, (summary, columns) in _TABLES.items():
        listed = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns)
        connection.execute(f"create table ref.{quoted(name)} ({listed})")
        connection.execute(f"comment on table ref.{quoted(name)} is '{summary.replace(chr(39), chr(39) * 2)}'")
        _insert(connection, name, [column for column, _ in columns], rows[name])


def _insert(connection: duckdb.DuckDBPyConnection, name: str, columns: list[str], rows: Iterable[tuple]) -> None:
    rows = list(rows)
    if not rows:
        return
    # One statement for all rows: row by row would take minutes for a register of 86 000 sites.
    frame = pl.DataFrame(
        {column: pl.Series(column, [_text(row[place]) for row in rows], dtype=pl.String) for place, column in enumerate(columns)}
    )
    connection.register("incoming", frame)
    connection.execute(f"insert into ref.{quoted(name)} by name select * from incoming")
    connection.unregister("incoming")


def _text(value) -> str | None:
    # As text, every value reaches its column's type exactly, without passing through a double. Decimals are written
    # out in full: str(Decimal("0.00000001")) would be 1E-8.
    if value is None:
        return None
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _scheme_rows(scheme: Scheme, provisional: bool) -> dict[str, list[tuple]]:
    rows: dict[str, list[tuple]] = {name: [] for name in _TABLES}
    missing = "reweight" if provisional else scheme.missing
    rows["scheme"] = [(scheme.year, scheme.title, scheme.timezone, missing, provisional, scheme.sha256)]
    rows["tie_break"] = list(enumerate(scheme.tie_break, 1))
    rows["aspects"] = [(place, aspect.id, aspect.label, aspect.weight) for place, aspect in enumerate(scheme.aspects, 1)]
    for place, group in enumerate(scheme.groups, 1):
        rows["groups"].append((place, group.id, group.label, group.publish_top))
        rows["weights"] += [(group.id, source, weight) for source, weight in group.weights.items()]
    for place, source in enumerate(scheme.sources, 1):
        rows["sources"].append((place, source.id, source.label, source.kind))
        match source:
            case Ballots():
                rows["ballot_rules"].append(
                    (source.id, source.opens, source.closes, source.min_seconds, source.burst_limit, source.min_ballots)
                )
                rows["levels"] += [(source.id, lv.code, lv.label, lv.points, lv.satisfied) for lv in source.levels]
            case Panel():
                rows["panel_rules"].append((source.id, source.trim_each_side, source.trim_from))
            case Claims():
                rows["claim_rules"].append((source.id, source.inflation_penalty))
                rows["indicators"] += [
                    (source.id, place, ind.id, ind.label, ind.max, None, None, None, None, None)
                    for place, ind in enumerate(source.indicators, 1)
                ]
            case Records():
                rows["indicators"] += [
                    (source.id, place, ind.id, ind.label, ind.max, ind.rule, ind.target, ind.per, ind.from_crawl, ind.measure)
                    for place, ind in enumerate(source.indicators, 1)
                ]
            case Audit():
                rows["item_types"] += [(source.id, type_.id, type_.label, type_.weight) for type_ in source.item_types]
                rows["approval_groups"] += [(source.id, group) for group in source.approval_items_for]
    return rows


def _previous(data_dir: Path, year: int) -> list[tuple]:
    path = data_dir / "results" / str(year) / "tables" / "composite_scores.parquet"
    if not path.is_file():
        return []
    return pl.read_parquet(path).select("site_id", "composite", "rank").rows()
