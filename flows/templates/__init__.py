"""Writes the year's handouts (填报表): workbooks that an office hands out, and that come back filled in without a mapping.

A handout follows from what is declared: its columns and their headings from the dataset, choices and bounds from the scheme, sites
from the register. What a kind of source fills in itself is in the file of its name here, which has one function,
`handouts(outline, source)`. A kind without a file, and a dataset without a source, get an empty table of their columns. `flows.receive`
knows a handout by its mark, and reads it by its headings as any other delivery.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.datasets import Dataset
from flows.datasets.crawl import CHECKS
from flows.datasets.portal import STATS, TRAFFIC
from flows.datasets.waivers import WAIVERS
from flows.errors import UsageError
from flows.home import Home
from flows.host.progress import Tell, silent
from flows.reading.spelling import nearest
from flows.receive.register import read_register
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.sources import Source, behaviour
from flows.templates.fields import Field, field_of
from flows.templates.folder import HandoutFolder
from flows.templates.model import Handout, Outline, Site, sites_of
from flows.templates.workbook import workbook

# Of a source's list of what is to be delivered.
_DUE = "应到清单"
# What is asked where no source has a label for it.
_LABELS = {WAIVERS: "同意缺报", TRAFFIC.name: "门户栏目访问量", STATS.name: "门户和各单位的统计数字"}
_ABOUT = ("一行填一条，表有多长就可以填多少；先填必填的列。",)
_TELL_EVERY = 20


@dataclass(frozen=True)
class Summary:
    """What was written: the folder, how many workbooks each dataset has there, and the datasets for which nobody fills anything
    in."""

    year: int
    title: str
    folder: Path
    files: dict[str, int]
    nothing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.files:
            return f"{self.title}：没有要做的填报表。"
        listed = "、".join(f"{name} {count} 个" for name, count in self.files.items())
        return f"{self.title}：填报表已写到 {self.folder}（{listed}）。"

    @property
    def remarks(self) -> list[str]:
        """Sentences on what an operator might miss, and on what comes next."""
        missing = [
            f"{name} 没有要人填写的内容（没有网站要它的得分，或指标都取自网站检测），没有做填报表。" for name in self.nothing
        ]
        back = f"交回来的放进 raw/{self.year}/ 里同名的文件夹，文件名随意；再运行 pingyi check {self.year}。"
        return [*missing, f"把各文件夹里的工作簿发出去填写。{back}"] if self.files else missing


def write_templates(
    home: Home, year: int, *, only: Sequence[str] = (), output: Path | None = None, tell: Tell = silent
) -> Summary:
    """Writes the year's handouts into `templates/<year>/<dataset>/` of the home, or into the folder `output`, and puts them in the
    place of those that were written there before. The same scheme, register and options give the same bytes.

    `only` are names of sources, or of datasets; none for all. Raises `OperatorError` where the scheme or the register is at fault,
    and `UsageError` where there is no such source, or where the folder holds files that were not made here.
    """
    scheme = read_scheme(home, year)
    register = read_register(home, scheme)
    asked = _asked(scheme, only)
    folder = HandoutFolder(_place(home, year, output))
    written: Counter[str] = Counter()
    with folder.exchanged({dataset.name for dataset in asked}) as fresh:
        for source, its in _by_source(scheme, asked):
            sites = sites_of(register, scheme, source.id if source else "")
            label = source.label if source else _LABELS.get(its[0].name, its[0].name)
            handouts = [part for handout in _handouts(scheme, source, its, sites) for part in handout.parts()]
            for number, handout in enumerate(handouts):
                if number % _TELL_EVERY == 0:
                    tell(label, number, len(handouts))
                what = f"{label}（{handout.part}）" if handout.part else label
                content = workbook(handout, _fields(handout, sites), scheme.title, what, year)
                fresh.write(handout.dataset.name, handout.name, content)
                written[handout.dataset.name] += 1
            tell(label, len(handouts), len(handouts))
    return Summary(
        year,
        scheme.title,
        folder.folder,
        {dataset.name: written[dataset.name] for dataset in asked if written[dataset.name]},
        tuple(dataset.name for dataset in asked if not written[dataset.name]),
    )


def _asked(scheme: Scheme, only: Sequence[str]) -> list[Dataset]:
    """The datasets that people fill in, in the scheme's order; those of `only` where it names any."""
    # Crawl checks come from a crawler.
    filled = [dataset for dataset in datasets(scheme) if dataset.name != CHECKS.name]
    if not only:
        return filled
    known = {name: name for dataset in filled for name in (dataset.name, dataset.source) if name}
    unknown = [name for name in only if name not in known]
    if unknown:
        faults = []
        for name in unknown:
            like = nearest(name, known)
            faults.append(f"没有“{name}”这个来源或数据{f'，是不是 {like}？' if like else ''}")
        raise UsageError(f"--source 写的不是方案的来源或数据，没有写出填报表。可用的：{'、'.join(known)}。", faults)
    return [dataset for dataset in filled if dataset.name in only or dataset.source in only]


def _place(home: Home, year: int, output: Path | None) -> Path:
    folder = output.absolute() if output else home.templates(year)
    if folder.resolve().is_relative_to((home.path / "raw").resolve()):
        raise UsageError(f"{folder} 在 raw/ 里面，空白的填报表会被当作送来的文件。请换一个文件夹。")
    return folder


def _by_source(scheme: Scheme, asked: Iterable[Dataset]) -> Iterator[tuple[Source | None, tuple[Dataset, ...]]]:
    """The datasets that are asked for, those of a source together."""
    of_source: dict[str, list[Dataset]] = {}
    for dataset in asked:
        of_source.setdefault(dataset.source or f"\0{dataset.name}", []).append(dataset)
    for its in of_source.values():
        yield (scheme.source(its[0].source) if its[0].source else None), tuple(its)


def _handouts(scheme: Scheme, source: Source | None, asked: tuple[Dataset, ...], sites: tuple[Site, ...]) -> Iterator[Handout]:
    of_kind = behaviour("templates", source.kind) if source else None
    if not sites:
        return
    if source is None or of_kind is None:
        yield from (Handout(dataset.name, dataset, about=_ABOUT) for dataset in asked)
        return
    own = tuple(dataset for dataset in datasets(scheme) if dataset.source == source.id and not dataset.about_delivery)
    outline = Outline(scheme, source, own, sites)
    yield from (handout for handout in of_kind.handouts(outline, source) if handout.dataset in asked)
    yield from (Handout(each.name, each, about=_ABOUT, part=_DUE) for each in asked if each.about_delivery)


def _fields(handout: Handout, sites: Sequence[Site]) -> dict[str, Field]:
    columns = handout.dataset.columns
    return {column.name: field_of(column, handout.dataset, sites) for column in columns if column.name not in handout.given}
