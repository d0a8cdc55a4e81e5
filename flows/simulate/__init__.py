"""Makes up the raw files of a scheme's year: a year that never was, or a year whose results alone were printed.

Where the data home has `reference/<year>/`, the year is reconstructed: from the records that are made up, the evaluation
computes every printed figure that follows from records. Otherwise the sites get plausible random records.
"""

from dataclasses import dataclass

from flows.errors import UsageError
from flows.home import Home
from flows.host.progress import Tell, silent
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.simulate.ballots import numbers_of_ballots
from flows.simulate.delivery import RawFolder
from flows.simulate.printed import Printed, read_printed
from flows.simulate.roster import made_up_roster, read_roster
from flows.simulate.streams import Unlucky
from flows.simulate.year import SimulatedYear
from flows.sources import behaviour

DEFAULT_SEED = 2007
_ATTEMPTS = 8


@dataclass(frozen=True)
class Summary:
    """What a simulation wrote. `reconstructed`: its records lead to the printed figures. `sizes` are those of its files in bytes."""

    year: int
    seed: int
    reconstructed: bool
    sites: int
    ballots: int
    sizes: list[int]

    def __str__(self) -> str:
        how = "已按参照数据重建" if self.reconstructed else "已模拟"
        return (
            f"{self.year} 年的原始文件{how}：{len(self.sizes)} 个文件，{sum(self.sizes) / 1e6:.1f} MB，"
            f"{self.sites} 个网站，{self.ballots} 张评议票（种子 {self.seed}）。"
        )


def simulate(
    home: Home,
    year: int,
    *,
    seed: int = DEFAULT_SEED,
    sites: int | None = None,
    ballots: int | None = None,
    tell: Tell = silent,
) -> Summary:
    """Writes the raw files of a year into `raw/<year>/`; the same seed, options and register give the same bytes.

    `sites` makes a register of so many sites, spread over the groups like the numbers in the scheme; a scheme that
    states the number of a group must state the resulting number. Without `sites` the existing register is used; where there is
    none, a register is made up. `ballots` is the number of ballots of all ballots sources together. A year with printed figures
    takes both numbers from these.

    Raises `UsageError`, before anything is written, where a file of a dataset was not made here or the options
    contradict the existing files, and `OperatorError` where the scheme, the register or the printed figures are at fault.
    """
    scheme = read_scheme(home, year)
    printed = read_printed(home, year)
    folder = RawFolder(home, year)
    _check_options(scheme, printed, folder, seed, sites, ballots)
    folder.refuse_foreign_files({dataset.name for dataset in datasets(scheme) if dataset.about_delivery})
    if folder.has_register and sites is None:
        roster, register = read_roster(home, scheme), None
    else:
        roster, register = made_up_roster(scheme, sites)
    cast = numbers_of_ballots(scheme, roster, printed, ballots)
    try:
        for attempt in range(_ATTEMPTS):
            folder.begin()
            if register is not None:
                folder.write("", "sites.csv", register)
            try:
                # Every attempt has streams of its own, and all of them follow from the seed.
                SimulatedYear(folder, scheme, roster, printed, cast, seed + (attempt << 64), tell).make()
                break
            except Unlucky:
                if attempt == _ATTEMPTS - 1:
                    raise
        sizes = folder.commit(seed)
    finally:
        folder.discard()
    return Summary(year, seed, bool(printed), len(roster), sum(cast.values()), sizes)


def _check_options(
    scheme: Scheme, printed: Printed, folder: RawFolder, seed: int, sites: int | None, ballots: int | None
) -> None:
    strange = [source for source in scheme.sources if behaviour("simulate", source.kind) is None]
    if strange:
        raise UsageError(
            "方案里有不会模拟的来源，没有写出任何文件。请换一个方案，或请开发人员补上：",
            [f"{source.label}（{source.id}）是 {source.kind} 类，缺 flows/simulate/{source.kind}.py" for source in strange],
        )
    if seed < 0:
        raise UsageError(f"--seed 应为不小于 0 的整数，现为 {seed}。")
    if ballots is not None and ballots < 1:
        raise UsageError(f"--ballots 应为不小于 1 的整数，现为 {ballots}。")
    if sites is not None and folder.has_register and not folder.has_own_register:
        raise UsageError(
            f"{folder.folder / 'sites.csv'} 不是模拟生成的登记册，--sites {sites} 不会覆盖它。"
            "请去掉 --sites（就用这份登记册），或用 --data 指定另一个数据目录。"
        )
    if printed and ballots is not None:
        raise UsageError(
            f"{scheme.year} 年有参照数据（reference/{scheme.year}），评议票数从中得出，不能用 --ballots。"
            "请去掉 --ballots，或用 --data 指定没有参照数据的数据目录。"
        )
    if printed and (sites is not None or not folder.has_register):
        raise UsageError(
            f"{scheme.year} 年有参照数据（reference/{scheme.year}），要重建其中点名的网站，需要写有这些网站的登记册 "
            f"{folder.folder / 'sites.csv'}。请放入登记册并去掉 --sites，或用 --data 指定没有参照数据的数据目录。"
        )
