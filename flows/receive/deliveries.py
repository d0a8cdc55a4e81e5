"""Finds the deliveries in the raw folder and the dataset of each."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.datasets import Dataset
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.host.regular import IrregularFile, open_regular
from flows.receive.chunks import Chunk, RefusedFile
from flows.receive.content import Content
from flows.receive.parquet_files import read_parquet
from flows.receive.text_files import read_csv, read_jsonl
from flows.receive.workbooks import read_workbook

READERS: dict[str, Callable[[Content], Iterator[Chunk]]] = {
    ".csv": read_csv,
    ".csv.gz": read_csv,
    ".jsonl": read_jsonl,
    ".xlsx": read_workbook,
    ".parquet": read_parquet,
}
# The largest file that is a delivery: the ballots of a hundred million voters.
MOST = 16 << 30
_BEGINNING = 4096


@dataclass(frozen=True)
class Delivery:
    """One raw file: its dataset, its name, and the SHA-256 of its content, which alone identifies it."""

    dataset: Dataset
    path: Path
    sha256: str
    size: int

    @property
    def name(self) -> str:
        return name_of(self.path)


def name_of(path: Path) -> str:
    """The file's name as text, also where another system's bytes in it are no UTF-8."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def file_format(name: str) -> str | None:
    """The key of `READERS` for a file's name, or None where the format is not accepted."""
    return next((ending for ending in READERS if name.lower().endswith(ending)), None)


def is_delivery(path: Path) -> bool:
    """False for hidden files, lock files of spreadsheet programs and unfinished uploads."""
    return not path.name.startswith((".", "~$")) and not path.name.lower().endswith((".part", ".tmp"))


# A name that leads to no file.
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def check_folders(home: Home, year: int, datasets: tuple[Dataset, ...]) -> None:
    """Raises `OperatorError` for files that no dataset reads: a misspelt folder would silently leave out a whole delivery."""
    folder = home.raw(year)
    if not folder.is_dir():
        raise OperatorError(f"没有 {year} 年的原始数据：找不到文件夹 {folder}。请建立它并放入 sites.csv 和各来源的文件。")
    known = {dataset.name for dataset in datasets}
    faults: list[str] = []
    for entry in sorted(folder.iterdir()):
        if not is_delivery(entry):
            continue
        if entry.name in known and not entry.is_dir():
            faults.append(f"{entry.name} 应是文件夹，却不是，里面的文件不会被读到")
        elif entry.is_dir() and entry.name not in known and any(is_delivery(path) for path in entry.iterdir()):
            faults.append(f"文件夹 {entry.name} 不是方案的数据；可用的名称：{'、'.join(sorted(known))}")
        elif entry.is_dir():
            inner = [path for path in sorted(entry.iterdir()) if path.is_dir() and is_delivery(path)]
            faults += [f"文件夹 {entry.name}/{path.name} 里的文件不会被读到，请移到 {entry.name} 里" for path in inner]
        elif file_format(entry.name) and entry not in (home.register(year), home.deliveries(year)):
            faults.append(f"文件 {entry.name} 不在任何数据的文件夹里，不会被读到")
    if faults:
        raise OperatorError(
            f"{folder} 里有放错地方的东西，评议没有进行。请改正名称、移到该去的文件夹，或移出 raw/{year}：", faults
        )


def paths_of(home: Home, year: int, dataset: Dataset) -> list[Path]:
    """The files in a dataset's folder, whatever they are, by name."""
    folder = home.raw(year) / dataset.name
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if is_delivery(path) and not path.is_dir())


def hashed(home: Home, dataset: Dataset, path: Path) -> Delivery:
    """The delivery that a file is. Raises `RefusedFile` where it is no file of the home, and `OperatorError` where it cannot be
    read."""
    try:
        with open_regular(path, home.path, MOST) as file:
            size = os.fstat(file.fileno()).st_size
            if size >= _BEGINNING and not any(os.pread(file.fileno(), _BEGINNING, 0)):
                # A file whose place is taken, but which was never sent: it may be very long.
                raise RefusedFile("开头全是空字节（NUL），没有传完或已损坏；请从原处重新传送")
            return Delivery(dataset, path, hashlib.file_digest(file, "sha256").hexdigest(), size)
    except IrregularFile as fault:
        raise RefusedFile(f"{fault.strerror}；请换成普通的文件，或把它移出该文件夹") from None
    except OSError as fault:
        if fault.errno in _NOWHERE:
            raise RefusedFile("不见了，或是通到不存在之处、绕回自己的链接；请换成普通的文件，或把它移出该文件夹") from None
        raise unreadable(fault)(f"文件 {path} 打不开（{fault.strerror}）。请检查它的权限或链接，或把它移出该文件夹。") from None


def deliveries(home: Home, year: int, dataset: Dataset) -> list[Delivery]:
    """The dataset's files, in the order of their content's hash so that names decide nothing.

    Raises `OperatorError` where one cannot be read.
    """
    try:
        files = [hashed(home, dataset, path) for path in paths_of(home, year, dataset)]
    except RefusedFile as fault:
        raise OperatorError(f"{home.raw(year) / dataset.name} 里有文件不能读：{fault}。") from None
    return in_order(files)


def in_order(files: Iterable[Delivery]) -> list[Delivery]:
    return sorted(files, key=lambda delivery: (delivery.sha256, delivery.name))


def sha256_of(path: Path) -> str:
    """The hash of a regular file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
