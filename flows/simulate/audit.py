"""Makes up an audit source."""

from collections.abc import Callable

import numpy as np

from flows.simulate.audit_files import write_items
from flows.simulate.audit_items import draw_items
from flows.simulate.audit_totals import plan_totals
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.audit import Audit

KINDNESS, SPREAD = -0.10, 3.0


def simulate(year: SimulatedYear, source: Audit, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    scheme, roster, printed, seed = year.scheme, year.roster, year.printed, year.seed
    totals = plan_totals(scheme, source, roster, sites, printed, seed)
    items = draw_items(scheme, source, roster, sites, aims, totals, seed)
    write_items(year.folder, scheme, roster, items, seed)
    return lambda: items.exact(scheme, roster)
