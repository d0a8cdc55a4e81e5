"""How often the joint rank intervals hold all true ranks of a group: worlds whose truth is known, evaluated by the real models.

    ./run python -m tests.benchmarks.coverage [WORLDS]

A world is a group of sites. Its truth is the mean of the process that makes its scores: of a panel every score's expected value
(the noise is symmetric, so that trimming shifts nothing), of ballots the expected points of every answer, weighted over the
aspects. In each world raters are drawn once, the models of `sql/` evaluate it, and it counts where the interval of every single
site holds that site's true rank. The method promises this for nine worlds in ten.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import duckdb
import numpy as np
import polars as pl

from flows.home import Home
from flows.receive.register import Register
from flows.scheme.file import parse_scheme
from flows.settings import SQL
from flows.warehouse.models import Model, build, read_models
from flows.warehouse.raw import create_raw_tables
from flows.warehouse.ref import load_ref

WORLDS = 300
YEAR = 2007
RESULT = "ranked.rank_intervals"
ASPECTS = np.array([0.2, 0.4, 0.15, 0.15, 0.1])
POINTS = np.array([100, 80, 60, 30, 0])
# Worlds in one database: as many as fit into a moderate memory.
_RATINGS_AT_A_TIME = 12_000_000

Draws = np.random.Generator


@dataclass(frozen=True)
class Scenario:
    """Worlds of `sites` sites; what the composite weighs, how panels are trimmed, and how a world is drawn.

    `draw` fills the raw tables' frames for one world and returns the true composites of its sites.
    """

    name: str
    sites: int
    weights: dict[str, str]
    draw: Callable[[Draws, "Frames", list[str]], np.ndarray]
    ratings: int
    trim: str = ""


class Frames:
    """The raw rows of some worlds."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pl.DataFrame]] = {}
        self._rows: dict[str, int] = {}

    def add(self, table: str, columns: dict) -> None:
        frame = pl.DataFrame(columns)
        first = self._rows.get(table, 0)
        self._rows[table] = first + frame.height
        lines = pl.int_range(first, first + frame.height, eager=True)
        self._parts.setdefault(table, []).append(frame.with_columns(file_id=pl.lit(1), line=lines))

    def tables(self) -> Iterator[tuple[str, pl.DataFrame]]:
        for table, parts in self._parts.items():
            yield table, pl.concat(parts)


def panel(experts: int, spread: float, apart: float, noise: float) -> Callable[[Draws, Frames, list[str]], np.ndarray]:
    """Sites `apart` points from each other (a standard deviation), each scored by experts of its own: an expert is severe or mild
    by `spread` in all aspects, and errs by `noise` in each. Scores have one decimal."""

    def draw(chance: Draws, frames: Frames, names: list[str]) -> np.ndarray:
        truth = 80 + chance.normal(0, apart, (len(names), 1)) + chance.normal(0, 2, (len(names), len(ASPECTS)))
        shape = (len(names), experts, len(ASPECTS))
        severe = chance.normal(0, spread, (len(names), experts, 1))
        scores = np.clip(np.round(truth[:, np.newaxis] + severe + chance.normal(0, noise, shape), 1), 0, 100)
        site, expert, aspect = (index.ravel() for index in np.indices(shape))
        frames.add(
            "panel_scores",
            {
                "source": "expert", "site_id": np.array(names)[site], "expert_id": np.char.add("e", expert.astype(str)),
                "aspect": np.char.add("a", aspect.astype(str)), "score": np.char.mod("%.1f", scores.ravel()),
            },
        )  # fmt: skip
        return truth @ ASPECTS

    return draw


