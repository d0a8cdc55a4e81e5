"""Ballots file by file: how they spread over levels and hours, and which aspect is above which."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import combinations

import numpy as np

from flows.comparison.finding import Finding, share
from flows.comparison.last_year import LastYear
from flows.scheme import Scheme
from flows.sources.ballots import Ballots
from flows.warehouse.engine import Connection, read_frame

# Fewer ballots than these tell nothing.
_LEAST, _LEAST_TIMED = 30, 200
# How far a share must be from the others', and how many times what chance may do.
_FAR, _TIMES = 0.25, 8
_POINTS = 15
# Of two aspects that changed places: how many standard errors each difference must be from 0, and how many points since last year.
_SURE, _CLEARLY = 6, 5
# Of voters, origins and seconds: how many times fewer.
_FEWER = 5
_NIGHT = 6


@dataclass(frozen=True)
class _Ballots:
    """Ballots by answers: `ratings` has a row a pattern and a column an aspect, overall last, 0 for none; `number` counts them."""

    ratings: np.ndarray
    number: np.ndarray

    @property
    def total(self) -> int:
        return int(self.number.sum())

    def levels(self, levels: int) -> np.ndarray:
        """The share of each level among all ratings of aspects."""
        rated = np.repeat(self.number, self.ratings.shape[1] - 1)
        counts = np.bincount(self.ratings[:, :-1].ravel(), weights=rated, minlength=levels + 1)[1:]
        return counts / max(counts.sum(), 1)

    def means(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean points of each aspect, overall last, and how many ratings it has."""
        rated = (self.ratings > 0) * self.number[:, None]
        totals = (points[self.ratings] * rated).sum(axis=0)
        return totals / np.maximum(rated.sum(axis=0), 1), rated.sum(axis=0)

    def ahead(self, points: np.ndarray, one: int, other: int) -> tuple[float, float]:
        """By how many points one aspect is above another on the same ballots, and the standard error of that."""
        both = (self.ratings[:, one] > 0) & (self.ratings[:, other] > 0)
        number = self.number[both]
        if number.sum() < _LEAST:
            return 0.0, np.inf
        apart = points[self.ratings[both, one]] - points[self.ratings[both, other]]
        mean = float((apart * number).sum() / number.sum())
        variance = float(((apart - mean) ** 2 * number).sum() / number.sum())
        return mean, float(np.sqrt(variance / number.sum())) or 1e-9


def compare_ballots(connection: Connection, scheme: Scheme, before: LastYear | None) -> Iterator[Finding]:
    for source in (source for source in scheme.sources if isinstance(source, Ballots)):
        files = _files(connection, source, len(scheme.aspects) + 1)
        points = np.array([0.0, *(float(level.points) for level in source.levels)])
        for name, ballots in files.items():
            others = _together([other for key, other in files.items() if key != name])
            if others and min(ballots.total, others.total) >= _LEAST:
                yield from _levels(source, name, ballots, others)
                yield from _exchanged(scheme, source, points, name, ballots, others)
                yield from _unrated(scheme, source, name, ballots, others)
        together = _together(list(files.values()))
        if before and together and together.total >= _LEAST:
            yield from _since_last_year(scheme, source, points, together, before)
        yield from _hours(connection, scheme, source)
        yield from _voters(connection, source)


def _files(connection: Connection, source: Ballots, questions: int) -> dict[str, _Ballots]:
    patterns = read_frame(
        connection,
        """
        select files.file, ballots.ratings, ballots.overall, count(*) as number
        from raw.ballots
        inner join raw.files on files.file_id = ballots.file_id
        where ballots.source = ?
        group by files.file, ballots.ratings, ballots.overall
        """,
        [source.id],
    )
    aspects = patterns["ratings"].explode().fill_null(0).to_numpy().reshape(-1, questions - 1)
    ratings = np.column_stack([aspects, patterns["overall"].fill_null(0).to_numpy()]).astype(np.int64)
    numbers, names = patterns["number"].to_numpy(), patterns["file"].to_numpy()
    return {
        file: _Ballots(ratings[names == file], numbers[names == file]) for file in sorted(patterns["file"].unique().to_list())
    }


def _together(parts: list[_Ballots]) -> _Ballots | None:
    if not parts:
        return None
    return _Ballots(np.concatenate([part.ratings for part in parts]), np.concatenate([part.number for part in parts]))


