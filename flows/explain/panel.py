"""How a panel source's score comes about."""

from collections import defaultdict
from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, number, weighted_mean
from flows.sources.panel import Panel


def explain(rows: Rows, source: Panel) -> Iterator[Line]:
    """Lines for a panel source: each aspect's scores, those that trimming drops, the mean, the weighted mean, the rows."""
    scores = defaultdict(list)
    for aspect, score, counts in rows.of(
        source,
        """
        select aspect, score, counts from scored.trimmed_scores
        where source = ? and site_id = ? order by aspect, score, expert_id
        """,
    ):
        scores[aspect].append((score, counts))
    means = {}
    for aspect in rows.scheme.aspects:
        given = scores.get(aspect.id)
        if not given:
            yield Line("step", f"{aspect.label}（{aspect.id}）：没有专家评")
            continue
        kept = [score for score, counts in given if counts]
        dropped = [score for score, counts in given if not counts]
        means[aspect.id] = sum(kept) / len(kept)
        line = f"{aspect.label}（{aspect.id}）：{len(given)} 个评分"
        if dropped:
            half = len(dropped) // 2
            low, high = "、".join(map(number, dropped[:half])), "、".join(map(number, dropped[half:]))
            line += f"，去掉最低 {low} 和最高 {high}"
        terms = " + ".join(map(number, kept))
        yield Line("step", f"{line}，({terms}) ÷ {len(kept)} = {number(sum(kept))} ÷ {len(kept)} = {number(means[aspect.id])}")
    yield from weighted_mean(rows.scheme, means)
    yield from rows.locations(_scores(rows, source))


def _scores(rows: Rows, source: Panel) -> Iterator[Location]:
    labels = {aspect.id: aspect.label for aspect in rows.scheme.aspects}
    columns = """
        entries.expert_id, entries.category, entries.aspect, entries.score, entries.reviewed_on,
        row_number() over (
            partition by entries.aspect, entries.expert_id
            order by entries.reviewed_on desc nulls last, entries.score desc, entries.file_id, entries.line
        )
    """
    for file, line, expert, category, aspect, score, day, position in rows.raw(source, "panel_scores", columns):
        who = f"专家 {expert}（{category}）" if category else f"专家 {expert}"
        replaced = "" if position == 1 else "，被同一专家较后或较高的评分取代"
        yield Location(file, line, f"{who}评 {labels[aspect]} {number(score)} 分{f'，{day}' if day else ''}{replaced}")
