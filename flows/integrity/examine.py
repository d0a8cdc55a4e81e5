"""Everything with a recorded hash, held against it: publications, their inputs, raw files, the store."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.errors import OperatorError
from flows.home import Home
from flows.host.progress import Tell, silent
from flows.host.regular import read_regular
from flows.integrity.hashing import Hashes
from flows.integrity.memory import regular_stat
from flows.persons.purge import archived, still_there
from flows.receive.deliveries import is_delivery
from flows.results.drafts import ResultFolder
from flows.results.manifest import bulletin_template, mapping_files
from flows.results.numbered import folder_of, numbered_folders
from flows.results.record import (
    Head,
    Record,
    read_record,
    record_path,
    remembered,
    remembered_or_none,
    shortened,
    years_on_record,
)
from flows.results.standing import UNREMEMBERED, Discrepancy, NotRead, changed_at, discrepancies, standing_number
from flows.settings import read_settings

_RECEIPT, _STORED = "receipt.json", ("rows.parquet", "faults.parquet")
_REGISTER = "sites"
# The end of the key of a discrepancy that concerns documents only.
TEMPLATE = "/template"
# The end of the key of a record that went further when it was last scrubbed.
ROLLED_BACK = "/rolled-back"
_BULLETIN, _MAPPINGS = "bulletin", "mappings"


def examine(home: Home, hashes: Hashes, tell: Tell = silent) -> list[Discrepancy]:
    """Every discrepancy of a home, of published years first. `hashes` then knows all files that were looked at."""
    found: list[Discrepancy] = []
    heads = remembered_or_none(home)
    try:
        remembered(home)
    except OperatorError as fault:
        found.append(Discrepancy("heads", str(fault), since=changed_at(home.heads)))
    years = sorted({*years_on_record(home), *hashes.memory.heads})
    folders = sum(len(numbered_folders(home, year)) + 1 for year in years)
    done = 0
    for year in years:
        record = _record(home, year)
        amiss = discrepancies(home, year, hashes.of, heads.get(year) if heads else None)
        # Where nothing of the memory can be read, that is told once.
        found += [entry for entry in amiss if heads is not None or not entry.key.endswith(UNREMEMBERED)]
        # Where it cannot be read, that is among what is amiss.
        if record:
            found += _rolled_back(home, year, record, heads, hashes.memory.heads.get(year))
            found += moved_inputs(home, year, record, hashes)
            found += _of_purge(home, year, record)
        done += len(numbered_folders(home, year)) + 1
        tell("核对公布的结果", done, folders)
    # Whoever waits is told of raw files that no published year was made from by the last scrub.
    names = hashes.memory.rotten if hashes.is_glance else ()
    paths = [home.path / name for name in names] or ([] if hashes.is_glance else list(_raw_files(home)))
    for number, path in enumerate(paths, start=1):
        _hash_if_readable(hashes, path)
        tell("核对原始文件", number, len(paths))
    known = not hashes.is_glance or bool(hashes.memory.at)
    stores = _folders(home.all_stores) if known else []
    entries = [entry for folder in stores for entry in _folders(folder) if "." not in entry.name]
    for number, entry in enumerate(entries, start=1):
        found += _of_entry(home, entry, hashes)
        tell("核对仓库", number, len(entries))
    return [*found, *_rotten(home, hashes)]


def _record(home: Home, year: int) -> Record | None:
    try:
        return read_record(home, year)
    except OperatorError:
        return None


def _rolled_back(
    home: Home, year: int, record: Record, heads: dict[int, Head] | None, seen: Head | None
) -> Iterator[Discrepancy]:
    """A record that goes less far than when it was last scrubbed, and with it what the data home remembers of it: each agrees with
    the other, as if the publications after had never been."""
    if heads is None or not shortened(record, seen) or shortened(record, heads.get(year)):
        # There was none, all is there, or it is told already.
        return
    lines, number = (seen.lines, seen.number) if seen else (0, 0)
    yield Discrepancy(
        f"{year}{ROLLED_BACK}",
        f"{year} 年的公布记录 {record_path(home, year)} 和 {home.heads.name} 一起被换成了旧的，或被改写：上一次核对时有 {lines} 行，"
        f"最后是第 {number} 次公布，现在有 {len(record.publications)} 行。请从备份恢复 publications、results 和 {home.heads.name}，并查清是谁动的；"
        f"确是从备份恢复到那以前的，就删去 {home.scrubbed}，再运行 pingyi scrub。",
        since=changed_at(home.heads),
    )


def moved_inputs(home: Home, year: int, record: Record, hashes: Hashes) -> list[Discrepancy]:
    """What the results that stand were made from, and is not there, or not the same, any more; and raw files that came since.

    Where the year was purged since, files that name persons may be gone. What else lies beside and is new may have changed
    nothing of what was published, and is left to `reproduce`.
    """
    manifest = _standing_manifest(home, year, record, hashes)
    if manifest is None:
        return []
    changed: dict[Path, str] = {}
    may_be_gone = archived(home, year, record)
    expected = dict(_inputs(home, year, manifest))
    for path, sha256 in sorted(expected.items()):
        try:
            if hashes.of(path) != sha256:
                changed[path] = "改过"
        except NotRead:
            continue
        except FileNotFoundError:
            if path.parent not in may_be_gone:
                changed[path] = "不见了"
        except OSError as fault:
            changed[path] = f"读不出来（{fault.strerror}）"
    changed |= {path: "是新到的" for path in _deliveries(home.raw(year)) if path not in expected}
    template = bulletin_template(home, year)
    if template and template not in expected:
        changed[template] = "是新到的"
    # One that stands in the place of another by now.
    mapped = {path.name for path in expected if path.is_relative_to(home.path / _MAPPINGS)}
    changed |= {path: "是新到的" for path in mapping_files(home, year) if path not in expected and path.name in mapped}
    templates = {path: what for path, what in changed.items() if path.is_relative_to(home.path / _BULLETIN)}
    inputs = {path: what for path, what in changed.items() if path not in templates}
    return [
        *_moved(
            f"{year}/inputs",
            f"{year} 年公布以后，算出它的文件有了变动，公布的结果不能再从它们复算。请查清是谁动的，恢复原样；"
            "确是订正，就重新评议、审阅，写明理由再公布：",
            inputs,
        ),
        *_moved(
            f"{year}{TEMPLATE}",
            f"{year} 年公布以后，通报的模板有了变动，公布的通报不是按它生成的。请恢复原样，或运行 pingyi report {year} 重做通报：",
            templates,
        ),
    ]


def archived_inputs(home: Home, year: int, record: Record, manifest: dict[str, Any]) -> list[Path]:
    """The raw files of a year that are gone, as they may be since it was purged: `manifest` is that of the results that stand."""
    may_be_gone = archived(home, year, record)
    return [path for path, _ in _inputs(home, year, manifest) if path.parent in may_be_gone and not os.path.lexists(path)]


def _of_purge(home: Home, year: int, record: Record) -> Iterator[Discrepancy]:
    """A purge that did not get to its end, or after which what it took was put back."""
    try:
        left = still_there(read_settings(home.path), year, record)
    except OperatorError:
        # What is wrong with a key is told by whoever needs it.
        return
    if left and record.purge:
        yield Discrepancy(
            f"{year}/purge",
            f"{year} 年的个人信息于 {record.purge.at[:10]} 清除，清除没有做完，或后来又放了回来。"
            f"请再运行一次 pingyi purge {year} --confirm {year} --reason 理由：",
            tuple(f"{path} 还在" for path in left),
            changed_at(left[0]),
        )


def _moved(key: str, sentence: str, changed: dict[Path, str]) -> Iterator[Discrepancy]:
    if changed:
        since = min((moment for moment in map(changed_at, changed) if moment), default=None)
        yield Discrepancy(key, sentence, tuple(f"{path} {what}" for path, what in sorted(changed.items())), since)


def _standing_manifest(home: Home, year: int, record: Record, hashes: Hashes) -> dict[str, Any] | None:
    """The manifest of the results that stand, if it is the one on record; None where that is told as another discrepancy."""
    try:
        folder = standing_folder(home, year, record)
        publication = record.last
        if folder is None or publication is None or hashes.of(folder / "manifest.json") != publication.sha256:
            return None
        return ResultFolder(folder).manifest
    except (OperatorError, OSError):
        return None


def standing_folder(home: Home, year: int, record: Record) -> Path | None:
    """The folder of the last publication, by its number or, of an older version, in the year's place."""
    if record.last is None:
        return None
    folder = folder_of(home, year, record.last.number)
    if folder.is_dir() and not folder.is_symlink():
        return folder
    results = home.results(year)
    holds = not results.is_symlink() and standing_number(home, year, record) == record.last.number
    return results if holds else None


