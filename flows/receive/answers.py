"""What somebody has filled in of a handout (填报表): its rows without those that nobody has answered.

A handout comes with rows of which only what it asks for is empty. A row in which that still is empty when the handout comes back is
no faulty row but an unanswered one: like a row in which every cell is empty it is no row, but it is counted and told. Of all other
files such a row is set aside, since there somebody has written it.
"""

from dataclasses import replace

import polars as pl

from flows.datasets import Dataset
from flows.reading.spelling import heading, prose
from flows.receive.chunks import Chunk, RefusedFile
from flows.receive.headings import of_dataset
from flows.receive.meanings import tidy


def answered(chunk: Chunk, dataset: Dataset) -> tuple[Chunk, int]:
    """The answered rows of a chunk, and the number of the others; of a file that is no handout all rows.

    A column that is only there to be looked at is left out. A column that is written once has that value in every answered row.
    Raises `RefusedFile` for a handout of another dataset.
    """
    mark = chunk.mark
    if mark is None:
        return chunk, 0
    if not mark.asks_for(dataset.name):
        raise RefusedFile(
            f"这是 {mark.dataset} 的填报表，放错了文件夹；请移到 {mark.dataset} 里（要作 {dataset.name} 用，请另存为 CSV）"
        )
    known = of_dataset(list(chunk.columns), dataset.columns).column_of
    given, once, shown = ({heading(title) for title in titles} for titles in (mark.given, mark.once, mark.shown))
    columns = {name: texts for name, texts in chunk.columns.items() if name in known or heading(name) not in shown}
    is_answered = pl.repeat(False, len(chunk.lines), dtype=pl.Boolean, eager=True)
    for name, texts in columns.items():
        if heading(name) not in given | once:
            is_answered = is_answered | tidy(texts, prose).is_not_null()
    warnings = list(chunk.warnings)
    for name in columns:
        if heading(name) in once:
            columns[name], different = _everywhere(columns[name])
            if different > 1:
                warnings.append(f"“{name}”一列只要写一次，却有 {different} 种写法，空着的格没有补上；请核对是不是几份拼成的")
    rows = {name: texts.filter(is_answered) for name, texts in columns.items()}
    kept = replace(chunk, cells=rows, lines=chunk.lines.filter(is_answered), warnings=tuple(warnings))
    return kept, int((~is_answered).sum())


def _everywhere(texts: pl.Series) -> tuple[pl.Series, int]:
    """The only text of a column in all of its rows, and how many different ones it has."""
    written = tidy(texts, prose)
    different = written.drop_nulls().unique()
    if len(different) != 1:
        return texts, len(different)
    return written.fill_null(different.item()), 1
