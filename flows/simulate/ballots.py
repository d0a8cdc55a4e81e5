"""Makes up a ballots source: the web poll's weekly exports, the SMS gateway's log, the kiosks; or one table for millions."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction

import numpy as np
import polars as pl
import pyarrow as pa

from flows.scheme import Scheme
from flows.simulate.ballot_batches import ADDRESSES, CHANNELS, DAY, KIOSK, SMS, WEB, BallotBatch, draw_ballots
from flows.simulate.composites import published, weighted_mean
from flows.simulate.electorate import Electorate, gather_electorate
from flows.simulate.formats import open_parquet
from flows.simulate.printed import Printed
from flows.simulate.roster import Roster
from flows.simulate.spelling import REPEATED, either, level_codes, spelled_sites, wide, with_faulty_rows
from flows.simulate.streams import Unlucky
from flows.simulate.year import Scores, SimulatedYear
from flows.sources.ballots import Ballots

KINDNESS, SPREAD = 0.30, 1.2
_BALLOTS_A_SITE = 350
# Above so many ballots a source sends Parquet only.
_MOST_EXPORTED = 200_000
_BATCH = 500_000
_BATCHES_A_FILE = 20
_WEEK = 7
# No real number begins with 1000; the SMS gateway's eleven digits are those of no subscriber.
_FIRST_PHONE = 10_000_000_000
_LETTERS = {WEB: "W", SMS: "S", KIOSK: "K"}
_ADDRESSES = pa.array(ADDRESSES)


def numbers_of_ballots(scheme: Scheme, roster: Roster, printed: Printed, ballots: int | None) -> dict[str, int]:
    """How many ballots each ballots source gets that a group weighs: as printed, or the wanted total in equal parts."""
    sources = [source.id for source in scheme.of_kind("ballots") if len(roster.scored_by(scheme, source.id))]
    cast = {}
    for number, source in enumerate(sources):
        figure = printed.at("ballot_audit", "ballots", f"{source}/%", "sum")
        if figure:
            cast[source] = int(figure.range.middle)
        elif ballots is None:
            cast[source] = _BALLOTS_A_SITE * len(roster.scored_by(scheme, source))
        else:
            cast[source] = _part(ballots, number, len(sources))
    return cast


def _part(total: int, number: int, parts: int) -> int:
    """The size of a part (from 0) of a total that is divided as evenly as whole numbers allow."""
    return total * (number + 1) // parts - total * number // parts


def simulate(year: SimulatedYear, source: Ballots, sites: np.ndarray, aims: np.ndarray) -> Callable[[], Scores]:
    total = year.ballots[source.id]
    electorate = gather_electorate(year, source, sites, aims)
    tally = _Tally(electorate)
    year.tell(source.label, 0, total)
    if total > _MOST_EXPORTED:
        _write_table(year, electorate, total, tally)
    else:
        batch = draw_ballots(year.stream(source.id, "ballots"), electorate, total, 0, (0, 1))
        tally.add(batch)
        _write_exports(year, electorate, batch)
    year.tell(source.label, total, total)
    tally.check(year)
    return lambda: tally.scores(year.scheme)


class _Tally:
    """The valid ballots counted by site, aspect and level; `overall` by site and level."""

    def __init__(self, electorate: Electorate) -> None:
        self._electorate = electorate
        self._aspects = np.zeros(electorate.aspects.shape, dtype=np.int64)
        self._overall = np.zeros(electorate.overall.shape, dtype=np.int64)

    def add(self, batch: BallotBatch) -> None:
        valid = batch.valid
        for aspect in range(self._aspects.shape[1]):
            self._aspects[:, aspect] += self._counts(batch.site[valid], batch.rating[valid, aspect])
        self._overall += self._counts(batch.site[valid], batch.overall[valid])

    def _counts(self, sites: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """How often each site got each level; the code 0 is none."""
        codes_of_site = self._overall.shape[1] + 1
        cells = np.bincount(sites * codes_of_site + codes, minlength=len(self._overall) * codes_of_site)
        return cells.reshape(-1, codes_of_site)[:, 1:]

    def _points(self, counts: list[int]) -> Fraction:
        """All points of ratings counted by level."""
        levels = self._electorate.source.levels
        return sum((Fraction(level.points) * count for level, count in zip(levels, counts, strict=True)), Fraction())

    def scores(self, scheme: Scheme) -> Scores:
        """The published score of each site, by its position in the roster."""
        scores = {}
        for site, counts in zip(self._electorate.sites, self._aspects.tolist(), strict=True):
            rated = [(aspect.weight, by) for aspect, by in zip(scheme.aspects, counts, strict=True) if sum(by)]
            if rated:
                means = [self._points(by) / sum(by) for _, by in rated]
                scores[int(site)] = published(weighted_mean([weight for weight, _ in rated], means))
        return scores

    def check(self, year: SimulatedYear) -> None:
        """Raises `Unlucky` where chance has led the ballots away from what was printed about them."""
        source = self._electorate.source
        cast = self._overall.sum(axis=0).tolist()
        satisfied = sum(count for level, count in zip(source.levels, cast, strict=True) if level.satisfied)
        computed = {("rate", "overall"): Fraction(satisfied, sum(cast) or 1)}
        for aspect, counts in zip(year.scheme.aspects, self._aspects.sum(axis=0).tolist(), strict=True):
            computed["score", aspect.id] = self._points(counts) / (sum(counts) or 1)
        faults = []
        for (column, aspect), value in computed.items():
            figure = year.printed.sum_at("satisfaction", column, f"{source.id}/all/{aspect}")
            if figure is not None and not figure.range.holds(value):
                faults.append(f"{figure.subject}：通报为 {figure.printed}，种子 {year.seed} 造出的是 {float(value):.4f}")
        if faults:
            raise Unlucky("造出的评议票与通报不符，请用 --seed 换一个种子重试：", faults)


def _write_table(year: SimulatedYear, electorate: Electorate, total: int, tally: _Tally) -> None:
    """Parquet files in batches, each batch a slice of the polling period; memory holds one batch, whatever the total."""
    source = electorate.source
    batches = -(-total // _BATCH)
    first = 0
    site_ids = pa.array([year.roster.ids[site] for site in electorate.sites])
    writer = None
    for number in range(batches):
        size = _part(total, number, batches)
        window = (number / batches, (number + 1) / batches)
        batch = draw_ballots(year.stream(source.id, "ballots", number), electorate, size, first, window)
        tally.add(batch)
        table = _table(year.scheme, source, batch, first, site_ids)
        if writer is None or number % _BATCHES_A_FILE == 0:
            if writer:
                writer.close()
            path = year.folder.path(source.id, f"ballots-{number // _BATCHES_A_FILE + 1:03}.parquet")
            writer = open_parquet(path, table.schema)
        writer.write_table(table)
        first += size
        year.tell(source.label, first, total)
    if writer:
        writer.close()


def _table(scheme: Scheme, source: Ballots, batch: BallotBatch, first: int, site_ids: pa.Array) -> pa.Table:
    opens = np.datetime64(source.opens, "s")
    numbers_ = pl.Series(np.arange(first + 1, first + 1 + len(batch)))
    codes = pa.array(["", *level_codes(source.levels)])
    columns = {
        "ballot_id": (_prefix(scheme, source) + numbers_.cast(pl.String)).to_arrow(),
        "submitted_at": pa.array((opens + batch.second.astype("timedelta64[s]")).astype("datetime64[ms]")),
        "voter": _voters(batch).to_arrow(),
        "site": _dictionary(batch.site, site_ids),
        **{
            aspect.id: _dictionary(batch.rating[:, position], codes, batch.rating[:, position] == 0)
            for position, aspect in enumerate(scheme.aspects)
        },
        "overall": _dictionary(batch.overall, codes, batch.overall == 0),
        "channel": _dictionary(batch.channel, pa.array(_channels(source))),
        "origin": _dictionary(batch.origin, _ADDRESSES, batch.origin < 0),
        "seconds": pa.array(batch.seconds, mask=batch.seconds < 0),
    }
    return pa.table(columns)


def _dictionary(indices: np.ndarray, words: pa.Array, missing: np.ndarray | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32), mask=missing), words)


def _channels(source: Ballots) -> tuple[str, ...]:
    """What the channels are called: as the scheme lists them, from the first on, or by their usual names."""
    listed = source.channels or CHANNELS
    return tuple(listed[number % len(listed)] for number in range(len(CHANNELS)))


def _prefix(scheme: Scheme, source: Ballots) -> str:
    """A ballot's id is unique in the year, so several sources must not number alike."""
    return f"{source.id}-" if len(scheme.of_kind("ballots")) > 1 else ""


