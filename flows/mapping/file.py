"""Looks at a file and proposes its mapping: for the dataset in whose folder it lies, that somebody names, or that fits best."""

import os
from collections.abc import Sequence
from pathlib import Path

from flows.datasets import Dataset
from flows.errors import OperatorError, UsageError, unreadable
from flows.home import Home
from flows.host.disk import write_once
from flows.host.regular import IrregularFile
from flows.host.scratch import scratch
from flows.mapping.proposal import Proposal, propose
from flows.receive.apart import Look, read_apart
from flows.receive.chunks import RefusedFile
from flows.receive.deliveries import READERS, file_format, hashed
from flows.receive.glimpse import Glimpse, read_glimpse
from flows.receive.meanings import Context
from flows.receive.register import read_register
from flows.scheme import Scheme
from flows.scheme.datasets import datasets


def proposal_for(home: Home, scheme: Scheme, file: Path, dataset: str | None) -> Proposal:
    """The proposal for a file. Raises `UsageError` where nothing says which dataset it is."""
    every = datasets(scheme)
    names = [one.name for one in every]
    if dataset is not None and dataset not in names:
        raise UsageError(f"方案没有数据“{dataset}”；可用：{'、'.join(names)}。")
    register = read_register(home, scheme)
    # Nobody's hash is kept: what is read here is only counted.
    context = Context(register.names, scheme.timezone, lambda text: "")
    glimpse = _glimpse(file, every[0])
    chosen = [one for one in every if one.name == (dataset or _folder_of(home, scheme, file))] or list(every)
    return _best([propose(glimpse, one, context) for one in chosen])


def write_proposal(home: Home, proposal: Proposal) -> Path:
    """Writes a proposal to the place of the dataset's mappings. Raises `UsageError` where there is a file already."""
    folder = home.path / "mappings"
    path = folder / f"{proposal.dataset}.toml"
    if folder.is_symlink():
        raise OperatorError(f"{folder} 是链接，而系统要在里面写入，应是文件夹本身；什么也没有写。")
    if os.path.lexists(path):
        raise UsageError(f"{path} 已经有了，没有改动它。请把拟的映射抄进去（换一个名称），或先把它移走。")
    folder.mkdir(exist_ok=True)
    write_once(path, proposal.text.encode())
    return path


def _folder_of(home: Home, scheme: Scheme, file: Path) -> str:
    folder = Path(os.path.realpath(file)).parent
    return folder.name if folder.parent == Path(os.path.realpath(home.raw(scheme.year))) else ""


def _glimpse(file: Path, dataset: Dataset) -> Glimpse:
    ending = file_format(file.name)
    if ending is None:
        raise UsageError(f"{file}：不接受这种格式；可用：{'、'.join(READERS)}。")
    try:
        # The person who started the run named the file: it may lie anywhere.
        delivery = hashed(Home(Path(file.anchor or "/")), dataset, file.absolute())
        with scratch() as folder:
            target = folder / "glimpse.json"
            read_apart(Look(file.absolute(), delivery.sha256, delivery.size, ending, target))
            return read_glimpse(target)
    except RefusedFile as fault:
        raise OperatorError(f"{file}：{fault}。") from None
    except IrregularFile as fault:
        raise unreadable(fault)(f"{file}：{fault.strerror}。") from None


def _best(proposals: Sequence[Proposal]) -> Proposal:
    """The proposal that reads most, or of several the one that lacks nothing. Raises `UsageError` where several are as good."""
    most = max(proposal.fits for proposal in proposals)
    best = [proposal for proposal in proposals if proposal.fits == most]
    best = [proposal for proposal in best if proposal.is_complete] or best
    if len(best) > 1:
        names = "、".join(proposal.dataset for proposal in best)
        raise UsageError(
            f"看不出这是哪一种数据的文件，可能是 {names}。请用 --dataset 写明，或先把文件放进 raw/年度/ 的那个文件夹。"
        )
    return best[0]
