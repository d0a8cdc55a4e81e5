"""Puts simulated files into a raw folder and never replaces a real delivery.

The folder's `.simulated.json` lists every file that was made here with its SHA-256. Only a file that is listed and
unchanged may be replaced or removed; any other delivery stops the simulation before it writes anything.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import polars as pl

from flows.errors import UsageError
from flows.home import Home
from flows.receive.deliveries import is_delivery, sha256_of
from flows.simulate.formats import write_rows

_MARKER = ".simulated.json"
_STAGING = ".simulating.tmp"
_MOST_NAMES = 8


class RawFolder:
    """The raw folder of one year, its simulated files being exchanged for new ones."""

    def __init__(self, home: Home, year: int) -> None:
        self.folder = home.raw_to_write(year)
        self._register = home.register(year)
        self._staging = self.folder / _STAGING
        self._own = self._read_marker()

    @property
    def has_register(self) -> bool:
        return self._register.is_file()

    @property
    def has_own_register(self) -> bool:
        """Whether the register that stands there was made here and not edited since."""
        return self.has_register and self._is_own(self._register)

    def refuse_foreign_files(self, beside: Collection[str]) -> None:
        """Raises `UsageError` where a dataset file was not made here, or was changed since. What lies in the folders of these
        names, which no simulation writes, is left alone."""
        folders = [entry for entry in sorted(self.folder.glob("*")) if entry.is_dir() and is_delivery(entry)]
        datasets = [folder for folder in folders if folder.name not in beside]
        files = [path for folder in datasets for path in sorted(folder.rglob("*")) if path.is_file() and is_delivery(path)]
        foreign = [self._name(path) for path in files if not self._is_own(path)]
        if foreign:
            names = "、".join(foreign[:_MOST_NAMES]) + ("……" if len(foreign) > _MOST_NAMES else "")
            raise UsageError(
                f"{self.folder} 里有 {len(foreign)} 个文件不是模拟生成的，或生成后被改过：{names}。"
                "模拟不会覆盖真实数据。请用 --data 指定另一个数据目录，或先把这些文件移走。"
            )

    def begin(self) -> None:
        """Clears what an interrupted simulation left behind."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)

    def path(self, dataset: str, file: str) -> Path:
        """The path at which a file of a dataset is written until the commit; the register belongs to no dataset."""
        path = self._staging / dataset / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, dataset: str, file: str, rows: pl.DataFrame, **form: str) -> None:
        """Writes a file of a dataset; for `form` see `write_rows`."""
        write_rows(self.path(dataset, file), rows, **form)

    def commit(self, seed: int) -> list[int]:
        """Moves the new files in, removes simulated files without a successor, and records the files that are there now.

        Returns the sizes of the new files in bytes.
        """
        written = sorted(path for path in self._staging.rglob("*") if path.is_file())
        fresh = {path.relative_to(self._staging).as_posix(): sha256_of(path) for path in written}
        # A register that was made here stays ours while it is used again.
        register = self._name(self._register)
        kept = {register: sha256_of(self._register)} if self.has_own_register and register not in fresh else {}
        # Until all have been moved both generations are ours, so an interrupted exchange can be taken up again.
        both = {name: [*self._own.get(name, []), *([fresh[name]] if name in fresh else [])] for name in {*self._own, *fresh}}
        self._write_marker(seed, both)
        sizes = []
        for name in sorted(fresh):
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._staging / name).replace(target)
            sizes.append(target.stat().st_size)
        for name in sorted(set(self._own) - set(fresh) - set(kept)):
            path = self.folder / name
            if path.is_file() and self._is_own(path):
                path.unlink()
                if path.parent != self.folder and not any(path.parent.iterdir()):
                    path.parent.rmdir()
        self._write_marker(seed, {name: [sha256] for name, sha256 in (fresh | kept).items()})
        self.discard()
        return sizes

    def discard(self) -> None:
        """Removes the files that wait for the commit."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _is_own(self, path: Path) -> bool:
        return sha256_of(path) in self._own.get(self._name(path), [])

    def _read_marker(self) -> dict[str, list[str]]:
        """The files made here: name to SHA-256, or to several during an exchange."""
        try:
            files = json.loads((self.folder / _MARKER).read_text("utf-8"))["files"]
            return {name: [sha256] if isinstance(sha256, str) else list(sha256) for name, sha256 in files.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UsageError(
                f"{self.folder / _MARKER} 不是有效的模拟记录，无法分辨哪些文件是模拟生成的。请移走它和模拟文件后重试。"
            ) from None

    def _write_marker(self, seed: int, files: dict[str, list[str]]) -> None:
        listed = {name: hashes[0] if len(hashes) == 1 else hashes for name, hashes in sorted(files.items())}
        text = json.dumps({"seed": seed, "files": listed}, ensure_ascii=False, indent=1) + "\n"
        temporary = self.folder / f"{_MARKER}.tmp"
        temporary.write_text(text, "utf-8")
        temporary.replace(self.folder / _MARKER)
