"""Drafts: a year's results as they would be published, waiting for a person to look at them.

A draft is known by its hash, which is that of its manifest; the manifest names the hash of every file beside it, of every
raw file it came from, and of the scheme and the code. So who names the hash has named all of it, and whatever moves
afterwards can be told.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flows.datasets.contracts import datasets
from flows.errors import OperatorError, UsageError
from flows.publish.manifest import code_sha256, consulted
from flows.receive.deliveries import deliveries, register_path, sha256_of
from flows.scheme import Scheme

LEAST_HASH = 12
_PARTS = {"scheme", "code", "inputs", "consulted", "tables", "files", "warnings"}


@dataclass(frozen=True)
class Draft:
    """The results in a folder, be it a draft or what was published: every file is told by the manifest."""

    folder: Path

    @cached_property
    def sha256(self) -> str:
        return sha256_of(self.folder / "manifest.json")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What is in the folder and what it was made from. Raises `OperatorError` where that cannot be read."""
        path = self.folder / "manifest.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(content, dict) or not _PARTS <= content.keys():
                raise ValueError("缺少应有的内容")
        except (OSError, ValueError) as fault:
            raise OperatorError(f"{path} 读不出来（{fault}）。它被改动过：草稿就重新做一份，公布的结果就从备份或 publications 恢复。") from None
        return content

    @property
    def short(self) -> str:
        """The part of the hash that people read out and type."""
        return short(self.sha256)


def short(sha256: str) -> str:
    """The part of a draft's hash by which people name it."""
    return sha256[:LEAST_HASH]


def draft_folder(home: Path, year: int) -> Path:
    return home / "drafts" / str(year)


def results_folder(home: Path, year: int) -> Path:
    return home / "results" / str(year)


def results_in(folder: Path) -> Draft | None:
    """The results in `folder`, or None where there are none."""
    return Draft(folder) if (folder / "manifest.json").is_file() else None


def named_draft(home: Path, year: int, sha256: str) -> Draft:
    """The year's draft, if it is the one that `sha256` (or its first 12 digits or more) names; else `UsageError`."""
    draft = results_in(draft_folder(home, year))
    if draft is None:
        raise UsageError(f"{year} 年没有草稿，没有公布任何结果。请先运行年度评议（yearly），审阅它的结果，再按编号公布。")
    if len(sha256) < LEAST_HASH or not draft.sha256.startswith(sha256):
        raise UsageError(
            f"{year} 年现在的草稿编号是 {draft.short}，不是 {sha256}，没有公布任何结果。"
            "要公布的草稿已被更新的一份替代，或编号写错了：请审阅现在的草稿，再按它的编号公布。"
        )
    return draft


def check_unmoved(home: Path, scheme: Scheme, draft: Draft) -> None:
    """Raises `OperatorError` with all that has moved since the draft was made: its files, raw files, scheme or code."""
    moved = [*damaged_files(draft), *moved_inputs(home, scheme, draft)]
    if moved:
        raise OperatorError(
            f"草稿 {draft.short} 做成以后有了变动，没有公布任何结果，已公布的结果没有改动。请重新运行年度评议，审阅新的草稿后再公布：",
            moved,
        )


def check_undamaged(published: Draft, year: int) -> None:
    """Raises `OperatorError` with all files of published results that are not as they were published."""
    damaged = list(damaged_files(published))
    if damaged:
        raise OperatorError(
            f"{year} 年公布的结果被改动过。请从备份恢复 {published.folder}，"
            f"或把它移走后重新公布（drafts/{year}、publications/{year} 里有原样的）：",
            damaged,
        )


def damaged_files(draft: Draft) -> Iterator[str]:
    """A sentence for every file of the results that is not as their manifest says."""
    told = {name: sha256 for name, sha256 in draft.manifest["files"].items()}
    for table in draft.manifest["tables"]:
        told[f"tables/{table['table']}.csv"] = table["csv_sha256"]
        told[f"tables/{table['table']}.parquet"] = table["parquet_sha256"]
    there = {str(path.relative_to(draft.folder)): path for path in draft.folder.rglob("*") if path.is_file()}
    there.pop("manifest.json", None)
    for name in sorted(told.keys() | there.keys()):
        if name not in there:
            yield f"{draft.folder / name} 不见了"
        elif name not in told:
            yield f"{draft.folder / name} 是后来放进去的"
        elif sha256_of(there[name]) != told[name]:
            yield f"{draft.folder / name} 被改动过"


def moved_inputs(home: Path, scheme: Scheme, draft: Draft, *, code: bool = True) -> Iterator[str]:
    """A sentence for everything that the results were made from and that is no longer as it was; `code` is one of them."""
    made = draft.manifest
    if made["scheme"]["sha256"] != scheme.sha256:
        yield f"方案 {made['scheme']['file']} 改过"
    raw = home / "raw" / str(scheme.year)
    before = {(one["dataset"], one["file"]): one["sha256"] for one in made["inputs"]}
    register = register_path(home, scheme.year)
    now = {("sites", register.name): sha256_of(register)} if register.is_file() else {}
    for dataset in datasets(scheme):
        now |= {(dataset.name, one.name): one.sha256 for one in deliveries(home, scheme.year, dataset)}
    for dataset, file in sorted(before.keys() | now.keys()):
        change = _change(before.get((dataset, file)), now.get((dataset, file)))
        if change:
            yield f"原始文件 {raw / file if dataset == 'sites' else raw / dataset / file} {change}"
    beside = consulted(home, scheme.year)
    for name in sorted(made["consulted"].keys() | beside.keys()):
        change = _change(made["consulted"].get(name), beside.get(name))
        if change:
            yield f"{home / name} {change}"
    if code and made["code"]["sha256"] != code_sha256():
        yield "本系统的程序更新过"


def _change(before: str | None, now: str | None) -> str:
    if before == now:
        return ""
    return "是新到的" if before is None else "不见了" if now is None else "改过"
