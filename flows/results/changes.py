"""What changed from one evaluation of a year to the next, and why: for the person who reviews a draft."""

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

import polars as pl

from flows.errors import OperatorError
from flows.home import Home
from flows.host.regular import read_regular
from flows.results.drafts import ResultFolder, results_in
from flows.scheme import Scheme

logger = logging.getLogger("pingyi")

_RANKING = "tables/composite_scores.parquet"


@dataclass(frozen=True)
class Earlier:
    """An evaluation that was there before, kept in memory since its folder is about to be replaced."""

    label: str
    manifest: dict[str, Any]
    scores: pl.DataFrame


@dataclass(frozen=True)
class SiteChange:
    """A site whose composite or rank changed; None for a site that had, or has, none. `sources` are the scores that moved."""

    group: str
    name: str
    rank_before: int | None
    rank: int | None
    composite_before: Decimal | None
    composite: Decimal | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """From which evaluation to which, what had moved in between, and the sites that changed, largest change first."""

    since: str
    causes: tuple[str, ...]
    sites: tuple[SiteChange, ...]

    @property
    def sentence(self) -> str:
        if not self.causes and not self.sites:
            return f"与{self.since}完全相同"
        return f"与{self.since}相比，有 {len(self.causes)} 处原因，{len(self.sites)} 个网站的得分或名次不同"


def earlier(home: Home, year: int) -> Earlier | None:
    """The year's draft, or where there is none its published results; None where neither can be read."""
    for find, label in ((home.draft, "上一份草稿"), (home.published, "公布的结果")):
        try:
            results = results_in(find(year))
            if results is None:
                continue
            return Earlier(f"{label}（{results.short}）", results.manifest, _scores(results))
        except (OSError, ValueError, OperatorError, pl.exceptions.PolarsError) as fault:
            # What somebody has touched by hand must not keep a new draft from being made.
            logger.warning("%s读不出来，没有与它比较：%s", label, fault)
    return None


def changes(before: Earlier, now: ResultFolder, scheme: Scheme) -> Changes:
    """What is different in `now`."""
    causes = tuple(_causes(before.manifest, now.manifest))
    sites = sorted(_sites(before.scores, _scores(now), scheme), key=lambda site: (-_size(site), site.group, site.name))
    return Changes(before.label, causes, tuple(sites))


def _scores(results: ResultFolder) -> pl.DataFrame:
    """The ranking of these results. Raises `OSError` or `ValueError` where it is not as they were made."""
    content = read_regular(results.folder / _RANKING)
    if sha256(content).hexdigest() != results.hashes.get(_RANKING):
        raise ValueError(f"{results.folder / _RANKING} 被改动过")
    return pl.read_parquet(io.BytesIO(content))


def _causes(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if before["scheme"].get("sha256") != now["scheme"]["sha256"]:
        yield f"方案 {now['scheme']['file']} 改过"
    yield from _files("原始文件", _inputs(before), _inputs(now))
    yield from _files("文件", before.get("consulted", {}), now["consulted"])
    for part, what in (("tables_sha256", "本系统的程序"), ("documents_sha256", "生成通报的程序")):
        if before["code"].get(part) != now["code"].get(part):
            yield f"{what}更新过"
    # Results of an older version do not tell their key.
    if "key" in before and before["key"] != now.get("key"):
        yield "隐去投票人的密钥换过（各表不受影响）"


def _inputs(manifest: dict[str, Any]) -> dict[str, str]:
    return {f"{file['dataset']}/{file['file']}": file["sha256"] for file in manifest["inputs"]}


def _files(what: str, before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        if name not in before:
            yield f"{what} {name} 是新到的"
        elif name not in now:
            yield f"{what} {name} 不在了"
        elif before[name] != now[name]:
            yield f"{what} {name} 改过"


def _sites(before: pl.DataFrame, now: pl.DataFrame, scheme: Scheme) -> Iterator[SiteChange]:
    old = {row["site_id"]: row for row in before.iter_rows(named=True)}
    new = {row["site_id"]: row for row in now.iter_rows(named=True)}
    groups = {group.id: group.label for group in scheme.groups}
    for site_id in old.keys() | new.keys():
        was, is_ = old.get(site_id, {}), new.get(site_id, {})
        moved = tuple(_moved_sources(was, is_, scheme)) if was and is_ else ()
        if moved or any(was.get(key) != is_.get(key) for key in ("rank", "composite", "group")):
            group = (is_ or was)["group"]
            yield SiteChange(
                groups.get(group, group),
                (is_ or was)["name"],
                was.get("rank"),
                is_.get("rank"),
                was.get("composite"),
                is_.get("composite"),
                moved,
            )


def _moved_sources(was: dict[str, Any], is_: dict[str, Any], scheme: Scheme) -> Sequence[str]:
    return [
        f"{source.label} {_shown(was.get(source.id))} → {_shown(is_.get(source.id))}"
        for source in scheme.sources
        if was.get(source.id) != is_.get(source.id)
    ]


def _shown(score: Decimal | None) -> str:
    return "没有" if score is None else str(score)


def _size(site: SiteChange) -> Decimal:
    if site.composite is None or site.composite_before is None:
        return Decimal(1000)
    return abs(site.composite - site.composite_before)
