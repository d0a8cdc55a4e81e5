"""Makes one simulated year: random evidence for every source, closed where composites were printed, written to files."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from flows.host.progress import Tell
from flows.scheme import Scheme
from flows.simulate.composites import Scores, check_composites, closing_sources, half_up, reconstruct_composites, wanted_scores
from flows.simulate.crawl import Crawl, draw_crawl, write_crawl
from flows.simulate.delivery import RawFolder
from flows.simulate.portal import write_portal
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.streams import stream
from flows.sources import Source, behaviour


@dataclass
class SimulatedYear:
    """A year in the making. `ballots` says how many each ballots source gets.

    Where `printed` holds figures the year is reconstructed: after all other sources a closing source brings each group's sites to
    their composites.
    """

    folder: RawFolder
    scheme: Scheme
    roster: Roster
    printed: Printed
    ballots: dict[str, int]
    seed: int
    tell: Tell
    crawl: Crawl = field(init=False)

    def stream(self, *name: str | int) -> np.random.Generator:
        """The generator of one part of the year."""
        return stream(self.seed, *name)

    def make(self) -> None:
        """Draws and writes all files. Raises `Unlucky` where chance does not lead to what was printed."""
        closing = closing_sources(self.scheme) if self.printed else {}
        composites: Scores = {}
        for group in self.scheme.groups if self.printed else ():
            composites |= reconstruct_composites(group.id, self.roster, self.printed, self.stream("composites", group.id))
        targets = self._targets(composites)
        levels = {source.id: targets[source.id] / 100 for source in self.scheme.sources if source.checks}
        self.crawl = draw_crawl(self.scheme, self.roster, levels, self.seed)
        write_crawl(self.folder, self.scheme, self.roster, self.crawl, self.seed)
        last = {source.id for source in closing.values()}
        scores: dict[str, Scores] = {}
        for source in self.scheme.sources:
            sites = self.roster.scored_by(self.scheme, source.id)
            if source.id in last or len(sites) == 0:
                continue
            self.tell(source.label, 0, 1)
            exact = behaviour("simulate", source.kind).simulate(self, source, sites, targets[source.id][sites])
            # A reconstruction alone needs them, and it is never so large that exact scores would take long.
            if self.printed:
                scores[source.id] = exact()
        if self.printed:
            self._close(closing, targets, composites, scores)
        self.tell("门户统计", 0, 1)
        write_portal(self.folder, self.scheme, self.printed, self.seed)

    def _targets(self, composites: Scores) -> dict[str, np.ndarray]:
        """Per source the score to aim at for every site of the roster, from 0 to 100; evidence scatters around it.

        It lies around the composite as the kind's `KINDNESS` and `SPREAD` have it. The kindness is how far it lies above the
        composite, as a part of what the composite lacks to 100: the public and the sites themselves are kinder than experts,
        auditors and the office that keeps the daily records.
        """
        if composites:
            aims = np.array([float(composites[site]) for site in range(len(self.roster))])
        else:
            aims = np.clip(self.stream("qualities").normal(79, 6.5, len(self.roster)), 45, 95)
        # The best sites differ least from source to source: no source can be much above 100.
        lacking = 100 - aims
        targets = {}
        for source in self.scheme.sources:
            of_kind = behaviour("simulate", source.kind)
            noise = self.stream("targets", source.id).normal(0, of_kind.SPREAD, len(aims))
            targets[source.id] = np.clip(aims + of_kind.KINDNESS * lacking + noise * np.minimum(lacking / 20, 1), 5, 98)
        return targets

    def _close(
        self, closing: dict[str, Source], targets: dict[str, np.ndarray], composites: Scores, scores: dict[str, Scores]
    ) -> None:
        """Brings every site to its composite with its group's closing source, and writes those sources."""
        sources = {source.id: source for source in closing.values()}
        sites = {source: self.roster.scored_by(self.scheme, source) for source in sources}
        for source, scored in sites.items():
            # Where it closes nothing, because another source closes that group, it scores what it aims at.
            scores[source] = {int(site): half_up(Fraction(targets[source][site]), 2) for site in scored}
        for group in self.scheme.groups:
            scores[closing[group.id].id] |= wanted_scores(group, closing[group.id], composites, scores, self.roster)
        for source in sources.values():
            self.tell(source.label, 0, 1)
            closes = behaviour("simulate", source.kind).close
            scores[source.id] = closes(self, source, sites[source.id], scores[source.id])
        check_composites(self.scheme, self.roster, composites, scores)
