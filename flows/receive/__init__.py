"""Reads a year's raw files in every accepted format. Every row is either loaded or set aside with a reason."""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flows.datasets import Dataset
from flows.home import Home
from flows.host.progress import Tell
from flows.receive.apart import READER
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import Delivery, file_format, hashed, in_order, name_of, paths_of
from flows.receive.mappings import Mapping
from flows.receive.meanings import Context
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import Register
from flows.receive.store import Receipt, Store
from flows.scheme import Scheme

# Bytes of files for which it is worth to start another process.
_WORTH_IT = 32 << 20
_LOOK = 0.05
EDITIONS = Path(__file__).with_name("editions.toml")


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
    others: Path | None = None,
) -> Store:
    """The year's store, which reads by these mappings, and only what is not in the store of `others`. Its fingerprint changes with
    the register, the year's key, the scheme and this code."""
    fingerprint = "\0".join((edition(), scheme.timezone, repr(scheme.crawl.wide), register.fingerprint, pseudonyms.secret_id))
    context = Context(register.names, scheme.timezone, pseudonyms)
    root = home.store(scheme.year)
    root.mkdir(parents=True, exist_ok=True)
    store = Store(root, fingerprint, context, scheme.crawl.wide, mappings or {}, others)
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
    files = in_order(files)
    # Of files with one content, the first.
    different = {_content(delivery): delivery for delivery in reversed(files)}
    topic = f"接收 {dataset.name}"
    if files:
        tell(topic, 0, len(different))
    received = _all_received(list(reversed(different.values())), store, lambda finished: tell(topic, finished, len(different)))
    for delivery in files:
        if _content(delivery) in first:
            repeats[delivery.name] = first[_content(delivery)]
            continue
        # Where the first of two files with one content was refused, the other one is tried as well.
        outcome = received.get(delivery.name) or _received(store, delivery)
        if isinstance(outcome, Receipt):
            receipts.append(outcome)
            first[_content(delivery)] = delivery.name
        else:
            refusals.append(Refusal(dataset.name, delivery.name, str(outcome)))
    return Received(dataset, tuple(receipts), tuple(refusals), repeats)


def _content(delivery: Delivery) -> tuple[str, str | None]:
    return delivery.sha256, file_format(delivery.name)


def _received(store: Store, delivery: Delivery) -> Receipt | RefusedFile:
    try:
        return store.receive(delivery)
    except RefusedFile as fault:
        return fault


def _all_received(files: Sequence[Delivery], store: Store, tell: Callable[[int], None]) -> dict[str, Receipt | RefusedFile]:
    """What comes of files of different contents, by their names. Where they are large, several are read at a time."""
    if sum(delivery.size for delivery in files) >= _WORTH_IT:
        return _side_by_side(files, store, tell)
    outcomes: dict[str, Receipt | RefusedFile] = {}
    for delivery in files:
        outcomes[delivery.name] = _received(store, delivery)
        tell(len(outcomes))
    return outcomes


def _side_by_side(files: Sequence[Delivery], store: Store, tell: Callable[[int], None]) -> dict[str, Receipt | RefusedFile]:
    outcomes: dict[str, Receipt | RefusedFile] = {}
    futures: dict[Future[Receipt | RefusedFile], Delivery] = {}
    with ThreadPoolExecutor(READER.most, "receive") as pool:
        try:
            for delivery in files:
                # What is logged meanwhile belongs to the run that we are in.
                reading = partial(copy_context().run, partial(_received, store, delivery))
                futures[pool.submit(reading)] = delivery
            for future in as_completed(futures):
                outcomes[futures[future].name] = future.result()
                tell(len(outcomes))
        except BaseException:
            # Nobody waits for what they would have read.
            for future in futures:
                future.cancel()
            while wait(futures, timeout=_LOOK).not_done:
                READER.give_up()
            raise
    return outcomes


def refusals(year: int, received: Sequence[Received]) -> list[str]:
    """A sentence for each refused file, in the order of their names."""
    refused = [refusal for entry in received for refusal in entry.refusals]
    refused.sort(key=lambda refusal: (refusal.dataset, refusal.file))
    return [f"raw/{year}/{refusal.dataset}/{refusal.file}：{refusal.reason}。" for refusal in refused]


def edition() -> str:
    """What stands for the code in an entry's key: its own hash, or that of the first code of its edition, which reads alike."""
    own = code_hash()
    editions = tomllib.loads(EDITIONS.read_text(encoding="utf-8"))["edition"]
    return next((codes[0] for codes in (each["code"] for each in editions) if own in codes), own)


def code_hash() -> str:
    """The hash of the code that reads raw files. An entry that other code made is made again, unless that is of its edition."""
    digest = hashlib.sha256()
    flows = Path(__file__).parent.parent
    rooms = [path for room in ("receive", "datasets", "sources") for path in (flows / room).glob("*.py")]
    for path in sorted([*rooms, flows / "reading" / "spelling.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
