"""The manifest: which inputs, which scheme and which code made these results, and the hash of every table.

It tells no times and no machine, so equal inputs give an equal manifest, but for the id of the key that hid the persons. Two
hashes stand for the code: what makes tables, without which a reviewed draft is void, and what makes documents of them, which
a draft has made already.
"""

import json
import os
from collections.abc import Iterable
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flows.errors import OperatorError, is_text
from flows.home import Home
from flows.host.regular import changed_since, open_regular
from flows.receive.deliveries import sha256_of
from flows.receive.mapping_file import mapping_path
from flows.scheme import Scheme
from flows.settings import ROOT, SQL
from flows.warehouse.draws import RANKINGS, WEIGHTS
from flows.warehouse.engine import Connection, read_frame
from flows.warehouse.previous import consulted_of
from flows.warehouse.run_tables import read_files, read_warnings

# The rooms of `flows/` that make tables out of raw files, or decide whether those may be published.
TABLE_ROOMS = (
    "comparison",
    "coverage",
    "datasets",
    "evaluate",
    "published",
    "reading",
    "receive",
    "results",
    "scheme",
    "sources",
    "validation",
    "warehouse",
)
DOCUMENT_ROOMS = ("documents",)
_CODE = {".py", ".html", ".css", ".js", ".typ", ".txt"}
_ENGINES = ("duckdb", "polars", "numpy", "great-expectations", "prefect")


def manifest(
    connection: Connection, scheme: Scheme, beside: dict[str, str], rows: dict[str, int], key_id: str, folder: Path
) -> dict[str, Any]:
    """The manifest of the result folder `folder`, whose files are all written but this one.

    `beside` are the files other than raw ones that had a say, from `consulted`; `rows` are those of each table. `key_id` is the
    id of the key that hid the year's persons, on which nothing else here depends.
    """
    return {
        "year": scheme.year,
        "scheme": {"file": f"schemes/{scheme.year}.toml", "sha256": scheme.sha256},
        "code": {
            "version": version("pingyi"),
            "tables_sha256": tables_code(),
            "documents_sha256": documents_code(),
            "engines": {name: version(name) for name in _ENGINES},
        },
        "inputs": [{key: value for key, value in file.items() if value is not None} for file in read_files(connection)],
        "consulted": beside,
        "key": key_id,
        "drawn": {"seed": scheme.year, "rankings": RANKINGS, "weights": WEIGHTS},
        "steps": read_frame(connection, "select model, sha256, rows from run.models order by position").to_dicts(),
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
        "warnings": read_warnings(connection),
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
    return next((path for path in home.bulletins(year) if os.path.lexists(path)), None)


def consulted(home: Home, year: int) -> dict[str, str]:
    """The files of the data home, other than scheme and raw files, that a year's results depend on, with their hashes.

    Raises `OperatorError` with all that cannot be read.
    """
    paths = consulted_of(home, year - 1)
    template = bulletin_template(home, year)
    paths += [template] if template else []
    paths += [home.deliveries(year)] if os.path.lexists(home.deliveries(year)) else []
    paths += mapping_files(home, year)
    paths += [path for path in home.reference(year).rglob("*") if not path.name.startswith(".") and not _is_folder(path)]
    hashes: dict[str, str] = {}
    faults: list[str] = []
    for path in sorted(paths, key=home.known_as):
        if not is_text(path.name):
            faults.append(f"{path}：名称里有不是 UTF-8 文字的字节，请改名")
            continue
        try:
            with open_regular(path, home.path) as file:
                hashes[str(home.known_as(path).relative_to(home.path))] = file_digest(file, "sha256").hexdigest()
        except OSError as fault:
            faults.append(f"{path}：{fault.strerror}")
    if faults:
        raise OperatorError(
            f"有 {len(faults)} 个文件读不出来，而 {year} 年的结果与它们有关。请改正，或把它们移出数据目录：", faults
        )
    return hashes


def mapping_files(home: Home, year: int) -> list[Path]:
    """The files of mappings by which files of the year may have been read."""
    raw = home.raw(year)
    datasets = [path.name for path in raw.iterdir() if path.is_dir() and is_text(path.name)] if raw.is_dir() else []
    return [path for path in (mapping_path(home, year, name) for name in datasets) if path]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def check_as_read(home: Home, year: int, beside: dict[str, str]) -> None:
    """Raises `OperatorError` where a file of `consulted` was read with another content than `beside` says."""
    hashes = {home.path / name: sha256 for name, sha256 in beside.items()}
    folders = [home.reference(year), *(path.parent for path in home.bulletins(year)), home.path / "mappings"]
    changed = changed_since(hashes, folders, home.known_as)
    if changed:
        raise OperatorError(
            f"{year} 年评议期间有文件变动，结果没有写出，已公布的结果没有改动。请等文件放好后重新运行：",
            [f"{path} 变动过" for path in changed],
        )


def write_manifest(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def tables_code() -> str:
    """The hash of what makes tables: these rooms of `flows/` and the SQL, as they are in this checkout."""
    return _hash(TABLE_ROOMS, SQL.rglob("*.sql"))


def documents_code() -> str:
    """The hash of what makes documents of the tables, with its templates and styles."""
    return _hash(DOCUMENT_ROOMS)


def _hash(rooms: Iterable[str], beside: Iterable[Path] = ()) -> str:
    files = [path for room in rooms for path in (ROOT / "flows" / room).rglob("*") if path.suffix in _CODE]
    digest = sha256()
    for path in sorted([*files, *beside]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
