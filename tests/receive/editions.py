"""What the code reads of a corpus, as one digest; and the list of codes that read alike (`flows/receive/editions.toml`).

    ./run python -m tests.receive.editions

lists the code as it is now with the last edition where it reads the corpus as that one does, and begins a new edition where it does
not. Who lists code says that the rest of its change reads nothing else either: what it would read otherwise stays as it was read.
"""

import hashlib
import json
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from flows.home import Home
from flows.receive import EDITIONS, code_hash, open_store
from flows.receive.deliveries import deliveries
from flows.receive.mapping_file import read_mappings
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import read_register
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import ROOT
from tests.oracle.files import write_year
from tests.oracle.years import generate

# Years that together have every kind of source and every format of the generator.
_SEEDS = range(4)
_SECRET = b"the same in every edition, for 32"
_HEAD = "# Codes that read raw files alike, the hash of each; an entry of the store that one has made is used by all of its edition.\n"


def reads() -> str:
    """The digest of all that the code makes of the corpus: typed rows, faults, and what the receipts tell."""
    digest = hashlib.sha256()
    with TemporaryDirectory() as folder:
        for home, year in _homes(Path(folder)):
            for part in _read(Home(home), year):
                digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _homes(folder: Path) -> Iterator[tuple[Path, int]]:
    for name, year in (("shanghai", 2007), ("us_federal", None)):
        home = folder / name
        home.mkdir()
        for part in ("raw", "schemes"):
            shutil.copytree(ROOT / "data" / name / part, home / part)
        yield home, year or Home(home).years[-1]
    for seed in _SEEDS:
        generated, home = generate(seed), folder / str(seed)
        write_year(generated, home, seed)
        yield home, generated.year


def _read(home: Home, year: int) -> Iterator[bytes]:
    scheme = read_scheme(home, year)
    named = list(datasets(scheme))
    store = open_store(home, scheme, read_register(home, scheme), Pseudonyms(_SECRET), read_mappings(home, year, named))
    for dataset in named:
        for delivery in sorted(deliveries(home, year, dataset), key=lambda delivery: delivery.name):
            receipt = store.receive(delivery)
            # A workbook tells when it was made, and so does its hash.
            told = {name: value for name, value in vars(receipt).items() if name not in ("folder", "sha256", "size")}
            yield json.dumps(told, default=vars, ensure_ascii=False, sort_keys=True).encode()
            for path in (receipt.rows, receipt.faults):
                yield pl.read_parquet(path).write_ndjson().encode()


def main() -> int:
    """Lists the code; returns the exit status."""
    editions = tomllib.loads(EDITIONS.read_text(encoding="utf-8"))["edition"]
    own, digest = code_hash(), reads()
    last = editions[-1]
    if own in last["code"]:
        print("listed already")
    elif digest == last["reads"]:
        last["code"].append(own)
        print("reads as the last edition does: listed with it")
    else:
        editions.append({"reads": digest, "code": [own]})
        print("reads otherwise than the last edition: a new one begins, and every store is made again")
    parts = (
        f"\n[[edition]]\nreads = {json.dumps(each['reads'])}\ncode = {json.dumps(each['code'], indent=4)}\n"
        for each in editions
    )
    EDITIONS.write_text(_HEAD + "".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
