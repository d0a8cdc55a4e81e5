"""Hostile files, by the hundred, each beside a good one: every row is accounted for, and every file that is not read has a reason."""

import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from unittest.mock import patch

import polars as pl

from flows.errors import OperatorError, visible
from flows.receive import apart
from flows.receive.apart import READER, limits_for
from tests.commands import Hung, run, within
from tests.flows.homes import YEAR as SMALL_YEAR
from tests.flows.homes import thaw
from tests.receive.correct import YEAR
from tests.receive.home import Home, small_home

from .corpus import BOOK, PLAIN, TABLE, Hostile, _table, corpus
from .interposed import Warm
from .kills import Maker
from .outcome import Outcome

SECONDS = 90
# Bytes of memory that a file's reading may take here.
MEMORY = 1 << 30
_GOOD = "site,score\ns02,12.5\n"
_TOGETHER = 40


def sampled(hostile: Sequence[Hostile], number: int, seed: int) -> list[Hostile]:
    """So many of them, all where `number` is 0, in the order in which they were made."""
    if not number or number >= len(hostile):
        return list(hostile)
    return [hostile[place] for place in sorted(Random(f"files {seed}").sample(range(len(hostile)), number))]


def files(folder: Path, number: int, seed: int) -> Iterator[Outcome]:
    """Hostile deliveries, one after the other, and then many at once before the command that checks a year."""
    chosen = sampled(list(corpus(seed)), number, seed)
    yield from _each("files", folder, chosen)
    yield from _together(folder, chosen)


def beside(warm: Warm, folder: Path, made: Maker, number: int, seed: int) -> Iterator[Outcome]:
    """Wrong things in the place of what lies beside the raw files: the status, the check and the year's evaluation say so, or do
    without them."""
    rng = Random(f"beside {seed}")
    tries = [(place, what) for place in _PLACES for what in _WRONG]
    for place, what in sorted(rng.sample(tries, min(number or len(tries), len(tries)))):
        yield _beside(warm, folder, made, place, what, Random(f"{seed} {place} {what}"))


