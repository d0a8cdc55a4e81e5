"""Makes up a records source."""

from collections.abc import Callable

import numpy as np

from flows.simulate.monthly_records import close_records, closing_indicator, draw_records
from flows.simulate.record_files import write_records
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.records import Records

KINDNESS, SPREAD = -0.35, 3.0


def simulate(year: SimulatedYear, source: Records, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    records = draw_records(source, sites, aims / 100, year.seed)
    write_records(year.folder, year.scheme, year.roster, records, year.seed)
    return lambda: records.exact(year.crawl)


def closes(source: Records) -> bool:
    return closing_indicator(source) is not None


def close(year: SimulatedYear, source: Records, sites: np.ndarray, wanted: Scores) -> Scores:
    records = close_records(source, sites, wanted, year.crawl, year.seed)
    write_records(year.folder, year.scheme, year.roster, records, year.seed)
    return records.exact(year.crawl)
