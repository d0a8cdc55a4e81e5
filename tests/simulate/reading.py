"""A raw folder as the oracle wants it: what every row means. The reading is the project's, the arithmetic is not."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from flows.datasets import Dataset
from flows.home import Home
from flows.receive.content import opened_content
from flows.receive.deliveries import READERS, deliveries, file_format
from flows.receive.meanings import Context
from flows.receive.register import read_register
from flows.receive.typed import typed
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme

from ..oracle.model import GeneratedYear, Row


@dataclass(frozen=True)
class Delivered:
    """A simulated year for the oracle, and per file the rows set aside and all rows."""

    year: GeneratedYear
    set_aside: dict[str, tuple[int, int]]


def read_year(data_dir: Path, year: int) -> Delivered:
    scheme = read_scheme(Home(data_dir), year)
    register = read_register(Home(data_dir), scheme)
    text = (data_dir / "schemes" / f"{year}.toml").read_text("utf-8")
    context = Context(register.names, scheme.timezone, str)
    rows = {"sites": register.sites.select("site_id", "group", "name").to_dicts()}
    set_aside: dict[str, tuple[int, int]] = {}
    for dataset in datasets(scheme):
        rows[dataset.name] = list(_records(data_dir, scheme, dataset, context, set_aside))
    written = {name: [Row({}, (record,)) for record in records] for name, records in rows.items()}
    return Delivered(GeneratedYear(0, year, tomllib.loads(text, parse_float=Decimal), text, written, None), set_aside)


def _records(data_dir: Path, scheme: Scheme, dataset: Dataset, context: Context, set_aside: dict) -> Iterator[dict]:
    seen: set[tuple] = set()
    keys = [{"site": "site_id"}.get(key, key) for key in dataset.key if key != "source"]
    for delivery in deliveries(Home(data_dir), scheme.year, dataset):
        faulty = rows = 0
        with opened_content(delivery.path, None, delivery.sha256) as content:
            parts = list(typed(READERS[file_format(delivery.name)](content), dataset, context))
        for part in parts:
            faulty += len(part.faults)
            rows += part.rows.height + len(part.faults)
            for record in part.rows.to_dicts():
                key = tuple(record[name] for name in keys)
                if keys and key in seen:
                    faulty += 1
                    continue
                seen.add(key)
                yield _meant(scheme, dataset, record)
        set_aside[f"{dataset.name}/{delivery.name}"] = (faulty, rows)


def _meant(scheme: Scheme, dataset: Dataset, record: dict) -> dict:
    if "site_id" in record:
        record["site"] = record.pop("site_id")
    for name in ("submitted_at", "checked_at"):
        if name in record:
            record[name] = record[name].replace(tzinfo=UTC)
    if not record.pop("timed", True):
        record["submitted_at"] = record["submitted_at"].astimezone(scheme.zone).date()
    for name in ("forms", "sheets", "views"):
        if name in record:
            record[name] = int(record[name] or 0)
    if dataset.rated:
        labels = {level.code: level.label for level in scheme.source(dataset.source).levels}
        record |= {aspect: labels.get(code) for aspect, code in zip(dataset.rated, record.pop("ratings"), strict=True)}
        record["overall"] = labels.get(record["overall"])
    return record
