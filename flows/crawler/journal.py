"""A night's journal: one line a finished site, written at once: whoever kills the night loses the sites in work only."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from io import BufferedWriter
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from flows.crawler.checks import Row
from flows.errors import OperatorError

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Finished(NamedTuple):
    """A site's rows, as they are kept."""

    site: str
    checked_at: datetime
    rows: tuple[Row, ...]


def open_journal(path: Path) -> BufferedWriter:
    """A journal to append to, mended first: a last line that was cut off would swallow the next one."""
    file = path.open("ab")
    if size := path.stat().st_size:
        with path.open("rb") as written, mmap(written.fileno(), size, access=ACCESS_READ) as text:
            file.truncate(text.rfind(b"\n") + 1)
    return file


def add(journal: BufferedWriter, finished: Finished) -> None:
    line = {"site": finished.site, "checked_at": finished.checked_at.isoformat(), "rows": finished.rows}
    # A lone surrogate from somebody's page must not end the night.
    journal.write(_ENCODER.encode(line).encode("utf-8", "replace") + b"\n")
    journal.flush()


class Entry(NamedTuple):
    """Where a site's line stands in a journal."""

    site: str
    checked_at: datetime
    offset: int
    length: int


def entries(path: Path) -> Iterator[Entry]:
    """The whole lines of a journal, if there is one; a torn last one is left out. Raises `OperatorError` for one that is damaged
    otherwise."""
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if not text.endswith(b"\n"):
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
            line = json.loads(file.read(entry.length), parse_float=Decimal, parse_int=Decimal)
            yield Finished(entry.site, entry.checked_at, tuple(map(Row._make, line["rows"])))
