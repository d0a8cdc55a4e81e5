"""The folder of a year's handouts: exchanged as a whole, and never where somebody has put or changed something of his own.

Its `.templates.json` lists every file that was made here with its SHA-256. A file that is not listed, or that has another content
by now, stops the exchange before anything is written.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import OperatorError, UsageError
from flows.host.regular import read_regular
from flows.results.folder import replacing

_MARKER = ".templates.json"
_MOST_NAMES = 8
# What systems and office programs put beside files by themselves, as long as these are open or were looked at.
_NOBODYS = (".ds_store", "thumbs.db", "desktop.ini")


class HandoutFolder:
    """The files under way into `folder`, in folders of their datasets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise OperatorError(
                f"{folder} 应是文件夹，却是链接或文件；什么也没有写。请把它移走，或用 --output 另指定一个文件夹。"
            )
        self._own = self._read_marker()
        self._refuse_foreign_files()

    @contextmanager
    def exchanged(self, datasets: Collection[str]) -> Generator["Writing"]:
        """The new folder, which takes the old one's place when the context ends well. Of the old one the files of other datasets
        than these stay."""
        with replacing(self.folder) as fresh:
            writing = Writing(fresh)
            for name, sha256 in self._own.items():
                if name.partition("/")[0] not in datasets:
                    target = fresh / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(self.folder / name, target)
                    writing.files[name] = sha256
            yield writing
            text = json.dumps({"files": dict(sorted(writing.files.items()))}, ensure_ascii=False, indent=1) + "\n"
            (fresh / _MARKER).write_text(text, encoding="utf-8")

    def _refuse_foreign_files(self) -> None:
        """Raises `UsageError` where a file was not made here, or was changed since; a file that is gone is nobody's loss."""
        found = {
            path.relative_to(self.folder).as_posix(): path for path in sorted(self.folder.rglob("*")) if _is_somebodys(path)
        }
        found.pop(_MARKER, None)
        foreign = [name for name, path in found.items() if name not in self._own or _sha256(path) != self._own[name]]
        if foreign:
            names = "、".join(foreign[:_MOST_NAMES]) + ("……" if len(foreign) > _MOST_NAMES else "")
            raise UsageError(
                f"{self.folder} 里有 {len(foreign)} 个文件不是 pingyi templates 生成的，或生成后被改过：{names}。"
                "没有覆盖。请先把这些文件移走（填好的放进 raw/），或用 --output 另指定一个文件夹。"
            )
        self._own = {name: sha256 for name, sha256 in self._own.items() if name in found}

    def _read_marker(self) -> dict[str, str]:
        path = self.folder / _MARKER
        try:
            files = json.loads(read_regular(path))["files"]
            if all(isinstance(sha256, str) for sha256 in files.values()):
                return files
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise UsageError(f"{path} 读不出来，无法分辨哪些文件是生成的，没有覆盖。请移走 {self.folder} 后重试。")


class Writing:
    """A new folder of handouts. `files` maps the names of those that are there to their hashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: dict[str, str] = {}

    def write(self, dataset: str, name: str, content: bytes) -> None:
        path = self._folder / dataset / f"{name}.xlsx"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self.files[f"{dataset}/{name}.xlsx"] = hashlib.sha256(content).hexdigest()


def _is_somebodys(path: Path) -> bool:
    is_folder = path.is_dir() and not path.is_symlink()
    return not is_folder and path.name.lower() not in _NOBODYS and not path.name.startswith("~$")


def _sha256(path: Path) -> str:
    """The hash of a file; empty where it is none, or may not be read."""
    try:
        return "" if path.is_symlink() else hashlib.sha256(read_regular(path)).hexdigest()
    except OSError:
        return ""
