"""SIGKILL before a command's file operations, and file operations that fail: what was published stays whole, and the next run
makes what an undisturbed one makes."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.commands import Ran
from tests.flows.homes import YEAR, small_home, thaw, write_rows

from .interposed import CHANGES, NOTHING, Ended, Kind, Warm
from .outcome import Outcome

# A disk in memory where there is one: nothing here is about power cuts, and a sync would be most of the time.
MEMORY = Path("/dev/shm")
_CHANGED = [["site", "score"], ["s1", "10"], ["s2", "20"]]
_ANYTHING = Kind(sum(Kind))
# What the system says, and of which operations it says so.
FAULTS = {
    errno.EIO: _ANYTHING & ~Kind.LOCK,
    errno.ENOSPC: Kind.MAKE | Kind.WRITE | Kind.SYNC | Kind.NAME,
    errno.EACCES: Kind.OPEN | Kind.MAKE | Kind.NAME | Kind.REMOVE | Kind.MODE | Kind.LIST | Kind.STAT,
    errno.EMFILE: Kind.OPEN | Kind.MAKE | Kind.LIST,
    errno.ENOMEM: Kind.OPEN | Kind.MAKE | Kind.READ | Kind.STAT | Kind.NAME,
}
# The same for good, from the first on: a disk that stays full.
FULL = -errno.ENOSPC

SCENES = ("first", "revision", "draft", "publish", "repair", "report", "nightly", "simulate", "scrub", "check", "evaluation")
_YEARLY, _DATABASE = ("yearly", YEAR), "warehouse.duckdb"

State = dict[str, str]


@dataclass(frozen=True)
class Scene:
    """A command on a data home: `before` is the home as it finds it, `old` and `new` what is published before and after it (None
    where nothing is), `after` all that it leaves, `counts` its operations."""

    name: str
    before: Path
    command: tuple[object, ...]
    prepared: Path | None
    old: State | None = None
    new: State | None = None
    after: State | None = None
    counts: Ended | None = None


@contextmanager
def stage() -> Iterator[Path]:
    """A folder for homes, in memory where that is possible."""
    there = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30 else None
    with TemporaryDirectory(prefix="pingyi-sweep-", dir=there) as folder:
        yield Path(folder)


def scenes(made: "Maker", names: Sequence[str] = SCENES) -> list[Scene]:
    """The scenes of these names, each played once undisturbed."""
    return [made.played(made.scene(name)) for name in names]


class Maker:
    """Makes the homes that the scenes begin with, in `folder`."""

    def __init__(self, warm: Warm, folder: Path) -> None:
        self._warm, self._folder = warm, folder
        shutil.rmtree(folder / "homes", ignore_errors=True)
        self._first = small_home(folder / "homes" / "first")
        (self._first / "secret.key").write_bytes(bytes(range(32)))
        (self._first / "secret.key").chmod(0o600)
        self.published = self._made("published", self._first, ("yearly", YEAR))

    @cached_property
    def revised(self) -> Path:
        home = self._copy("revised", self.published)
        write_rows(home, "given/scores.csv", _CHANGED)
        return home

    @cached_property
    def drafted(self) -> Path:
        return self._made("drafted", self.revised, ("yearly", YEAR, "--draft"))

    def scene(self, name: str) -> Scene:
        """A scene of `SCENES`."""
        match name:
            case "first":
                return Scene(name, self._first, _YEARLY, self.published / _DATABASE)
            case "revision":
                return Scene(name, self.revised, _YEARLY, self.drafted / _DATABASE)
            case "draft":
                return Scene(name, self.revised, (*_YEARLY, "--draft"), self.drafted / _DATABASE)
            case "publish":
                draft = _hash(self.drafted / "drafts" / str(YEAR) / "manifest.json")
                return Scene(name, self.drafted, ("publish", YEAR, draft, "--reason", "更正"), None)
            case "repair":
                number = _hash(self.published / "results" / str(YEAR) / "manifest.json")
                return Scene(name, self._damaged(), ("publish", YEAR, number), None)
            case "report":
                return Scene(name, self._with_template(), ("report", YEAR), None)
            case "nightly":
                return Scene(name, self.revised, ("nightly", YEAR), self.drafted / _DATABASE)
            case "simulate":
                return Scene(name, self._simulated(), ("simulate", YEAR, "--ballots", "60", "--seed", "7"), None)
            case "scrub":
                return Scene(name, self.published, ("scrub", "--full"), None)
            case "check":
                return Scene(name, self.published, ("check", YEAR), None)
            case "evaluation":
                return Scene(name, self.revised, _YEARLY, None)
        raise ValueError(name)

    def played(self, scene: Scene) -> Scene:
        """The scene with what it leaves when nobody disturbs it."""
        folder = self._folder / "play"
        ended = begin(self._warm, folder, scene)
        home = folder / "home"
        if [ran.status for ran in ended.ran] != [0]:
            raise RuntimeError(f"{scene.name} does not even go well undisturbed: {ended}")
        old, new = published(scene.before), published(home)
        # What the next run takes away is not counted as what this one leaves.
        self._warm.run(folder, [_told(scene, home)], prepared=scene.prepared)
        done = replace(scene, old=old, new=new, after=state(home), counts=ended)
        shutil.rmtree(folder)
        return done

    def _copy(self, name: str, home: Path) -> Path:
        return shutil.copytree(home, self._folder / "homes" / name, symlinks=True)

    def _made(self, name: str, home: Path, command: tuple[object, ...]) -> Path:
        made = self._copy(name, home)
        ended = self._warm.run(self._folder, [(*command, "--data", made)])
        if ended.ran[0].status:
            raise RuntimeError(f"{command}: {ended.ran[0]}")
        return made

    def _damaged(self) -> Path:
        home = self._copy("damaged", self.published)
        thaw(home / "publications" / str(YEAR) / "1")
        (home / "publications" / str(YEAR) / "1" / "index.html").write_text("gone", encoding="utf-8")
        return home

    def _simulated(self) -> Path:
        home = self._copy("bare", self._first)
        for path in (home / "raw" / str(YEAR)).iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        return self._made("simulated", home, ("simulate", YEAR, "--ballots", "60", "--seed", "6"))

    def _with_template(self) -> Path:
        home = self._copy("template", self.published)
        (home / "bulletin").mkdir()
        (home / "bulletin" / "bulletin.txt").write_text("标题：另一份通报\n\n另一份通报。\n", encoding="utf-8")
        return home


def _told(scene: Scene, home: Path) -> tuple[object, ...]:
    return (*scene.command, "--data", home)


def begin(warm: Warm, folder: Path, scene: Scene, kinds: Kind = NOTHING, nth: int = 0, fail: int = 0) -> Ended:
    """Plays a scene in `folder`, which must not be there."""
    folder.mkdir()
    home = shutil.copytree(scene.before, folder / "home", symlinks=True)
    return warm.run(folder, [_told(scene, home)], kinds, nth, fail, scene.prepared)


def chosen(scene: Scene, number: int, rng: Random, kinds: Kind = CHANGES) -> list[int]:
    """So many of a scene's operations, in order; all of them where `number` is 0."""
    assert scene.counts
    total = scene.counts.count(kinds)
    return sorted(rng.sample(range(1, total + 1), min(number or total, total)))


