"""How a ballots source's score comes about."""

from collections import defaultdict
from collections.abc import Iterator

from flows.explain.rows import Line, Location, Rows, number, weighted_mean
from flows.sources.ballots import REASONS, Ballots


def explain(rows: Rows, source: Ballots) -> Iterator[Line]:
    """Lines for a ballots source: the numbers of ballots by reason, each aspect's mean, their weighted mean, the ballots."""
    counts = dict(rows.of(source, "select reason, ballots from staged.ballot_counts where source = ? and site_id = ?"))
    summary = "，".join(f"{_treated(reason)} {counts[reason]}" for reason in ("valid", *REASONS) if reason in counts)
    yield Line("step", f"收到 {sum(counts.values())} 票：{summary or '没有'}")
    by_aspect = defaultdict(list)
    for aspect, level, ratings in rows.of(
        source,
        """
        select aspect, level, ratings from staged.rating_counts
        where source = ? and site_id = ? order by aspect, level
        """,
    ):
        by_aspect[aspect].append((source.levels[level - 1], ratings))
    means = {}
    for aspect in rows.scheme.aspects:
        given = by_aspect.get(aspect.id)
        if not given:
            yield Line("step", f"{aspect.label}（{aspect.id}）：没有人评")
            continue
        total, ratings = sum(level.points * count for level, count in given), sum(count for _, count in given)
        terms = " + ".join(f"{level.label} {number(level.points)} × {count}" for level, count in given)
        means[aspect.id] = total / ratings
        mean = f"({terms}) ÷ {ratings} = {number(total)} ÷ {ratings} = {number(total / ratings)}"
        yield Line("step", f"{aspect.label}（{aspect.id}）：{mean}")
    yield from weighted_mean(rows.scheme, means)
    yield from rows.locations(_ballots(rows, source))


def _treated(reason: str | None) -> str:
    return f"剔除：{REASONS[reason]}" if reason in REASONS else "计入"


def _ballots(rows: Rows, source: Ballots) -> Iterator[Location]:
    why = "select reason from staged.ballot_exclusions as excluded where excluded.ballot_id = entries.ballot_id"
    for file, line, ballot_id, ratings, reason in rows.raw(source, "ballots", f"entries.ballot_id, entries.ratings, ({why})"):
        given = "，".join(
            f"{aspect.label} {source.levels[code - 1].label}"
            for aspect, code in zip(rows.scheme.aspects, ratings, strict=True)
            if code is not None
        )
        yield Location(file, line, f"选票 {ballot_id}，{_treated(reason)}{'：' + given if given else ''}")
