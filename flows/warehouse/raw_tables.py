"""The tables of the schema `raw`: what was delivered, typed, each row with the file and line it came from.

Every table ends with `file_id` (of `raw.files`), `line` and, but for rows about persons, `other` (a JSON object of the columns
that the contract does not list: kept, never scored). Instants are UTC; days and months are local, in the scheme's time zone.
"""

from dataclasses import dataclass

NUMBER = "decimal(24, 10)"


@dataclass(frozen=True)
class RawTable:
    """A table's one-line meaning and its columns as (name, type, note)."""

    summary: str
    columns: tuple[tuple[str, str, str], ...]
    has_source: bool = True
    has_other: bool = True

    def all_columns(self) -> tuple[tuple[str, str, str], ...]:
        source = (("source", "varchar not null", "source of the scheme"),) if self.has_source else ()
        return (*source, *self.columns, *_ORIGIN, *((_OTHER,) if self.has_other else ()))


_ORIGIN = (
    ("file_id", "integer not null", "raw.files"),
    ("line", "bigint not null", "line in the file, as its reader counts them"),
)
_OTHER = ("other", "varchar", "columns that the contract does not list, as JSON")
_SITE = ("site_id", "varchar not null", "site of the register")
_INDICATOR = ("indicator", "varchar not null", "indicator of the source")
_LOCAL_DAY = (
    ("checked_on", "date not null", "the local date of checked_at"),
    ("month", "varchar not null", "YYYY-MM, local"),
)
_CHECK = "pass, fail or na"

RAW_TABLES = {
    "ballots": RawTable(
        "One row a ballot: one voter rates one site.",
        (
            ("ballot_id", "varchar not null", "unique in the year"),
            ("submitted_at", "timestamp not null", "when it was sent, UTC"),
            ("submitted_on", "date not null", "the local date of submitted_at"),
            (
                "timed",
                "boolean not null",
                "whether the file tells the time of day; if not, submitted_at is the day's beginning",
            ),
            ("voter", "varchar not null", "keyed hash of the voter"),
            _SITE,
            ("ratings", "utinyint[] not null", "level code per aspect, in the scheme's order; null where not rated"),
            ("overall", "utinyint", "level code of the overall rating"),
            ("channel", "varchar", "how it was cast"),
            ("origin", "varchar", "keyed hash of where it came from"),
            ("seconds", NUMBER, "seconds the voter took"),
        ),
        # A voter is hashed; what else the file knows of them is not kept beside it.
        has_other=False,
    ),
    "panel_scores": RawTable(
        "One row a score that an expert gave a site for an aspect.",
        (
            ("expert_id", "varchar not null", "expert"),
            ("category", "varchar", "kind of expert"),
            _SITE,
            ("aspect", "varchar not null", "aspect of the scheme"),
            ("score", f"{NUMBER} not null", "0 to 100"),
            ("reviewed_on", "date", "day of the review"),
        ),
    ),
    "claims": RawTable(
        "One row an indicator that a site claims points for.",
        (
            _SITE,
            _INDICATOR,
            ("points", f"{NUMBER} not null", "claimed points, 0 to the indicator's maximum"),
            ("evidence", "varchar", "what the site refers to"),
        ),
    ),
    "verifications": RawTable(
        "One row an indicator whose claim was verified.",
        (
            _SITE,
            _INDICATOR,
            ("points", f"{NUMBER} not null", "verified points, 0 to the indicator's maximum"),
            ("verified_by", "varchar", "who verified"),
            ("note", "varchar", "remark of the verifier"),
        ),
    ),
    "records": RawTable(
        "One row a value measured for a site, indicator and month.",
        (
            _SITE,
            _INDICATOR,
            ("month", "varchar not null", "YYYY-MM"),
            ("value", f"{NUMBER} not null", "in the indicator's own unit"),
            ("recorded_by", "varchar", "who recorded it"),
        ),
    ),
    "audit_items": RawTable(
        "One row a service item that was checked.",
        (
            ("item_id", "varchar not null", "unique for its site in the source"),
            _SITE,
            ("name", "varchar not null", "what the item is called"),
            ("item_type", "varchar not null", "item type of the source"),
            ("approval", "boolean not null", "whether it is an approval item"),
            ("reachable", "varchar not null", _CHECK),
            ("guide", "varchar not null", _CHECK),
            ("form", "varchar not null", _CHECK),
            ("online", "varchar not null", _CHECK),
            ("forms", NUMBER, "number of forms offered"),
            ("sheets", NUMBER, "number of sheets in them"),
            ("audited_on", "date", "day of the check"),
            ("auditor", "varchar", "who checked"),
        ),
    ),
    "given_scores": RawTable(
        "One row a site's score that someone else computed.",
        (_SITE, ("score", f"{NUMBER} not null", "0 to 100")),
    ),
    "crawl_checks": RawTable(
        "One row a check of a site by a crawler or scanner.",
        (
            _SITE,
            ("checked_at", "timestamp not null", "when, UTC"),
            *_LOCAL_DAY,
            ("check", "varchar not null", "name of the check"),
            ("not_made", "varchar", "why the check was not made; null where it was"),
            ("passed", "boolean", "whether it passed; null where it was not made"),
            ("url", "varchar", "address that was checked"),
            ("value", NUMBER, "what was measured"),
            ("detail", "varchar", "what was seen"),
        ),
        has_source=False,
    ),
    "crawl_scans": RawTable(
        "One row a scan of a site in a scanner's own table, its checks as one list.",
        (
            _SITE,
            ("checked_at", "timestamp not null", "when, UTC"),
            *_LOCAL_DAY,
            (
                "checks",
                f'struct("check" varchar, passed boolean, "value" {NUMBER}, not_made varchar)[] not null',
                "per check: whether it passed, what was measured, or why it was not made",
            ),
        ),
        has_source=False,
    ),
    "portal_traffic": RawTable(
        "One row a column of the portal and month.",
        (
            ("column", "varchar not null", "column of the portal (栏目)"),
            ("month", "varchar not null", "YYYY-MM"),
            ("views", f"{NUMBER} not null", "page views"),
        ),
        has_source=False,
    ),
    "portal_stats": RawTable(
        "One row a figure that the portal or an office reports.",
        (
            ("metric", "varchar not null", "what is counted"),
            ("value", f"{NUMBER} not null", "this year"),
            ("unit", "varchar", "unit of value and previous"),
            ("previous", NUMBER, "last year"),
        ),
        has_source=False,
    ),
}

FILES = RawTable(
    "One row a raw file whose rows are in the raw tables.",
    (
        ("file_id", "integer not null", "number of the file in this database"),
        ("dataset", "varchar not null", "folder it was delivered in"),
        ("file", "varchar not null", "its name there"),
        ("sha256", "varchar not null", "hash of its content"),
        ("rows_in", "bigint not null", "rows in the file"),
        ("loaded", "bigint not null", "rows in the raw table"),
        ("quarantined", "bigint not null", "rows set aside"),
    ),
    has_source=False,
)
QUARANTINE = RawTable(
    "One row a row of a raw file that was set aside, with the first fault found in it.",
    (
        ("dataset", "varchar not null", "folder of the file"),
        ("file", "varchar not null", "name of the file"),
        ("line", "bigint not null", "line in the file"),
        ("column", "varchar not null", "column at fault; empty where the row as a whole is"),
        ("value", "varchar not null", "what stands there; empty for personal data"),
        ("reason", "varchar not null", "why it means nothing"),
    ),
    has_source=False,
)
