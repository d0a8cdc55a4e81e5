"""The evaluated sites: the register in the raw folder, or a register made up for a scheme."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.reading.spelling import fold
from flows.receive.register import read_register
from flows.scheme import Group, Scheme

# For a group whose scheme leaves the number open.
_SITES = 20


@dataclass(frozen=True)
class Roster:
    """The year's sites in the register's order, by position: `groups` holds each site's group, `spellings` its names."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    groups: np.ndarray
    spellings: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def of_group(self, group: str) -> np.ndarray:
        return np.flatnonzero(self.groups == group)

    def scored_by(self, scheme: Scheme, source: str) -> np.ndarray:
        """The sites whose group weighs the source."""
        weighing = [group.id for group in scheme.groups if source in group.weights]
        return np.flatnonzero(np.isin(self.groups, weighing))


def read_roster(home: Home, scheme: Scheme) -> Roster:
    """The roster of the register `sites.csv` that stands there."""
    register = read_register(home, scheme)
    others: dict[str, list[str]] = defaultdict(list)
    for spelling, site_id in register.names.items():
        others[site_id].append(spelling)
    if register.sites.is_empty():
        raise OperatorError(f"网站登记册 raw/{scheme.year}/sites.csv 里没有网站。请填入网站，或移走它由模拟另编一份。")
    return _roster(register.sites, others)


def made_up_roster(scheme: Scheme, sites: int | None) -> tuple[Roster, pl.DataFrame]:
    """A register of `sites` sites spread over the scheme's groups like the numbers that the scheme states, and its roster: the same
    as when it is read back from its file.

    A scheme that states how many sites a group has binds the register too, so the numbers must agree.
    """
    counts = _spread(scheme.groups, sites)
    rows = [
        (f"{group.id}-{number:05}", group.id, f"{group.label}{number}号网站", f"{group.label}（{number}）", "")
        for group, count in zip(scheme.groups, counts, strict=True)
        for number in range(1, count + 1)
    ]
    register = pl.DataFrame(rows, schema=["site_id", "group", "name", "aliases", "url"], orient="row")
    return _roster(
        register, {site_id: list(map(fold, (site_id, name, alias))) for site_id, _, name, alias, _ in rows}
    ), register


def _roster(sites: pl.DataFrame, others: Mapping[str, list[str]]) -> Roster:
    ids, names = sites["site_id"].to_list(), sites["name"].to_list()
    spellings = tuple(tuple(dict.fromkeys([name, site_id, *others[site_id]])) for site_id, name in zip(ids, names, strict=True))
    return Roster(tuple(ids), tuple(names), np.array(sites["group"].to_list()), spellings)


def _spread(groups: tuple[Group, ...], sites: int | None) -> list[int]:
    stated = [group.sites or _SITES for group in groups]
    if sites is None:
        return stated
    if sites < len(groups):
        raise UsageError(f"--sites {sites} 太少：方案有 {len(groups)} 个组别，每组至少要有 1 个网站。请给出更大的数。")
    # By largest remainder, after one site for each group.
    free = sites - len(groups)
    exact = [free * count / sum(stated) for count in stated]
    counts = [1 + int(part) for part in exact]
    by_remainder = sorted(range(len(groups)), key=lambda index: (int(exact[index]) - exact[index], index))
    for index in by_remainder[: sites - sum(counts)]:
        counts[index] += 1
    wrong = [
        f"groups.{group.id} 的 sites 应改为 {count}（现为 {group.sites}），或删去这一行"
        for group, count in zip(groups, counts, strict=True)
        if group.sites is not None and group.sites != count
    ]
    if wrong:
        raise UsageError(f"方案写明了各组的网站数，与 --sites {sites} 不符。请先改方案再模拟：", wrong)
    return counts
