"""Reads published tables and says, cell by cell, where they differ from the oracle's."""

import csv
import io
from decimal import Decimal
from pathlib import Path

from .exact import key_columns, table_columns
from .exact_confidence import AT_RANDOM
from .model import GeneratedYear

# Published as well, for the bulletin and the check against the print; the contract does not speak of them.
BESIDE_THE_CONTRACT = {"approval_items", "participation", "source_weights", "reference_check", "sites", "source_items"} | {
    "claimed_points", "lost_months", "failed_items", "failed_checks", "previous_scores",
    "weight_sensitivity"}  # fmt: skip


def cell(value: int | Decimal | str | None) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def differences(year: GeneratedYear, expected: dict[str, list[dict]], results: Path) -> list[str]:
    """One line per difference: table, row, column, what was expected and what was published."""
    published = {path.stem: path for path in (results / "tables").glob("*.csv")}
    faults = [f"{name}: not published" for name in sorted(expected.keys() - published.keys())]
    faults += [
        f"{name}: not a table of the contract" for name in sorted(published.keys() - expected.keys() - BESIDE_THE_CONTRACT)
    ]
    for name in expected:
        if name in published:
            faults += _table_differences(year, name, expected[name], published[name])
    return faults


def _table_differences(year: GeneratedYear, name: str, expected: list[dict], path: Path) -> list[str]:
    content = path.read_bytes()
    faults = [] if content.startswith(b"\xef\xbb\xbf") else [f"{name}: the CSV has no BOM"]
    if content.count(b"\n") != content.count(b"\r\n"):
        faults.append(f"{name}: a line does not end in CRLF")
    header, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    columns = table_columns(year.scheme)[name]
    if header != columns:
        return [*faults, f"{name}: columns {header}, expected {columns}"]
    keys = key_columns(year.scheme, name)
    wanted = _by_key([{column: cell(value) for column, value in row.items()} for row in expected], keys)
    got = _by_key([dict(zip(header, line, strict=True)) for line in lines], keys)
    if len(got) != len(lines):
        faults.append(f"{name}: {len(lines) - len(got)} rows repeat the key of another")
    faults += [f"{name} {_shown_key(key)}: the row is missing" for key in wanted if key not in got]
    faults += [f"{name} {_shown_key(key)}: no such row expected, got {got[key]}" for key in got if key not in wanted]
    for key in wanted:
        for column in columns if key in got else []:
            if wanted[key][column] == AT_RANDOM:
                if not 0 <= float(got[key][column] or -1) <= 1:
                    faults.append(f"{name} {_shown_key(key)} {column}: {got[key][column]!r} is no probability")
            elif wanted[key][column] != got[key][column]:
                faults.append(f"{name} {_shown_key(key)} {column}: expected {wanted[key][column]!r}, got {got[key][column]!r}")
    if not faults and list(wanted) != list(got):
        first = next(index for index, (left, right) in enumerate(zip(wanted, got, strict=False)) if left != right)
        faults.append(
            f"{name}: row {first + 1} should be {_shown_key(list(wanted)[first])}, got {_shown_key(list(got)[first])}"
        )
    return faults


def _by_key(rows: list[dict[str, str]], keys: list[str]) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row[key] for key in keys): row for row in rows}


def _shown_key(key: tuple[str, ...]) -> str:
    return "[" + ", ".join(key) + "]"


def quarantined_rows(home: Path, year: GeneratedYear) -> dict[str, int]:
    """How many rows of each dataset were quarantined, as the quarantine files list them."""
    counts = {}
    for path in (home / "quarantine" / str(year.year)).glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            counts[path.stem] = sum(1 for _ in csv.DictReader(file))
    return {dataset: count for dataset, count in counts.items() if count}
