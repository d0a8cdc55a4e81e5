"""The daily work's register on its way in: a CSV file a half-year."""

import numpy as np
import polars as pl

from flows.scheme import Scheme
from flows.simulate.delivery import RawFolder
from flows.simulate.faulty import Spoilt, with_faulty_rows
from flows.simulate.formats import write_csv
from flows.simulate.monthly_records import MonthlyRecords
from flows.simulate.roster import Roster
from flows.simulate.spelling import numbers, spelled_sites, spelled_things, wide, with_suffix
from flows.simulate.streams import stream


def write_records(folder: RawFolder, scheme: Scheme, roster: Roster, register: MonthlyRecords, seed: int) -> None:
    if register.values.size == 0:
        return
    source = register.source
    rng = stream(seed, source.id, "files")
    # As it was written down: month by month, site by site.
    month, site, indicator = (axis.ravel() for axis in np.indices(register.values.transpose(2, 0, 1).shape))
    marked = pl.Series([entry.rule == "points" for entry in register.by_hand]).gather(indicator)
    written = numbers(register.values[site, indicator, month], 2)
    written = with_suffix(written, "分", rng, 0.1).zip_with(marked, written)
    rows = pl.DataFrame(
        {
            "site": spelled_sites(roster, register.sites[site], rng),
            "indicator": spelled_things(register.by_hand, indicator, rng, by_label=0.5),
            "month": pl.Series([f"{scheme.year}-{number:02}" for number in range(1, 13)]).gather(month),
            "value": wide(written, rng, 0.02),
            "recorded_by": pl.Series(["记录员甲", "记录员乙", "记录员丙"]).gather(rng.integers(0, 3, len(site))),
        }
    )
    for half, name in enumerate(("h1", "h2")):
        part = rows.filter(pl.Series(month // 6 == half))
        part = with_faulty_rows(part, _spoilt(scheme), scheme.max_quarantined, rng)
        path = folder.path(source.id, f"{scheme.year}-{name}.csv", part.height)
        write_csv(path, part, encoding="gb18030" if half == 0 else "utf-8", end="\r\n")


def _spoilt(scheme: Scheme) -> list[Spoilt]:
    return [
        Spoilt(),
        Spoilt("month", f"{scheme.year}-13"),
        Spoilt("value", "未统计"),
        Spoilt("site", "市某某局"),
        Spoilt("indicator", "其他工作"),
        Spoilt("value", ""),
    ]
