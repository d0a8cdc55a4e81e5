"""How a given source's score comes about: it was delivered as it is."""

from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, number
from flows.sources.given import Given


def explain(rows: Rows, source: Given) -> Iterator[Line]:
    """The rows that brought the score."""
    yield from rows.locations(list(_scores(rows, source)))


def _scores(rows: Rows, source: Given) -> Iterator[Location]:
    for dataset, file, line, score in rows.query(
        """
        select files.dataset, files.file, given.line, given.score
        from raw.given_scores as given inner join raw.files on files.file_id = given.file_id
        where given.source = ? and given.site_id = ?
        """,
        source.id,
        rows.site_id,
    ):
        yield Location(f"{dataset}/{file}", line, f"给定得分 {number(score)}，四舍五入到两位小数")