def _levels(source: Ballots, file: str, ballots: _Ballots, others: _Ballots) -> Iterator[Finding]:
    labels = [level.label for level in source.levels]
    own, rest = ballots.levels(len(labels)), others.levels(len(labels))
    apart = np.abs(own - rest)
    most = int(apart.argmax())
    chance = np.sqrt(rest[most] * (1 - rest[most]) * (1 / ballots.total + 1 / others.total))
    if apart[most] >= _FAR and apart[most] > _TIMES * chance:
        yield Finding(
            "levels",
            f"{source.id}/{file}",
            f"{source.label}的文件 {file} 里“{labels[most]}”占 {share(own[most])}，其余文件里占 {share(rest[most])}。"
            "请核对等级的次序和含义。",
        )


def _exchanged(
    scheme: Scheme, source: Ballots, points: np.ndarray, file: str, ballots: _Ballots, others: _Ballots
) -> Iterator[Finding]:
    for one, other in combinations(range(len(scheme.aspects)), 2):
        own, rest = ballots.ahead(points, one, other), others.ahead(points, one, other)
        if _mirrored(own[0], rest[0]) and abs(own[0]) > _SURE * own[1] and abs(rest[0]) > _SURE * rest[1]:
            first, second = scheme.aspects[one].label, scheme.aspects[other].label
            yield Finding(
                "aspects",
                f"{source.id}/{file}",
                f"{source.label}的文件 {file} 里{first}比{second}{_ahead(own[0])}，其余文件里{_ahead(rest[0])}。"
                "请核对这两列是否对调了。",
            )


def _unrated(scheme: Scheme, source: Ballots, file: str, ballots: _Ballots, others: _Ballots) -> Iterator[Finding]:
    for place, aspect in enumerate(scheme.aspects):
        own, rest = (((each.ratings[:, place] == 0) * each.number).sum() / each.total for each in (ballots, others))
        if own - rest >= 0.5:
            yield Finding(
                "aspects",
                f"{source.id}/{file}/{aspect.id}",
                f"{source.label}的文件 {file} 里有 {share(own)} 的票没有评{aspect.label}，其余文件里 {share(rest)}。请核对这一列。",
            )


def _mirrored(own: float, rest: float) -> bool:
    """Whether two differences have different signs and about the same size."""
    return own * rest < 0 and 1 / 3 <= abs(own / rest) <= 3


def _ahead(points: float) -> str:
    return f"{'高' if points > 0 else '低'} {abs(points):.1f} 分"


def _since_last_year(
    scheme: Scheme, source: Ballots, points: np.ndarray, ballots: _Ballots, before: LastYear
) -> Iterator[Finding]:
    known = before.mean_points(source.id)
    means, ratings = ballots.means(points)
    names = [*(aspect.id for aspect in scheme.aspects), "overall"]
    labels = [*(aspect.label for aspect in scheme.aspects), "总体评价"]
    now = {name: mean for name, mean, rated in zip(names, means, ratings, strict=True) if rated >= _LEAST}
    spread = float(points[1:].std()) or 1.0
    far = [
        (label, now[name], known[name])
        for name, label in zip(names, labels, strict=True)
        if name in now
        and name in known
        and abs(now[name] - known[name]) >= _POINTS
        and abs(now[name] - known[name]) > _TIMES * spread / np.sqrt(ballots.total)
    ]
    if far:
        label, mean, earlier = max(far, key=lambda each: abs(each[1] - each[2]))
        yield Finding(
            "levels",
            source.id,
            f"{source.label}的{label}平均 {mean:.1f} 分，上年 {earlier:.1f} 分。请核对等级的次序和含义。",
        )
        return
    for one, other in combinations(range(len(scheme.aspects)), 2):
        if names[one] in known and names[other] in known:
            own, error = ballots.ahead(points, one, other)
            earlier = known[names[one]] - known[names[other]]
            if _mirrored(own, earlier) and abs(own) > _SURE * error and abs(earlier) >= _CLEARLY:
                yield Finding(
                    "aspects",
                    f"{source.id}/{names[one]}/{names[other]}",
                    f"{source.label}里{labels[one]}比{labels[other]}{_ahead(own)}，上年{_ahead(earlier)}。请核对这两列是否对调了。",
                )


