"""The small year in which faults are seeded, and the year before it, published: 16 sites, every kind of source, all files as CSV."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

from flows.evaluate.evaluation import Evaluation, aside
from flows.evaluate.pipeline import intake, pipeline
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.reading.spelling import fold
from flows.receive.content import opened_content
from flows.receive.deliveries import READERS, file_format, sha256_of
from flows.receive.register import read_register
from flows.results.manifest import consulted, manifest, write_manifest
from flows.results.tables import write_tables
from flows.scheme.file import read_scheme
from flows.settings import ROOT, read_settings
from flows.simulate import simulate
from flows.simulate.streams import stream
from flows.simulate.year import SimulatedYear

YEAR = 2008
BALLOTS = 8_000
_SAME = ("qualities",)
# The files of a home as rows of cells, the first of them the heading, by `dataset/file`.
Files = dict[str, list[list[str]]]


def scheme_text(year: int) -> str:
    """The scheme of 2007 for fewer sites, with a source of the one kind that it lacks."""
    text = (ROOT / "data" / "shanghai" / "schemes" / "2007.toml").read_text(encoding="utf-8")
    for old, new in (
        ("sites = 50", "sites = 10"),
        ("sites = 19", "sites = 6"),
        ("publish_top = 20", "publish_top = 5"),
        ("publish_top = 10", "publish_top = 3"),
        ("public = 0.30,", "public = 0.25, mayor = 0.05,"),
        ("[sources.expert]", '[sources.mayor]\nlabel = "领导评分"\nkind = "given"\n\n[sources.expert]'),
        ('measure = "passed" }', 'measure = "passed" }'),
        ("closes = 2007-12-31", "closes = 2007-12-31\nconfirm = { reachable = 2 }"),
        ("2007", str(year)),
    ):
        if old not in text:
            raise ValueError(f"the scheme of 2007 has no longer {old!r}")
        text = text.replace(old, new)
    return text


def make_home(folder: Path, seed: int) -> Path:
    """A data home with both years' raw files as plain CSV, a register of deliveries, and the first year's published tables."""
    home = Home(folder)
    home.schemes.mkdir(parents=True)
    for year in (YEAR - 1, YEAR):
        home.scheme(year).write_text(scheme_text(year), encoding="utf-8")
    # Sites are as good as they were the year before; what people and checks say of them is drawn anew.
    drawn = SimulatedYear.stream
    with patch.object(
        SimulatedYear, "stream", lambda year, *name: stream(seed, *name) if name == _SAME else drawn(year, *name)
    ):
        for year in (YEAR - 1, YEAR):
            simulate(home, year, seed=seed + year, sites=16, ballots=BALLOTS)
    for year in (YEAR - 1, YEAR):
        files = _plain(home, year, read_files(home, year))
        shutil.rmtree(home.raw(year))
        write_files(home, year, files)
        # The simulation spoils a few rows, as people do; here they would help to notice what is spoilt on purpose.
        with evaluated(folder, year) as evaluation:
            run_here(step for step in intake(evaluation) if step.name != "validate raw")
            spoilt = evaluation.connection.execute("select dataset || '/' || file, line from raw.quarantine").fetchall()
        for name, line in sorted(spoilt, reverse=True):
            del files[name][line - 1]
        write_files(home, year, files)
    with evaluated(folder, YEAR - 1) as evaluation:
        run_here(step for step in pipeline(evaluation) if step.name != "gates")
        results = home.results(YEAR - 1)
        scheme, models = evaluation.scheme, evaluation.models
        rows = write_tables(evaluation.connection, scheme, models, results)
        content = manifest(evaluation.connection, scheme, consulted(home, YEAR - 1), rows, evaluation.key_id, results)
        write_manifest(content, results / "manifest.json")
    return folder


def _plain(home: Home, year: int, files: Files) -> Files:
    """The files with every site, aspect and indicator by its id: a fault that befalls a name shall befall all its spellings."""
    scheme = read_scheme(home, year)
    names = {"site": read_register(home, scheme).names}
    names["aspect"] = {fold(aspect.label): aspect.id for aspect in scheme.aspects}
    items = {source.id: source.items(scheme.aspects) for source in scheme.sources}
    plain = {}
    for name, (head, *rows) in files.items():
        source = name.partition("/")[0].removesuffix("_verified")
        names["indicator"] = {fold(item.label): item.id for item in items.get(source, ())}
        of_column = [names.get(column, {}) for column in head] if "/" in name else [{}] * len(head)
        plain[name] = [
            head,
            *([known.get(fold(cell), cell) for known, cell in zip(of_column, row, strict=True)] for row in rows),
        ]
    return plain


@contextmanager
def evaluated(folder: Path, year: int) -> Iterator[Evaluation]:
    """An evaluation of a year that nobody has begun; files that were read before are not read again, and few rankings are drawn."""
    few = patch.multiple("flows.warehouse.draws", RANKINGS=200, WEIGHTS=100)
    with (
        few,
        aside(read_settings(folder), read_scheme(Home(folder), year), nullcontext(silent), store="kept") as evaluation,
    ):
        yield evaluation


def read_files(home: Home, year: int) -> Files:
    """Every raw file of a year, the register too, as text; faulty rows that the simulation puts in are left out."""
    files: Files = {}
    for path in sorted(home.raw(year).rglob("*")):
        ending = file_format(path.name)
        if path.is_file() and ending and not path.name.startswith("."):
            rows: list[list[str]] = []
            with opened_content(path, home.path, sha256_of(path)) as content:
                for chunk in READERS[ending](content):
                    rows = rows or [list(chunk.columns)]
                    rows += [[cell or "" for cell in row] for row in zip(*chunk.columns.values(), strict=True)]
            name = str(path.relative_to(home.raw(year)))
            files[f"{name.removesuffix(ending)}.csv"] = rows
    return files


def write_files(home: Home, year: int, files: Files, *, registered: Files | None = None) -> None:
    """Writes a year's raw files; with `registered`, a register of deliveries that tells how many rows each had when it was sent."""
    for name, rows in files.items():
        path = home.raw(year) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    if registered is not None:
        lines = [[*name.split("/", 1), str(len(rows) - 1)] for name, rows in registered.items() if "/" in name]
        with home.deliveries(year).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["dataset", "file", "rows"], *lines])
