"""Reads a year's raw files in every accepted format. Every row is either loaded or set aside with a reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.datasets import Dataset
from flows.home import Home
from flows.host.progress import Tell
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import Delivery, file_format, hashed, in_order, name_of, paths_of
from flows.receive.mappings import Mapping
from flows.receive.meanings import Context
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import Register
from flows.receive.store import Receipt, Store
from flows.scheme import Scheme


@dataclass(frozen=True)
class Refusal:
    """A file that could not be read at all, and the sentence that says why."""

    dataset: str
    file: str
    reason: str


@dataclass(frozen=True)
class Received:
    """The result for a dataset's files. `repeats` maps a file's name to that of an earlier file with the same content."""

    dataset: Dataset
    receipts: tuple[Receipt, ...]
    refusals: tuple[Refusal, ...]
    repeats: dict[str, str]


def open_store(
    home: Home,
    scheme: Scheme,
    register: Register,
    pseudonyms: Pseudonyms,
    mappings: dict[str, tuple[Mapping, ...]] | None = None,
) -> Store:
    """The year's store, which reads by these mappings. Its fingerprint changes with the register, the year's key, the scheme and
    this code."""
    fingerprint = "\0".join(
        (_code_hash(), scheme.timezone, repr(scheme.crawl.wide), register.fingerprint, pseudonyms.secret_id)
    )
    context = Context(register.names, scheme.timezone, pseudonyms)
    root = home.store(scheme.year)
    root.mkdir(parents=True, exist_ok=True)
    store = Store(root, fingerprint, context, scheme.crawl.wide, mappings or {})
    store.clear()
    return store


def receive(home: Home, scheme: Scheme, dataset: Dataset, store: Store, tell: Tell) -> Received:
    """Reads a dataset's files that were not read before. A file that cannot be read becomes a refusal, not an error."""
    receipts: list[Receipt] = []
    refusals: list[Refusal] = []
    first: dict[tuple[str, str | None], str] = {}
    repeats: dict[str, str] = {}
    files: list[Delivery] = []
    for path in paths_of(home, scheme.year, dataset):
        try:
            files.append(hashed(home, dataset, path))
        except RefusedFile as fault:
            refusals.append(Refusal(dataset.name, name_of(path), str(fault)))
    for finished, delivery in enumerate(in_order(files)):
        tell(f"接收 {dataset.name}", finished, len(files))
        content = (delivery.sha256, file_format(delivery.name))
        if content in first:
            repeats[delivery.name] = first[content]
            continue
        try:
            receipts.append(store.receive(delivery))
            first[content] = delivery.name
        except RefusedFile as fault:
            refusals.append(Refusal(dataset.name, delivery.name, str(fault)))
    if files:
        tell(f"接收 {dataset.name}", len(files), len(files))
    return Received(dataset, tuple(receipts), tuple(refusals), repeats)


def refusals(year: int, received: Sequence[Received]) -> list[str]:
    """A sentence for each refused file, in the order of their names."""
    refused = [refusal for entry in received for refusal in entry.refusals]
    refused.sort(key=lambda refusal: (refusal.dataset, refusal.file))
    return [f"raw/{year}/{refusal.dataset}/{refusal.file}：{refusal.reason}。" for refusal in refused]


def _code_hash() -> str:
    """The hash of the code that reads raw files. An entry that other code made is made again."""
    digest = hashlib.sha256()
    flows = Path(__file__).parent.parent
    rooms = [path for room in ("receive", "datasets", "sources") for path in (flows / room).glob("*.py")]
    for path in sorted([*rooms, flows / "reading" / "spelling.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
