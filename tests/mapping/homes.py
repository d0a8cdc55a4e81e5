"""A small data home whose ballots or scores come in a file that a mapping reads."""

import csv
import io
import shutil
import tomllib
from pathlib import Path

from tests.flows.homes import YEAR, evaluated_tables, small_home


def mapped_home(folder: Path, file: str, content: bytes, mapping: str) -> Path:
    """The home in which `file` is the only one of its dataset, with the mapping of that dataset."""
    home = small_home(folder)
    path = home / "raw" / str(YEAR) / file
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.write_bytes(content)
    write_mapping(home, path.parent.name, mapping)
    return home


def write_mapping(home: Path, dataset: str, mapping: str) -> Path:
    path = home / "mappings" / f"{dataset}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(mapping, encoding="utf-8")
    return path


def source_scores(home: Path, source: str) -> dict[str, float]:
    """The score of every site from a source, as a run would publish it."""
    table = evaluated_tables(home, YEAR)["composite_scores.csv"]
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    return {row["site_id"]: float(row[source]) for row in rows if row[source]}


def lines_of(mapping: str) -> list[str]:
    """The lines of a mapping that say something."""
    tomllib.loads(mapping)
    return [line for line in mapping.splitlines() if line.strip() and not line.startswith("#")]
