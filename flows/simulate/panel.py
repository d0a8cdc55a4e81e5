"""Experts who score sites, aspect by aspect: some kinder, some stricter, each site seen by about as many."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl

from flows.scheme import Scheme
from flows.simulate.delivery import RawFolder
from flows.simulate.exact import published, weighted_mean
from flows.simulate.faulty import Spoilt, with_faulty_rows
from flows.simulate.formats import write_csv, write_workbook
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.spelling import numbers, spelled_sites, spelled_things, wide, with_suffix
from flows.simulate.streams import stream
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


@dataclass(frozen=True)
class Scorecards:
    """A panel's scores in tenths, by site, aspect and rater; `experts` says who the raters of each site are."""

    source: Panel
    sites: np.ndarray
    experts: np.ndarray
    scores: np.ndarray

    def exact(self, scheme: Scheme) -> dict[int, Decimal]:
        """The published score of each site."""
        raters = self.scores.shape[2]
        side = self.source.trim_each_side if raters >= (self.source.trim_from or 0) else 0
        kept = np.sort(self.scores, axis=2)[:, :, side : raters - side]
        weights = [aspect.weight for aspect in scheme.aspects]
        return {
            int(site): published(weighted_mean(weights, [Fraction(int(total), 10 * kept.shape[2]) for total in totals]))
            for site, totals in zip(self.sites, kept.sum(axis=2), strict=True)
        }


def simulate(year: SimulatedYear, source: Panel, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    cards = draw_panel(year.scheme, source, sites, aims, year.printed, year.seed)
    write_panel(year.folder, year.scheme, year.roster, cards, year.printed, year.seed)
    return lambda: cards.exact(year.scheme)


def draw_panel(
    scheme: Scheme, source: Panel, sites: np.ndarray, targets: np.ndarray, printed: Printed, seed: int
) -> Scorecards:
    rng = stream(seed, source.id, "panel")
    figure = printed.sum_at("participation", "raters", f"{source.id}/all")
    experts = int(figure.range.middle) if figure else _EXPERTS
    raters = _RATERS if len(sites) <= _MANY_SITES else _RATERS_OF_MANY_SITES
    raters = min(experts, max(raters, -(-experts // len(sites))))
    # In turns, so that every expert sees about as many sites; in random order, so that turns do not show.
    turns = (np.arange(len(sites))[:, None] * raters + np.arange(raters)) % experts
    seen = rng.permutation(experts)[turns][rng.permutation(len(sites))]
    weights = np.array([float(aspect.weight) for aspect in scheme.aspects])
    parts = np.clip(rng.normal(1, 0.1, len(weights)), 0.7, 1.3)
    parts /= (weights * parts).sum()
    means = 100 - (100 - targets)[:, None] * parts
    kindness, half_points = rng.normal(0, 2.5, experts), rng.random(experts) < 0.25
    opinion = means[:, :, None] + kindness[seen][:, None, :] + rng.normal(0, 4.5, (*means.shape, raters))
    step = np.where(half_points, 5, 10)[seen][:, None, :]
    scores = np.clip(np.rint(opinion * 10 / step) * step, 0, _FULL_MARK).astype(np.int64)
    return Scorecards(source, sites, seen, scores)


def write_panel(folder: RawFolder, scheme: Scheme, roster: Roster, cards: Scorecards, printed: Printed, seed: int) -> None:
    """One file a category of experts; the last category sends a workbook."""
    source = cards.source
    rng = stream(seed, source.id, "files")
    rows, categories = _rows(scheme, roster, cards, printed, rng)
    for number, category in enumerate(categories, start=1):
        part = rows.filter(pl.col("category") == category)
        part = with_faulty_rows(part, _spoilt(scheme), scheme.max_quarantined, rng)
        as_workbook = number == len(categories) and part.height <= _MOST_WORKBOOK_ROWS
        path = folder.path(source.id, f"panel-{number}.{'xlsx' if as_workbook else 'csv'}", part.height)
        if as_workbook:
            write_workbook(path, part)
        else:
            write_csv(path, part, encoding="gb18030" if number % 2 else "utf-8-sig", end="\r\n")


def _rows(scheme, roster, cards: Scorecards, printed: Printed, rng) -> tuple[pl.DataFrame, tuple[str, ...]]:
    figure = next((f for f in printed.of("participation", "raters") if f.measure == "count"), None)
    kinds = min(int(figure.value) if figure else len(_CATEGORIES), len(_CATEGORIES), int(cards.experts.max()) + 1)
    categories = _CATEGORIES[:kinds]
    sites, _, raters = cards.scores.shape
    site, aspect, rater = (axis.ravel() for axis in np.indices(cards.scores.shape))
    expert = cards.experts[site, rater]
    reviewed = date(scheme.year, 11, 12)
    day = rng.integers(0, 30, (sites, raters))[site, rater]
    score = cards.scores.ravel()
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
            "category": pl.Series(categories).gather(expert[take] % kinds),
            "site": spelled_sites(roster, cards.sites[site[take]], rng),
            "aspect": spelled_things(scheme.aspects, aspect[take], rng, by_label=0.8),
            "score": wide(with_suffix(written, "分", rng, 0.03), rng, 0.02),
            "reviewed_on": dates.gather(days),
            "order": np.lexsort((aspect[take], site[take], expert[take])).argsort(),
        }
    )
    return frame.sort("order").drop("order"), categories


def _spoilt(scheme: Scheme) -> list[Spoilt]:
    return [
        Spoilt("score", "100.01"),
        Spoilt("score", "优"),
        Spoilt("site", "市某某局"),
        Spoilt("reviewed_on", f"{scheme.year}-11-31"),
        Spoilt("expert_id", ""),
    ]
