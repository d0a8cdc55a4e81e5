"""Finds the deliveries in the raw folder and the dataset of each."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.datasets import Dataset
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.receive.chunks import Chunk
from flows.receive.parquet_files import read_parquet
from flows.receive.text_files import read_csv, read_jsonl
from flows.receive.workbooks import read_workbook

READERS: dict[str, Callable[[Path], Iterator[Chunk]]] = {
    ".csv": read_csv,
    ".csv.gz": read_csv,
    ".jsonl": read_jsonl,
    ".xlsx": read_workbook,
    ".parquet": read_parquet,
}
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Delivery:
    """One raw file: its dataset, its name, and the SHA-256 of its content, which alone identifies it."""

    dataset: Dataset
    path: Path
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name as text, also where another system's bytes in it are no UTF-8."""
        return os.fsencode(self.path.name).decode("utf-8", "backslashreplace")


def file_format(name: str) -> str | None:
    """The key of `READERS` for a file's name, or None where the format is not accepted."""
    return next((ending for ending in READERS if name.lower().endswith(ending)), None)


def is_delivery(path: Path) -> bool:
    """False for hidden files, lock files of spreadsheet programs and unfinished uploads."""
    return not path.name.startswith((".", "~$")) and not path.name.lower().endswith((".part", ".tmp"))


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
        if entry.is_dir() and entry.name not in known and any(is_delivery(path) for path in entry.iterdir()):
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


def deliveries(home: Home, year: int, dataset: Dataset) -> list[Delivery]:
    """The dataset's files, in the order of their content's hash so that names decide nothing."""
    folder = home.raw(year) / dataset.name
    if not folder.is_dir():
        return []
    paths = [path for path in folder.iterdir() if is_delivery(path) and not path.is_dir()]
    try:
        files = [Delivery(dataset, path, sha256_of(path), path.stat().st_size) for path in paths]
    except OSError as fault:
        raise unreadable(fault)(
            f"文件 {fault.filename} 打不开（{fault.strerror}）。请检查它的权限或链接，或把它移出该文件夹。"
        ) from None
    return sorted(files, key=lambda delivery: (delivery.sha256, delivery.name))


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
