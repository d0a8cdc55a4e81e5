"""Drafts: a year's results as they would be published, waiting for a person to look at them.

The hash of a draft is the hash of its manifest. The manifest holds the hash of every file of the draft, of every raw file,
of the scheme and of the code. So the hash stands for all of them, and any later change shows. What the manifest names is
what will be published; the documents of the draft also say that they are a draft (`flows.results.marks`).
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from flows.errors import OperatorError, UsageError, unreadable
from flows.home import Home
from flows.host.regular import read_regular
from flows.receive.deliveries import deliveries, sha256_of
from flows.results.manifest import consulted, documents_code, tables_code
from flows.results.marks import KEPT, marked, unmarked, words
from flows.scheme import Scheme
from flows.scheme.datasets import datasets

LEAST_HASH = 12
_PARTS = {"scheme": dict, "code": dict, "inputs": list, "consulted": dict, "tables": list, "files": dict, "warnings": list}
# What an entry of a list of the manifest has at least.
_ENTRIES = {"inputs": ("dataset", "file", "sha256"), "tables": ("table", "csv_sha256", "parquet_sha256")}
_PAGE, _DOCUMENTS = ".html", (".docx", ".pdf")
_MARKS = "marks.json"


@dataclass(frozen=True)
class ResultFolder:
    """The results in a folder, a draft or published ones: the manifest names every file."""

    folder: Path

    @cached_property
    def sha256(self) -> str:
        return sha256_of(self.folder / "manifest.json")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The files of the folder and what they were made from. Raises `OperatorError` if the manifest cannot be read."""
        path = self.folder / "manifest.json"
        try:
            content = json.loads(read_regular(path))
            if not isinstance(content, dict) or not content.keys() >= _PARTS.keys():
                raise ValueError("缺少应有的内容")
            if not _is_well_formed(content):
                raise ValueError("有的内容不成样子")
        except (OSError, ValueError, RecursionError) as fault:
            raise unreadable(fault)(
                f"{path} 读不出来（{fault}）。它被改动过：草稿就重新做一份，公布的结果就从备份或 publications 恢复。"
            ) from None
        return content

    @property
    def short(self) -> str:
        """The part of the hash that people read and type."""
        return short(self.sha256)

    @cached_property
    def hashes(self) -> dict[str, str]:
        """The hash of every file except the manifest, as it is published, by the file's name in the folder."""
        hashes = dict(self.manifest["files"])
        for table in self.manifest["tables"]:
            hashes[f"tables/{table['table']}.csv"] = table["csv_sha256"]
            hashes[f"tables/{table['table']}.parquet"] = table["parquet_sha256"]
        return hashes

    @cached_property
    def marks(self) -> dict[str, str]:
        """The files that a draft keeps without its mark, each with the hash of the marked file that stands for it."""
        try:
            content = json.loads(read_regular(self.folder / KEPT / _MARKS))
        except (OSError, ValueError, RecursionError):
            # Then the marked files are not as the manifest says, and the check of the files reports them.
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def is_marked(self) -> bool:
        return (self.folder / KEPT).is_dir()

    def is_whole(self, name: str) -> bool:
        """Whether the file `name`, which must exist, is as the manifest says, except for the mark of a draft."""
        path, sha256 = self.folder / name, self.hashes[name]
        if name in self.marks:
            kept = self.folder / KEPT / name
            return kept.is_file() and sha256_of(kept) == sha256 and sha256_of(path) == self.marks[name]
        if self.is_marked and name.endswith(_PAGE):
            page = path.read_bytes()
            bare = unmarked(page, self.short)
            return hashlib.sha256(bare).hexdigest() == sha256 and marked(bare, self.short) == page
        return sha256_of(path) == sha256

    def write_published(self, folder: Path) -> None:
        """Writes the files of an undamaged draft into `folder` as they are published: without the mark."""
        for name in ("manifest.json", *self.hashes):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.is_marked and name.endswith(_PAGE):
                target.write_bytes(unmarked((self.folder / name).read_bytes(), self.short))
            else:
                shutil.copy2(self.folder / KEPT / name if name in self.marks else self.folder / name, target)

    def mark(self, remake: Callable[[str], None]) -> None:
        """Marks the results as a draft. `remake` writes the documents that are not HTML pages again, with these words."""
        documents = [name for name in self.hashes if "/" not in name and name.endswith(_DOCUMENTS)]
        kept = self.folder / KEPT
        kept.mkdir()
        for name in documents:
            (self.folder / name).rename(kept / name)
        remake(words(self.short))
        marks = {name: sha256_of(self.folder / name) for name in documents}
        (kept / _MARKS).write_text(json.dumps(marks, indent=1) + "\n", encoding="utf-8")
        for name in self.hashes:
            if name.endswith(_PAGE):
                page = self.folder / name
                page.write_bytes(marked(page.read_bytes(), self.short))


def _is_well_formed(content: dict[str, Any]) -> bool:
    """Whether the parts of a manifest are what they should be, so that nobody need ask again, and name files of its folder."""
    if any(type(content[part]) is not kind for part, kind in _PARTS.items()):
        return False
    texts = [*content["files"].values(), *content["consulted"].values(), *content["warnings"]]
    for part, keys in _ENTRIES.items():
        texts += [entry.get(key) if isinstance(entry, dict) else None for entry in content[part] for key in keys]
    if not all(isinstance(text, str) for text in texts):
        return False
    names = [PurePosixPath(name) for name in (*content["files"], *(table["table"] for table in content["tables"]))]
    return not any(name.is_absolute() or ".." in name.parts or "\0" in str(name) for name in names)


