"""Ballots on their way in: the web poll's weekly exports, the SMS gateway's log, the kiosks; or one table for millions."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from flows.scheme import Scheme
from flows.simulate.ballot_batch import ADDRESSES, BURST_ADDRESSES, CHANNELS, DAY, KIOSK, SMS, WEB, BallotBatch
from flows.simulate.ballot_batches import draw_ballots
from flows.simulate.delivery import RawFolder
from flows.simulate.electorate import Electorate, Tally
from flows.simulate.faulty import Spoilt, with_faulty_rows
from flows.simulate.formats import open_parquet, write_csv, write_jsonl
from flows.simulate.roster import Roster
from flows.simulate.spelling import either, level_codes, spelled_sites, wide
from flows.simulate.streams import stream

# Above so many ballots a source sends Parquet only.
MOST_EXPORTED = 200_000
_BATCH = 500_000
_BATCHES_A_FILE = 20
_WEEK = 7
# No real number begins with 1000; the SMS gateway's eleven digits are those of no subscriber.
_FIRST_PHONE = 10_000_000_000
_LETTERS = {WEB: "W", SMS: "S", KIOSK: "K"}


def write_ballots(
    folder: RawFolder, scheme: Scheme, roster: Roster, electorate: Electorate, total: int, seed: int,
    tell: Callable[[int, int], None],
) -> Tally:  # fmt: skip
    """Draws and writes a source's ballots, `total` of them, and counts the valid ones."""
    tally = Tally.of(electorate)
    tell(0, total)
    if total > MOST_EXPORTED:
        _write_table(folder, scheme, roster, electorate, total, seed, tally, tell)
    else:
        batch = draw_ballots(stream(seed, electorate.source.id, "ballots"), electorate, total, 0, (0, 1))
        _count(tally, batch)
        _write_exports(folder, scheme, roster, electorate, batch, seed)
    tell(total, total)
    return tally


def _count(tally: Tally, batch: BallotBatch) -> None:
    valid = batch.valid
    tally.add(batch.site[valid], batch.rating[valid], batch.overall[valid])


def _write_table(folder, scheme, roster, electorate, total, seed, tally, tell) -> None:
    """Parquet files in batches, each batch a slice of the polling period; memory holds one batch, whatever the total."""
    source = electorate.source
    batches = -(-total // _BATCH)
    sizes = [total * (n + 1) // batches - total * n // batches for n in range(batches)]
    first = 0
    site_ids = pa.array([roster.ids[site] for site in electorate.sites])
    for number in range(0, batches, _BATCHES_A_FILE):
        inside = range(number, min(number + _BATCHES_A_FILE, batches))
        path = folder.path(source.id, f"ballots-{number // _BATCHES_A_FILE + 1:03}.parquet", sum(sizes[n] for n in inside))
        writer: ParquetWriter | None = None
        for n in inside:
            rng = stream(seed, source.id, "ballots", n)
            batch = draw_ballots(rng, electorate, sizes[n], first, (n / batches, (n + 1) / batches))
            _count(tally, batch)
            table = _table(scheme, source, batch, first, site_ids)
            writer = writer or open_parquet(path, table.schema)
            writer.write_table(table)
            first += sizes[n]
            tell(first, total)
        if writer:
            writer.close()


def _table(scheme: Scheme, source, batch: BallotBatch, first: int, site_ids: pa.Array) -> pa.Table:
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
        "channel": _dictionary(batch.channel, pa.array(CHANNELS)),
        "origin": _dictionary(batch.origin, _ADDRESSES, batch.origin < 0),
        "seconds": pa.array(batch.seconds, mask=batch.seconds < 0),
    }
    return pa.table(columns)


def _dictionary(indices: np.ndarray, words: pa.Array, missing: np.ndarray | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32), mask=missing), words)


def _prefix(scheme: Scheme, source) -> str:
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