def _beside(warm: Warm, folder: Path, made: Maker, place: str, what: str, rng: Random) -> Outcome:
    tried = Outcome("files", f"{what} at {place}")
    play = folder / "play"
    play.mkdir()
    home = shutil.copytree(made.published, play / "home", symlinks=True)
    thaw(home)
    try:
        path = next(iter(sorted(home.glob(place))), home / place)
        good = path.read_bytes() if path.is_file() else _BESIDE.get(path.name, b"x,y\n1,2\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            path.rename(play / "was")
        _WRONG[what](path, good, rng)
        commands = [("status",), ("check", SMALL_YEAR), ("yearly", SMALL_YEAR), ("scrub",)]
        told = [(*command, "--data", home) for command in commands]
        ended = warm.run(play, told, prepared=made.published / "warehouse.duckdb")
        if ended.killed or ended.hung:
            return replace(tried, failure="hung" if ended.hung else "traceback", seen=f"signal {ended.signal}")
        for command, ran in zip(commands, ended.ran, strict=True):
            if ran.status == -1:
                return replace(tried, failure="hung", seen=command[0])
            if ran.traceback or "Traceback" in ran.said:
                return replace(tried, failure="traceback", seen=f"{command[0]}: {ran.traceback or ran.said}")
            if (
                ran.status
                and command[0] in ("check", "yearly")
                and path.name not in ran.said
                and path.parent.name not in ran.said
            ):
                return replace(tried, failure="wordless", seen=f"{command[0]}: {ran.said}")
        if what == "a link out" and not _untouched(play / "outside"):
            return replace(tried, failure="lost", seen="of what lies where the link leads")
        return tried
    finally:
        thaw(play)
        shutil.rmtree(play)


# Where offices and runs put things, as patterns below the home.
_PLACES = (
    *("reference/2030/annex_bureau.csv", "reference/2030/figures.csv", "bulletin/bulletin.txt", "schemes/2030.toml"),
    *("raw/2030/sites.csv", "raw/2030/deliveries.csv", "secret.key", "results/2029/tables/composite_scores.csv"),
    *(
        "results/2029/manifest.json",
        "schemes/2029.toml",
        "store/2030",
        "store/2030/*/receipt.json",
        "store/2030/*/rows.parquet",
    ),
    *("results/2030", "results/2030/manifest.json", "publications/2030/record.jsonl", "publications/2030/1/manifest.json"),
    *("drafts/2030", "drafts/2030/manifest.json", ".pingyi.heads", ".pingyi.scrub", ".pingyi.lock", "runs/*.jsonl"),
    *("quarantine/2030", "warehouse.duckdb", "publications/2030", "runs", "results"),
)
_BESIDE = {
    "annex_bureau.csv": "序号,网站,综合得分\n1,第一局,77.00\n2,第三局,70\n".encode(),
    "figures.csv": b"figure,section,subject,printed,value,scale,table,column,rows,measure,per_table,per_column,per_rows,per_measure,per_value,remark\n",
    "bulletin.txt": "标题：通报\n\n通报。\n".encode(),
    "deliveries.csv": b"dataset,file,rows\nvoted,web.csv,3\n",
    "composite_scores.csv": "year,group,rank,site_id,name,voted,composite\n2029,bureau,1,s1,第一局,88.13,77.00\n".encode(),
    "manifest.json": b"{}",
    "2029.toml": b"year = 2029\n",
}


def _written(make: Callable[[bytes, Random], bytes]) -> Callable[[Path, bytes, Random], object]:
    return lambda path, good, rng: path.write_bytes(make(good, rng))


def _outside(path: Path) -> Path:
    """A folder outside of the home, with folders and files that nobody may touch. Never a folder of the machine's own."""
    home = next(folder for folder in path.parents if folder.name == "home")
    outside = home.parent / "outside"
    (outside / "kept").mkdir(parents=True)
    for name in ("kept/a.csv", "b.csv", "c.jsonl", "receipt.json"):
        (outside / name).write_text("x,y\n1,2\n", encoding="utf-8")
    return outside


def _untouched(outside: Path) -> bool:
    kept = {"kept/a.csv", "b.csv", "c.jsonl", "receipt.json"}
    return all((outside / name).is_file() and (outside / name).read_text(encoding="utf-8") == "x,y\n1,2\n" for name in kept)


def _sparse(path: Path, good: bytes, rng: Random) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


_WRONG: dict[str, Callable[[Path, bytes, Random], object]] = {
    "nothing": _written(lambda good, rng: b""),
    "zeros": _written(lambda good, rng: bytes(100)),
    "random bytes": _written(lambda good, rng: rng.randbytes(3_000)),
    "half of it": _written(lambda good, rng: good[: len(good) // 2]),
    "a bit of it": _written(lambda good, rng: bytes(_bits(rng, bytearray(good)))),
    "bytes of it": _written(lambda good, rng: bytes(_bytes(rng, _bytes(rng, bytearray(good))))),
    "it twice": _written(lambda good, rng: good * 2),
    "UTF-16": _written(lambda good, rng: good.decode("utf-8", "replace").encode("utf-16")),
    "GB18030": _written(lambda good, rng: good.decode("utf-8", "replace").encode("gb18030", "replace")),
    "deep JSON": _written(lambda good, rng: b"[" * 100_000),
    "a list": _written(lambda good, rng: b'[1, "x", null]\n'),
    "an object of others": _written(lambda good, rng: b'{"2030": [], "files": 1, "receipt": {}, "began": 1, "at": "x"}\n'),
    "a long line": _written(lambda good, rng: b"9" * (6 << 20)),
    "controls": _written(lambda good, rng: "名\x1b[31m\r\n错误：一切正常\u202e,x\n".encode()),
    "a workbook": _written(lambda good, rng: BOOK),
    "a sparse file": _sparse,
    "a pipe": lambda path, good, rng: os.mkfifo(path),
    "a folder": lambda path, good, rng: path.mkdir(),
    "a link to /dev/zero": lambda path, good, rng: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path, good, rng: path.symlink_to(path.name),
    "a link out": lambda path, good, rng: path.symlink_to(_outside(path)),
}


def mutations(folder: Path, number: int, seed: int) -> Iterator[Outcome]:
    """Good files in every format, with bytes changed, lost, doubled or moved."""
    yield from _each("mutations", folder, mutated(number or 2_000, seed))


def mutated(number: int, seed: int) -> list[Hostile]:
    from gzip import compress

    lines = "".join('{"site": "%s", "score": %s}\n' % line for line in TABLE[1:])  # noqa: UP031
    sites, scores = zip(*TABLE[1:], strict=True)
    good = {
        "a.csv": PLAIN.encode(),
        "a.csv.gz": compress(PLAIN.encode(), mtime=0),
        "a.jsonl": lines.encode(),
        "a.parquet": _table(site=list(sites), score=list(scores)),
        "a.xlsx": BOOK,
    }
    rng, made = Random(f"mutations {seed}"), []
    for place in range(number):
        name = rng.choice(list(good))
        content = bytearray(good[name])
        what = rng.choice(_MUTATIONS)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            content = what(rng, content)
        made.append(Hostile(name, bytes(content), f"{name} {what.__name__.strip('_')} {place}"))
    return made


def _bits(rng: Random, content: bytearray) -> bytearray:
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def _bytes(rng: Random, content: bytearray) -> bytearray:
    content[rng.randrange(len(content))] = rng.choice((0, 10, 34, 44, 255, rng.randrange(256)))
    return content


def _lost(rng: Random, content: bytearray) -> bytearray:
    place = rng.randrange(len(content))
    return content[:place] + content[place + rng.choice((1, 4, 100)) :] or bytearray(b"x")


def _more(rng: Random, content: bytearray) -> bytearray:
    place = rng.randrange(len(content))
    return content[:place] + rng.randbytes(rng.choice((1, 4, 100))) + content[place:]


def _twice(rng: Random, content: bytearray) -> bytearray:
    one, other = sorted((rng.randrange(len(content)), rng.randrange(len(content))))
    return content[:other] + content[one:]


def _zeros(rng: Random, content: bytearray) -> bytearray:
    place, size = rng.randrange(len(content)), rng.choice((1, 16, 512))
    content[place : place + size] = bytes(min(size, len(content) - place))
    return content


def _cut(rng: Random, content: bytearray) -> bytearray:
    return content[: rng.randrange(1, len(content) + 1)]


_MUTATIONS: tuple[Callable[[Random, bytearray], bytearray], ...] = (_bits, _bytes, _lost, _more, _twice, _zeros, _cut)


def _each(part: str, folder: Path, hostile: Sequence[Hostile]) -> Iterator[Outcome]:
    home = small_home(folder / part)
    home.put("superior/good.csv", _GOOD)
    (home.raw / "superior" / "scores.csv").unlink(missing_ok=True)
    ordinary = limits_for
    with patch.object(apart, "limits_for", lambda size: replace(ordinary(size), memory=MEMORY)):
        for each in hostile:
            yield received(part, home, each)
    READER.end()


def received(part: str, home: Home, hostile: Hostile) -> Outcome:
    """What comes of a delivery that lies beside a good one."""
    tried = Outcome(part, hostile.what)
    path = hostile.put(home.raw / "superior")
    is_folder = path.is_dir()
    try:
        with within(SECONDS):
            (taken,) = home.receive("superior")
    except Hung:
        READER.end()
        return replace(tried, failure="hung")
    except OperatorError as fault:
        return replace(tried, failure="ends the run", seen=str(fault))
    except Exception:
        return replace(tried, failure="traceback", seen=traceback.format_exc())
    finally:
        path.unlink(missing_ok=True)
    receipts = {receipt.file: receipt for receipt in taken.receipts}
    told = {refusal.file: refusal.reason for refusal in taken.refusals}
    names = [*receipts, *told, *taken.repeats]
    good = receipts.get("good.csv") or receipts.get(taken.repeats.get("good.csv", ""))
    if good is None or good.loaded != 1:
        return replace(tried, failure="ends the run", seen=f"of the good file: {told.get('good.csv')}")
    others = [name for name in names if name != "good.csv"]
    # What lies in folders below a dataset is told of before files are received.
    if len(others) > 1 or (not others and not is_folder and not _is_no_delivery(hostile.name)):
        return replace(tried, failure="lost", seen=f"it is told of as {others}")
    if any(not reason.strip() or "Traceback" in reason for reason in told.values()):
        return replace(tried, failure="wordless", seen=repr(told))
    for name in others:
        if (receipt := receipts.get(name)) is not None:
            rows, faults = pl.read_parquet(receipt.rows).height, pl.read_parquet(receipt.faults).height
            if receipt.rows_in != rows + faults:
                return replace(tried, failure="lost", seen=f"{receipt.rows_in} rows, {rows} loaded, {faults} set aside")
    peak = _peak()
    if peak > MEMORY + (200 << 20):
        READER.end()
        return replace(tried, failure="memory", seen=f"{peak >> 20} MB")
    return replace(tried, seen=next(iter(told.values()), "read"))


def _is_no_delivery(name: str) -> bool:
    return name.startswith((".", "~")) or name.endswith((".part", "~")) or name == "Thumbs.db"


def _peak() -> int:
    """The most memory that the reading process had since this was last asked, in bytes."""
    process = READER.process_id
    if process is None:
        return 0
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        Path(f"/proc/{process}/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def _together(folder: Path, hostile: Sequence[Hostile]) -> Iterator[Outcome]:
    """Many files in one folder: the check of the year tells every one that it refuses, and takes those that remain."""
    for start in range(0, len(hostile), _TOGETHER):
        # One that has the good file's own content stands in its place.
        some = [each for each in hostile[start : start + _TOGETHER] if not each.what.startswith("a hard link")]
        home = small_home(folder / f"together-{start}")
        home.change_scheme("max_quarantined = 0.5", "max_quarantined = 1")
        home.put("superior/good.csv", _GOOD)
        (home.raw / "superior" / "scores.csv").unlink()
        paths: dict[Path, Hostile] = {}
        for place, each in enumerate(some):
            try:
                paths[replace(each, name=f"{place}-{each.name}").put(home.raw / "superior")] = each
            except OSError:
                # The name became too long, or it is a link to one that has another name here.
                continue
        yield _checked(Outcome("files", f"{len(paths)} at once, from the {start + 1}th"), home, paths)


def _checked(tried: Outcome, home: Home, paths: dict[Path, Hostile]) -> Outcome:
    for _ in range(3):
        try:
            ran = run("check", YEAR, "--data", home.folder, seconds=SECONDS + 2 * len(paths))
        except Hung:
            return replace(tried, failure="hung")
        if ran.traceback:
            return replace(tried, failure="traceback", seen=ran.traceback)
        if ran.status == 0:
            untold = [
                path.name
                for path in paths
                if os.path.lexists(path) and f"/{visible(path.name)}：" not in ran.out and not _is_no_delivery(path.name)
            ]
            return replace(
                tried, failure="lost" if untold or "superior/good.csv：1 行" not in ran.out else "", seen=repr(untold)
            )
        refused = [path for path in paths if os.path.lexists(path) and f"{visible(path.name)}" in ran.said]
        if not refused or "good.csv" in ran.said:
            return replace(tried, failure="ends the run", seen=ran.said)
        for path in refused:
            path.unlink()
    return replace(tried, failure="ends the run", seen=ran.said)
