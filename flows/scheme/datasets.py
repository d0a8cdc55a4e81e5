"""Lists the datasets of a year's scheme, and the raw tables of every kind of source."""

from collections.abc import Iterator
from datetime import date

from flows.datasets import Dataset, Table, crawl, portal, within
from flows.datasets.waivers import waivers
from flows.reading.section import Section
from flows.scheme import Scheme
from flows.sources import Source, kinds

# Those that belong to no source.
OTHERS = (crawl.CHECKS, portal.TRAFFIC, portal.STATS)


def datasets(scheme: Scheme) -> tuple[Dataset, ...]:
    """Every dataset folder that may stand in the year's raw folder, in the scheme's order."""
    first, last = date(scheme.year, 1, 1), date(scheme.year, 12, 31)
    of_sources = []
    for source in scheme.sources:
        opens, closes = source.period
        its = source.datasets(scheme.aspects, scheme.placeholders)
        of_sources += [within(dataset, opens or first, closes or last) for dataset in its]
    # A gap may be accepted after the year.
    return (*of_sources, *(within(dataset, first, last) for dataset in OTHERS), waivers(scheme.sources))


def specimens() -> Iterator[Source]:
    """A source of every kind, as an empty section makes it: the shape of its raw files is that of any scheme's."""
    for name, kind in kinds().items():
        yield kind.read(Section({}, "", [], name), "", (), frozenset())


def raw_tables() -> Iterator[Table]:
    """The raw table of every dataset that there is. A year has them all, since the models read them all."""
    for source in specimens():
        for dataset in source.datasets((), ()):
            yield dataset.raw_table
    for dataset in (*OTHERS, crawl.SCANS, waivers(())):
        yield dataset.raw_table
