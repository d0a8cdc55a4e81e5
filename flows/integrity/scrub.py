"""A scrub: everything is held against its recorded hash, and what is found is written down with the time at which it was first
seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from flows.errors import OperatorError
from flows.home import Home
from flows.host.progress import Tell, silent
from flows.host.zones import home_zone
from flows.integrity.examine import ROLLED_BACK, examine
from flows.integrity.hashing import Hashes, turn
from flows.integrity.memory import Memory, read_memory, write_memory
from flows.results.record import remembered_or_none
from flows.results.standing import Discrepancy

# What somebody who asks for the status is kept waiting for, in bytes: half a second.
_GLANCE = 256 << 20


@dataclass(frozen=True)
class Known:
    """A discrepancy, and when a scrub saw it first; None where none has."""

    discrepancy: Discrepancy
    first_seen: datetime | None


@dataclass(frozen=True)
class Findings:
    """What there is to say: the discrepancies, how many files were looked at, how many were left for a scrub, and when the last
    scrub ended."""

    known: tuple[Known, ...]
    files: int
    left: int = 0
    at: datetime | None = None


def scrub_home(home: Home, *, full: bool = False, tell: Tell = silent, now: Callable[[], datetime] = datetime.now) -> Findings:
    """Holds everything against its recorded hash, reading what has moved and a seventh of the rest, with `full` all of it."""
    at = now().astimezone(home_zone(home))
    memory = _memory_anew(home)
    hashes = Hashes(home, memory, (lambda _: True) if full else turn(at.toordinal()))
    found = examine(home, hashes, tell)
    if found:
        # A run may have published, or made an entry of the store anew, meanwhile: only what is so a moment later is told.
        keys = {discrepancy.key for discrepancy in found}
        again = examine(home, Hashes(home, memory, already=hashes.read))
        found = [discrepancy for discrepancy in again if discrepancy.key in keys]
    seen = {discrepancy.key: memory.first_seen.get(discrepancy.key, at.isoformat(timespec="seconds")) for discrepancy in found}
    heads = remembered_or_none(home)
    # Of a record that was rolled back it stays remembered how far it went.
    kept = {year: head for year, head in memory.heads.items() if heads is None or f"{year}{ROLLED_BACK}" in seen}
    after = Memory(hashes.read, hashes.rotten, seen, (heads or {}) | kept, at.isoformat(timespec="seconds"))
    write_memory(home, after)
    return Findings(_known(found, after), len(hashes.read), at=at)


def glance(home: Home) -> Findings:
    """The same for whoever waits for an answer: nothing is written, and what is large and was never read is left."""
    found: list[Discrepancy] = []
    try:
        memory = read_memory(home)
    except OperatorError as fault:
        memory = Memory()
        found.append(Discrepancy("memory", str(fault)))
    hashes = Hashes(home, memory, most=_GLANCE)
    found += examine(home, hashes)
    at = datetime.fromisoformat(memory.at) if memory.at else None
    return Findings(_known(found, memory), len(hashes.read), hashes.left, at)


def sentences(findings: Findings) -> list[str]:
    """Each discrepancy in one text, with its files and since when it is so."""
    zone = findings.at.tzinfo if findings.at else None
    return ["".join([told(known, zone), "；".join(known.discrepancy.listed)]) for known in findings.known]


def told(known: Known, zone: tzinfo | None) -> str:
    """The sentence of a discrepancy, and when it came about and was first seen, in the zone."""
    moments = ((known.discrepancy.since, "变动于"), (known.first_seen, "首次发现于"))
    when = "，".join(f"{words} {_shown(at, zone)}" for at, words in moments if at)
    return f"{when}：{known.discrepancy.sentence}" if when else known.discrepancy.sentence


def _memory_anew(home: Home) -> Memory:
    """What is remembered, or nothing where that cannot be read: a scrub makes it anew."""
    try:
        return read_memory(home)
    except OperatorError:
        return Memory()


def _known(found: Sequence[Discrepancy], memory: Memory) -> tuple[Known, ...]:
    return tuple(Known(discrepancy, memory.since(discrepancy.key)) for discrepancy in found)


def _shown(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
