"""How good each site is, and what each source will find: the numbers that the evidence is drawn around."""

from dataclasses import dataclass

import numpy as np

from flows.scheme import Scheme, Source
from flows.simulate.roster import Roster
from flows.simulate.streams import stream

# How far a kind of source lies above the composite, as a part of what the composite lacks to 100: the public and the
# sites themselves are kinder than experts, auditors and the office that keeps the daily records.
_KINDNESS = {"ballots": 0.30, "panel": -0.10, "claims": 0.25, "records": -0.35, "audit": -0.10, "given": 0.0}
_SPREAD = {"ballots": 1.2, "panel": 1.8, "claims": 3.0, "records": 3.0, "audit": 3.0, "given": 2.0}


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
    # The best sites differ least from source to source: no source can be much above 100.
    lacking = 100 - composites
    targets = {}
    for source in scheme.sources:
        noise = stream(seed, "targets", source.id).normal(0, _SPREAD[source.kind], len(composites))
        aimed = composites + _KINDNESS[source.kind] * lacking + noise * np.minimum(lacking / 20, 1)
        targets[source.id] = np.clip(aimed, 5, 98)
    return Targets(targets)