def shares(played: Sequence[Scene], number: int, kinds: Kind = CHANGES) -> dict[str, int]:
    """How many of `number` tries each scene gets: by how many operations it has, but the whole evaluation a tenth at most,
    since it takes longest and nearly all of its operations are the database's own."""
    if not number:
        return {scene.name: 0 for scene in played}
    weights = {scene.name: (scene.counts.count(kinds) if scene.counts else 1) for scene in played}
    if "evaluation" in weights:
        weights["evaluation"] = min(weights["evaluation"], sum(weights.values()) // 10)
    total = sum(weights.values())
    return {name: max(1, round(number * weight / total)) for name, weight in weights.items()}


def kills(warm: Warm, folder: Path, played: Sequence[Scene], number: int, seed: int) -> Iterator[Outcome]:
    """Kills a scene's process before one of its operations that change something."""
    for scene in played:
        for nth in chosen(scene, shares(played, number)[scene.name], Random(f"kills {seed} {scene.name}")):
            yield kill(warm, folder, scene, nth)


def kill(warm: Warm, folder: Path, scene: Scene, nth: int) -> Outcome:
    play = folder / "play"
    try:
        ended = begin(warm, play, scene, CHANGES, nth)
        name = f"{scene.name} {nth} {ended.hit}"
        if ended.hung or not ended.killed:
            # Where threads are at work one operation more or less may be needed; then nothing was tried, but for what was left.
            assert not ended.hung and not ended.hit, ended
        return healed(warm, play, scene, Outcome("kills", name))
    finally:
        _clear(play)


def calls(warm: Warm, folder: Path, played: Sequence[Scene], number: int, seed: int) -> Iterator[Outcome]:
    """Lets one of a scene's operations fail, or all from one on with a full disk."""
    for scene in played:
        rng = Random(f"calls {seed} {scene.name}")
        share = shares(played, number, _ANYTHING)[scene.name]
        faults = [*FAULTS, FULL]
        for fault in faults:
            kinds = FAULTS[abs(fault)]
            # The first call of a kind, which many others resemble, is as likely as any.
            for nth in chosen(scene, -(-share // len(faults)), rng, kinds):
                yield call(warm, folder, scene, kinds, nth, fault)


def call(warm: Warm, folder: Path, scene: Scene, kinds: Kind, nth: int, fault: int) -> Outcome:
    play = folder / "play"
    try:
        ended = begin(warm, play, scene, kinds, nth, fault)
        name = f"{scene.name} {errno.errorcode[abs(fault)]}{' for good' if fault < 0 else ''} {nth} {ended.hit}"
        tried = Outcome("calls", name)
        if ended.hung or (ended.killed and ended.signal):
            return replace(tried, failure="hung" if ended.hung else "traceback", seen=f"signal {ended.signal}")
        (ran,) = ended.ran
        wrong = _words_of(ran, play)
        if not wrong and ran.status == 0 and published(play / "home") != scene.new:
            wrong = ("lost", f"it says that all is well, and what is published is not what it should be: {ran.said}")
        after = healed(warm, play, scene, tried)
        return replace(tried, failure=wrong[0], seen=wrong[1]) if wrong and not after.failure else after
    finally:
        _clear(play)


def _words_of(ran: Ran, play: Path) -> tuple[str, str] | None:
    """What is wrong with how a command that met a fault ended."""
    if ran.status == -1:
        return "hung", ran.err
    if ran.traceback or "Traceback" in ran.said:
        return "traceback", ran.traceback or ran.said
    # Too little memory is nowhere.
    if ran.status and not any(words in ran.said for words in (str(play), f"raw/{YEAR}", "内存不够")):
        return "wordless", ran.said
    return None


def healed(warm: Warm, play: Path, scene: Scene, tried: Outcome) -> Outcome:
    """What a disturbed scene left, and what the status and a second run make of it."""
    home = play / "home"
    now = published(home)
    if now not in (scene.old, scene.new):
        return replace(tried, failure="lost" if now is None else "torn", seen=_difference(now or {}, scene.new or {}))
    ended = warm.run(play, [("status", "--data", home), _told(scene, home)], prepared=scene.prepared)
    if ended.killed or ended.hung:
        return replace(tried, failure="hung", seen=f"the second run ended by signal {ended.signal}")
    for ran in ended.ran:
        if ran.traceback or "Traceback" in ran.said:
            return replace(tried, failure="traceback", seen=ran.traceback or ran.said)
    if ended.ran[1].status:
        return replace(tried, failure="lost", seen=f"the second run did not go well: {ended.ran[1].said}")
    after = state(home)
    if after != scene.after:
        failure = "rubbish" if after.keys() > (scene.after or {}).keys() else "lost"
        return replace(tried, failure=failure, seen=_difference(after, scene.after or {}))
    left = sorted(str(path.relative_to(play)) for path in (play / "tmp").iterdir())
    return replace(tried, failure="rubbish", seen=", ".join(left)) if left else tried


def published(home: Path) -> State | None:
    """Every file of what is published of the year, with its hash; None where nothing is."""
    results = home / "results" / str(YEAR)
    return _hashes(results.resolve()) if os.path.lexists(results) else None


def state(home: Path) -> State:
    """All that a home holds, with the hashes of what does not depend on when it was made."""
    whole = {"results", "drafts", "raw", "quarantine"}
    found: State = {}
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_dir():
            found[f"{name}/"] = ""
        elif path.parent != home / "runs":
            kept = whole & set(path.parts) or (name.startswith("publications") and path.name != "record.jsonl")
            found[name] = _hash(path) if kept else ""
    record = home / "publications" / str(YEAR) / "record.jsonl"
    if record.exists():
        lines = record.read_text(encoding="utf-8").splitlines()
        found["publications on record"] = " ".join(json.loads(line)["sha256"] for line in lines)
    return found


def _hashes(folder: Path) -> State:
    return {str(path.relative_to(folder)): _hash(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _difference(one: State, other: State) -> str:
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(
        f"{name} ({'other' if name in one and name in other else 'only here' if name in one else 'gone'})"
        for name in names[:12]
    )


def _clear(play: Path) -> None:
    if play.exists():
        thaw(play)
        shutil.rmtree(play)