def _hours(connection: Connection, scheme: Scheme, source: Ballots) -> Iterator[Finding]:
    rows = connection.execute(
        """
        select files.file, cast(extract(hour from ballots.submitted_at) as integer) as hour, count(*)
        from raw.ballots
        inner join raw.files on files.file_id = ballots.file_id
        where ballots.source = ? and ballots.timed
        group by files.file, hour
        """,
        [source.id],
    ).fetchall()
    files: dict[str, np.ndarray] = {}
    offset = datetime.combine(source.opens, time(12), scheme.zone).utcoffset()
    ahead = round(offset.total_seconds() / 3600) if offset else 0
    for file, hour, number in rows:
        files.setdefault(file, np.zeros(24))[(hour + ahead) % 24] += number
    everything = sum(files.values(), np.zeros(24))
    at_night = everything[:_NIGHT].sum() / max(everything.sum(), 1)
    if everything.sum() >= _LEAST_TIMED and at_night > 0.5:
        yield Finding(
            "times",
            source.id,
            f"{source.label}有 {share(at_night)} 的票交于当地 0 时至 {_NIGHT} 时。请核对时刻的时区（方案为 {scheme.timezone}）。",
        )
        return
    for file, own in sorted(files.items()):
        shift = _shift(own, everything - own)
        if shift:
            yield Finding(
                "times",
                f"{source.id}/{file}",
                f"{source.label}的文件 {file} 里各钟点的票，像是其余文件的错开 {abs(shift)} 小时"
                f"（当地 0 时至 {_NIGHT} 时占 {share(own[:_NIGHT].sum() / own.sum())}，"
                f"其余文件 {share((everything - own)[:_NIGHT].sum() / (everything - own).sum())}）。请核对它的时区。",
            )


def _shift(own: np.ndarray, rest: np.ndarray) -> int:
    """By how many hours one spread over the day looks like the other put off; 0 where it does not."""
    if min(own.sum(), rest.sum()) < _LEAST:
        return 0
    one, other = own / own.sum(), rest / rest.sum()
    # What two samples of so many rows may differ by at all.
    chance = 0.8 * np.sqrt(24 / (2 * np.pi)) * (own.sum() ** -0.5 + rest.sum() ** -0.5)
    apart = [0.5 * float(np.abs(one - np.roll(other, hours)).sum()) for hours in range(24)]
    best = int(np.argmin(apart))
    if apart[0] > 0.2 + 2 * chance and apart[best] < apart[0] / 2 and apart[best] < 1.5 * chance + 0.05:
        return best if best <= 12 else best - 24
    return 0


def _voters(connection: Connection, source: Ballots) -> Iterator[Finding]:
    """Files from few voters or origins, or filled in within no time, or outside the period, unlike the others."""
    rows = connection.execute(
        """
        select
            files.file,
            count(*),
            count(distinct ballots.voter),
            count(ballots.origin),
            count(distinct ballots.origin),
            sum(ballots.seconds) / count(ballots.seconds),
            sum(case when ballots.submitted_on < ? or ballots.submitted_on > ? then 1 else 0 end)
        from raw.ballots
        inner join raw.files on files.file_id = ballots.file_id
        where ballots.source = ?
        group by files.file
        order by files.file
        """,
        [source.opens, source.closes, source.id],
    ).fetchall()
    for file, total, voters, with_origin, origins, seconds, outside in rows:
        others = [row for row in rows if row[0] != file and row[1] >= _LEAST]
        if total < _LEAST or not others:
            continue
        name, where = f"{source.id}/{file}", f"{source.label}的文件 {file} 里"
        usual = sum(row[2] for row in others) / sum(row[1] for row in others)
        if voters / total < usual / _FEWER:
            said = f"{total} 票出自 {voters} 个投票人，其余文件每 100 票有 {100 * usual:.0f} 个"
            yield Finding("raters", name, f"{where} {said}。请核对 voter 一列。")
        origin = [row for row in others if row[3] >= _LEAST]
        usual = sum(row[4] for row in origin) / max(sum(row[3] for row in origin), 1)
        if with_origin >= _LEAST and origins / with_origin < usual / _FEWER:
            said = f"{with_origin} 票出自 {origins} 个地址，其余文件每 100 票有 {100 * usual:.0f} 个"
            yield Finding("raters", f"{name}/origin", f"{where} {said}。请核对 origin 一列。")
        timed = [float(row[5]) for row in others if row[5]]
        if seconds and timed and not 1 / _FEWER <= float(seconds) / np.median(timed) <= _FEWER:
            said = f"填写用时平均 {seconds:.1f} 秒，其余文件通常 {np.median(timed):.1f} 秒"
            yield Finding("times", f"{name}/seconds", f"{where}{said}。请核对 seconds 的单位。")
        if outside > total / 2 and sum(row[6] for row in others) < sum(row[1] for row in others) / 2:
            said = f"{total} 票中有 {outside} 票在评议期（{source.opens} 至 {source.closes}）以外"
            yield Finding("times", f"{name}/period", f"{where} {said}。请核对日期。")
