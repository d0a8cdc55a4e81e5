"""Columns in which many cells are alike: what holds for a cell holds for all that are like it, and is found out once."""

import polars as pl

# A column of fewer cells is read as it is. Of a longer one so many are looked at, spread over all of it.
_FEW = 1_000
_SAMPLE = 500
# Of all cells.
_MOST_DIFFERENT = 0.8


class Different:
    """The different cells of a column, each once; null is one of them where there is one."""

    def __init__(self, cells: pl.Series) -> None:
        encoded = cells.to_arrow().dictionary_encode(null_encoding="encode")
        self.cells = pl.Series(cells.name, encoded.dictionary, dtype=cells.dtype)
        self._which = pl.Series(encoded.indices)

    def spread(self, found: pl.Series) -> pl.Series:
        """What was found for the different cells, for every cell of the column."""
        return found.gather(self._which)


def are_alike(cells: pl.Series) -> bool:
    """Whether it takes less to look for the different cells and read those than to read all."""
    if len(cells) < _FEW:
        return False
    sample = cells.gather_every(len(cells) // _SAMPLE)
    return 2 * sample.n_unique() <= len(sample)


def are_some_alike(cells: pl.Series) -> bool:
    """Whether it takes less to read the different cells only, where reading a cell takes much longer than looking for it."""
    return len(cells) >= _FEW and pl.select(pl.lit(cells).approx_n_unique()).item() <= _MOST_DIFFERENT * len(cells)
