"""The voters of a ballots source: the popularity of each site, and the levels that its voters choose."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from flows.scheme import Scheme
from flows.simulate.exact import published, weighted_mean
from flows.simulate.levels import level_shares, with_satisfaction
from flows.simulate.printed import Printed
from flows.simulate.streams import Unlucky, stream
from flows.sources.ballots import Ballots

# Satisfied with the whole, where nothing was printed: the part of what lacks to 100 that is not.
_DISSATISFIED = 0.35
_SAFELY = 2


@dataclass(frozen=True)
class Electorate:
    """A source's sites (positions in the roster) with their shares of the ballots and of the levels.

    `aspects` has the axes site, aspect, level; `overall` site, level.
    """

    source: Ballots
    sites: np.ndarray
    popularity: np.ndarray
    aspects: np.ndarray
    overall: np.ndarray


def gather_electorate(
    scheme: Scheme, source: Ballots, sites: np.ndarray, targets: np.ndarray, cast: int, printed: Printed, seed: int
) -> Electorate:
    """`targets` holds the score to aim at for each of the `sites`, among which `cast` ballots will be shared.

    Printed means and satisfaction rates are aimed at.
    """
    rng = stream(seed, source.id, "electorate")
    popularity = np.clip(rng.lognormal(0, 0.35, len(sites)), 0.5, 2.5)
    # Where the ballots suffice, every site is safely above the number below which its score is flagged.
    least = min(_SAFELY * (source.min_ballots or 0) / cast, 0.9 / len(sites))
    popularity = least + popularity / popularity.sum() * (1 - least * len(sites))
    lacking = 100 - targets
    lacking_on_average = float((lacking * popularity).sum())
    parts = _aspect_parts(scheme, source, lacking_on_average, printed, rng)
    aspects = level_shares(source.levels, 100 - lacking[:, None] * parts[None, :])
    overall = level_shares(source.levels, targets)
    figure = printed.sum_at("satisfaction", "rate", f"{source.id}/all/overall")
    unhappy = _DISSATISFIED * lacking_on_average / 100 if figure is None else 1 - float(figure.range.middle)
    satisfied = 1 - np.clip(unhappy * lacking / lacking_on_average, 0.001, 0.6)
    return Electorate(source, sites, popularity, aspects, with_satisfaction(source.levels, overall, satisfied))


def _aspect_parts(scheme: Scheme, source: Ballots, lacking: float, printed: Printed, rng: np.random.Generator) -> np.ndarray:
    """Per aspect how much it lacks to 100, as a multiple of what the site's score lacks; by weight the multiples mean 1."""
    weights = np.array([float(aspect.weight) for aspect in scheme.aspects])
    parts = np.clip(rng.normal(1, 0.08, len(weights)), 0.7, 1.3)
    fixed = np.zeros(len(weights), dtype=bool)
    for position, aspect in enumerate(scheme.aspects):
        figure = printed.sum_at("satisfaction", "score", f"{source.id}/all/{aspect.id}")
        if figure is not None:
            parts[position], fixed[position] = (100 - float(figure.range.middle)) / lacking, True
    free = weights * ~fixed
    if free.sum() > 0:
        parts[~fixed] *= (1 - (weights * parts)[fixed].sum()) / (free * parts).sum()
    return parts


@dataclass
class Tally:
    """The valid ballots counted by site, aspect and level; `overall` by site and level."""

    aspects: np.ndarray
    overall: np.ndarray

    @classmethod
    def of(cls, electorate: Electorate) -> "Tally":
        return cls(np.zeros(electorate.aspects.shape, dtype=np.int64), np.zeros(electorate.overall.shape, dtype=np.int64))

    def add(self, sites: np.ndarray, ratings: np.ndarray, overall: np.ndarray) -> None:
        """Counts ballots by the position of their site, their levels by aspect (0: not rated) and their overall level."""
        levels = self.overall.shape[1]
        for aspect in range(self.aspects.shape[1]):
            self.aspects[:, aspect] += self._counts(sites, ratings[:, aspect], levels)
        self.overall += self._counts(sites, overall, levels)

    def _counts(self, sites: np.ndarray, codes: np.ndarray, levels: int) -> np.ndarray:
        cells = np.bincount(sites * (levels + 1) + codes, minlength=len(self.overall) * (levels + 1))
        return cells.reshape(-1, levels + 1)[:, 1:]

    def scores(self, scheme: Scheme, electorate: Electorate) -> dict[int, Decimal]:
        """The published score of each site, by its position in the roster."""
        points = [Fraction(level.points) for level in electorate.source.levels]
        scores = {}
        for site, counts in zip(electorate.sites, self.aspects.tolist(), strict=True):
            rated = [
                (aspect.weight, Fraction(sum(n * p for n, p in zip(by_level, points, strict=True))) / sum(by_level))
                for aspect, by_level in zip(scheme.aspects, counts, strict=True)
                if sum(by_level)
            ]
            if rated:
                scores[int(site)] = published(weighted_mean(*map(list, zip(*rated, strict=True))))
        return scores

    def check(self, scheme: Scheme, electorate: Electorate, printed: Printed, seed: int) -> None:
        """Raises `OperatorError` where chance has led the ballots away from what was printed about them."""
        source = electorate.source
        points = [Fraction(level.points) for level in source.levels]
        happy = [level.satisfied for level in source.levels]
        cast = self.overall.sum(axis=0).tolist()
        computed = {("rate", "overall"): Fraction(sum(n for n, good in zip(cast, happy, strict=True) if good), sum(cast) or 1)}
        for aspect, counts in zip(scheme.aspects, self.aspects.sum(axis=0).tolist(), strict=True):
            total = sum((n * p for n, p in zip(counts, points, strict=True)), Fraction())
            computed["score", aspect.id] = total / (sum(counts) or 1)
        faults = []
        for (column, aspect), value in computed.items():
            figure = printed.sum_at("satisfaction", column, f"{source.id}/all/{aspect}")
            if figure is not None and not figure.range.holds(value):
                faults.append(f"{figure.subject}：通报为 {figure.printed}，种子 {seed} 造出的是 {float(value):.4f}")
        if faults:
            raise Unlucky("造出的评议票与通报不符，请用 --seed 换一个种子重试：", faults)