def ballots(least: int, most: int, missing: float, apart: float) -> Callable[[Draws, Frames, list[str]], np.ndarray]:
    """So many ballots a site, in which each rating is missing with the probability `missing`. Half of the voters give one answer
    throughout, by how content they are; the others answer aspect by aspect."""

    def draw(chance: Draws, frames: Frames, names: list[str]) -> np.ndarray:
        level = 1.15 + chance.normal(0, apart, (len(names), 1)) + chance.normal(0, 0.15, (len(names), len(ASPECTS)))
        normal = NormalDist()
        # How content one must be for each answer; a site's level shifts it.
        steps = np.array([normal.cdf(step) for step in (level[..., np.newaxis] - np.array([1.2, -0.4, -0.8, -1.3])).ravel()])
        above = steps.reshape(*level.shape, 4)
        shares = np.diff(np.concatenate([np.zeros((*level.shape, 1)), above, np.ones((*level.shape, 1))], axis=2), axis=2)
        cast = chance.integers(least, most + 1, len(names))
        site = np.repeat(np.arange(len(names)), cast)
        content = chance.random((len(site), len(ASPECTS)))
        content = np.where(chance.random((len(site), 1)) < 0.5, content[:, :1], content)
        answers = 1 + (content[..., np.newaxis] > above[site]).sum(axis=2)
        rated = chance.random(answers.shape) >= missing
        ratings = pl.DataFrame(answers, schema=[f"a{place}" for place in range(len(ASPECTS))]).with_columns(
            pl.when(pl.Series(rated[:, place])).then(pl.col(f"a{place}").cast(pl.UInt8)).alias(f"a{place}")
            for place in range(len(ASPECTS))
        )
        ids = pl.Series(np.array(names)[site]) + "-" + pl.Series(np.arange(len(site)).astype(str))
        frames.add(
            "ballots",
            {
                "source": "public", "site_id": np.array(names)[site], "ballot_id": ids, "voter": ids,
                "submitted_at": "2007-11-15 02:00:00", "submitted_on": "2007-11-15",
                "ratings": ratings.select(pl.concat_list(pl.all())).to_series(),
            },
        )  # fmt: skip
        return (shares @ POINTS) @ ASPECTS

    return draw


def as_2007(chance: Draws, frames: Frames, names: list[str]) -> np.ndarray:
    """What the data home of 2007 has: some 340 ballots and 20 experts a site, two fifths of the composite without chance."""
    public = ballots(200, 480, 0.02, 0.2)(chance, frames, names)
    expert = panel(20, 2.5, 8, 4.5)(chance, frames, names)
    exact = np.round(np.clip(chance.normal(77, 8, len(names)), 0, 100), 2)
    frames.add("given_scores", {"source": "other", "site_id": names, "score": np.char.mod("%.2f", exact)})
    return 0.3 * public + 0.3 * expert + 0.4 * exact


