"""What receiving a file of ballots costs beside its limit, which is what nobody can do without.

    ./run python -m tests.benchmarks.receive 1000000 --times 3

The limit: DuckDB reads the same file into a table whose columns have the types of the contract, and every voter and origin is
hashed under a key, by DuckDB's own SHA-256 or by prepared hash objects of Python, whichever takes less. Receiving does that too,
and holds every cell against the contract, sets rows aside, accounts for every line and writes the rows to the store. Each is a
process of its own; what the same process takes for a file of one row is left out of it, on both sides.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from flows.evaluate.evaluation import aside
from flows.host.progress import silent
from flows.receive import receive
from flows.receive.apart import READER
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import ROOT, read_settings

YEAR = 2007
SOURCE = "public"
LIMITS = ("hashed by DuckDB", "hashed by Python")
FAULTY = 100
_PADS = (0x36, 0x5C)


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and of processor time, and the peak of memory in MB."""

    wall: float
    cpu: float
    memory: int

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.wall - other.wall, self.cpu - other.cpu, self.memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ballots", type=int)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--formats", nargs="*", default=["csv", "parquet"])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        what, home = options.one
        _do(what, Path(home))
        return
    with TemporaryDirectory(prefix="pingyi-bench-") as folder:
        print(
            "| file | limit, s of CPU and wall | receiving | ratio of CPU | of wall | peak memory, MB |\n|---|---|---|---|---|---|"
        )
        for form in options.formats:
            for faulty in (False, True):
                home, least = (Path(folder) / f"{form}-{faulty}-{name}" for name in ("all", "least"))
                _write(home, options.ballots, form, faulty)
                _write(least, 1, form, faulty)
                _compare(home, least, options.times, f"{form}{', 1 % of rows at fault' if faulty else ''}")
                shutil.rmtree(home)


def _compare(home: Path, least: Path, times: int, name: str) -> None:
    rounds = [{what: _cost(what, home) - _cost(what, least) for what in (*LIMITS, "receive")} for _ in range(times)]
    limit = min(LIMITS, key=lambda what: statistics.median(each[what].cpu for each in rounds))
    cells = []
    for measure in ("cpu", "wall"):
        ratios = [getattr(each["receive"], measure) / getattr(each[limit], measure) for each in rounds]
        cells.append(f"{statistics.median(ratios):.2f}")
    told = [
        " and ".join(f"{statistics.median(getattr(each[what], measure) for each in rounds):.2f}" for measure in ("cpu", "wall"))
        for what in (limit, "receive")
    ]
    memory = max(each["receive"].memory for each in rounds)
    print(f"| {name} | {told[0]} ({limit}) | {told[1]} | {cells[0]} | {cells[1]} | {memory} |", flush=True)


def _cost(what: str, home: Path) -> Cost:
    begun, process = time.perf_counter(), subprocess.Popen([sys.executable, "-m", __spec__.name, "1", "--one", what, str(home)])
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, f"{what} ended with {status}"
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10)


def _write(home: Path, ballots: int, form: str, faulty: bool) -> None:
    """A home whose ballots are in one file, drawn by DuckDB."""
    folder = home / "raw" / str(YEAR)
    (folder / SOURCE).mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "shanghai" / "schemes", home / "schemes")
    shutil.copy(ROOT / "data" / "shanghai" / "raw" / str(YEAR) / "sites.csv", folder)
    site = (
        f"case when number % {FAULTY} = 7 then 'nobody' else ids[1 + number * 31 % len(ids)] end"
        if faulty
        else "ids[1 + number * 31 % len(ids)]"
    )
    ratings = ", ".join(
        f"cast(1 + hash(number, '{name}') % 5 as utinyint) as {name}"
        for name in ("disclosure", "services", "convenience", "interaction", "maintenance", "overall")
    )
    duckdb.execute(
        f"""
        copy (
            with register as (select list(site_id order by site_id) as ids from read_csv('{folder / "sites.csv"}', all_varchar = true)),
            numbered as (select unnest(range({ballots})) as number)
            select
                format('W{{:09d}}', number) as ballot_id,
                timestamp '2007-10-29 08:00:00' + interval (hash(number) % 4000000) second as submitted_at,
                cast(hash(number // 3) as varchar) as voter,
                {site} as site,
                {ratings},
                '网络' as channel,
                format('10.{{}}.{{}}.{{}}', hash(number) % 250, hash(number + 1) % 250, hash(number + 2) % 250) as origin,
                cast(10 + hash(number, 's') % 300 as integer) as seconds
            from numbered, register
        ) to '{folder / SOURCE / f"all.{form}"}' (format {form})
        """
    )


def _do(what: str, home: Path) -> None:
    (file,) = (home / "raw" / str(YEAR) / SOURCE).iterdir()
    if what == "receive":
        settings = read_settings(home)
        scheme = read_scheme(settings.home, YEAR)
        with aside(settings, scheme, nullcontext(silent)) as evaluation:
            (dataset,) = (each for each in datasets(scheme) if each.name == SOURCE)
            received = receive(settings.home, scheme, dataset, evaluation.store, silent)
            assert not received.refusals, received.refusals
            READER.end()
        return
    types = {
        "ballot_id": "varchar",
        "submitted_at": "timestamp",
        "voter": "varchar",
        "site": "varchar",
        "seconds": "decimal(24, 10)",
    }
    with duckdb.connect() as connection:
        read = f"read_csv('{file}', all_varchar = true)" if file.suffix == ".csv" else f"read_parquet('{file}')"
        names = [name for name, *_ in connection.execute(f"describe select * from {read}").fetchall()]
        if file.suffix == ".csv":
            listed = ", ".join(f"'{name}': '{types.get(name, 'varchar')}'" for name in names)
            typed = f"read_csv('{file}', columns = {{{listed}}})"
        else:
            cast = ", ".join(f"cast({name} as {types.get(name, 'varchar')}) as {name}" for name in names)
            typed = f"(select {cast} from {read})"
        inner, outer = (_blob(_padded(pad)) for pad in _PADS)
        hashed = [
            f"left(sha256({outer} || unhex(sha256({inner} || encode({name})))), 32) as {name}"
            for name in ("voter", "origin")
            if what == LIMITS[0]
        ]
        replaced = f" replace ({', '.join(hashed)})" if hashed else ""
        connection.execute(f"create table ballots as select *{replaced} from {typed}")
        if what == LIMITS[1]:
            _hash_in_python(connection, ["voter", "origin"])


def _padded(pad: int) -> bytes:
    """A key as HMAC has it before the text and before the inner hash."""
    return bytes(byte ^ pad for byte in range(64))


def _blob(content: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::blob"


def _hash_in_python(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    first, last = (hashlib.sha256(_padded(pad)) for pad in _PADS)
    for name in names:
        cursor = connection.execute(f"select {name} from ballots")
        while rows := cursor.fetchmany(100_000):
            for (text,) in rows:
                if text is not None:
                    inner = first.copy()
                    inner.update(text.encode())
                    outer = last.copy()
                    outer.update(inner.digest())
                    outer.hexdigest()


if __name__ == "__main__":
    main()
