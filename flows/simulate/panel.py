"""Experts who score sites, aspect by aspect: some kinder, some stricter, each site seen by about as many."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import polars as pl

from flows.simulate.composites import published, weighted_mean
from flows.simulate.spelling import numbers, spelled_sites, spelled_things, wide, with_faulty_rows, with_suffix
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.panel import Panel

KINDNESS, SPREAD = -0.10, 1.8
# The kinds of people whom such panels are made of, as the 2007 bulletin lists them.
_CATEGORIES = ("市人大代表", "市政协委员", "政风行风监督员", "新闻记者", "电子政务学者", "信息技术专家")
_EXPERTS = 60
_RATERS, _RATERS_OF_MANY_SITES, _MANY_SITES = 20, 8, 1000
_FULL_MARK = 1000  # a score of 100, in tenths
_RESCORED = 0.01
_MOST_WORKBOOK_ROWS = 20_000


def simulate(year: SimulatedYear, source: Panel, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    experts, scores = _draw(year, source, sites, aims)
    _write(year, source, sites, experts, scores)
    return lambda: _exact(year, source, sites, scores)


def _draw(year: SimulatedYear, source: Panel, sites: np.ndarray, aims: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who the raters of each site are, by site and rater, and their scores in tenths, by site, aspect and rater."""
    rng = year.stream(source.id, "panel")
    figure = year.printed.sum_at("participation", "raters", f"{source.id}/all")
    experts = int(figure.range.middle) if figure else _EXPERTS
    raters = _RATERS if len(sites) <= _MANY_SITES else _RATERS_OF_MANY_SITES
    raters = min(experts, max(raters, -(-experts // len(sites))))
    # In turns, so that every expert sees about as many sites; in random order, so that turns do not show.
    turns = (np.arange(len(sites))[:, None] * raters + np.arange(raters)) % experts
    seen = rng.permutation(experts)[turns][rng.permutation(len(sites))]
    weights = np.array([float(aspect.weight) for aspect in year.scheme.aspects])
    parts = np.clip(rng.normal(1, 0.1, len(weights)), 0.7, 1.3)
    parts /= (weights * parts).sum()
    means = 100 - (100 - aims)[:, None] * parts
    kindness, half_points = rng.normal(0, 2.5, experts), rng.random(experts) < 0.25
    opinion = means[:, :, None] + kindness[seen][:, None, :] + rng.normal(0, 4.5, (*means.shape, raters))
    step = np.where(half_points, 5, 10)[seen][:, None, :]
    return seen, np.clip(np.rint(opinion * 10 / step) * step, 0, _FULL_MARK).astype(np.int64)


def _exact(year: SimulatedYear, source: Panel, sites: np.ndarray, scores: np.ndarray) -> Scores:
    """The published score of each site."""
    raters = scores.shape[2]
    side = source.trim_each_side if raters >= (source.trim_from or 0) else 0
    kept = np.sort(scores, axis=2)[:, :, side : raters - side]
    weights = [aspect.weight for aspect in year.scheme.aspects]
    return {
        int(site): published(weighted_mean(weights, [Fraction(int(total), 10 * kept.shape[2]) for total in totals]))
        for site, totals in zip(sites, kept.sum(axis=2), strict=True)
    }


def _write(year: SimulatedYear, source: Panel, sites: np.ndarray, experts: np.ndarray, scores: np.ndarray) -> None:
    """One file a category of experts; the last category sends a workbook."""
    rng = year.stream(source.id, "files")
    figure = next((f for f in year.printed.of("participation", "raters") if f.measure == "count"), None)
    categories = source.categories or _CATEGORIES
    kinds = min(int(figure.value) if figure else len(categories), len(categories), int(experts.max()) + 1)
    categories = categories[:kinds]
    rows = _rows(year, sites, experts, scores, categories, rng)
    faults = [
        ("score", "100.01"), ("score", "优"), ("site", "市某某局"), ("reviewed_on", f"{year.scheme.year}-11-31"),
        ("expert_id", ""),
    ]  # fmt: skip
    for number, category in enumerate(categories, start=1):
        part = with_faulty_rows(rows.filter(category=category), faults, year.scheme.max_quarantined, rng)
        suffix = "xlsx" if number == kinds and part.height <= _MOST_WORKBOOK_ROWS else "csv"
        encoding = "gb18030" if number % 2 else "utf-8-sig"
        year.folder.write(source.id, f"panel-{number}.{suffix}", part, encoding=encoding, end="\r\n")


def _rows(
    year: SimulatedYear,
    all_sites: np.ndarray,
    experts: np.ndarray,
    scores: np.ndarray,
    categories: Sequence[str],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Every score as text, ordered by expert, site and aspect."""
    sites, _, raters = scores.shape
    site, aspect, rater = (axis.ravel() for axis in np.indices(scores.shape))
    expert = experts[site, rater]
    reviewed = date(year.scheme.year, 11, 12)
    day = rng.integers(0, 30, (sites, raters))[site, rater]
    score = scores.ravel()
    # Some scores are given a second time: the earlier one, which no longer counts, is in the files too.
    again = np.flatnonzero(rng.random(len(score)) < _RESCORED)
    before = np.clip(score[again] + rng.choice([-50, -30, 30, 50], len(again)), 0, _FULL_MARK)
    take = np.concatenate([np.arange(len(score)), again])
    written = numbers(np.concatenate([score, before]), 1)
    days = np.concatenate([day + 3, day[again]])
    dates = pl.Series([(reviewed + timedelta(days=number)).isoformat() for number in range(int(days.max()) + 1)])
    number = pl.Series(expert[take] + 1).cast(pl.String)
    frame = pl.DataFrame(
        {
            "expert_id": "E" + number.str.zfill(3),
            "category": pl.Series(categories).gather(expert[take] % len(categories)),
            "site": spelled_sites(year.roster, all_sites[site[take]], rng),
            "aspect": spelled_things(year.scheme.aspects, aspect[take], rng, by_label=0.8),
            "score": wide(with_suffix(written, "分", rng, 0.03), rng, 0.02),
            "reviewed_on": dates.gather(days),
            "order": np.lexsort((aspect[take], site[take], expert[take])).argsort(),
        }
    )
    return frame.sort("order").drop("order")
