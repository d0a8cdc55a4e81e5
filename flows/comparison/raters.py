"""Experts beside one another: who scores quite otherwise than all who score the same sites and aspects."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import polars as pl

from flows.comparison.finding import Finding, share
from flows.scheme import Scheme
from flows.sources import Source
from flows.warehouse.engine import Connection, read_frame

_LEAST_EXPERTS, _LEAST_SCORES = 4, 5
# In points, and in times of what experts usually differ by.
_FAR, _TIMES = 20, 6
# Of two aspects that changed places: scores on both, and how many standard errors from 0.
_LEAST_PAIRS, _SURE = 20, 4
_OFTEN, _LEAST_ROWS = 5, 50


def raters(connection: Connection, scheme: Scheme) -> Iterator[Finding]:
    scores = read_frame(
        connection,
        """
        select scores.source, files.file, scores.site_id, scores.aspect, scores.expert_id, cast(scores.score as double) as score
        from raw.panel_scores as scores
        inner join raw.files on files.file_id = scores.file_id
        """,
    )
    middle = pl.col("score").median().over("source", "site_id", "aspect")
    rows = (
        scores.with_columns(middle=middle)
        .group_by("source", "file", "expert_id")
        .agg(
            pl.len().alias("scores"),
            pl.col("score").mean(),
            pl.col("middle").mean(),
            (pl.col("score") - pl.col("middle")).mean().alias("apart"),
            (pl.col("score") - pl.col("middle")).std().alias("scatter"),
        )
        .sort("source", "file", "expert_id")
        .rows()
    )
    judged = set(scores["source"])
    for source in (source for source in scheme.sources if source.id in judged):
        yield from _exchanged(scheme, source, scores.filter(pl.col("source") == source.id))
        yield from _again(source, scores.filter(pl.col("source") == source.id))
        own = [row for row in rows if row[0] == source.id and row[3] >= _LEAST_SCORES]
        if len(own) < _LEAST_EXPERTS:
            continue
        apart = np.array([row[6] for row in own])
        usual = float(np.median(apart))
        spread = max(1.4826 * float(np.median(np.abs(apart - usual))), 1.0)
        for (_, file, expert, number, mean, middle, _, scatter), by in zip(own, apart, strict=True):
            # His own scores scatter, too: a few of them may lie on one side by chance.
            chance = max(scatter or 0.0, 1.0) / number**0.5
            if abs(by - usual) > max(_FAR, _TIMES * spread, _TIMES * chance):
                yield Finding(
                    "raters",
                    f"{source.id}/{file}/{expert}",
                    f"{source.label}的文件 {file} 里评分人 {expert} 的 {number} 个评分平均 {mean:.1f} 分，"
                    f"别人对同样的网站和内容是 {middle:.1f} 分。请核对他的分制。",
                )


def _exchanged(scheme: Scheme, source: Source, scores: pl.DataFrame) -> Iterator[Finding]:
    """Files in which one aspect is above another where it is below in the others, on the same sites and by the same experts."""
    wide = scores.pivot(on="aspect", index=["file", "site_id", "expert_id"], values="score", aggregate_function="mean")
    files, names = wide["file"].to_numpy(), sorted(wide["file"].unique().to_list())
    known = [aspect for aspect in scheme.aspects if aspect.id in wide.columns]
    columns = {aspect.id: wide[aspect.id].cast(pl.Float64).fill_null(float("nan")).to_numpy() for aspect in known}
    for one, other in combinations(known, 2):
        apart = columns[one.id] - columns[other.id]
        both = ~np.isnan(apart)
        for file in names:
            own, rest = apart[both & (files == file)], apart[both & (files != file)]
            if min(len(own), len(rest)) < _LEAST_PAIRS:
                continue
            (by, surely), (usual, surely_too) = _mean(own), _mean(rest)
            if by * usual < 0 and surely and surely_too and 1 / 3 <= abs(by / usual) <= 3:
                yield Finding(
                    "aspects",
                    f"{source.id}/{file}/{one.id}/{other.id}",
                    f"{source.label}的文件 {file} 里{one.label}比{other.label}平均高 {by:.1f} 分，其余文件里高 {usual:.1f} 分。"
                    "请核对评议内容是否对调了。",
                )


def _mean(apart: np.ndarray) -> tuple[float, bool]:
    """The mean of differences, and whether it is surely not 0."""
    mean, error = float(apart.mean()), float(apart.std()) / len(apart) ** 0.5
    return mean, abs(mean) >= 1 and abs(mean) > _SURE * error


def _again(source: Source, scores: pl.DataFrame) -> Iterator[Finding]:
    """Experts who score one aspect of a site over and over."""
    times = scores.group_by("file", "expert_id", "site_id", "aspect").agg(pl.len().alias("times"))
    yield from _twice(source, times)
    often = times.filter(pl.col("times") >= _OFTEN).sort("times", "file", "expert_id", "site_id", "aspect", descending=True)
    for file in sorted(often["file"].unique()):
        found = often.filter(pl.col("file") == file)
        _, expert, site, aspect, most = found.row(0)
        yield Finding(
            "raters",
            f"{source.id}/{file}/{site}",
            f"{source.label}的文件 {file} 里评分人 {expert} 给 {site} 的 {aspect} 打了 {most} 次分，这样的有 {len(found)} 处，"
            "只计最后一次。请核对 site 一列。",
        )


def _twice(source: Source, times: pl.DataFrame) -> Iterator[Finding]:
    """Files in which experts score again and again what they have scored, unlike in the others."""
    files = times.group_by("file").agg(pl.col("times").sum().alias("rows"), pl.len().alias("different")).sort("file").rows()
    for file, rows, different in files:
        others = [(other, kinds) for name, other, kinds in files if name != file]
        usual = 1 - sum(kinds for _, kinds in others) / max(sum(other for other, _ in others), 1)
        again = 1 - different / rows
        if others and rows >= _LEAST_ROWS and again >= 0.1 and again > 3 * usual:
            yield Finding(
                "raters",
                f"{source.id}/{file}",
                f"{source.label}的文件 {file} 里有 {share(again)} 的行是同一评分人对同一网站同一内容又打的分，其余文件里 {share(usual)}。"
                "请核对 site、aspect 两列有没有错行，或有没有重复的行。",
            )
