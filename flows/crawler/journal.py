"""A night's journal: one line a finished site, written at once: whoever kills the night loses the sites in work only."""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.crawler.checks import Row
from flows.errors import OperatorError

_BLOCK = 1 << 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Finished(NamedTuple):
    """A site's rows, as they are kept."""

    site: str
    checked_at: datetime
    rows: tuple[Row, ...]


class Journal:
    """Appends to a journal, which it mends first: a last line that was cut off would swallow the next one."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(_whole(path))
        self._file.seek(0, os.SEEK_END)

    def add(self, finished: Finished) -> None:
        line = {"site": finished.site, "checked_at": finished.checked_at.isoformat(), "rows": finished.rows}
        left = memoryview(_encoded(line))
        while left:
            left = left[self._file.write(left) :]

    def close(self) -> None:
        self._file.close()


class Entry(NamedTuple):
    """Where a site's line stands in a journal."""

    site: str
    checked_at: datetime
    offset: int
    length: int


def entries(path: Path) -> Iterator[Entry]:
    """The whole lines of a journal; a torn last one is left out. Raises `OperatorError` for one that is damaged otherwise."""
    offset, end = 0, _whole(path)
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if offset >= end:
                return
            try:
                found = json.loads(text)
                yield Entry(found["site"], datetime.fromisoformat(found["checked_at"]), offset, len(text))
            except (ValueError, KeyError, TypeError):
                raise OperatorError(
                    f"检测的中间记录 {path} 第 {number} 行已损坏，无法接着做。请把这个文件移到别处后重新运行；已经写好的结果不受影响。"
                ) from None
            offset += len(text)


def read_at(path: Path, wanted: Iterable[Entry]) -> Iterator[Finished]:
    """The lines at some places, in the order of these."""
    with path.open("rb") as file:
        for entry in wanted:
            file.seek(entry.offset)
            yield _finished(json.loads(file.read(entry.length), parse_float=Decimal, parse_int=Decimal))


def _whole(path: Path) -> int:
    """The length of a journal without a last line that was cut off."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _encoded(line: dict) -> bytes:
    # A lone surrogate from somebody's page must not end the night.
    return _ENCODER.encode(line).encode("utf-8", "replace") + b"\n"


def _finished(line: dict) -> Finished:
    return Finished(line["site"], datetime.fromisoformat(line["checked_at"]), tuple(map(Row._make, line["rows"])))
