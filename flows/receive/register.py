"""Reads the year's register of sites: the evaluated sites, their groups, and the names by which files may refer to them."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from flows.datasets.register import register
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.reading.spelling import fold
from flows.receive.chunks import RefusedFile
from flows.receive.content import small_content
from flows.receive.headings import Unknown
from flows.receive.meanings import Context
from flows.receive.text_files import read_csv
from flows.receive.typed import typed
from flows.scheme import Scheme

# A Chinese keyboard writes the vertical bar in full width.
_BAR = re.compile("[|｜]")


class EmptyRegister(OperatorError):
    """The register has a heading and no site yet."""


@dataclass(frozen=True)
class Register:
    """The sites (columns site_id, group, name, url, columns, line, …), the hash and the size of the file that was read, and its
    unknown columns.

    `names` maps every spelling of a name to its site_id.
    """

    sites: pl.DataFrame
    names: dict[str, str]
    sha256: str
    rows: int
    unknown: tuple[Unknown, ...] = ()
    size: int = 0

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(sorted(self.names.items())).encode()).hexdigest()


def read_register(home: Home, scheme: Scheme) -> Register:
    """The register of the scheme's year. Any fault in it stops the run, with all faults in one error."""
    path = home.register(scheme.year)
    contract = register(scheme.groups)
    nobody = Context(sites={}, timezone=scheme.timezone, pseudonym=str)
    try:
        with small_content(path, home) as content:
            parts = list(typed(read_csv(content), contract, nobody))
    except FileNotFoundError:
        needed, more = ("、".join(c.offered for c in contract.columns if c.required == needed) for needed in (True, False))
        raise OperatorError(f"没有网站登记册：找不到 {path}。请放入 sites.csv（列：{needed}，可加 {more}）。") from None
    except OSError as fault:
        raise unreadable(fault)(f"网站登记册 {path} 读不了：{fault.strerror}。请放入普通的文件，或检查它的权限。") from None
    except RefusedFile as fault:
        raise OperatorError(f"网站登记册 {path} 读不了：{fault}。") from None
    faults = [fault.sentence for part in parts for fault in part.faults]
    sites = pl.concat([part.rows for part in parts])
    if not sites.height and not faults:
        columns = "、".join(column.titles[0] for column in contract.columns if column.required)
        groups = "、".join(group.label for group in scheme.groups)
        raise EmptyRegister(
            f"网站登记册 {path} 还是空的，评议没有开始。请用 Excel 打开它，从第 2 行起每行填一个网站（{columns} 必填；组别写 {groups}），存成 CSV 后重试：",
            _wrong_counts(sites, scheme),
        )
    names, ambiguous = _names(sites)
    faults += [*ambiguous, *_wrong_counts(sites, scheme)]
    if faults:
        raise OperatorError(f"网站登记册 {path} 有 {len(faults)} 处错误，评议没有开始。请改正后重试：", faults)
    unknown = tuple({column.heading: column for part in parts for column in part.unknown}.values())
    return Register(sites, names, content.sha256, sites.height, unknown, content.size)


def _names(sites: pl.DataFrame) -> tuple[dict[str, str], list[str]]:
    """Every folded name with its site, and a sentence for each id that occurs twice and each name of two sites."""
    faults = [f"site_id“{name}”出现了 {count} 次" for name, count in Counter(sites["site_id"]).items() if count > 1]
    owners: dict[str, set[str]] = defaultdict(set)
    for site_id, name, aliases in sites.select("site_id", "name", "aliases").iter_rows():
        for spelling in (site_id, name, *_BAR.split(aliases or "")):
            if fold(spelling):
                owners[fold(spelling)].add(site_id)
    faults += [
        f"“{spelling}”同时指 {'、'.join(sorted(ids))}，文件里写它时无法分辨" for spelling, ids in owners.items() if len(ids) > 1
    ]
    return {spelling: next(iter(ids)) for spelling, ids in owners.items()}, faults


def _wrong_counts(sites: pl.DataFrame, scheme: Scheme) -> Iterator[str]:
    have = Counter(sites["group"])
    for group in scheme.groups:
        if group.sites is not None and have[group.id] != group.sites:
            stated = f"方案 groups.{group.id}.sites 写的是 {group.sites}"
            yield f"组别 {group.id}（{group.label}）有 {have[group.id]} 个网站，{stated}"
        elif not have[group.id]:
            yield f"组别 {group.id}（{group.label}）没有网站"
