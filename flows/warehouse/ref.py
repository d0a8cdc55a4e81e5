"""Writes the scheme, the register and what else a year refers to into the schema `ref`: plain tables any model may read.

What varies from year to year reaches the SQL only through these tables.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple

import polars as pl

from flows.home import Home
from flows.receive.register import Register
from flows.scheme import Audit, Ballots, Claims, Panel, Records, Scheme
from flows.warehouse.engine import Connection, create_table, insert_frame
from flows.warehouse.previous import PREVIOUS_TABLES, previous_rows
from flows.warehouse.quantiles import rank_quantiles
from flows.warehouse.reference_figures import read_reference_figures

_WEIGHT = "decimal(14, 8)"

# name: (summary, columns as (name, type, note))
REF_TABLES: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "scheme": (
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
    "groups": (
        "Groups of sites, in the scheme's order.",
        (
            ("position", "integer", "place in the scheme, from 1"),
            ("group_id", "varchar", "group"),
            ("label", "varchar", "what it is called"),
            ("publish_top", "integer", "how many ranks its annex has"),
        ),
    ),
    "rank_quantiles": (
        "How many standard errors on each side of every composite cover all registered sites of the group together with 90 %.",
        (
            ("group_id", "varchar", "group"),
            ("degrees_of_freedom", "integer", "degrees of freedom from which on it holds, up to the next row's"),
            ("quantile", "decimal(20, 12)", "Student's quantile; in the last row that of the normal distribution"),
        ),
    ),
    "sources": (
        "Sources of scores, in the scheme's order.",
        (
            ("position", "integer", "place in the scheme, from 1"),
            ("source", "varchar", "source"),
            ("label", "varchar", "what it is called"),
            ("kind", "varchar", "kind of evidence, which fixes the arithmetic"),
        ),
    ),
    "weights": (
        "What a source weighs in a group's composite.",
        (
            ("group_id", "varchar", "group"),
            ("source", "varchar", "source that the group scores"),
            ("weight", _WEIGHT, "its share; a group's add up to 1"),
        ),
    ),
    "tie_break": (
        "Sources that decide between equal composites, in order.",
        (("position", "integer", "1 decides first"), ("source", "varchar", "source whose score decides")),
    ),
    "aspects": (
        "What ballots and experts rate.",
        (
            ("position", "integer", "place in raw.ballots.ratings, from 1"),
            ("aspect", "varchar", "aspect"),
            ("label", "varchar", "what it is called"),
            ("weight", _WEIGHT, "its share; all add up to 1"),
        ),
    ),
    "levels": (
        "The answers of a ballots source and what they are worth.",
        (
            ("source", "varchar", "ballots source"),
            ("level", "utinyint", "code, from 1 in the scheme's order"),
            ("label", "varchar", "the answer"),
            ("points", _WEIGHT, "0 to 100"),
            ("satisfied", "boolean", "whether it counts into the satisfaction rate"),
        ),
    ),
    "ballot_rules": (
        "Which ballots of a source count; null where a rule is off.",
        (
            ("source", "varchar", "ballots source"),
            ("opens", "date", "first local day"),
            ("closes", "date", "last local day"),
            ("min_seconds", _WEIGHT, "a ballot filled in faster does not count"),
            ("burst_limit", "integer", "most ballots of one origin within a minute"),
            ("min_ballots", "integer", "with fewer valid ballots a site is flagged low_base"),
        ),
    ),
    "panel_rules": (
        "How a panel source is trimmed.",
        (
            ("source", "varchar", "panel source"),
            ("trim_each_side", "integer", "how many of the highest and of the lowest are dropped; 0 for none"),
            ("trim_from", "integer", "least number of scores that is trimmed"),
        ),
    ),
    "claim_rules": (
        "What an inflated claim costs.",
        (
            ("source", "varchar", "claims source"),
            ("inflation_penalty", _WEIGHT, "points lost for every point claimed above the verified ones"),
        ),
    ),
    "indicators": (
        "Indicators of claims and records sources; the rule's columns are null for claims.",
        (
            ("source", "varchar", "claims or records source"),
            ("position", "integer", "place in the source, from 1"),
            ("indicator", "varchar", "indicator"),
            ("label", "varchar", "what it is called"),
            ("max_points", _WEIGHT, "points at most"),
            ("rule", "varchar", "how a value becomes points: points, ratio or deduct"),
            ("target", _WEIGHT, "ratio: the value that earns the maximum"),
            ("per", _WEIGHT, "deduct: points lost for every unit of the value"),
            ("from_crawl", "varchar", "crawl check that gives the values instead of the records"),
            ("measure", "varchar", "from_crawl: mean of the checks' value, or share that passed"),
        ),
    ),
    "crawl_rules": (
        "The one row that says which crawl checks count.",
        (
            ("opens", "date", "first local day; null where it is open"),
            ("closes", "date", "last local day; null where it is open"),
            ("confirm", "integer", "how many failures in a row it takes for each of them to count"),
        ),
    ),
    "confirmations": (
        "Checks whose failures take another number in a row to count.",
        (("check", "varchar", "crawl check"), ("confirm", "integer", "how many failures in a row it takes")),
    ),
    "item_types": (
        "Types of service items.",
        (
            ("source", "varchar", "audit source"),
            ("item_type", "varchar", "type"),
            ("label", "varchar", "what it is called"),
            ("weight", _WEIGHT, "what an item of it weighs"),
        ),
    ),
    "approval_groups": (
        "Groups whose approval items count in an audit source.",
        (("source", "varchar", "audit source"), ("group_id", "varchar", "group")),
    ),
    "sites": (
        "The register of sites.",
        (
            ("site_id", "varchar", "site"),
            ("group_id", "varchar", "the group in which it is ranked"),
            ("name", "varchar", "name as registered"),
            ("url", "varchar", "its address; null where not told"),
        ),
    ),
    **PREVIOUS_TABLES,
    "reference_figures": (
        "Figures printed elsewhere that the results are held against; empty where there are none.",
        (
            ("position", "integer", "order of the print, from 1"),
            ("figure", "varchar", "what the figure is called here"),
            ("section", "varchar", "section of the print"),
            ("subject", "varchar", "what it says"),
            ("printed", "varchar", "the text as printed"),
            ("value", "decimal(24, 10)", "the number in it"),
            ("units", "decimal(10, 0)", "how many units of the last printed decimal make one; 100 for 2.49"),
            ("scale", "decimal(24, 10)", "the printed unit: a computed amount is divided by it"),
            ("table_name", "varchar", "published table that holds the cells"),
            ("column_name", "varchar", "their column"),
            ("row_pattern", "varchar", "like pattern of their rows' keys"),
            ("measure", "varchar", "sum or count of them"),
            ("per_table", "varchar", "published table of what it is divided by, if by cells"),
            ("per_column", "varchar", "their column"),
            ("per_rows", "varchar", "like pattern of their rows' keys"),
            ("per_measure", "varchar", "sum or count of them"),
            ("per_value", "decimal(24, 10)", "number it is divided by, if by a number"),
            ("remark", "varchar", "remark on the figure"),
        ),
    ),
}


def load_ref(connection: Connection, home: Home, scheme: Scheme, register: Register, provisional: bool) -> None:
    """Creates and fills the schema `ref`.

    Over the year most sources are still empty: a provisional run makes do with what there is, so in it the policy for
    missing sources is always `reweight`, whatever the scheme says of the final one.
    """
    rows = _scheme_rows(scheme, provisional, Counter(register.sites["group"])) | {
        "sites": register.sites.select("site_id", "group", "name", "url").rows(),
        **previous_rows(home, scheme),
        "reference_figures": [
            (place, *astuple(figure)) for place, figure in enumerate(read_reference_figures(home, scheme.year), 1)
        ],
    }
    connection.execute("create schema ref")
    for name, (summary, columns) in REF_TABLES.items():
        create_table(connection, f"ref.{name}", summary, columns)
        _insert(connection, name, [column for column, _, _ in columns], rows[name])


def _insert(connection: Connection, name: str, columns: list[str], rows: Iterable[tuple]) -> None:
    rows = list(rows)
    if not rows:
        return
    # One statement for all rows: row by row would take minutes for a register of 86 000 sites.
    frame = pl.DataFrame(
        {
            column: pl.Series(column, [_text(row[place]) for row in rows], dtype=pl.String)
            for place, column in enumerate(columns)
        }
    )
    insert_frame(connection, f"ref.{name}", frame)


def _text(value) -> str | None:
    # As text, every value reaches its column's type exactly, without passing through a double. Decimals are written
    # out in full: str(Decimal("0.00000001")) would be 1E-8.
    if value is None:
        return None
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _scheme_rows(scheme: Scheme, provisional: bool, sites: Mapping[str, int]) -> dict[str, list[tuple]]:
    rows: dict[str, list[tuple]] = {name: [] for name in REF_TABLES}
    missing = "reweight" if provisional else scheme.missing
    rows["scheme"] = [(scheme.year, scheme.title, scheme.timezone, missing, provisional, scheme.sha256)]
    rows["crawl_rules"] = [(scheme.crawl.opens, scheme.crawl.closes, scheme.crawl.confirm)]
    rows["confirmations"] = list(scheme.crawl.confirm_checks)
    rows["tie_break"] = list(enumerate(scheme.tie_break, 1))
    rows["aspects"] = [(place, aspect.id, aspect.label, aspect.weight) for place, aspect in enumerate(scheme.aspects, 1)]
    for place, group in enumerate(scheme.groups, 1):
        rows["groups"].append((place, group.id, group.label, group.publish_top))
        rows["rank_quantiles"] += [(group.id, *quantile) for quantile in rank_quantiles(sites[group.id])]
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