TRIMMED = "trim_each_side = 1\ntrim_from = {}"
SCENARIOS = (
    Scenario(
        "5 experts, one trimmed each side, close scores", 20, {"expert": "1"}, panel(5, 1.5, 0.5, 2), 25, TRIMMED.format(5)
    ),
    Scenario("the same, scores far apart", 20, {"expert": "1"}, panel(5, 1.5, 12, 2), 25, TRIMMED.format(5)),
    Scenario("2 experts", 20, {"expert": "1"}, panel(2, 1.5, 3, 2), 10),
    Scenario("2 experts, 3 sites far apart", 3, {"expert": "1"}, panel(2, 1.5, 15, 1), 10),
    Scenario("3 experts, trimmed to one", 20, {"expert": "1"}, panel(3, 1.5, 3, 2), 15, TRIMMED.format(3)),
    Scenario("20 ballots, 60 % of the ratings missing", 20, {"public": "1"}, ballots(20, 20, 0.6, 0.6), 100),
    Scenario("60 ballots, 60 % of the ratings missing", 20, {"public": "1"}, ballots(60, 60, 0.6, 0.6), 300),
    Scenario("60 ballots", 20, {"public": "1"}, ballots(60, 60, 0.02, 0.6), 300),
    Scenario("as 2007", 50, {"public": "0.3", "expert": "0.3", "other": "0.4"}, as_2007, 1800, TRIMMED.format(5)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", type=int, nargs="?", default=WORLDS)
    worlds = parser.parse_args().worlds
    models = _needed(read_models(SQL))
    for place, scenario in enumerate(SCENARIOS):
        begun = time.perf_counter()
        held, widths, unknown = _tried(scenario, worlds, np.random.Generator(np.random.PCG64([YEAR, place])), models)
        print(
            f"{scenario.name:<48} all true ranks held in {held} of {worlds} worlds ({held / worlds:.1%}); "
            f"{scenario.sites} sites, {widths:.1f} ranks a site, {unknown:.1%} without a standard error; {time.perf_counter() - begun:.0f} s",
            flush=True,
        )


def _needed(models: tuple[Model, ...]) -> list[Model]:
    """The models that the intervals are made from, in the order of building."""
    needed = {RESULT}
    for model in reversed(models):
        if model.name in needed:
            needed |= model.reads
    return [model for model in models if model.name in needed]


def _tried(scenario: Scenario, worlds: int, chance: Draws, models: list[Model]) -> tuple[int, float, float]:
    """In how many worlds all true ranks are held, how many ranks a site may have on average, and which share any."""
    held, widths, unknown, done = 0, 0, 0, 0
    part = max(1, _RATINGS_AT_A_TIME // (scenario.sites * scenario.ratings))
    while done < worlds:
        few = min(part, worlds - done)
        truths, frames = {}, Frames()
        for world in range(few):
            names = [f"w{world:03}s{site:03}" for site in range(scenario.sites)]
            truth = scenario.draw(chance, frames, names)
            ranks = 1 + (truth[np.newaxis] > truth[:, np.newaxis]).sum(axis=1)
            truths |= dict(zip(names, ranks.tolist(), strict=True))
        found = _evaluated(scenario, few, list(truths), frames, models)
        missed = {site[:4] for site, low, high, _ in found if not low <= truths[site] <= high}
        held += few - len(missed)
        widths += sum(high - low + 1 for _, low, high, _ in found)
        unknown += sum(error is None for *_, error in found)
        done += few
    return held, widths / (worlds * scenario.sites), unknown / (worlds * scenario.sites)


def _evaluated(scenario: Scenario, worlds: int, sites: list[str], frames: Frames, models: list[Model]) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_raw_tables(connection)
        scheme = parse_scheme(_scheme(scenario, worlds).encode(), YEAR, "")
        register = pl.DataFrame({"site_id": sites, "group": [site[:4] for site in sites], "name": sites}).with_columns(
            url=pl.lit(None, pl.String)
        )
        load_ref(connection, Home(Path("/nowhere")), scheme, Register(register, {}, "", register.height), provisional=False)
        for table, frame in frames.tables():
            connection.register("incoming", frame)
            connection.execute(f"insert into raw.{table} by name select * from incoming")
            connection.unregister("incoming")
        for model in models:
            build(connection, model)
        found = connection.execute(f"select site_id, rank_low, rank_high, se_composite from {RESULT}").fetchall()
    if len(found) != len(sites):
        raise SystemExit(f"{scenario.name}: {len(sites) - len(found)} sites have no composite")
    return found


def _scheme(scenario: Scenario, worlds: int) -> str:
    levels = ", ".join(f'{{ label = "L{place}", points = {points} }}' for place, points in enumerate(POINTS))
    kinds = {
        "public": f'kind = "ballots"\nopens = 2007-11-01\ncloses = 2007-12-20\nlevels = [ {levels} ]\nsatisfied = ["L0"]',
        "expert": f'kind = "panel"\n{scenario.trim}',
        "other": 'kind = "given"',
    }
    weights = ", ".join(f"{source} = {weight}" for source, weight in scenario.weights.items())
    return "\n".join(
        [
            f'year = {YEAR}\ntitle = "世界"\ntimezone = "Asia/Shanghai"\n[aspects]',
            *(f'a{place} = {{ label = "内容{place}", weight = {weight} }}' for place, weight in enumerate(ASPECTS)),
            *(
                f'[groups.w{world:03}]\nlabel = "世界{world}"\npublish_top = 1\nweights = {{ {weights} }}'
                for world in range(worlds)
            ),
            *(f'[sources.{source}]\nlabel = "{source}"\n{kinds[source]}' for source in scenario.weights),
        ]
    )


if __name__ == "__main__":
    main()
