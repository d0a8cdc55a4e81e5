"""How good each site is, and the score that each source shall give it: the random evidence scatters around these numbers."""

from dataclasses import dataclass

import numpy as np

from flows.scheme import Scheme
from flows.simulate.roster import Roster
from flows.simulate.streams import stream
from flows.sources import Source, behaviour


@dataclass(frozen=True)
class Targets:
    """Per source the score to aim at for every site of the roster, from 0 to 100; evidence scatters around it."""

    by_source: dict[str, np.ndarray]

    def of(self, source: Source) -> np.ndarray:
        return self.by_source[source.id]


def draw_qualities(roster: Roster, seed: int) -> np.ndarray:
    """A composite to aim at for every site."""
    return np.clip(stream(seed, "qualities").normal(79, 6.5, len(roster)), 45, 95)


def draw_targets(scheme: Scheme, composites: np.ndarray, seed: int) -> Targets:
    """Around the composites, as each kind's `KINDNESS` and `SPREAD` have it.

    The kindness is how far it lies above the composite, as a part of what the composite lacks to 100: the public and the sites
    themselves are kinder than experts, auditors and the office that keeps the daily records.
    """
    # The best sites differ least from source to source: no source can be much above 100.
    lacking = 100 - composites
    targets = {}
    for source in scheme.sources:
        of_kind = behaviour("simulate", source.kind)
        noise = stream(seed, "targets", source.id).normal(0, of_kind.SPREAD, len(composites))
        aimed = composites + of_kind.KINDNESS * lacking + noise * np.minimum(lacking / 20, 1)
        targets[source.id] = np.clip(aimed, 5, 98)
    return Targets(targets)