def _voters(batch: BallotBatch) -> pl.Series:
    """A voter's identifier in a channel: a (made-up) phone number at the gateway, else the hash of an account or card."""
    # Number 0 would be mixed to 0, which names nobody; no year has voters enough for this other number.
    numbers = np.where(batch.voter == 0, np.uint64(1 << 63), batch.voter)
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)  # odd factors and shifted xors lose nothing: all stay different
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    codes = np.where(batch.channel == SMS, np.uint64(_FIRST_PHONE) + batch.voter, mixed ^ (mixed >> np.uint64(29)))
    return pl.Series(codes).cast(pl.String)


def _write_exports(year: SimulatedYear, electorate: Electorate, batch: BallotBatch) -> None:
    scheme, source = year.scheme, electorate.source
    rng = year.stream(source.id, "exports")
    faults = [
        REPEATED, ("site", "市不存在局"), ("submitted_at", f"{scheme.year}-13-45 10:00:00"), ("voter", ""),
        (scheme.aspects[0].id, "还可以吧"), ("overall", "十分"),
    ]  # fmt: skip
    for channel, encoding in ((WEB, "gb18030"), (SMS, "utf-8"), (KIOSK, "utf-8-sig")):
        part = batch.take(np.flatnonzero(batch.channel == channel))
        if len(part):
            rows = _rows(year, electorate, part, channel, rng)
            for file, exported in _files(source, channel, part, rows):
                exported = with_faulty_rows(exported, faults, scheme.max_quarantined, rng, key="ballot_id")
                year.folder.write(source.id, file, exported, encoding=encoding, end="\r\n")


