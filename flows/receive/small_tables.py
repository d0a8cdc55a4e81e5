"""Small CSV tables that an office makes by hand: printed figures, last year's results. Read with the care of deliveries."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from flows.home import Home
from flows.host.regular import SMALL, note, open_regular
from flows.reading.spelling import heading
from flows.receive.boundary import library_faults
from flows.receive.chunks import RefusedFile
from flows.receive.content import Content
from flows.receive.text_files import read_csv

Rows = list[tuple[int, dict[str, str]]]


def read_small_table(path: Path, home: Home, needed: Sequence[str], faults: list[str]) -> Rows:
    """The rows of a CSV file of the home, each with its line: its texts by heading, the `needed` ones as they are spelt here.

    `faults` gets a sentence for everything that is wrong with the file as a table.
    """
    try:
        with library_faults(), open_regular(path, home.path, SMALL) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            note(path, sha256)
            content = Content(file, path.name, sha256)
            rows = _rows(content, needed, faults)
            content.check()
    except RefusedFile as fault:
        faults.append(f"{path.name}：{fault}")
    except OSError as fault:
        faults.append(f"{path.name} 读不出来：{fault.strerror}")
    else:
        return rows
    return []


def _rows(content: Content, needed: Sequence[str], faults: list[str]) -> Rows:
    spelt = {heading(name): name for name in needed}
    rows: Rows = []
    for chunk in read_csv(content):
        names = [spelt.get(heading(name), name) for name in chunk.columns]
        missing = [name for name in needed if name not in names]
        if missing:
            raise RefusedFile(f"缺少列 {'、'.join(missing)}；文件的列是 {'、'.join(names)}")
        faults += [f"{content.name} 第 {fault.line} 行：{fault.reason}" for fault in chunk.broken]
        columns = [column.to_list() for column in chunk.columns.values()]
        rows += [
            (line, dict(zip(names, cells, strict=True)))
            for line, cells in zip(chunk.lines, zip(*columns, strict=True), strict=True)
        ]
    return rows
