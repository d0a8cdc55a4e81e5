"""One simulated year: every source's evidence drawn, closed where composites were printed, and written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np

from flows.host.progress import Tell
from flows.scheme import Audit, Ballots, Claims, Given, Panel, Records, Scheme, Source
from flows.simulate.audit import draw_items
from flows.simulate.audit_files import write_items
from flows.simulate.audit_totals import plan_totals
from flows.simulate.ballot_files import write_ballots
from flows.simulate.claims import draw_claims, write_claims
from flows.simulate.closing import Scores, check_composites, closing_sources, wanted_scores
from flows.simulate.composites import reconstruct_composites
from flows.simulate.crawl import Crawl, draw_crawl, write_crawl
from flows.simulate.delivery import RawFolder
from flows.simulate.electorate import gather_electorate
from flows.simulate.exact import half_up
from flows.simulate.given import close_given, draw_given, write_given
from flows.simulate.panel import draw_panel, write_panel
from flows.simulate.portal import write_portal
from flows.simulate.printed import Printed
from flows.simulate.record_files import write_records
from flows.simulate.records import close_records, draw_records
from flows.simulate.roster import Roster
from flows.simulate.streams import stream
from flows.simulate.targets import Targets, draw_qualities, draw_targets


@dataclass
class SimulatedYear:
    """A year in the making. `ballots` says how many each ballots source gets.

    Where `printed` holds figures the year is reconstructed: `composites` are then given by site, and after all other
    sources one closes each group. `scores` collects the exact source scores for that.
    """

    folder: RawFolder
    scheme: Scheme
    roster: Roster
    printed: Printed
    ballots: dict[str, int]
    seed: int
    tell: Tell
    composites: dict[int, Decimal] = field(default_factory=dict)
    scores: Scores = field(default_factory=dict)

    def make(self) -> None:
        closing = closing_sources(self.scheme) if self.printed else {}
        targets = draw_targets(self.scheme, self._aims(), self.seed)
        levels = {source.id: targets.of(source) / 100 for source in self.scheme.of_kind("records")}
        crawl = draw_crawl(self.scheme, self.roster, levels, self.seed)
        write_crawl(self.folder, self.scheme, self.roster, crawl, self.seed)
        last = {source.id for source in closing.values()}
        for source in self.scheme.sources:
            if source.id not in last:
                self._make(source, targets.of(source), crawl)
        if self.printed:
            self._close(closing, targets, crawl)
        self.tell("门户统计", 0, 1)
        write_portal(self.folder, self.scheme, self.printed, self.seed)

    def _aims(self) -> np.ndarray:
        """The composite to aim at for every site; in a reconstruction the one to end in."""
        if not self.printed:
            return draw_qualities(self.roster, self.seed)
        for group in self.scheme.groups:
            rng = stream(self.seed, "composites", group.id)
            self.composites |= reconstruct_composites(group.id, self.roster, self.printed, rng)
        return np.array([float(self.composites[site]) for site in range(len(self.roster))])

    def _make(self, source: Source, targets: np.ndarray, crawl: Crawl) -> None:
        """Draws and writes a source that closes nothing; in a reconstruction its exact scores are noted."""
        sites = self.roster.scored_by(self.scheme, source.id)
        if len(sites) == 0:
            return
        aims = targets[sites]
        scheme, roster, printed, folder, seed = self.scheme, self.roster, self.printed, self.folder, self.seed
        if not isinstance(source, Ballots):
            self.tell(source.label, 0, 1)
        match source:
            case Ballots():
                cast = self.ballots[source.id]
                electorate = gather_electorate(scheme, source, sites, aims, cast, printed, seed)
                progress = partial(self.tell, source.label)
                tally = write_ballots(folder, scheme, roster, electorate, cast, seed, progress)
                tally.check(scheme, electorate, printed, seed)
                self._note(source, lambda: tally.scores(scheme, electorate))
            case Panel():
                cards = draw_panel(scheme, source, sites, aims, printed, seed)
                write_panel(folder, scheme, roster, cards, printed, seed)
                self._note(source, lambda: cards.exact(scheme))
            case Claims():
                assessment = draw_claims(source, sites, aims, seed)
                write_claims(folder, scheme, roster, assessment, seed)
                self._note(source, assessment.exact)
            case Audit():
                totals = plan_totals(scheme, source, roster, sites, printed, seed)
                items = draw_items(scheme, source, roster, sites, aims, totals, seed)
                write_items(folder, scheme, roster, items, seed)
                self._note(source, lambda: items.exact(scheme, roster))
            case Records():
                records = draw_records(source, sites, aims / 100, seed)
                write_records(folder, scheme, roster, records, seed)
                self._note(source, lambda: records.exact(crawl))
            case Given():
                given = draw_given(source, sites, aims)
                write_given(folder, roster, given, seed)
                self._note(source, given.exact)

    def _note(self, source: Source, scores: Callable[[], dict[int, Decimal]]) -> None:
        # A reconstruction alone needs them, and it is never so large that exact scores would take long.
        if self.printed:
            self.scores[source.id] = scores()

    def _close(self, closing: dict[str, Source], targets: Targets, crawl: Crawl) -> None:
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
            if isinstance(source, Records):
                records = close_records(source, sites, wanted, crawl, self.seed)
                write_records(self.folder, self.scheme, self.roster, records, self.seed)
                self.scores[source.id] = records.exact(crawl)
            else:
                write_given(self.folder, self.roster, close_given(source, sites, wanted), self.seed)
        check_composites(self.scheme, self.roster, self.composites, self.scores)