def _files(source: Ballots, channel: int, part: BallotBatch, rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The files of a channel. The web poll is exported once a week; the first and the last export also hold what came too early
    or too late. A gateway knows neither the address nor the seconds of a ballot, a kiosk no address."""
    if channel == SMS:
        yield "sms-gateway.jsonl", rows.drop("origin", "seconds")
    elif channel == KIOSK:
        yield "kiosk.csv", rows.drop("origin")
    else:
        days = (source.closes - source.opens).days
        week = np.clip(part.second // DAY, 0, days) // _WEEK
        for number in np.unique(week):
            begin = source.opens + timedelta(days=int(number) * _WEEK)
            yield f"web-{begin:%Y%m%d}.csv", rows.filter(pl.Series(week == number))


def _rows(
    year: SimulatedYear, electorate: Electorate, part: BallotBatch, channel: int, rng: np.random.Generator
) -> pl.DataFrame:
    """The ballots of a channel as text: labels from the web, bare codes from telephones, full-width ones from kiosks."""
    scheme, source = year.scheme, electorate.source
    labels = pl.Series(["", *(level.label for level in source.levels)])
    codes = pl.Series(["", *level_codes(source.levels)])

    def level(values: np.ndarray) -> pl.Series:
        texts = either(labels.gather(values), codes.gather(values), rng, 0.02 if channel == WEB else 1)
        texts = wide(texts, rng, 0.05) if channel == KIOSK else texts
        return texts.set(texts == "", None)

    seconds = pl.Series(part.seconds)
    numbered = pl.Series(np.arange(1, len(part) + 1)).cast(pl.String).str.zfill(7)
    return pl.DataFrame(
        {
            "ballot_id": f"{_prefix(scheme, source)}{_LETTERS[channel]}" + numbered,
            "submitted_at": _stamps(scheme, source, part, offset=channel == SMS),
            "voter": _voters(part),
            "site": spelled_sites(year.roster, electorate.sites[part.site], rng, by_id=0.6 if channel == SMS else 0.08),
            **{aspect.id: level(part.rating[:, position]) for position, aspect in enumerate(scheme.aspects)},
            "overall": level(part.overall),
            "channel": pl.repeat(_channels(source)[channel], len(part), eager=True),
            "origin": pl.Series(_ADDRESSES).gather(np.maximum(part.origin, 0)).set(pl.Series(part.origin < 0), None),
            "seconds": seconds.cast(pl.String).set(seconds < 0, None),
        }
    )


def _stamps(scheme: Scheme, source: Ballots, part: BallotBatch, *, offset: bool) -> pl.Series:
    opens = np.datetime64(source.opens, "s")
    times = pl.Series((opens + part.second.astype("timedelta64[s]")).astype("datetime64[ms]"))
    if not offset:
        return times.dt.strftime("%Y-%m-%d %H:%M:%S")
    return times.dt.replace_time_zone(scheme.timezone, ambiguous="earliest").dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
