"""Rows that must go to quarantine: each breaks its contract in one place, or repeats the key of a row that is there."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from .crawl_schemes import columns
from .model import Row, Value
from .spelling import Speller

# Per kind of dataset: a column and what it must not hold. None stands for an empty cell in a column that must have a value.
FAULTS: dict[str, list[tuple[str, Value]]] = {
    "ballots": [
        ("site", "查无此站"),
        ("overall", "说不清"),
        ("overall", "99"),
        ("overall", "0"),
        ("voter", None),
        ("ballot_id", None),
        ("submitted_at", "2007-02-30T10:00:00"),
        ("submitted_at", None),
        ("seconds", "NaN"),
        ("seconds", "约十秒"),
    ],
    "panel": [
        ("site", "查无此站"),
        ("score", "100.01"),
        ("score", Decimal("-0.01")),
        ("score", "NaN"),
        ("score", None),
        ("aspect", "没有这项"),
        ("expert_id", None),
        ("reviewed_on", "2007-02-30"),
    ],
    "claims": [
        ("site", "查无此站"),
        ("points", "NaN"),
        ("points", Decimal("1000")),
        ("points", Decimal("-1")),
        ("indicator", "x99"),
        ("indicator", None),
    ],
    "records": [
        ("site", "查无此站"),
        ("month", "2007-13"),
        ("month", None),
        ("value", "NaN"),
        ("value", "Infinity"),
        ("indicator", "x99"),
    ],
    "audit": [("site", "查无此站"), ("item_id", None), ("approval", "也许"), ("online", "maybe")],
    "given": [("site", "查无此站"), ("score", "100.01"), ("score", "NaN"), ("score", None)],
    "crawl": [
        ("site", "查无此站"),
        ("checked_at", "2007-13-01T00:00:00"),
        ("passed", "maybe"),
        ("check", None),
        ("passed", None),
        ("not_made", "没有做"),
        ("value", "NaN"),
    ],
    "portal_traffic": [("month", "2007-13"), ("views", "很多"), ("column", None)],
    "portal_stats": [("metric", None), ("value", "NaN"), ("value", None)],
}
SERIAL = {"ballots": "ballot_id", "audit": "item_id"}
# Where a row with the key of another is quarantined.
KEYED = {"ballots", "claims", "records", "audit", "given", "portal_traffic", "portal_stats"}


def add_faults(rng: Random, speller: Speller, kind: str, rows: list[Row], levels: list[str]) -> list[Row]:
    """The rows, with a few broken ones made from them. Broken ones leave the rows they came from untouched."""
    sound = [row for row in rows if len(row.meant) == 1 and row.spelled.keys() == row.meant[0].keys()]
    # Of a check that was not made `passed` must be empty, and of all others not.
    sound = [row for row in sound if row.meant[0].get("not_made") is None]
    if not sound:
        return rows
    broken = []
    for column, value in rng.sample(FAULTS[kind], rng.randint(0, 3)):
        row = rng.choice(sound)
        if column not in row.spelled:
            continue
        spelled = dict(row.spelled)
        if kind in SERIAL:
            spelled[SERIAL[kind]] = str(9_000_000 + len(broken))  # its own id, so that it repeats nobody's
        spelled[column] = value
        broken.append(Row(spelled, (), _about(row.meant[0], column)))
    if kind in KEYED and rng.random() < 0.6:
        # The same content in other words: whichever of the two is kept, the tables are the same.
        again = speller.row(kind, dict(rng.choice(sound).meant[0]), levels)
        broken.append(replace(again, meant=(), about=_about(again.meant[0])))
    mixed = rows + broken
    rng.shuffle(mixed)
    return mixed


def _about(record: dict[str, Value], wrong: str = "") -> tuple[str | None, str | None]:
    """The site and the item that a row is about, whose cell `wrong` says nothing."""
    item = next((column for column in ("indicator", "aspect", "item_type") if column in record), None)
    site = None if wrong == "site" else record.get("site")
    return site, None if item is None or item == wrong else record[item]


def broken_scans(rng: Random, layout: dict, scans: list[Row]) -> list[Row]:
    """The scans, with one of a site that is not in the register, and one with a cell that cannot be read."""
    if not scans:
        return scans
    broken = [Row(rng.choice(scans).spelled | {layout["site"]: "http://elsewhere.example/"}, ())]
    row = rng.choice(scans)
    made = [record["check"] for record in row.meant if record["not_made"] is None]
    for check in made[:1]:
        entry = layout["checks"][check]
        column = next(name for name in columns(entry) if name in row.spelled)
        broken.append(Row(row.spelled | {column: "说不清"}, ()))
    return scans + broken
