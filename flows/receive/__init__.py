"""Receiving a year's raw files: every format read, every row accounted for, nothing bad let through."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.datasets import Dataset
from flows.home import Home
from flows.host.progress import Tell
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import deliveries, file_format
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
    """What became of a dataset's files. `repeats` names files whose content another file of the dataset already brought."""

    dataset: Dataset
    receipts: tuple[Receipt, ...]
    refusals: tuple[Refusal, ...]
    repeats: dict[str, str]


def open_store(home: Home, scheme: Scheme, register: Register, pseudonyms: Pseudonyms) -> Store:
    """The store as this year's register, the installation's secret and this code read the raw files."""
    fingerprint = "\0".join(
        (_code_hash(), scheme.timezone, repr(scheme.crawl.wide), register.fingerprint, pseudonyms.secret_id)
    )
    context = Context(register.names, scheme.timezone, pseudonyms)
    root = home.store(scheme.year)
    root.mkdir(parents=True, exist_ok=True)
    return Store(root, fingerprint, context, scheme.crawl.wide)


def receive(home: Home, scheme: Scheme, dataset: Dataset, store: Store, tell: Tell) -> Received:
    """Reads a dataset's files that were not read before. A file that cannot be read becomes a refusal, not an error."""
    receipts: list[Receipt] = []
    refusals: list[Refusal] = []
    first: dict[tuple[str, str | None], str] = {}
    repeats: dict[str, str] = {}
    found = deliveries(home, scheme.year, dataset)
    for done, delivery in enumerate(found):
        tell(f"接收 {dataset.name}", done, len(found))
        content = (delivery.sha256, file_format(delivery.name))
        if content in first:
            repeats[delivery.name] = first[content]
            continue
        try:
            receipts.append(store.receive(delivery))
            first[content] = delivery.name
        except RefusedFile as fault:
            refusals.append(Refusal(dataset.name, delivery.name, str(fault)))
    if found:
        tell(f"接收 {dataset.name}", len(found), len(found))
    return Received(dataset, tuple(receipts), tuple(refusals), repeats)


def refusals(year: int, received: Sequence[Received]) -> list[str]:
    """A sentence for each refused file, in the order of their names."""
    refused = sorted((refusal for one in received for refusal in one.refusals), key=lambda one: (one.dataset, one.file))
    return [f"raw/{year}/{refusal.dataset}/{refusal.file}：{refusal.reason}。" for refusal in refused]


def _code_hash() -> str:
    """The hash of the code that reads raw files: an entry made by other code is made again."""
    digest = hashlib.sha256()
    flows = Path(__file__).parent.parent
    rooms = [path for room in ("receive", "datasets", "sources") for path in (flows / room).glob("*.py")]
    for path in sorted([*rooms, flows / "scheme" / "spelling.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