def _inputs(home: Home, year: int, manifest: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    yield home.scheme(year), manifest["scheme"].get("sha256", "")
    folder = home.raw(year)
    # A name that is no UTF-8 stands in the manifest as backslashes tell it.
    names = {f"{path.parent.name}/{_text(path)}": path for path in _deliveries(folder)}
    for file in manifest["inputs"]:
        name = file["file"] if file["dataset"] == _REGISTER else f"{file['dataset']}/{file['file']}"
        yield names.get(name, folder / name), file["sha256"]
    for name, sha256 in manifest["consulted"].items():
        yield home.path / name, sha256


def _text(path: Path) -> str:
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _deliveries(folder: Path) -> list[Path]:
    """The files in the folders of a year's datasets, as far as they are deliveries."""
    return [
        path
        for dataset in _folders(folder)
        if is_delivery(dataset)
        for path in sorted(dataset.iterdir())
        if is_delivery(path) and not path.is_dir()
    ]


def _raw_files(home: Home) -> Iterator[Path]:
    for year in _folders(home.path / "raw"):
        yield from (path for path in (year / "sites.csv", *_deliveries(year)) if regular_stat(path))


def _of_entry(home: Home, entry: Path, hashes: Hashes) -> Iterator[Discrepancy]:
    """An entry of the store that is not as its receipt says, or not as it was when it was first looked at."""
    name = hashes.name(entry)
    receipt = hashes.memory.files.get(f"{name}/{_RECEIPT}")
    state = regular_stat(entry / _RECEIPT)
    # One that was made again since is another entry.
    same = receipt is not None and state is not None and (receipt.inode, receipt.modified) == (state.st_ino, state.st_mtime_ns)
    listed, moments = [], []
    try:
        content = json.loads(read_regular(entry / _RECEIPT, home.path))
        files = dict(content.get("receipt", {}).get("files", {}))
    except FileNotFoundError:
        if not entry.is_dir():
            return
        files = {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        files = {}
        listed.append(f"{entry / _RECEIPT} 读不出来")
    for stored in (_RECEIPT, *_STORED):
        path = entry / stored
        before = hashes.memory.files.get(f"{name}/{stored}")
        recorded = files.get(stored) or (before.sha256 if before and same else None)
        try:
            sha256 = hashes.of(path)
            if recorded in (None, sha256):
                continue
            listed.append(f"{path} 被改动过")
        except NotRead:
            continue
        except FileNotFoundError:
            if not entry.is_dir():
                return
            if recorded is None:
                continue
            listed.append(f"{path} 不见了")
        except OSError as fault:
            listed.append(f"{path} 读不出来（{fault.strerror}）")
        moments.append(changed_at(path))
    if listed:
        sentence = f"仓库里的 {entry} 不是当初存下的样子。它是从原始文件读来的：删去这个文件夹，下一次运行会重新读："
        yield Discrepancy(f"store/{name}", sentence, tuple(listed), min((at for at in moments if at), default=None))


def _rotten(home: Home, hashes: Hashes) -> Iterator[Discrepancy]:
    """Raw files that hold something else than before although nothing of them was changed: a disk lost it."""
    for name in sorted(hashes.rotten):
        if name.startswith("raw/"):
            yield Discrepancy(
                f"rotten/{name}",
                f"{home.path / name} 的内容变了，大小和时间却没有变：磁盘可能坏了。请从备份恢复它，并检查磁盘。",
            )


def _hash_if_readable(hashes: Hashes, path: Path) -> None:
    """Makes a raw file known. What cannot be read is refused in words by the next run that receives it."""
    try:
        hashes.of(path)
    except OSError:
        return


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []
