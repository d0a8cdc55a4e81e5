"""What a file begins with: its headings, some rows, and the different texts of each column. Nothing of it is kept."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.host.regular import read_regular
from flows.receive.chunks import Chunk, of_rows
from flows.receive.content import Content
from flows.receive.deliveries import READERS

_ROWS = 200
_VALUES = 60
_LONGEST = 300
# Characters of all texts.
_MOST = 4 << 20


@dataclass(frozen=True)
class Glimpse:
    """The headings of a file, its first rows with their lines, and of each column some of its different texts."""

    names: list[str]
    rows: list[list[str | None]]
    lines: list[int]
    values: list[list[str]]

    @property
    def chunk(self) -> Chunk:
        return of_rows(self.names, self.rows, self.lines)


def write_glimpse(content: Content, ending: str, target: Path) -> None:
    """Writes the beginning of a file to another one, as JSON. Raises `RefusedFile`."""
    chunk = next(READERS[ending](content))
    columns = list(chunk.columns.values())
    few = max(1, _MOST // (_LONGEST * max(1, len(columns))))
    heads = [texts.head(min(_ROWS, few)).str.slice(0, _LONGEST).to_list() for texts in columns]
    rows = [list(row) for row in zip(*heads, strict=True)]
    values = [
        texts.drop_nulls().str.strip_chars().unique(maintain_order=True).head(min(_VALUES, few)).str.slice(0, _LONGEST)
        for texts in columns
    ]
    glimpse = Glimpse(list(chunk.columns), rows, chunk.lines.head(len(rows)).to_list(), [texts.to_list() for texts in values])
    target.write_text(json.dumps(asdict(glimpse), ensure_ascii=False), encoding="utf-8")


def read_glimpse(path: Path) -> Glimpse:
    """The beginning that `write_glimpse` wrote."""
    return Glimpse(**json.loads(read_regular(path)))
