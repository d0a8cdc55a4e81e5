"""Small CSV tables that an office makes by hand: printed figures, last year's results. Read with the care of deliveries."""

from collections.abc import Sequence
from pathlib import Path

from flows.home import Home
from flows.reading.spelling import heading
from flows.receive.chunks import RefusedFile
from flows.receive.content import Content, small_content
from flows.receive.text_files import read_csv

Rows = list[tuple[int, dict[str, str]]]


def read_small_table(path: Path, home: Home, needed: Sequence[str], faults: list[str]) -> Rows:
    """The rows of a CSV file of the home, each with its line: its texts by heading, the `needed` ones as they are spelt here.

    `faults` gets a sentence for everything that is wrong with the file as a table.
    """
    try:
        with small_content(path, home) as content:
            rows = _rows(content, needed, faults)
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
