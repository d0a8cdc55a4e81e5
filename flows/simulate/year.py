"""Makes one simulated year: random evidence for every source, closed where composites were printed, written to files."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from flows.host.progress import Tell
from flows.scheme import Scheme
from flows.simulate.closing import Scores, check_composites, closing_sources, wanted_scores
from flows.simulate.composites import reconstruct_composites
from flows.simulate.crawl import Crawl, draw_crawl, write_crawl
from flows.simulate.delivery import RawFolder
from flows.simulate.exact import half_up
from flows.simulate.portal import write_portal
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.streams import stream
from flows.simulate.targets import Targets, draw_qualities, draw_targets
from flows.sources import Source, behaviour


@dataclass
class SimulatedYear:
    """A year in the making. `ballots` says how many each ballots source gets.

    Where `printed` holds figures the year is reconstructed: `composites` then holds the composite of every site, and after all
    other sources a closing source completes each group. `scores` collects the exact source scores for that.
    """

    folder: RawFolder
    scheme: Scheme
    roster: Roster
    printed: Printed
    ballots: dict[str, int]
    seed: int
    tell: Tell
    composites: Scores = field(default_factory=dict)
    scores: dict[str, Scores] = field(default_factory=dict)
    crawl: Crawl = field(init=False)

    def make(self) -> None:
        closing = closing_sources(self.scheme) if self.printed else {}
        targets = draw_targets(self.scheme, self._aims(), self.seed)
        levels = {source.id: targets.of(source) / 100 for source in self.scheme.sources if source.checks}
        self.crawl = draw_crawl(self.scheme, self.roster, levels, self.seed)
        write_crawl(self.folder, self.scheme, self.roster, self.crawl, self.seed)
        last = {source.id for source in closing.values()}
        for source in self.scheme.sources:
            if source.id not in last:
                self._make(source, targets.of(source))
        if self.printed:
            self._close(closing, targets)
        self.tell("门户统计", 0, 1)
        write_portal(self.folder, self.scheme, self.printed, self.seed)

    def _aims(self) -> np.ndarray:
        """The composite to aim at for every site; a reconstruction must reach it exactly."""
        if not self.printed:
            return draw_qualities(self.roster, self.seed)
        for group in self.scheme.groups:
            rng = stream(self.seed, "composites", group.id)
            self.composites |= reconstruct_composites(group.id, self.roster, self.printed, rng)
        return np.array([float(self.composites[site]) for site in range(len(self.roster))])

    def _make(self, source: Source, targets: np.ndarray) -> None:
        """Draws and writes a source that closes nothing; in a reconstruction its exact scores are kept."""
        sites = self.roster.scored_by(self.scheme, source.id)
        if len(sites) == 0:
            return
        self.tell(source.label, 0, 1)
        scores = behaviour("simulate", source.kind).simulate(self, source, sites, targets[sites])
        # A reconstruction alone needs them, and it is never so large that exact scores would take long.
        if self.printed:
            self.scores[source.id] = scores()

    def _close(self, closing: dict[str, Source], targets: Targets) -> None:
        """Brings every site to its composite with its group's closing source, and writes those sources."""
        sources = {source.id: source for source in closing.values()}
        for source in sources.values():
            # Where it closes nothing, because another source closes that group, it scores what it aims at.
            sites = self.roster.scored_by(self.scheme, source.id)
            self.scores[source.id] = {int(site): half_up(Fraction(targets.of(source)[site]), 2) for site in sites}
        for group in self.scheme.groups:
            positions = [int(site) for site in self.roster.of_group(group.id)]
            source = closing[group.id]
            wanted = wanted_scores(group, source, positions, self.composites, self.scores, self.roster)
            self.scores[source.id] |= wanted
        for source in sources.values():
            self.tell(source.label, 0, 1)
            sites, wanted = self.roster.scored_by(self.scheme, source.id), self.scores[source.id]
            self.scores[source.id] = behaviour("simulate", source.kind).close(self, source, sites, wanted)
        check_composites(self.scheme, self.roster, self.composites, self.scores)
