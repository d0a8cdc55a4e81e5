"""How a given source's score comes about: it was delivered as it is."""

from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, number
from flows.sources.given import Given


def explain(rows: Rows, source: Given) -> Iterator[Line]:
    """The rows that brought the score."""
    scores = rows.raw(source, "given_scores", "entries.score")
    yield from rows.locations(
        Location(file, line, f"给定得分 {number(score)}，四舍五入到两位小数") for file, line, score in scores
    )