# Honest addresses are private ones; bursts come from a range that is reserved for documentation.
_ADDRESSES = pa.array(
    [f"10.{16 + number % 7}.{number >> 8}.{number & 255}" for number in range(ADDRESSES)]
    + [f"203.0.113.{number + 1}" for number in range(BURST_ADDRESSES)]
)


def _write_exports(folder, scheme, roster, electorate, batch: BallotBatch, seed: int) -> None:
    source = electorate.source
    rng = stream(seed, source.id, "exports")
    spoilt = _spoilt(scheme)

    def mixed(rows: pl.DataFrame) -> pl.DataFrame:
        return with_faulty_rows(rows, spoilt, scheme.max_quarantined, rng, key="ballot_id")

    web = batch.take(np.flatnonzero(batch.channel == WEB))
    for week, rows in _by_week(source, web, _rows(scheme, roster, electorate, web, WEB, rng)):
        rows = mixed(rows)
        path = folder.path(source.id, f"web-{week:%Y%m%d}.csv", rows.height)
        write_csv(path, rows, encoding="gb18030", end="\r\n")
    sms = batch.take(np.flatnonzero(batch.channel == SMS))
    if len(sms):
        # A gateway knows neither the address nor the seconds of a ballot.
        rows = mixed(_rows(scheme, roster, electorate, sms, SMS, rng).drop("origin", "seconds"))
        write_jsonl(folder.path(source.id, "sms-gateway.jsonl", rows.height), rows)
    kiosk = batch.take(np.flatnonzero(batch.channel == KIOSK))
    if len(kiosk):
        rows = mixed(_rows(scheme, roster, electorate, kiosk, KIOSK, rng).drop("origin"))
        write_csv(folder.path(source.id, "kiosk.csv", rows.height), rows, encoding="utf-8-sig", end="\r\n")


def _rows(scheme, roster, electorate, part: BallotBatch, channel: int, rng) -> pl.DataFrame:
    """The ballots of a channel as text: labels from the web, bare codes from telephones, full-width ones from kiosks."""
    source = electorate.source
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
            "site": spelled_sites(roster, electorate.sites[part.site], rng, by_id=0.6 if channel == SMS else 0.08),
            **{aspect.id: level(part.rating[:, position]) for position, aspect in enumerate(scheme.aspects)},
            "overall": level(part.overall),
            "channel": pl.repeat(CHANNELS[channel], len(part), eager=True),
            "origin": pl.Series(_ADDRESSES).gather(np.maximum(part.origin, 0)).set(pl.Series(part.origin < 0), None),
            "seconds": seconds.cast(pl.String).set(seconds < 0, None),
        }
    )


def _stamps(scheme: Scheme, source, part: BallotBatch, *, offset: bool) -> pl.Series:
    opens = np.datetime64(source.opens, "s")
    times = pl.Series((opens + part.second.astype("timedelta64[s]")).astype("datetime64[ms]"))
    if not offset:
        return times.dt.strftime("%Y-%m-%d %H:%M:%S")
    return times.dt.replace_time_zone(scheme.timezone, ambiguous="earliest").dt.strftime("%Y-%m-%dT%H:%M:%S%:z")


def _by_week(source, part: BallotBatch, rows: pl.DataFrame):
    """The web poll is exported once a week; the first and the last export also hold what came too early or too late."""
    days = (source.closes - source.opens).days
    week = np.clip(part.second // DAY, 0, days) // _WEEK
    for number in np.unique(week):
        yield source.opens + timedelta(days=int(number) * _WEEK), rows.filter(pl.Series(week == number))


def _spoilt(scheme: Scheme) -> list[Spoilt]:
    return [
        Spoilt(),
        Spoilt("site", "市不存在局"),
        Spoilt("submitted_at", f"{scheme.year}-13-45 10:00:00"),
        Spoilt("voter", ""),
        Spoilt(scheme.aspects[0].id, "还可以吧"),
        Spoilt("overall", "十分"),
    ]
