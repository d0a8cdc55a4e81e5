"""A small data home whose ballots or scores come in a file that a mapping reads."""

import csv
import io
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.home import Home
from flows.receive import open_store
from flows.receive.deliveries import deliveries
from flows.receive.mapping_file import read_mappings
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import read_register
from flows.receive.store import Receipt, Store
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
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


@dataclass(frozen=True)
class Taken:
    """What became of the one file of a dataset: its receipt, its rows, its faults as (line, column, value), their reasons."""

    receipt: Receipt
    rows: list[dict]
    faults: list[tuple[int, str, str]]
    reasons: list[str]


def store_of(home: Path) -> tuple[Store, Scheme]:
    """The store of the home, which reads by its mappings."""
    here = Home(home)
    scheme = read_scheme(here, YEAR)
    mappings = read_mappings(here, YEAR, datasets(scheme))
    return open_store(
        here, scheme, read_register(here, scheme), Pseudonyms(b"a key of the tests, of 32 bytes."), mappings
    ), scheme


def take(home: Path, dataset: str = "voted") -> Taken:
    """Receives the one file of a dataset. Raises `RefusedFile`. Every row is accounted for, whatever the test."""
    store, scheme = store_of(home)
    contract = next(one for one in datasets(scheme) if one.name == dataset)
    (delivery,) = deliveries(Home(home), YEAR, contract)
    receipt = store.receive(delivery)
    rows, faults = pl.read_parquet(receipt.rows), pl.read_parquet(receipt.faults).sort("line", maintain_order=True)
    assert (receipt.rows_in, receipt.set_aside, receipt.loaded) == (rows.height + faults.height, faults.height, rows.height)
    if receipt.mapped and "ballot_id" in rows.columns and "/" in "".join(rows["ballot_id"]):
        brought = {*rows["line"], *faults["line"]}
        assert receipt.mapped.rows == len(brought) + receipt.mapped.unrated + receipt.mapped.left_out
    return Taken(receipt, rows.to_dicts(), faults.select("line", "column", "value").rows(), faults["reason"].to_list())


def taken(folder: Path, table: list[list[str]], mapping: str, file: str = "voted/file.csv") -> Taken:
    """What becomes of a table, as CSV, by a mapping."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return take(mapped_home(folder / "home", file, text.getvalue().encode(), mapping), file.partition("/")[0])
