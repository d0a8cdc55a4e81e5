"""The manifest: which inputs, which scheme and which code made these results, and the hash of every table.

It tells no times and no machine, so equal inputs give an equal manifest.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flows.home import Home
from flows.receive.deliveries import sha256_of
from flows.settings import ROOT, SQL
from flows.warehouse.drawn import RANKINGS, WEIGHTS
from flows.warehouse.models import Model
from flows.warehouse.previous import consulted_of

_CODE = {".py", ".html", ".css", ".js", ".typ", ".txt"}
_ENGINES = ("duckdb", "polars", "numpy", "great-expectations", "prefect")


@dataclass(frozen=True)
class Input:
    """One raw file and what became of its rows: rows_in = loaded + quarantined.

    `same_as` names the file whose content this one repeats; such a file brings no rows of its own. `unknown` are the columns
    that no contract knows, `lacking` the aspects (or checks of a scanner's table) for which it has no column.
    """

    dataset: str
    file: str
    sha256: str
    size: int
    rows_in: int
    loaded: int
    quarantined: int
    same_as: str | None = None
    unknown: tuple[str, ...] | None = None
    lacking: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Step:
    """A model that was built, the hash of its SQL and its rows."""

    model: str
    sha256: str
    rows: int


def manifest(
    year: int,
    scheme_sha256: str,
    inputs: Sequence[Input],
    beside: dict[str, str],
    steps: Sequence[Step],
    rows: dict[str, int],
    warnings: Sequence[str],
    folder: Path,
) -> dict[str, Any]:
    """The manifest of the result folder `folder`, whose files are all written but this one.

    `beside` are the files other than raw ones that had a say, from `consulted`.
    """
    return {
        "year": year,
        "scheme": {"file": f"schemes/{year}.toml", "sha256": scheme_sha256},
        "code": {
            "version": version("pingyi"),
            "sha256": code_sha256(),
            "engines": {name: version(name) for name in _ENGINES},
        },
        "inputs": [{key: value for key, value in asdict(one).items() if value is not None} for one in inputs],
        "consulted": beside,
        "drawn": {"seed": year, "rankings": RANKINGS, "weights": WEIGHTS},
        "steps": [asdict(step) for step in steps],
        "tables": [
            {
                "table": name,
                "rows": count,
                "csv_sha256": sha256_of(folder / "tables" / f"{name}.csv"),
                "parquet_sha256": sha256_of(folder / "tables" / f"{name}.parquet"),
            }
            for name, count in rows.items()
        ],
        "files": file_hashes(folder),
        "warnings": list(warnings),
    }


def file_hashes(folder: Path) -> dict[str, str]:
    """The hash of every file of a result folder but those of its tables, which are told with the tables."""
    return {
        str(path.relative_to(folder)): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "tables"
    }


def bulletin_template(home: Home, year: int) -> Path | None:
    """The data home's template for a year's bulletin: the year's own, or that for every year, if there is one."""
    return next((path for path in home.bulletins(year) if path.is_file()), None)


def consulted(home: Home, year: int) -> dict[str, str]:
    """The files of the data home, other than scheme and raw files, that a year's results depend on, with their hashes."""
    paths = consulted_of(home, year - 1)
    template = bulletin_template(home, year)
    paths += [template] if template else []
    paths += sorted(path for path in home.reference(year).rglob("*") if not path.name.startswith("."))
    return {str(path.relative_to(home.path)): sha256_of(path) for path in sorted(paths) if path.is_file()}


def write_manifest(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def step(model: Model, rows: int) -> Step:
    return Step(model.name, hashlib.sha256(model.sql.encode()).hexdigest(), rows)


def code_sha256() -> str:
    """The hash of the flows, with the templates and styles that they hold, and of the SQL, as they are in this checkout."""
    digest = hashlib.sha256()
    flows = [path for path in (ROOT / "flows").rglob("*") if path.suffix in _CODE]
    for path in sorted([*flows, *SQL.rglob("*.sql")]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