def short(sha256: str) -> str:
    """The part of a draft's hash that people use as its number."""
    return sha256[:LEAST_HASH]


def results_in(folder: Path) -> ResultFolder | None:
    """The results in `folder`, or None where there are none."""
    return ResultFolder(folder) if (folder / "manifest.json").is_file() else None


def draft_by_hash(home: Home, year: int, sha256: str) -> ResultFolder:
    """The year's draft with the hash `sha256` (at least its first 12 digits). Raises `UsageError` if there is no such draft."""
    draft = results_in(home.draft(year))
    if draft is None:
        raise UsageError(f"{year} 年没有草稿，没有公布任何结果。请先运行年度评议（yearly），审阅它的结果，再按编号公布。")
    if len(sha256) < LEAST_HASH or not draft.sha256.startswith(sha256):
        raise UsageError(
            f"{year} 年现在的草稿编号是 {draft.short}，不是 {sha256}，没有公布任何结果。"
            "要公布的草稿已被更新的一份替代，或编号写错了：请审阅现在的草稿，再按它的编号公布。"
        )
    return draft


def check_unmoved(home: Home, scheme: Scheme, draft: ResultFolder) -> None:
    """Raises `OperatorError` with all changes since the draft was made: of its files, raw files, scheme, or of the code that
    makes its tables."""
    moved = [*damaged_files(draft), *moved_inputs(home, scheme, draft)]
    if moved:
        raise OperatorError(
            f"草稿 {draft.short} 做成以后有了变动，没有公布任何结果，已公布的结果没有改动。请重新运行年度评议，审阅新的草稿后再公布：",
            moved,
        )


def check_whole(draft: ResultFolder) -> None:
    """Raises `OperatorError` with all files of a draft that are not as they were made."""
    damaged = list(damaged_files(draft))
    if damaged:
        raise OperatorError(
            f"草稿 {draft.short} 的文件被改动过，没有公布任何结果，已公布的结果没有改动。请重新运行年度评议，审阅新的草稿后再公布：",
            damaged,
        )


def check_undamaged(published: ResultFolder, year: int) -> None:
    """Raises `OperatorError` with all files of published results that are not as they were published."""
    damaged = list(damaged_files(published))
    if damaged:
        raise OperatorError(
            f"{year} 年公布的结果被改动过。原来的草稿还在时，再公布一次它的编号（pingyi publish {year} {published.short}）就会恢复；"
            f"否则请从备份恢复 {published.folder}，没有备份就把它移走，再写明理由公布新的结果：",
            damaged,
        )


def damaged_files(draft: ResultFolder) -> Iterator[str]:
    """A sentence for every file of the results that is not as the manifest says."""
    hashes = draft.hashes
    paths = [path.relative_to(draft.folder) for path in draft.folder.rglob("*") if path.is_file()]
    there = {str(path) for path in paths if path.parts[0] != KEPT} - {"manifest.json"}
    for name in sorted(hashes.keys() | there):
        if name not in there:
            yield f"{draft.folder / name} 不见了"
        elif name not in hashes:
            yield f"{draft.folder / name} 是后来放进去的"
        elif not draft.is_whole(name):
            yield f"{draft.folder / name} 被改动过"


def moved_inputs(home: Home, scheme: Scheme, draft: ResultFolder, *, code: bool = True) -> Iterator[str]:
    """A sentence for every input of the tables that has changed since; with `code` the program is such an input, too."""
    made = draft.manifest
    if made["scheme"].get("sha256") != scheme.sha256:
        yield f"方案 schemes/{scheme.year}.toml 改过"
    raw = home.raw(scheme.year)
    before = {(file["dataset"], file["file"]): file["sha256"] for file in made["inputs"]}
    register = home.register(scheme.year)
    now = {("sites", register.name): sha256_of(register)} if register.is_file() else {}
    for dataset in datasets(scheme):
        now |= {(dataset.name, delivery.name): delivery.sha256 for delivery in deliveries(home, scheme.year, dataset)}
    for dataset, file in sorted(before.keys() | now.keys()):
        change = _change(before.get((dataset, file)), now.get((dataset, file)))
        if change:
            yield f"原始文件 {raw / file if dataset == 'sites' else raw / dataset / file} {change}"
    beside = consulted(home, scheme.year)
    for name in sorted(made["consulted"].keys() | beside.keys()):
        change = _change(made["consulted"].get(name), beside.get(name))
        if change:
            yield f"{home.path / name} {change}"
    if code and made["code"].get("tables_sha256") != tables_code():
        yield "本系统的程序更新过"


def made_by_other_documents_code(draft: ResultFolder) -> bool:
    """Whether the code that makes documents has changed. The draft's documents were reviewed, so this is no reason to refuse."""
    return draft.manifest["code"].get("documents_sha256") != documents_code()


def _change(before: str | None, now: str | None) -> str:
    if before == now:
        return ""
    return "是新到的" if before is None else "不见了" if now is None else "改过"
