"""Rows of cells as lines of a terminal, on which a Chinese character is as wide as two others."""

from collections.abc import Generator, Iterable, Sequence

from rich.cells import cell_len, set_cell_size


def aligned(rows: Iterable[Sequence[str]]) -> Generator[str]:
    """Rows of cells as lines, in columns as wide as their widest cell on a terminal; the last is as long as it is."""
    listed = list(rows)
    widths = [max(map(cell_len, cells)) for cells in zip(*listed, strict=True)]
    for row in listed:
        cells = [set_cell_size(cell, width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()
