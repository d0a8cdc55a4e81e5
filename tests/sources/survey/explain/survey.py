"""How a survey's score comes about."""

from collections import defaultdict
from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, number, weighted_mean
from flows.sources import Source


def explain(rows: Rows, source: Source) -> Iterator[Line]:
    """Lines for a survey: each aspect's scores with their weights, the weighted mean, the rows."""
    scores = defaultdict(list)
    locations = []
    for dataset, file, line, aspect, score, weight in rows.query(
        """
        select files.dataset, files.file, scores.line, scores.aspect, scores.score, least(scores.weight, rules.most_weight)
        from raw.survey_scores as scores
        inner join raw.files on files.file_id = scores.file_id
        inner join ref.survey_rules as rules on rules.source = scores.source
        where scores.source = ? and scores.site_id = ? order by scores.line
        """,
        source.id,
        rows.site_id,
    ):
        scores[aspect].append((score, weight))
        locations.append(Location(f"{dataset}/{file}", line, f"{aspect} {number(score)} 分，权重 {number(weight)}"))
    means = {}
    for aspect in rows.scheme.aspects:
        given = scores.get(aspect.id)
        if given:
            means[aspect.id] = sum(score * weight for score, weight in given) / sum(weight for _, weight in given)
            terms = " + ".join(f"{number(score)} × {number(weight)}" for score, weight in given)
            yield Line("step", f"{aspect.label}（{aspect.id}）：({terms}) ÷ 权重之和 = {number(means[aspect.id])}")
    yield from weighted_mean(rows.scheme, means)
    yield from rows.locations(locations)
