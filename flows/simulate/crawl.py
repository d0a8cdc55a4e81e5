"""A year of weekly scans: every check that an indicator draws its monthly values from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from flows.scheme import Scheme
from flows.simulate.delivery import RawFolder
from flows.simulate.roster import Roster
from flows.simulate.streams import stream
from flows.sources.records import RecordIndicator

# Scans run on Sunday evenings, when no clock is ever changed.
_SUNDAY, _HOUR = 6, 20


@dataclass(frozen=True)
class Scans:
    """What the scans of one check found, by site and week: values in hundredths, and whether the check passed."""

    sites: np.ndarray
    values: np.ndarray
    passed: np.ndarray


@dataclass(frozen=True)
class Crawl:
    """All scans of a year by check; `months` holds the month (0 to 11) of each week's scan."""

    days: tuple[date, ...]
    months: np.ndarray
    scans: dict[str, Scans]


def draw_crawl(scheme: Scheme, roster: Roster, levels: dict[str, np.ndarray], seed: int) -> Crawl:
    """`levels` holds per source that draws on checks the part of the full mark (0 to 1) to aim at, for every site of the roster."""
    first = date(scheme.year, 1, 1)
    first += timedelta(days=(_SUNDAY - first.weekday()) % 7)
    days = tuple(day for week in range(53) if (day := first + timedelta(days=7 * week)).year == scheme.year)
    made: dict[str, Scans] = {}
    for source in scheme.sources:
        for check, indicator in source.checks.items():
            if check in made:
                continue
            weighed = [roster.scored_by(scheme, other.id) for other in scheme.sources if check in other.checks]
            sites: np.ndarray = np.unique(np.concatenate(weighed))
            rng = stream(seed, "crawl", check)
            made[check] = _scans(indicator, sites, levels[source.id][sites], len(days), rng)
    return Crawl(days, np.array([day.month - 1 for day in days]), made)


def _scans(indicator: RecordIndicator, sites: np.ndarray, levels: np.ndarray, weeks: int, rng: np.random.Generator) -> Scans:
    shape = (len(sites), weeks)
    level = np.clip(levels, 0.02, 0.995)[:, None]
    if indicator.measure == "passed":
        # Reachable sites answer within a second or two; the value is the time that took.
        target = float(indicator.target) if indicator.rule == "ratio" and indicator.target else 1.0
        passed = rng.random(shape) < np.clip(level * target, 0, 1)
        return Scans(sites, np.rint(rng.gamma(4, 20, shape)).astype(np.int64), passed)
    top = float(indicator.max)
    match indicator.rule:
        case "deduct" if indicator.per:
            values = 100 * rng.poisson((1 - level) * top / float(indicator.per), shape)
            passed = values == 0
        case "ratio" if indicator.target:
            values = np.rint(100 * level * float(indicator.target) * rng.normal(1, 0.05, shape).clip(0))
            passed = values >= 100 * float(indicator.target)
        case _:
            values = np.rint(100 * np.clip(level * top + rng.normal(0, 0.02 * top, shape), 0, top))
            passed = values >= 60 * top
    return Scans(sites, values.astype(np.int64), passed)


def write_crawl(folder: RawFolder, scheme: Scheme, roster: Roster, crawl: Crawl, seed: int) -> None:
    if not crawl.scans:
        return
    frames = []
    evening = np.array([datetime(day.year, day.month, day.day, _HOUR) for day in crawl.days], dtype="datetime64[s]")
    for check, scans in crawl.scans.items():
        rng = stream(seed, "crawl times", check)
        site, week = (axis.ravel() for axis in np.indices(scans.values.shape))
        times = pl.Series((evening[week] + rng.integers(0, 7200, len(week)).astype("timedelta64[s]")).astype("datetime64[ms]"))
        frames.append(
            pl.DataFrame(
                {
                    "site": pl.Series(roster.ids).gather(scans.sites[site]),
                    "checked_at": times.dt.replace_time_zone(scheme.timezone, ambiguous="earliest"),
                    "check": pl.repeat(check, len(week), eager=True),
                    "passed": scans.passed.ravel(),
                    "value": scans.values.ravel() / 100,
                }
            )
        )
    rows = pl.concat(frames).sort("checked_at", "site", "check")
    folder.write("crawl", f"scans-{scheme.year}.parquet", rows)
